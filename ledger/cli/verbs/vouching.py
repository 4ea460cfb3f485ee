"""
The verbs of who vouches: keys, the notary's checkpoints, and witnesses.
"""

from typing import Final

from ledger.cli.verbs.verb import verbs

KEYS: Final = verbs(
    "notarising",
    (
        "generate-key",
        "Make a key that signs; print what others check it by",
        "ledger generate-key log.key",
        "ledger generate-key witness.key --name witness.example/w1 --algorithm cosignature",
    ),
    (
        "show-key",
        "Print what others check a key's signatures by",
        "ledger generate-key log.key",
        "ledger show-key log.key",
    ),
)

CHECKPOINTS: Final = verbs(
    "notarising",
    (
        "checkpoint",
        "Sign what the ledger is now, from the entries' bytes",
        "ledger generate-key log.key",
        "ledger checkpoint --key log.key",
    ),
)
