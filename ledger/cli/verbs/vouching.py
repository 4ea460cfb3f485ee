"""
The verbs of who vouches and who verifies: keys, the notary's checkpoints, and witnesses.
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

_FIRST: Final = "a/0+bf7842a1+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"

ROTATION: Final = verbs(
    "acting",
    (
        "rotate-key",
        "Put on record that another key signs from here on",
        f"ledger rotate-key {_FIRST} --by op-1 --reason 'the first key'",
    ),
    (
        "revoke-key",
        "Put on record that a key counts no more",
        f"ledger revoke-key {_FIRST} --last-size 12 --by op-1 --reason 'a lost laptop'",
    ),
)

WITNESSES: Final = verbs(
    "notarising",
    (
        "serve-witness",
        "Cosign for other logs over HTTP, as C2SP has it",
        "ledger generate-key witness.key --name witness.example/w1 --algorithm cosignature",
        "ledger serve-witness --state seen --key witness.key --policy logs.policy --check",
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

VERIFYING: Final = verbs(
    "verifying",
    (
        "verify",
        "Say whether the ledger is what it was",
        "ledger verify --scrub",
    ),
    (
        "prove",
        "Prove that an entry is in it, or that it only grew",
        "ledger generate-key log.key",
        "ledger checkpoint --key log.key",
        "ledger prove --position 5",
        "ledger prove --from-size 3",
    ),
)
