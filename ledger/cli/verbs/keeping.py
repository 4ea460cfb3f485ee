"""
The verbs around it: to begin, to bring in and write out, to keep.
"""

from typing import Final

from ledger.cli.verbs.verb import verbs

BEGIN: Final = (
    *verbs(
        "demo",
        (
            "demo",
            "Play the eleven minutes, from report to finding",
            "ledger demo --keep eleven-minutes.db",
        ),
    ),
    *verbs(
        "keeping",
        (
            "init",
            "Create an empty ledger; or say who may do what to it",
            "ledger --ledger sqlite:///new.db init --origin moderation.example",
        ),
    ),
)

POLICIES: Final = verbs(
    "checking",
    (
        "check-policy",
        "Say what a policy would ask for; needs no ledger",
        "ledger check-policy policy.toml",
    ),
)

MANY: Final = (
    *verbs(
        "acting",
        (
            "record",
            "Record a file of commands, all or nothing",
            "ledger record commands.jsonl",
        ),
    ),
    *verbs(
        "exchanging",
        (
            "import",
            "Bring in history, with the source's times",
            "ledger --ledger sqlite:///new.db import actions history.jsonl",
        ),
        (
            "export",
            "Write history as other ledgers import it",
            "ledger export actions --out copy.jsonl",
        ),
    ),
)

KEEP: Final = verbs(
    "keeping",
    ("migrate", "Bring it to the newest format, in one step", "ledger migrate"),
    ("status", "What the ledger is, and how far it is", "ledger status"),
    ("backup", "Write a checked copy while the ledger goes on", "ledger backup copy.db"),
    ("rebuild", "Make anew all that is derived; say what differed", "ledger rebuild"),
    ("completion", "Print the completion script of a shell", "ledger completion bash"),
)

ERASED: Final = verbs(
    "privacy",
    ("drop-erased", "Delete what is left of who is erased", "ledger drop-erased"),
)

STORES: Final = verbs(
    "conforming",
    (
        "check-store",
        "Try on an empty database what a ledger relies on",
        "ledger --ledger sqlite:///empty.db check-store --seconds 1",
    ),
)
