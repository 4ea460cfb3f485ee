"""
The desk at which commands are decided in these tests: staff, an account's history, policies, noon.
"""

import json
from typing import Any

from ledger.moderation.account import Account, fold
from ledger.moderation.commands import command_from, command_of
from ledger.moderation.commands.history import AmendInForce, ReverseInForce
from ledger.moderation.decisions import Decision, Situation, decide
from ledger.moderation.entry import Entry
from ledger.moderation.events import Event
from ledger.moderation.events.operator import (
    ContractChanged,
    OperatorBarred,
    OperatorEnrolled,
    OperatorKind,
    TrainingMarked,
)
from ledger.moderation.events.policy import PolicyAdopted, Syntax
from ledger.moderation.operator import Operator, system_operator
from ledger.moderation.operator import fold as fold_operator
from ledger.moderation.policy import fold as fold_policies
from ledger.moderation.rulebook import Rulebook
from ledger.moderation.rules import RULES
from ledger.moderation.vocabulary import BUILT_IN
from tests.moderation.by_hand import Line, at, recorded

NOON = "12:00"
HISTORICAL = {cls.NAME: cls for cls in (ReverseInForce, AmendInForce)}

HUMAN = OperatorEnrolled(kind=OperatorKind.HUMAN)
ADMIN = OperatorEnrolled(kind=OperatorKind.HUMAN, roles=("admin",))


def away(starts_at: str | None, leaves_at: str | None) -> ContractChanged:
    """
    Return a contract with those times of the day.
    """
    return ContractChanged(
        contract=None,
        vendor=None,
        starts_at=at(starts_at) if starts_at else None,
        leaves_at=at(leaves_at) if leaves_at else None,
    )


STAFF: dict[str, list[Line]] = {
    "ann": [("00:00", HUMAN)],
    "bob": [("00:00", HUMAN)],
    "root": [("00:00", ADMIN)],
    "cron": [("00:00", OperatorEnrolled(kind=OperatorKind.SYSTEM))],
    "gone": [("00:00", ADMIN), ("00:01", away(None, "12:00"))],
    "late": [("00:00", ADMIN), ("00:01", away("12:01", None))],
    "barred": [("00:00", ADMIN), ("11:59", OperatorBarred(reason="under review"))],
    "met": [("00:00", OperatorEnrolled(kind=OperatorKind.UNKNOWN), {"import_id": "i"})],
    "newcomer": [("00:00", HUMAN), ("00:01", away("11:00", None))],
    "trained": [("00:00", HUMAN), ("00:01", TrainingMarked(training="appeals"))],
    "lead": [("00:00", OperatorEnrolled(kind=OperatorKind.HUMAN, roles=("lead",)))],
    "lead-2": [("00:00", OperatorEnrolled(kind=OperatorKind.HUMAN, roles=("lead",)))],
    "owner": [("00:00", OperatorEnrolled(kind=OperatorKind.HUMAN, account="x"))],
}
RULEBOOK = Rulebook(BUILT_IN, RULES)


def operator(name: str) -> Operator:
    """
    Return a member of the staff; anybody else is not enrolled.
    """
    if name == "system":
        return system_operator()
    return fold_operator(Operator(name), recorded(*STAFF.get(name, []), stream=f"operator/{name}"))


def adopted(*documents: dict[str, Any]) -> dict[str, Any]:
    """
    Return what a situation says of the policy where those documents were adopted, in that order.
    """
    told = [{"policy": 1, "title": "t", **document} for document in documents]
    lines: list[Line] = [
        (
            "00:00",
            PolicyAdopted(
                text=json.dumps(document), syntax=Syntax.JSON, adopted=(), not_adopted=()
            ),
        )
        for document in told
    ]
    policies = fold_policies(recorded(*lines, stream="policy/default"))
    return {"policy": RULEBOOK.in_force(policies), "policies": policies}


def _concerned(line: dict[str, Any], account: Account) -> list[str]:
    """
    Return the operators whom a command concerns beside who gives it and whom it is about.
    """
    if line["command"] == "approve":
        return [account.requests[line["request"]].keeper]
    told = (line.get("pending", ""), *dict(line.get("dispositions", ())).values())
    return [to for to in (said.partition(":")[2] for said in told) if to]


def situation(*lines: Line, line: dict[str, Any], **changes: Any) -> Situation:
    """
    Return the situation at noon of what *line* asks for, account "x" having that history.
    """
    about = line["to"] if line["command"] == "hand_over" else line.get("operator")
    account = fold(Account("x"), recorded(*lines))
    told: dict[str, Any] = {
        "now": at(NOON),
        "account": account,
        "others": {"x": account},
        "operators": {name: operator(name) for name in _concerned(line, account)},
        "by": operator(line.get("by", "system")),
        "subject": operator(about) if about else None,
        "new_id": lambda: "made-id",
        "measures": BUILT_IN,
    }
    return Situation(**{**told, **changes})


def decided(line: dict[str, Any], *lines: Line, **changes: Any) -> Decision:
    """
    Return the decision about the command of *line* at noon, account "x" having that history.
    """
    fields = dict(line)
    historical = HISTORICAL.get(fields["command"])
    if historical is not None:
        del fields["command"]
    command = command_of(historical, fields) if historical else command_from(fields)
    return decide(command, situation(*lines, line=line, **changes))


def event(decision: Decision) -> Event:
    """
    Return the one event that was decided.
    """
    (draft,) = decision.drafts
    return draft.event


def entries(*lines: Line) -> list[Entry]:
    """
    Return the entries of account "x" by themselves.
    """
    return recorded(*lines)
