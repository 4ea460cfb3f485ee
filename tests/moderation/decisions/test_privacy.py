"""
Decisions about personal data: who may, and what a hold and a retention rule forbid.
"""

from datetime import timedelta
from typing import Any

import attrs
import pytest

from ledger.errors import Malformed, NotFound, Refused
from ledger.moderation.decisions import Decision
from ledger.moderation.events import Event, Outcome
from ledger.moderation.events.operator import OperatorEnrolled, OperatorKind
from ledger.moderation.events.privacy import (
    HoldPlaced,
    HoldReleased,
    RetentionSet,
    SubjectErased,
    SubjectKind,
    Suppressed,
    SuppressionEnded,
)
from ledger.moderation.operator import Operator
from ledger.moderation.operator import fold as fold_operator
from ledger.moderation.privacy import PRIVACY_STREAM, Privacy, fold
from tests.moderation.by_hand import at, recorded
from tests.moderation.decisions.desk import decided, event

ACCOUNT = SubjectKind.ACCOUNT
ERASE: dict[str, Any] = {"command": "erase", "account": "x", "basis": "article 17", "by": "root"}
HELD: Any = HoldPlaced(hold="h", subject="x", kind=ACCOUNT, reference="case-17", reason="order")
RULE: Any = RetentionSet(covers="account", seconds=3_600, reason="the law")
HIDDEN = Suppressed(suppression="s", reader="press", account="x", reason="a child")
ERASED = SubjectErased(subject="x", kind=ACCOUNT, basis="article 17")


@attrs.frozen
class Known:
    """
    What is on record: when the last entry of whom was recorded, and which entries there are.
    """

    last_at: str = "08:00"
    covers: tuple[str, ...] = ("account",)
    size: int = 20

    def last(self, subject: str, _kind: SubjectKind, covers: str, /) -> Any:
        """
        Return when the last entry of account "x" was recorded that a rule is about.
        """
        return at(self.last_at) if subject == "x" and covers in self.covers else None

    def has(self, log: int, position: int, /) -> bool:
        """
        Return whether there is an entry there.
        """
        return log == 0 and position <= self.size


def said(*events: Event) -> Privacy:
    """
    Return what the privacy stream says after *events*, one an hour from one o'clock on.
    """
    lines = [(f"{hour:02}:00", each) for hour, each in enumerate(events, start=1)]
    return fold(recorded(*lines, stream=PRIVACY_STREAM))


def deciding(line: dict[str, Any], *events: Event, **changes: Any) -> Decision:
    """
    Return the decision in a sealed ledger whose privacy stream has *events*.
    """
    told = {"sealed": True, "privacy": said(*events), "on_record": Known(), **changes}
    return decided(line, **told)


def refusal(decision: Decision) -> Refused:
    """
    Return what the caller is told of a refusal that is on record.
    """
    (draft,) = decision.drafts
    assert PRIVACY_STREAM == draft.stream
    assert decision.refusal is not None
    assert decision.refusal.recorded
    return decision.refusal


def test_an_erasure_says_whom_why_and_that_nothing_forbade_it():
    """
    The entry has the basis, the authority, and the verdicts of holds and retention.
    """
    erased = event(deciding(ERASE))

    assert isinstance(erased, SubjectErased)
    assert ("x", ACCOUNT, "article 17") == (erased.subject, erased.kind, erased.basis)
    assert [("authority", "passed"), ("legal-hold", "passed"), ("retention", "passed")] == [
        (verdict.name, verdict.outcome) for verdict in erased.verdicts
    ]
    assert erased.authority is not None
    assert ("operator/root@1",) == erased.relied_on


def test_who_is_erased_is_not_erased_again():
    """
    The same command again records nothing, so that it can be run until the key is gone.
    """
    decision = deciding(ERASE, ERASED)

    assert ("x", ()) == (decision.result, decision.drafts)


@pytest.mark.parametrize("name", ["erase", "suppress"])
def test_only_a_sealed_ledger_can_forget_or_hide(name):
    """
    Elsewhere personal fields stand in the entries, and the error says so.
    """
    suppress = {"command": "suppress", "reader": "press", "account": "x", "reason": "why"}
    line = ERASE if name == "erase" else {**suppress, "by": "root"}

    with pytest.raises(Malformed, match="not sealed") as raised:
        deciding(line, sealed=False)

    assert "ledger init --sealed" in str(raised.value.expected)


def test_a_hold_forbids_an_erasure_and_is_named():
    """
    The refusal is on record, and names the hold, what it is for and who placed it.
    """
    refused = refusal(deciding(ERASE, HELD))

    assert "legal-hold" == refused.rule
    assert "hold 'h' for 'case-17' stands, which 'ann' placed at 2017-11-02T01:00:00Z" in str(
        refused
    )
    assert "hold 'h' to be released" == refused.expected


def test_a_hold_beats_a_retention_rule():
    """
    Where both forbid it, the hold is what is told; the rule is not even asked.
    """
    held = deciding(ERASE, HELD, RetentionSet(covers="account", seconds=86_400, reason="r"))

    assert {"authority": "passed", "legal-hold": "stopped"} == refusal(held).verdicts


def test_a_hold_on_another_subject_forbids_nothing():
    """
    It is about one subject.
    """
    assert deciding({**ERASE, "account": "y"}, HELD).refusal is None


def test_a_released_hold_forbids_nothing():
    """
    From its release on.
    """
    released = HoldReleased(hold="h", reason="case closed")

    assert deciding(ERASE, HELD, released).refusal is None
    assert deciding(ERASE, HELD, released, attrs.evolve(HELD, hold="i")).refusal is not None


@pytest.mark.parametrize(
    ("last_at", "refused"), [("11:01", True), ("11:00", False), ("10:59", False)]
)
def test_a_retention_rule_forbids_an_erasure_until_its_period_has_passed(last_at, refused):
    """
    It runs from the last entry of the subject on; at its end it is over.
    """
    decision = deciding(ERASE, RULE, on_record=Known(last_at))

    assert refused == (decision.refusal is not None)


def test_a_refusal_by_a_retention_rule_says_until_when():
    """
    It names the rule, who set it, and the moment from which on it can be erased.
    """
    refused = refusal(deciding(ERASE, RULE, on_record=Known("11:30")))

    assert "retention" == refused.rule
    assert "the retention rule for 'account', which 'ann' set" in str(refused)
    assert "an erasure at 2017-11-02T12:30:00Z or later" == refused.expected


def test_the_last_rule_for_the_same_is_in_force():
    """
    A shorter period takes the place of a longer one, and none ends the rule.
    """
    longer, none = (attrs.evolve(RULE, seconds=seconds) for seconds in (10**12, 0))
    recent = {"on_record": Known("11:30")}

    assert deciding(ERASE, RULE, longer, **recent).refusal is not None
    assert deciding(ERASE, longer, attrs.evolve(RULE, seconds=60), **recent).refusal is None
    assert deciding(ERASE, RULE, none, **recent).refusal is None


def test_a_rule_about_something_else_forbids_nothing():
    """
    Nothing of it was recorded of the subject.
    """
    rule = attrs.evolve(RULE, covers="measure:suspend", seconds=10**12)

    assert deciding(ERASE, rule).refusal is None
    assert deciding(ERASE, rule, on_record=Known(covers=("measure:suspend",))).refusal is not None


def privacy_officer() -> Operator:
    """
    Return an operator with the role ``privacy``.
    """
    enrolled = OperatorEnrolled(kind=OperatorKind.HUMAN, roles=("privacy",))
    return fold_operator(Operator("pat"), recorded(("00:00", enrolled), stream="operator/pat"))


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        (ERASE, True),
        ({"command": "suppress", "reader": "press", "account": "x", "reason": "why"}, True),
        ({"command": "unsuppress", "suppression": "s", "reason": "why"}, True),
        ({"command": "place_hold", "account": "x", "reference": "c", "reason": "why"}, False),
        ({"command": "release_hold", "hold": "h", "reason": "why"}, False),
        ({"command": "set_retention", "covers": "account", "period": "1d", "reason": "w"}, False),
    ],
)
def test_the_role_privacy_erases_and_hides_but_holds_nothing(line, allowed):
    """
    Who may forget is not who forbids to forget.
    """
    held = attrs.evolve(HELD, subject="y")
    decision = deciding({**line, "by": "pat"}, held, HIDDEN, by=privacy_officer())

    assert allowed == (decision.refusal is None)
    if decision.refusal is not None:
        assert "does not have the role 'admin'" in str(decision.refusal)


def test_an_entry_is_hidden_by_its_place():
    """
    In log 0 where none is said; an entry that is not there cannot be hidden.
    """
    line = {"command": "suppress", "reader": "press", "position": 20, "reason": "w", "by": "root"}
    hidden = event(deciding(line))

    assert isinstance(hidden, Suppressed)
    assert (0, 20, None) == (hidden.log, hidden.position, hidden.account)
    with pytest.raises(NotFound, match="no entry at position 21"):
        deciding({**line, "position": 21})


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ({"command": "release_hold", "hold": "h", "reason": "why", "by": "root"}, "hold"),
        ({"command": "unsuppress", "suppression": "s", "reason": "w", "by": "root"}, "suppression"),
    ],
)
def test_what_is_over_is_not_ended_again(line, what):
    """
    Who ended it and when is told; what never was is not found.
    """
    released = HoldReleased(hold="h", reason="r")
    shown = SuppressionEnded(suppression="s", reason="r")

    with pytest.raises(Refused, match=f"{what} .* by 'ann' at 2017-11-02T0") as raised:
        deciding(line, HELD, HIDDEN, released, shown)
    with pytest.raises(NotFound, match=f"no {what}"):
        deciding(line)
    assert not raised.value.recorded


def test_nobody_who_is_erased_is_held():
    """
    There is nothing left to keep, and the error says since when.
    """
    line = {"command": "place_hold", "account": "x", "reference": "c", "reason": "w", "by": "root"}

    with pytest.raises(Refused, match="account 'x' was erased at 2017-11-02T01:00:00Z"):
        deciding(line, ERASED)
    with pytest.raises(Malformed, match="nobody has an alias"):
        deciding(
            {**line, "account": None, "subject": "acct-aeaqcaibaeaqcaibaeaqcaibae"}, sealed=False
        )


def test_a_rule_about_an_unknown_measure_is_no_rule():
    """
    A slip would have nothing kept.
    """
    line = {"command": "set_retention", "covers": "measure:susspend", "period": "1d"}

    with pytest.raises(Malformed, match="susspend"):
        deciding({**line, "reason": "w", "by": "root"})


def test_what_holds_and_rules_said_is_what_is_on_record_of_a_refusal():
    """
    Each verdict with its reason, under the policy that was in force.
    """
    (draft,) = deciding(ERASE, RULE, on_record=Known("11:30")).drafts

    verdicts: Any = draft.event
    assert [
        ("authority", Outcome.PASSED),
        ("legal-hold", Outcome.PASSED),
        ("retention", Outcome.STOPPED),
    ] == [(each.name, each.outcome) for each in verdicts.verdicts]


def test_the_longest_period_has_no_end():
    """
    A rule that lasts longer than time does keeps for ever.
    """
    forever = attrs.evolve(RULE, seconds=int(timedelta(days=3_652_059).total_seconds()))

    assert "9999-12-31" in str(refusal(deciding(ERASE, forever)).expected)
