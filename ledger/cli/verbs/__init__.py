"""
The verbs of the command line, in the order of the help page.

The help page is made of these tables alone, so it appears without loading anything; a verb is made
by its room when it is named. Every example works on the ledger that
``ledger demo --keep ledger.db`` leaves, and is run by the tests.
"""

from typing import Final

from ledger.cli.verbs import acting, asking, evidence, keeping, vouching
from ledger.cli.verbs.verb import Verb

__all__ = [
    "COMPLETION_VARIABLE",
    "KEK_VARIABLE",
    "KEYS_VARIABLE",
    "LEDGER_DEFAULT",
    "LEDGER_VARIABLE",
    "NOUNS",
    "PROGRAM",
    "SECTIONS",
    "VERBS",
    "Verb",
    "help_page",
]

PROGRAM: Final = "ledger"
LEDGER_VARIABLE: Final = "LEDGER_URL"
KEYS_VARIABLE: Final = "LEDGER_KEYS"
KEK_VARIABLE: Final = "LEDGER_KEK_FILE"
COMPLETION_VARIABLE: Final = "_LEDGER_COMPLETE"
LEDGER_DEFAULT: Final = "sqlite:///ledger.db"

SECTIONS: Final = {
    "Begin": keeping.BEGIN,
    "Ask": (*asking.ACCOUNTS, *asking.FOLLOWING),
    "Look back": asking.HINDSIGHT,
    "Act": acting.ACTIONS,
    "Act with approvals": acting.REQUESTS,
    "Reports and accounts": acting.REPORTS,
    "What follows an action": acting.AFTERWARDS,
    "Operators": acting.OPERATORS,
    "Policies": (*asking.POLICIES, *keeping.POLICIES, *acting.POLICIES),
    "Personal data": (*asking.PRIVACY, *acting.PRIVACY, *acting.SEALED, *keeping.ERASED),
    "Many at once": keeping.MANY,
    "Verify": vouching.VERIFYING,
    "Vouch": (*vouching.CHECKPOINTS, *vouching.KEYS, *vouching.ROTATION, *vouching.WITNESSES),
    "Prove to others": evidence.BUNDLES,
    "Keep": (*keeping.KEEP, *keeping.STORES),
}

VERBS: Final = {verb.name: verb for section in SECTIONS.values() for verb in section}

# Another spelling of some verbs: ``report file`` is ``file-report``. A noun that is a verb too is
# that verb where none of these words follows.
NOUNS: Final = {
    "report": {
        "show": "report",
        "file": "file-report",
        "assign": "assign-report",
        "resolve": "resolve-report",
        "reopen": "reopen-report",
    },
    "finding": {
        "assert": "assert-finding",
        "revise": "revise-finding",
        "retract": "retract-finding",
    },
    "appeal": {"file": "file-appeal", "decide": "decide-appeal"},
    "policy": {"show": "policy", "adopt": "adopt-policy", "check": "check-policy"},
    "key": {
        "generate": "generate-key",
        "show": "show-key",
        "rotate": "rotate-key",
        "revoke": "revoke-key",
    },
    "witness": {"serve": "serve-witness"},
}


def help_page() -> str:
    """
    Return the page of ``ledger --help``: what it is, its options, and every verb in its section.
    """
    options = {
        "--ledger URL": "sqlite:///PATH or postgresql://USER@HOST/DATABASE;",
        "": f"${LEDGER_VARIABLE} if it is omitted, else {LEDGER_DEFAULT}",
        "--json": "Answer in JSON; errors too, on standard error",
        "--keys URL": f"The keys of a sealed ledger; else ${KEYS_VARIABLE}",
        "--kek FILE": f"The key that encrypts them; else ${KEK_VARIABLE}",
        "--purpose TEXT": "Show personal data of a sealed ledger, and record why;",
        "  --as OPERATOR": "to whom; --as-reader CLASS: as a class of reader",
        "--help": "Show this page, or behind a verb its own",
    }
    sections = {"Options": options} | {
        title: {verb.name: verb.line for verb in verbs} for title, verbs in SECTIONS.items()
    }
    sections["The same verbs by noun"] = {noun: ", ".join(words) for noun, words in NOUNS.items()}
    width = max(map(len, VERBS))
    lines = [
        f"Usage: {PROGRAM} [--ledger URL] [--json] VERB ...",
        "",
        "  An event-sourced audit ledger for account moderation.",
    ]
    for title, rows in sections.items():
        lines += ["", f"{title}:", *(f"  {name:{width}}  {line}" for name, line in rows.items())]
    return "\n".join([*lines, "", f"Begin with `{PROGRAM} demo`."])
