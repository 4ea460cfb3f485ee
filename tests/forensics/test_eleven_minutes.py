"""
Who deactivated the account for eleven minutes: the answer, and what it was on the way there.
"""

import pytest

from ledger import Effect
from ledger.forensics.who import Occasion
from ledger.moderation.moment import moment
from ledger.moderation.term import EndedBy
from tests.conftest import ACCOUNT


def at(text: str):
    """
    Return a moment of 2 November, "22:52".
    """
    return moment(f"2017-11-02T{text}:00Z", "at")


def test_who_did_it(case):
    """
    op-417, a contractor on the last day, on a user's report, past no safeguard; op-7 ended it.
    """
    (answer,) = case.ledger.who(ACCOUNT, measure="deactivate", lasting=("11m", "12m"))

    restriction, opened, closed = answer.restriction, answer.opened, answer.closed
    assert (660.0, "op-417", "op-7") == (restriction.seconds, opened.by, closed.by)
    held = opened.authority
    assert ("human", ("support",), "contractor", "Acme Support") == (
        held.kind,
        held.roles,
        held.contract,
        held.vendor,
    )
    assert (at("23:00"), True, False) == (held.leaves_at, held.last_day, held.barred)
    assert (True, True) == (opened.permitted, opened.authority.permitted)
    assert (Occasion(case.report, "impersonation", "user", at("22:00")),) == opened.because_of
    assert "head-of-state" == answer.protected.tier
    assert () == answer.reversals_refused


def test_when_it_was_asked_recorded_and_took_effect(case):
    """
    The ledger knew for 42 minutes what would happen at 22:52.
    """
    (answer,) = case.ledger.who(ACCOUNT)
    opened, closed = answer.opened, answer.closed

    assert (at("22:10"), at("22:10"), at("22:52")) == (
        opened.requested_at,
        opened.recorded_at,
        opened.effective_at,
    )
    assert ("parody account", "s-17", "op-417") == (
        opened.reason,
        opened.session,
        opened.recorded_operator,
    )
    assert (EndedBy.REVERSAL, at("23:03"), at("23:03"), "error", "s-18") == (
        closed.ended_by,
        closed.effective_at,
        closed.recorded_at,
        closed.reason,
        closed.session,
    )
    assert (True, True) == (closed.permitted, closed.authority.permitted)


def test_the_safeguards_that_were_not_asked_are_told(case):
    """
    Only authority was checked; protection, four eyes and the last day were nobody's rule.
    """
    (answer,) = case.ledger.who(ACCOUNT)

    verdicts = {known.name: known.outcome for known in answer.safeguards}
    assert {
        "authority": "passed",
        "protected-account": "not-adopted",
        "two-person": "not-adopted",
        "last-day": "not-adopted",
    } == verdicts
    assert {False} == {known.of_original for known in answer.safeguards}


@pytest.mark.parametrize(
    ("known_at", "expected"),
    [
        ("2017-11-03T00:00:00Z", []),
        ("2017-11-03T00:30:00Z", [("error", "standing")]),
        ("2017-11-03T02:30:00Z", [("error", "revised"), ("deliberate", "standing")]),
        (
            "2017-11-03T16:00:00Z",
            [("error", "revised"), ("deliberate", "standing"), ("deliberate", "standing")],
        ),
        (
            "2017-12-13T00:00:00Z",
            [
                ("error", "revised"),
                ("deliberate", "standing"),
                ("deliberate", "standing"),
                ("error", "standing"),
                ("error", "standing"),
            ],
        ),
    ],
)
def test_what_was_believed_is_dated_and_never_overwritten(case, known_at, expected):
    """
    At each moment the findings that were known, in recorded order, with their status then.
    """
    (answer,) = case.ledger.who(ACCOUNT, known_at=known_at)

    assert expected == [(finding.cause, finding.status) for finding in answer.findings]


def test_at_2255_the_restriction_was_open_and_nobody_had_found_anything(case):
    """
    With the knowledge of 22:55 it has no end, no closer and no finding.
    """
    answers = case.ledger.who(ACCOUNT, known_at="2017-11-02T22:55:00Z")
    (answer,) = answers

    assert (None, None, None) == (
        answer.restriction.until,
        answer.restriction.ended_by,
        answer.restriction.seconds,
    )
    assert (None, ()) == (answer.closed, answer.findings)
    assert (at("22:55"), True) == (answers.cut.known_at, answers.cut.settled)
    assert () == tuple(case.ledger.who(ACCOUNT, lasting="11m", known_at="2017-11-02T22:55:00Z"))


def test_the_same_cut_gives_the_same_answer(case):
    """
    What was answered at 22:55 is answered again with its cut, whatever was recorded since.
    """
    then = case.ledger.who(ACCOUNT, known_at="2017-11-02T22:55:00Z")
    case.ledger.correct(case.action, by="op-7", operator="comms", reason="typed wrong")

    assert list(then) == list(case.ledger.who(ACCOUNT, known_at=then.cut))
    assert list(then) == list(case.ledger.who(ACCOUNT, known_at=dict(then.cut.positions)))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"at": "2017-11-02T22:51:59.999999Z"}, 0),
        ({"at": "2017-11-02T22:52:00Z"}, 1),
        ({"at": "2017-11-02T23:03:00Z"}, 0),
        ({"during": ("2017-11-02T22:00:00Z", "2017-11-02T22:52:00Z")}, 0),
        ({"during": "2017-11-02T23:02:00Z..2017-11-03T00:00:00Z"}, 1),
        ({"lasting": "11m"}, 1),
        ({"lasting": "660s"}, 1),
        ({"lasting": "12m.."}, 0),
        ({"measure": "suspend"}, 0),
        ({"measure": "deactivate", "at": "2017-11-02T23:00:00Z", "lasting": "11m"}, 1),
    ],
)
def test_rule_24_what_is_asked_must_all_hold(case, asked, expected):
    """
    A moment within, a window that overlaps, a length, a measure: any combination.
    """
    assert expected == len(case.ledger.who(ACCOUNT, **asked))


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("22:51", Effect.ACTIVE),
        ("22:52", Effect.DEACTIVATED),
        ("23:01", Effect.DEACTIVATED),
        ("23:03", Effect.ACTIVE),
    ],
)
def test_where_the_account_stood(case, time, expected):
    """
    Deactivated from 22:52 up to, and not at, 23:03.
    """
    assert expected == case.ledger.standing(ACCOUNT, at=at(time)).standing
