"""
Command lines that are wrong, each in its own way.
"""

from typing import NamedTuple

ACCOUNT = "25073877"
ACT = ["act", "suspend", ACCOUNT, "--by", "op-7", "--because-of", "r-1", "--reason", "spam"]
REVERSE = ["reverse", "a-1", "--by", "op-7", "--reason", "error"]
LONG = "x" * 300
FUTURE = "2099-01-01T00:00:00Z"


def without(arguments, option):
    """
    Return *arguments* without *option* and its value.
    """
    place = arguments.index(option)
    return [*arguments[:place], *arguments[place + 2 :]]


class Wrong(NamedTuple):
    """
    What is given, and the family of the error, its place, and what its message says.
    """

    arguments: list[str]
    family: str
    where: str | None
    message: str


WRONG = {
    "a naive time": Wrong(
        ["standing", ACCOUNT, "--at", "2017-11-02T22:55:00"],
        "Malformed",
        "at",
        "has no offset",
    ),
    "a naive time of an act": Wrong(
        [*ACT, "--effective-at", "2017-11-02 22:52"],
        "Malformed",
        "effective_at",
        "has no offset",
    ),
    "a time to come as knowledge": Wrong(
        ["who", ACCOUNT, "--known-at", FUTURE],
        "Malformed",
        "known_at",
        "later than now",
    ),
    "a cut that is none": Wrong(
        ["who", ACCOUNT, "--known-at", '{"0": "x"}'],
        "Malformed",
        "known_at",
        "is no cut",
    ),
    "a cut as people would write it": Wrong(
        ["who", ACCOUNT, "--known-at", "0:5"],
        "Malformed",
        "known_at",
        "'0:5' is not a time",
    ),
    "no duration": Wrong(
        ["restrictions", "--lasting", "eleven"],
        "Malformed",
        "lasting",
        "not a duration",
    ),
    "an unknown account": Wrong(["standing", "nobody"], "NotFound", "account", "has no entry"),
    "an unknown operator": Wrong(["operator", "op-42"], "NotFound", "operator", "'op-417'"),
    "an operator who is not enrolled": Wrong(
        ["note", ACCOUNT, "seen", "--by", "op-42"],
        "NotFound",
        "by",
        "not enrolled",
    ),
    "an unknown action": Wrong(["authority", "a-9"], "NotFound", "action", "no action 'a-9'"),
    "an unknown measure": Wrong(
        ["act", "delete", *ACT[2:]],
        "Malformed",
        "measure",
        "'delete' is unknown",
    ),
    "an inverse as a measure": Wrong(
        ["act", "reactivate", *ACT[2:]],
        "Malformed",
        "measure",
        "'deactivate'",
    ),
    "an action reversed twice": Wrong(REVERSE, "Refused", None, "reversed already: by 'op-7'"),
    "an operator who has left": Wrong(
        [*without(ACT, "--by"), "--by", "op-417", "--effective-at", FUTURE],
        "Refused",
        None,
        "left at 2017-11-02T23:00:00Z",
    ),
    "an empty reason": Wrong(
        [*without(ACT, "--reason"), "--reason", ""],
        "Malformed",
        "reason",
        "text is empty",
    ),
    "an id of 300 characters": Wrong(
        ["file-report", LONG, "--category", "spam", "--source", "user"],
        "Malformed",
        "account",
        "300 characters",
    ),
    "an id of another command": Wrong(
        [*ACT, "--action", "a-1"],
        "Conflict",
        "action",
        "another command",
    ),
    "bytes that are no text": Wrong(
        ["note", ACCOUNT, "\udcff", "--by", "op-7"],
        "Malformed",
        "text",
        "not valid Unicode",
    ),
    "a percentage beyond 100": Wrong(
        [
            *("assert-finding", "a-1", "--cause", "error", "--by", "comms", "--source", "memo"),
            *("--statement", "a slip", "--confidence", "101"),
        ],
        "Malformed",
        "confidence",
        "no percentage",
    ),
    "an undo of nothing": Wrong(["undo"], "Malformed", "operators", "nothing says whose"),
    "one account that is compared": Wrong(
        ["compare", ACCOUNT],
        "Malformed",
        "accounts",
        "nothing to compare",
    ),
    "an unknown check": Wrong(
        ["review", "--check", "lastday"], "Malformed", "checks", "'last-day'"
    ),
    "an unknown report": Wrong(["report", "r-9"], "NotFound", "report", "no report 'r-9'"),
    "an unknown version of the policy": Wrong(
        ["policy", "--version", "default@7"],
        "NotFound",
        "version",
        "no policy 'default@7'",
    ),
    "an unknown request": Wrong(
        ["approve", "q-9", "--by", "op-7"],
        "NotFound",
        "request",
        "'q-9'",
    ),
    "a policy that is not there": Wrong(
        ["adopt-policy", "none.toml", "--by", "op-1"],
        "Malformed",
        "policy",
        "No such file",
    ),
    "who approves that is missing": Wrong(
        ["approve", "q-1"], "Malformed", "ledger approve", "--by"
    ),
    "a noun alone": Wrong(["appeal"], "Malformed", "ledger appeal", "a word behind it"),
    "a verb that is none": Wrong(["stand", ACCOUNT], "Malformed", "ledger", "no verb 'stand'"),
    "a verb that is missing": Wrong([], "Malformed", "ledger", "issing"),
    "an option that is none": Wrong(
        ["standing", ACCOUNT, "--when", "now"],
        "Malformed",
        "ledger standing",
        "--when",
    ),
    "an option before the verb that is none": Wrong(
        ["--jsno", "status"],
        "Malformed",
        "ledger",
        "--jsno",
    ),
    "an argument that is missing": Wrong(["standing"], "Malformed", "ledger standing", "ACCOUNT"),
    "an operator that is missing": Wrong(
        without(ACT, "--by"),
        "Malformed",
        "ledger act",
        "--by",
    ),
    "a number that is none": Wrong(
        ["restrictions", "--limit", "many"],
        "Malformed",
        "ledger restrictions",
        "many",
    ),
    "a page of a count": Wrong(
        ["restrictions", "--count", "--limit", "3"],
        "Malformed",
        "ledger restrictions",
        "--limit",
    ),
    "a shell that is none": Wrong(["completion", "cmd"], "Malformed", "ledger completion", "cmd"),
    "a path that is taken": Wrong(["backup", "ledger.db"], "Malformed", "path", "exists"),
    "a folder for a copy that is not there": Wrong(
        ["backup", "none/copy.db"], "Malformed", "path", "No such file"
    ),
    "a key that signs and is not there": Wrong(
        ["checkpoint", "--key", "none.key"], "Malformed", "key", "No such file"
    ),
    "a key to show that is not there": Wrong(
        ["show-key", "none.key"], "Malformed", "path", "No such file"
    ),
    "a key that encrypts and is not there": Wrong(
        ["--keys", "sqlite:///keys.db", "--kek", "none.kek", "status"],
        "Malformed",
        "kek",
        "No such file",
    ),
    "a key of a witness that is not there": Wrong(
        ["serve-witness", "--state", "seen", "--key", "none.key", "--policy", "none"],
        "Malformed",
        "key",
        "No such file",
    ),
    "a ledger that is there": Wrong(["init"], "Malformed", "ledger", "a ledger already"),
    "roles without a server": Wrong(["init", "--roles"], "Malformed", "roles", "has no roles"),
    "grants without roles": Wrong(["init", "--apply"], "Malformed", "ledger init", "--roles"),
    "a URL that is none": Wrong(
        ["--ledger", "ledger.db", "status"],
        "Malformed",
        "ledger",
        "names no ledger",
    ),
    "a ledger that is a directory": Wrong(
        ["--ledger", "sqlite:///.", "status"],
        "Malformed",
        "ledger",
        "is a directory",
    ),
    "a ledger that is not there": Wrong(
        ["--ledger", "sqlite:///none.db", "status"],
        "Unavailable",
        "ledger",
        "there is no ledger",
    ),
}
# Only what an authority check stopped is on record.
ON_RECORD = {"an operator who has left"}
