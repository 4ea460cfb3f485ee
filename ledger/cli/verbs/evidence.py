"""
The verbs of evidence: what others check without the ledger.
"""

from typing import Final

from ledger.cli.verbs.verb import verbs

BUNDLES: Final = verbs(
    "bundling",
    (
        "bundle",
        "Write the evidence of what happened to an account",
        "ledger generate-key log.key",
        "ledger checkpoint --key log.key",
        "ledger bundle --account 25073877 --lasting 11m --out bundle.json --with-checker",
    ),
    (
        "check",
        "Check a bundle and tell its story; needs no ledger",
        "ledger check evidence.json --policy trusted.policy",
    ),
)
