"""
The review of a ledger: what is listed, in which order, of which window, by which checks.
"""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given

from ledger import Ledger, Malformed
from ledger.book.document import document
from ledger.forensics.checks import BUILT_IN, Case, Check, extended
from ledger.forensics.conduct import Conduct, ConductCheck, Remark
from ledger.forensics.review import ReviewFinding
from ledger.moderation.moment import moment
from ledger.moderation.vocabulary import Severity
from tests.conftest import ACCOUNT, HandSetClock, action_command, enrol_staff, take_action
from tests.strategies import of


def at(text: str) -> datetime:
    """
    Return a moment of 2 November, "22:52".
    """
    return moment(f"2017-11-02T{text}:00Z", "at")


def on_scope(case: Case) -> str | None:
    """
    Return why, when the act is on a part of the account alone.
    """
    scope = case.taken.scope
    return None if scope is None else f"only {scope}"


def first_act(conduct: Conduct) -> list[Remark]:
    """
    Return the operator's first act.
    """
    return [Remark(conduct.deeds[0], f"the first of {len(conduct.deeds)}")]


OWN = (
    Check("on-scope", Severity.LOW, on_scope),
    ConductCheck("first-act", Severity.NONE, first_act),
)


def test_the_eleven_minutes_under_review(case):
    """
    On the last day, on a protected account, for eleven minutes, and nothing that it was not.
    """
    assert [
        ("last-day", "medium", "50m before the operator left at 2017-11-02T23:00:00Z"),
        ("protected-account", "medium", "protected as 'head-of-state' by 'op-1'"),
        ("short-lived", "low", "reversed by 'op-7' after 11m"),
    ] == [(one.check, one.severity, one.why.split(" since")[0]) for one in case.ledger.review()]


def test_a_finding_as_json(case):
    """
    The shape of the contract: which check, how severe, whose act, where, when and why.
    """
    (one,) = case.ledger.review(checks=["short-lived"])

    assert {
        "check": "short-lived",
        "severity": "low",
        "operator": "op-417",
        "account": ACCOUNT,
        "action": case.action,
        "at": "2017-11-02T22:52:00Z",
        "log": 0,
        "position": 9,
        "why": "reversed by 'op-7' after 11m",
    } == document(one)


@given(of(ReviewFinding))
def test_a_finding_that_rests_on_an_import_says_so(finding):
    """
    What a source recorded is told apart from what the ledger recorded itself.
    """
    told = document(finding)

    assert finding.imported == (told.pop("recorded_by", "ledger") == "source")
    assert finding.imported == (finding.recorded_by == "source")
    assert {*ReviewFinding._fields} - {"imported"} == {*told}


def test_what_rests_on_an_import_says_so(tmp_path, clock):
    """
    An imported act, a live one that an imported reversal ended, and a burst of imported acts; not
    what the ledger recorded alone.
    """
    told = {"by": "op-7", "reason": "x", "recorded_at": "2017-11-02T22:10:00Z"}
    acts = [action_command(f"a-{number}") | told for number in range(20)]
    lines = [json.dumps(line) for line in (*acts, {"command": "reverse", "action": "act", **told})]
    (tmp_path / "actions.jsonl").write_text("\n".join(lines))
    with Ledger.create("memory:", clock=clock) as ledger:
        enrol_staff(ledger)
        take_action(ledger, "ended", action="act", by="op-1")
        take_action(ledger, "open", by="op-1")
        clock.set(at("22:40"))
        ledger.import_history("actions", [tmp_path / "actions.jsonl"])

        found = {(one.check, one.account): one.imported for one in ledger.review()}
        assert {
            ("no-report", "ended"): True,
            ("no-report", "open"): False,
            ("short-lived", "ended"): True,
            ("burst", "a-0"): True,
            **{("no-report", f"a-{number}"): True for number in range(20)},
        } == found


def test_findings_are_in_order_on_every_backend(staffed: Ledger, clock: HandSetClock):
    """
    By effective time, then log, position and check, whatever order they were recorded in.
    """
    clock.advance(hours=1)
    for number in range(12):
        told = {"effective_at": clock.now - timedelta(minutes=number % 4)}
        take_action(staffed, f"account-{number}", "lock", **told)
        clock.advance(seconds=30)
    found = list(staffed.review())

    assert 12 == len([one for one in found if one.check == "no-report"])
    assert all(
        (before.at, before.log, before.position, before.check)
        < (after.at, after.log, after.position, after.check)
        for before, after in pairwise(found)
    )


def test_the_window_is_half_open_on_the_effective_time(staffed: Ledger, clock: HandSetClock):
    """
    From *since* on and before *until*, by when the act took effect, as corrected.
    """
    clock.advance(hours=1)
    for time in ("22:09", "22:10", "22:20"):
        take_action(staffed, time, effective_at=at(time))
    clock.set(at("23:10"))
    wrong = take_action(staffed, "corrected")
    staffed.correct(wrong, by="op-1", effective_at=at("22:19"), reason="wrong clock")

    def found(**window: Any) -> list[str]:
        return [one.account for one in staffed.review(checks=["no-report"], **window)]

    assert ["22:10", "corrected"] == found(since=at("22:10"), until="2017-11-02T22:20:00Z")
    assert ["22:09"] == found(until=at("22:10"))
    assert ["22:20"] == found(since=at("22:20"))


def test_the_window_does_not_narrow_what_an_operator_did(clock):
    """
    Checks of all his acts look at all of them, and list those in the window.
    """
    with Ledger.create("memory:", clock=clock, checks=OWN) as ledger:
        enrol_staff(ledger)
        clock.set(at("23:00"))
        for time in ("22:10", "22:20"):
            take_action(ledger, time, effective_at=at(time))

        before = ledger.review(until=at("22:11"), checks=["first-act"])
        assert ["the first of 2"] == [one.why for one in before]
        assert [] == list(ledger.review(since=at("22:11"), checks=["first-act"]))


def test_a_service_adds_checks_of_its_own(clock):
    """
    They are listed among the others, and asked for by name.
    """
    with Ledger.create("memory:", clock=clock, checks=OWN) as ledger:
        enrol_staff(ledger)
        take_action(ledger, "a", "restrict", scope="posts")
        take_action(ledger, "b", "lock")

        assert [
            ("first-act", "none", "a", "the first of 2"),
            ("no-report", "low", "a", "on the operator's own initiative"),
            ("on-scope", "low", "a", "only posts"),
            ("no-report", "low", "b", "on the operator's own initiative"),
        ] == [(one.check, one.severity, one.account, one.why) for one in ledger.review()]
        assert ["on-scope"] == [one.check for one in ledger.review(checks=["on-scope"])]


def test_a_name_stands_for_one_check():
    """
    A service cannot put its own check in the place of a built-in one, nor two under one name.
    """
    mine = Check("mine", Severity.LOW, on_scope)

    with pytest.raises(Malformed, match="'burst' is registered already"):
        extended([ConductCheck("burst", Severity.LOW, first_act)])
    with pytest.raises(Malformed, match="'mine' is registered already"):
        extended([mine, mine])
    with pytest.raises(Malformed, match="the id is empty"):
        Check("", Severity.LOW, on_scope)
    assert (*BUILT_IN, mine) == extended([mine])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"checks": ["self-reversl"]}, "no check 'self-reversl'; the closest is 'self-reversal'"),
        ({"checks": ["burst", "?"]}, "no check '\\?'"),
        ({"checks": "burst"}, "not a list of ids"),
        ({"since": "2017-11-02"}, "not a time"),
        ({"since": at("22:00"), "until": at("22:00")}, "is empty"),
        ({"known_at": "2099-01-01T00:00:00Z"}, "later than now"),
    ],
)
def test_what_cannot_be_asked(file_ledger: Ledger, asked, message):
    """
    A slip is told with the closest check, before an empty answer could hide it.
    """
    with pytest.raises(Malformed, match=message):
        list(file_ledger.review(**asked))


def test_the_same_cut_gives_the_same_review(staffed: Ledger, clock: HandSetClock):
    """
    What was found is found again with its cut, whatever was recorded and corrected since.
    """
    clock.advance(hours=1)
    action = take_action(staffed, "a")
    staffed.reverse(action, by="op-7", reason="error", effective_at=clock.advance(minutes=5))
    cut = staffed.standing("a").cut
    known_at = clock.advance(minutes=1)
    staffed.note("a", "settled", by="op-1")
    before = list(staffed.review(known_at=known_at))
    clock.advance(minutes=1)
    staffed.correct(action, by="op-1", operator="comms", reason="shared screen")
    take_action(staffed, "a")

    assert before == list(staffed.review(known_at=known_at))
    assert before != list(staffed.review())
    if staffed.settings.logs == 1:
        assert before == list(staffed.review(known_at=cut))


def test_an_empty_ledger_has_nothing_to_review(ledger: Ledger):
    """
    Neither accounts nor operators nor a last entry are needed.
    """
    assert [] == list(ledger.review())
