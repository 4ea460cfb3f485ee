"""
A story in which every name and every free text begins with one word, so that it can be looked for.
"""

from contextlib import suppress
from typing import Any

from ledger import Ledger, Refused
from tests.conftest import HandSetClock

PLANTED = "planted"
ADMIN, ANN, BOB, CAROL = (f"{PLANTED} operator {name}" for name in ("admin", "ann", "bob", "carol"))
ONE, TWO = (f"{PLANTED} account {name}" for name in ("one", "two"))
POLICY = {
    "policy": 1,
    "break_glass": {"roles": ["admin"]},
    "safeguards": [
        {"rule": "two-person", "measures": ["deactivate"], "approvals": [{"approvals": 1}]},
    ],
}


def around(by: str) -> dict[str, Any]:
    """
    Return what surrounds a command of *by*.
    """
    return {"by": by, "session": f"{PLANTED} session of {by}", "on_behalf_of": [BOB, CAROL]}


def why(about: str) -> dict[str, Any]:
    """
    Return a reason that speaks of a person.
    """
    return {"reason": f"{PLANTED} reason: {about}"}


def tell(ledger: Ledger, clock: HandSetClock) -> dict[str, str]:
    """
    Let everything happen once, what is refused too, and return the ids of some of it.
    """
    staff(ledger)
    ids = acts(ledger, clock)
    follow_up(ledger, clock, ids)
    ledger.change_contract(ANN, vendor="Acme", by=ADMIN, **why("contract"))
    ledger.bar_operator(BOB, by=ADMIN, **why("bar"))
    with suppress(Refused):
        ledger.act("warn", TWO, because_of="own-initiative", **around(BOB), **why("barred"))
    ledger.unbar_operator(BOB, by=ADMIN, **why("unbar"))
    clock.advance(minutes=1)
    plan = ledger.plan_undo(sessions=[f"{PLANTED} session of {CAROL}"])
    ids["undo"] = ledger.undo(plan, **around(ADMIN), **why("undo"))
    clock.advance(minutes=1)
    ledger.undo(ledger.plan_undo(undo=ids["undo"]), by=ADMIN, **why("undo of undo"))
    later = clock.now.replace(year=clock.now.year + 1)
    told: dict[str, Any] = {
        "because_of": "own-initiative",
        "effective_at": later,
        **why("deferred"),
    }
    act = ledger.act("suspend", TWO, scope="x", by=ANN, **told)
    ledger.offboard_operator(ANN, by=ADMIN, dispositions={act: f"hand-over:{CAROL}"}, **why("gone"))
    return ids


def staff(ledger: Ledger) -> None:
    """
    Enrol the operators, with all that can be said of one, and adopt a policy.
    """
    ledger.enrol_operator(ADMIN, kind="human", roles=["admin"], name=f"{PLANTED} name")
    for operator in (ANN, BOB, CAROL):
        ledger.enrol_operator(operator, kind="human", account=f"{PLANTED} own {operator}")
    ledger.grant_role(ANN, "support", by=ADMIN, **why("grant"))
    ledger.revoke_role(ANN, "support", by=ADMIN, **why("revoke"))
    ledger.mark_training(ANN, "t", by=ADMIN, **why("training"))
    ledger.revoke_training(ANN, "t", by=ADMIN, **why("no training"))
    ledger.adopt_policy(POLICY, by=ADMIN)


def acts(ledger: Ledger, clock: HandSetClock) -> dict[str, str]:
    """
    Let reports come in and acts be taken, asked for and granted.
    """
    told: dict[str, Any] = {"category": "spam", "source": "user", "reporter": f"{PLANTED} reporter"}
    told |= {"external_id": f"{PLANTED} number", "evidence": f"{PLANTED} evidence"}
    report = ledger.file_report(ONE, **told)
    assert report == ledger.file_report(ONE, **told)
    ledger.assign_report(report, to=BOB, by=ANN)
    ledger.resolve_report(report, outcome="no-action", by=BOB, **why("closed"))
    ledger.reopen_report(report, by=BOB, **why("open again"))
    ledger.protect_account(TWO, tier="press", by=ADMIN, **why("protected"))
    ledger.unprotect_account(TWO, by=ADMIN, **why("not protected"))
    clock.advance(minutes=1)
    with suppress(Refused):
        alone: dict[str, Any] = {"because_of": [report], "override": f"{PLANTED} override"}
        ledger.act("deactivate", ONE, **alone, **around(ANN), **why("alone"))
    request = ledger.request(
        "deactivate", ONE, because_of=[report], closes=[report], **around(ANN), **why("asked")
    )
    denied = ledger.request("suspend", ONE, because_of=[report], by=BOB, **why("asked too"))
    ledger.hand_over(denied, to=CAROL, by=BOB, **why("handed over"))
    ledger.deny(denied, by=ANN, **why("denied"))
    action = ledger.approve(request, by=BOB)
    glass: dict[str, Any] = {"because_of": "own-initiative", "override": f"{PLANTED} override"}
    broken = ledger.act("deactivate", TWO, **glass, **around(ADMIN), **why("glass"))
    clock.advance(minutes=1)
    ledger.review_override(broken, outcome="justified", by=BOB, **why("reviewed"))
    for measure in ("warn", "suspend"):
        ledger.act(measure, TWO, because_of="own-initiative", **around(CAROL), **why(measure))
    clock.advance(minutes=1)
    return {"report": report, "action": action, "glass": broken}


def follow_up(ledger: Ledger, clock: HandSetClock, ids: dict[str, str]) -> None:
    """
    Let there be findings, appeals, notes, and acts be amended, corrected and reversed.
    """
    action = ids["action"]
    said: dict[str, Any] = {"source": f"{PLANTED} source", "statement": f"{PLANTED} statement"}
    told: dict[str, Any] = {"cause": "error", "evidence": f"{PLANTED} evidence", **said}
    finding = ledger.assert_finding(action, by=BOB, **told)
    finding = ledger.revise_finding(finding, by=BOB, **told)
    ledger.retract_finding(finding, by=BOB, **why("retracted"))
    ledger.note(ONE, f"{PLANTED} note", **around(CAROL))
    ledger.notify(action, channel="mail", delivered_at=clock.now, text_hash="00ff")
    appeal = ledger.file_appeal(action, by=ONE, statement=f"{PLANTED} appeal")
    ledger.file_appeal(ids["glass"], by=f"{PLANTED} notifier", statement=f"{PLANTED} appeal too")
    ledger.amend(action, by=ADMIN, expires_at=None, **why("amended"))
    ledger.correct(action, by=BOB, operator=BOB, **why("corrected"))
    clock.advance(minutes=1)
    ledger.decide_appeal(appeal, outcome="overturned", by=CAROL, **why("decided"))
    ids["reversal"] = ledger.reverse(ids["glass"], by=ADMIN, **why("reversed"))
    ids["finding"], ids["appeal"] = finding, appeal
    late = clock.now.replace(year=clock.now.year + 1)
    put_off = ledger.act(
        "lock", ONE, by=BOB, because_of="own-initiative", effective_at=late, **why("later")
    )
    ledger.withdraw(put_off, by=BOB, **why("withdrawn"))
