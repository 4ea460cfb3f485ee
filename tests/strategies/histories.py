"""
Histories of one account and of one operator, plausible ones and ones that make no sense.

A plausible history is told twice: as entries, and as facts for the plain model. Times lie on a
grid of minutes, so that much falls together; names are few, so that much concerns the same action.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger.forensics.who import Answer, Answers
from ledger.moderation import account as accounts_room
from ledger.moderation import operator as operators_room
from ledger.moderation.account import Account, Action
from ledger.moderation.codec import compose_leaf, encode_event
from ledger.moderation.entry import Entry
from ledger.moderation.events import Event, kind_of
from ledger.moderation.events.account import (
    ActionAmended,
    ActionReversed,
    ActionTaken,
    ActionWithdrawn,
    NoteAdded,
    RecordCorrected,
    ReversalWithdrawn,
)
from ledger.moderation.operator import Operator
from ledger.moderation.term import EndedBy
from ledger.moderation.vocabulary import BUILT_IN
from ledger.timeline.cut import Cut
from ledger.timeline.restrictions import Restriction
from tests.model import Fact
from tests.strategies.records import entries, events, events_of, lengths
from tests.strategies.values import NEAR, built, ids, makes, moments, whole_numbers

ACCOUNT = "x"
# Ten years before the end of all years, so that a restriction has room.
LATE = datetime(9989, 1, 1)  # noqa: DTZ001, a bound has no offset
PEOPLE = ["ann", "bob"]
# Measure and scope: two slots of one measure, one held many times over, and one never held.
SLOTS = [("suspend", None), ("suspend", "posts"), ("restrict", "dm"), ("warn", None)]
SLOTS += [("revoke_credentials", None)]
POOL = {
    **dict.fromkeys(["authority", "authority_at_request", "context"], st.none()),
    **dict.fromkeys(["relied_on", "verdicts"], st.just(())),
    **dict.fromkeys(["reason", "ground", "evidence", "override"], st.just("why")),
    "account": st.just(ACCOUNT),
    "action": st.sampled_from(["a-1", "a-2", "a-3"]),
    "appeal": st.sampled_from(["l-1", "l-2"]),
    "corrects": st.sampled_from(["a-1", "a-2", "r-1", "r-2"]),
    "finding": st.sampled_from(["f-1", "f-2"]),
    "id": st.sampled_from(["a-1", "a-2", "q-1", "q-2"]),
    "measure": st.sampled_from(["suspend", "warn"]),
    "report": st.sampled_from(["p-1", "p-2"]),
    "request": st.sampled_from(["q-1", "q-2"]),
    "reversal": st.sampled_from(["r-1", "r-2", "r-3"]),
    "revises": st.sampled_from(["f-1", "f-2"]),
    "role": st.sampled_from(["admin", "support"]),
    "scope": st.sampled_from([None, "posts"]),
}


class Step(NamedTuple):
    """
    One entry of an account, and the fact that the model knows of it.
    """

    entry: Entry
    fact: Fact


def grid(least: int = 0, most: int = 30) -> SearchStrategy[datetime]:
    """
    Return moments on whole minutes.
    """
    return st.integers(least, most).map(lambda minutes: NEAR + timedelta(minutes=minutes))


def entry_of(event: Event, stream: str, version: int, **told: Any) -> Entry:
    """
    Return the entry that records *event* by itself: in log 0, at a position of its version.
    """
    parts: dict[str, Any] = {"log": 0, "stream": stream, "version": version, "kind": kind_of(event)}
    parts |= {"written_at": None, "effective_at": None, "operator": "ann"}
    parts |= {"request_id": None, "import_id": None, "position": version} | told
    composed = {name: value for name, value in parts.items() if name != "position"}
    return Entry(event=event, body=compose_leaf(encode_event(event), **composed), **parts)


class _Teller:
    """
    Tells a history step by step; it knows which actions and reversals there are.
    """

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.actions: list[str] = []
        self.reversals: dict[str, str] = {}

    def choose(self) -> tuple[Event, Fact, datetime | None]:
        """
        Return what happens next, as an event and as a fact, and when it takes effect.
        """
        choices = [self._act, self._note]
        if self.actions:
            choices += [self._act, self._reverse, self._withdraw, self._amend, self._correct]
        told: tuple[Event, Fact, datetime | None] = self.draw(st.sampled_from(choices))()
        return told

    def _act(self) -> tuple[Event, Fact, datetime | None]:
        draw, action = self.draw, f"a-{len(self.actions) + 1}"
        self.actions.append(action)
        name, scope = draw(st.sampled_from(SLOTS))
        measure = BUILT_IN[name]
        terms = {"effective_at": draw(st.none() | grid()), "expires_at": draw(st.none() | grid())}
        fact = {"command": "act", "measure": name, "account": ACCOUNT, "action": action}
        event = ActionTaken(
            action=action,
            measure=name,
            inverse=measure.inverse,
            effect=measure.effect,
            holding=measure.holding,
            scope=scope,
            because_of="own-initiative",
            reason=None,
            requested_at=NEAR,
            expires_at=terms["expires_at"],
        )
        return event, fact | terms | {"scope": scope}, terms["effective_at"]

    def _reverse(self) -> tuple[Event, Fact, datetime | None]:
        action = self.draw(st.sampled_from(self.actions))
        reversal = f"r-{len(self.reversals) + 1}"
        self.reversals[reversal] = action
        at = self.draw(st.none() | grid())
        event = ActionReversed(reversal=reversal, action=action, inverse=None, reason=None)
        fact = {"command": "reverse", "action": action, "reversal": reversal, "effective_at": at}
        return event, fact, at

    def _target(self) -> str:
        return self.draw(st.sampled_from([*self.actions, *self.reversals]))

    def _withdraw(self) -> tuple[Event, Fact, datetime | None]:
        name = self._target()
        event: Event = ActionWithdrawn(action=name, reason=None)
        if name in self.reversals:
            action = self.reversals[name]
            event = ReversalWithdrawn(reversal=name, action=action, reason=None)
        return event, {"command": "withdraw", "id": name}, None

    def _amend(self) -> tuple[Event, Fact, datetime | None]:
        action = self.draw(st.sampled_from(self.actions))
        terms: dict[str, Any] = {"action": action, "expires_at": self.draw(st.none() | grid())}
        return ActionAmended(**terms, reason=None), {"command": "amend"} | terms, None

    def _correct(self) -> tuple[Event, Fact, datetime | None]:
        name = self._target()
        right = {"effective_at": self.draw(grid()), "operator": self.draw(st.sampled_from(PEOPLE))}
        said = self.draw(st.sampled_from([["effective_at"], ["operator"], [*right]]))
        terms: dict[str, Any] = {key: right[key] for key in said}
        action = self.reversals.get(name, name)
        event = RecordCorrected(corrects=name, action=action, reason=None, **terms)
        return event, {"command": "correct", "id": name} | terms, None

    def _note(self) -> tuple[Event, Fact, datetime | None]:
        note = {"account": ACCOUNT, "text": "seen"}
        return NoteAdded(note="n", text="seen"), {"command": "note"} | note, None


@st.composite
def told_twice(draw: st.DrawFn, steps_max: int = 10) -> list[Step]:
    """
    Return a history of one account as entries and as facts: everything names what is on record.

    Nothing else is kept: an action may be reversed twice, withdrawn late or corrected away.
    """
    teller, steps = _Teller(draw), []
    recorded_at, position = NEAR, 0
    for version in range(1, draw(st.integers(1, steps_max)) + 1):
        event, fact, effective_at = teller.choose()
        recorded_at += timedelta(minutes=draw(st.integers(0, 4)))
        position += draw(st.integers(1, 2))
        told = {"recorded_at": recorded_at, "effective_at": effective_at, "position": position}
        operator = draw(st.sampled_from(PEOPLE))
        entry = entry_of(event, f"account/{ACCOUNT}", version, operator=operator, **told)
        steps.append(Step(entry, fact | {"by": operator}))
    return steps


def account_histories() -> SearchStrategy[list[Entry]]:
    """
    Return plausible histories of one account.
    """
    return told_twice().map(lambda steps: [step.entry for step in steps])


@st.composite
def senseless_entries(draw: st.DrawFn, happened: SearchStrategy[Event]) -> Entry:
    """
    Return entries of one stream that know nothing of each other.
    """
    event = draw(happened)
    stream = f"{kind_of(event).partition('.')[0]}/{ACCOUNT}"
    told = {"recorded_at": draw(moments()), "effective_at": draw(st.none() | moments())}
    operator, position = draw(st.sampled_from(PEOPLE)), draw(st.integers(1, 20))
    return entry_of(event, stream, position, operator=operator, **told)


def senseless_histories(aggregate: str) -> SearchStrategy[list[Entry]]:
    """
    Return entries of one aggregate in any order, about a few names, none of which need exist.
    """
    return st.lists(senseless_entries(events(f"{aggregate}.", **POOL)), max_size=8)


@makes(Account)
def accounts() -> SearchStrategy[Account]:
    """
    Return accounts, each folded from a history.
    """
    histories = account_histories() | senseless_histories("account")
    return histories.map(lambda told: accounts_room.fold(Account(ACCOUNT), told))


@makes(Operator)
def operators() -> SearchStrategy[Operator]:
    """
    Return operators, each folded from a history.
    """
    histories = senseless_histories("operator")
    return histories.map(lambda told: operators_room.fold(Operator("ann"), told))


@makes(Action)
def actions() -> SearchStrategy[Action]:
    """
    Return actions, whose entry is the one that took them.
    """
    return built(Action, entry=entries(events_of(ActionTaken)))


@makes(Cut)
@st.composite
def cuts(draw: st.DrawFn) -> Cut:
    """
    Return cuts of one or several logs.
    """
    positions = draw(st.dictionaries(st.integers(0, 255), whole_numbers(), min_size=1, max_size=4))
    return Cut(positions, draw(moments()), draw(st.booleans()))


@makes(Restriction)
@st.composite
def restrictions(draw: st.DrawFn) -> Restriction:
    """
    Return restrictions that hold together: an end has a cause, and lies behind the beginning.
    """
    from_ = draw(grid() | st.datetimes(max_value=LATE, timezones=st.just(UTC)))
    ended_by = draw(st.none() | st.sampled_from(EndedBy))
    by_somebody = ended_by in (EndedBy.REVERSAL, EndedBy.SUPERSEDED)
    known: Restriction = draw(
        built(
            Restriction,
            from_=st.just(from_),
            until=lengths().map(lambda length: from_ + length) if ended_by else st.none(),
            ended_by=st.just(ended_by),
            closed_by=ids() if by_somebody else st.none(),
            closed_at_position=whole_numbers(1) if by_somebody else st.none(),
        )
    )
    return known


@makes(Answers)
def answers() -> SearchStrategy[Answers]:
    """
    Return answers to one question about who did it.
    """
    return st.builds(Answers, st.lists(built(Answer), max_size=2), moments(), cuts())
