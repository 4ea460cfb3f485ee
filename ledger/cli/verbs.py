"""
The verbs of the command line: what each does, in one line, and how it is used.

The help page is made of this table alone, so it appears without loading anything; a verb is made by
its room when it is named. Every example works on the ledger that
``ledger demo --keep ledger.db`` leaves, and is run by the tests.
"""

from typing import Final, NamedTuple

PROGRAM: Final = "ledger"
LEDGER_VARIABLE: Final = "LEDGER_URL"
COMPLETION_VARIABLE: Final = "_LEDGER_COMPLETE"
LEDGER_DEFAULT: Final = "sqlite:///ledger.db"


class Verb(NamedTuple):
    """
    One verb.

    Args:
        room: The module of `ledger.cli` that makes it.

        line: What it does, in at most 57 characters, so that lists do not wrap.

        examples: Command lines that can be given one after the other.
    """

    name: str
    room: str
    line: str
    examples: tuple[str, ...]


def _verbs(room: str, *rows: tuple[str, ...]) -> tuple[Verb, ...]:
    return tuple(Verb(name, room, line, tuple(examples)) for name, line, *examples in rows)


_BEGIN: Final = (
    *_verbs(
        "demo",
        (
            "demo",
            "Play the eleven minutes, from report to finding",
            "ledger demo --keep eleven-minutes.db",
        ),
    ),
    *_verbs(
        "keeping",
        (
            "init",
            "Create an empty ledger",
            "ledger --ledger sqlite:///new.db init --origin moderation.example",
        ),
    ),
)

_ASK: Final = _verbs(
    "asking",
    (
        "who",
        "Who restricted an account, why, by what right",
        "ledger who 25073877 --measure deactivate --lasting 11m",
    ),
    (
        "standing",
        "Where an account stood, and what was in force",
        "ledger standing 25073877 --at 2017-11-02T23:01:00Z",
    ),
    (
        "timeline",
        "What happened on an account, and what followed from it",
        "ledger timeline 25073877 --known-at 2017-11-03T00:30:00Z",
    ),
    (
        "account",
        "All that is on record of an account",
        """ledger account 25073877 --known-at '{"0": 12}'""",
    ),
    (
        "restrictions",
        "Restrictions of all accounts, by any set of filters",
        "ledger restrictions --measure deactivate --lasting 9m..13m",
        "ledger restrictions --in-force-at 2017-11-02T23:00:00Z --count",
    ),
    (
        "operator",
        "An operator's roles, contract, leaving time and bars then",
        "ledger operator op-417 --at 2017-11-02T22:52:00Z",
    ),
    (
        "authority",
        "What was permitted at the request, act and effect",
        "ledger authority a-1",
    ),
    (
        "entries",
        "The entries themselves, in stored order",
        "ledger entries --stream operator/op-417 --json",
    ),
)

_ACT: Final = _verbs(
    "acting",
    (
        "act",
        "Use a measure on an account",
        "ledger act deactivate 25073877 --by op-7 --because-of r-1 --reason parody",
    ),
    (
        "reverse",
        "Reverse an action",
        "ledger act lock 25073877 --action a-2 --by op-7 --because-of r-1 --reason parody",
        "ledger reverse a-2 --by op-1 --reason error",
    ),
    (
        "withdraw",
        "Take back a deferred action before its effect",
        (
            "ledger act warn 25073877 --action a-2 --by op-7 --because-of own-initiative"
            " --reason spam --effective-at 2099-01-01T00:00:00Z"
        ),
        "ledger withdraw a-2 --by op-7 --reason 'asked for too early'",
    ),
    (
        "amend",
        "Change when an action expires",
        "ledger act suspend 25073877 --action a-2 --by op-7 --because-of order:12 --reason spam",
        "ledger amend a-2 --by op-7 --reason appeal --expires-at 2099-01-01T00:00:00Z",
        "ledger amend a-2 --by op-7 --reason appeal --expires-at none",
    ),
    (
        "correct",
        "Say that the record was wrong, and what was right",
        "ledger correct a-1 --by op-1 --reason 'server log' --effective-at 2017-11-02T22:51:30Z",
    ),
)

_REPORT: Final = _verbs(
    "acting",
    (
        "file-report",
        "Put a complaint about an account on record",
        "ledger file-report 25073877 --category spam --source user --report r-2",
    ),
    (
        "assign-report",
        "Give a report to an operator or a queue",
        "ledger assign-report r-1 --to op-7 --by op-1",
    ),
    (
        "resolve-report",
        "Close a report with an outcome",
        "ledger resolve-report r-1 --outcome no-action --by op-7",
    ),
    (
        "reopen-report",
        "Open a closed report again",
        "ledger resolve-report r-1 --outcome duplicate --by op-7",
        "ledger reopen-report r-1 --by op-1 --reason 'it is no duplicate'",
    ),
    (
        "protect-account",
        "Put an account under the protection of a tier",
        "ledger protect-account 813286 --tier head-of-state --by op-1 --reason 'public office'",
    ),
    (
        "unprotect-account",
        "End the protection of an account",
        "ledger unprotect-account 25073877 --by op-1 --reason 'left office'",
    ),
    (
        "note",
        "Write a note about an account",
        "ledger note 25073877 'the owner has called' --by op-7",
    ),
)

_FIND: Final = _verbs(
    "acting",
    (
        "assert-finding",
        "Claim what an action came from",
        "ledger assert-finding a-1 --cause error --by comms --source memo --statement 'a slip'",
    ),
    (
        "revise-finding",
        "Replace a finding; both stay on record",
        "ledger revise-finding f-5 --cause error --by press --source memo --statement 'a slip'",
    ),
    (
        "retract-finding",
        "Take a finding back; it stays on record",
        "ledger retract-finding f-4 --by press --reason 'the source withdrew it'",
    ),
)

_STAFF: Final = _verbs(
    "acting",
    (
        "enrol-operator",
        "Make an operator known",
        "ledger enrol-operator op-9 --kind human --roles support --roles appeals --by op-1",
    ),
    ("grant-role", "Give an operator a role", "ledger grant-role op-7 admin --by op-1"),
    ("revoke-role", "Take a role from an operator", "ledger revoke-role op-417 support --by op-1"),
    (
        "bar-operator",
        "Forbid an operator to act until unbarred",
        "ledger bar-operator op-417 --by op-1 --reason 'under investigation'",
    ),
    (
        "unbar-operator",
        "Let a barred operator act again",
        "ledger bar-operator op-7 --by op-1 --reason 'lost badge'",
        "ledger unbar-operator op-7 --by op-1 --reason 'badge found'",
    ),
    (
        "change-contract",
        "Change an operator's contract, vendor or dates",
        "ledger change-contract op-7 --vendor none --leaves-at 2099-01-01T00:00:00Z --by op-1",
    ),
    (
        "offboard-operator",
        "Let an operator leave, now or at another time",
        "ledger offboard-operator op-7 --by op-1 --reason 'end of contract'",
    ),
)

_MANY: Final = (
    *_verbs(
        "acting",
        (
            "record",
            "Record a file of commands, all or nothing",
            "ledger record commands.jsonl",
        ),
    ),
    *_verbs(
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

_KEEP: Final = _verbs(
    "keeping",
    ("status", "What the ledger is, and how far it is", "ledger status"),
    ("backup", "Write a checked copy while the ledger goes on", "ledger backup copy.db"),
    ("rebuild", "Make anew all that is derived; say what differed", "ledger rebuild"),
    ("completion", "Print the completion script of a shell", "ledger completion bash"),
)

# In the order of the help page.
SECTIONS: Final = {
    "Begin": _BEGIN,
    "Ask": _ASK,
    "Act": _ACT,
    "Reports and accounts": _REPORT,
    "Findings": _FIND,
    "Operators": _STAFF,
    "Many at once": _MANY,
    "Keep": _KEEP,
}

VERBS: Final = {verb.name: verb for section in SECTIONS.values() for verb in section}


def help_page() -> str:
    """
    Return the page of ``ledger --help``: what it is, its options, and every verb in its section.
    """
    options = {
        "--ledger URL": f"The ledger; ${LEDGER_VARIABLE}, else {LEDGER_DEFAULT}",
        "--json": "Answer in JSON; errors too, on standard error",
        "--help": "Show this page, or behind a verb its own",
    }
    sections = {"Options": options} | {
        title: {verb.name: verb.line for verb in verbs} for title, verbs in SECTIONS.items()
    }
    width = max(map(len, VERBS))
    lines = [
        f"Usage: {PROGRAM} [--ledger URL] [--json] VERB ...",
        "",
        "  An event-sourced audit ledger for account moderation.",
    ]
    for title, rows in sections.items():
        lines += ["", f"{title}:", *(f"  {name:{width}}  {line}" for name, line in rows.items())]
    return "\n".join([*lines, "", f"Begin with `{PROGRAM} demo`."])
