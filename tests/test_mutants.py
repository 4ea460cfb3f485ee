"""
The state machine can fail: each of six faults that are seeded into the ledger is caught.

A fault is put in by replacing functions. Where one of them is gone, putting it in fails; where
it no longer decides anything, the machine finds nothing and the test fails.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.moderation import account, term
from ledger.moderation.account import Account, Action
from ledger.moderation.claims import REQUEST, Claim
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import ActionReversed
from ledger.moderation.term import EndedBy, Term
from ledger.store import batch, reader, rows
from ledger.store.reader import Reader
from ledger.timeline.restrictions import Restriction
from tests.machine import InMemory, run

EXAMPLES = 60
STEPS = 40

# Where a check of the machine fails, and nothing else does.
CHECKS = {"agreement.py", "pair.py"}

# What is replaced: where it is looked up, its name, and what takes its place. That is called with
# what it replaces, then with the arguments.
Fault = list[tuple[Any, str, Callable[..., Any]]]


def ends_but_expiry(ends: Callable[..., Iterable[Term]], *given: Any) -> list[Term]:
    """
    Return the ends of an action as if it never expired.
    """
    return [end for end in ends(*given) if end.ended_by is not EndedBy.EXPIRY]


def closed(_covers: object, interval: Restriction | Term, at: Any) -> bool:
    """
    Return whether an interval covers a moment, its end included.
    """
    return interval.from_ <= at and (interval.until is None or at <= interval.until)


def closed_listing(listing: Callable[..., Any], asked: Any, *rest: Any, **named: Any) -> Any:
    """
    Return the statement that lists restrictions, with each end included.
    """
    statement, parameters = listing(asked, *rest, **named)
    assert asked.in_force_at is None or "until_at > ?" in statement
    return statement.replace("until_at > ?", "until_at >= ?"), parameters


def question_of_now(
    question: Callable[..., Any], reads: Reader, _known_at: object, *rest: Any, **named: Any
) -> Any:
    """
    Return a question that knows all that is committed.
    """
    return question(reads, None, *rest, **named)


def frontier_of_blanks(
    extend_many: Callable[..., Any], frontier: Any, size: int, leaves: list[bytes]
) -> Any:
    """
    Return a frontier of the right shape that the new leaves did not go into.
    """
    return extend_many(frontier, size, [bytes(32) for _ in leaves])


def claims_but_requests(claims: Callable[..., Iterator[Claim]], entry: Entry) -> list[Claim]:
    """
    Return the claims of an entry, the one of its request left out.
    """
    return [claim for claim in claims(entry) if claim.kind != REQUEST]


def advance_by_time(advance: Callable[..., Any], known: Account, entry: Entry) -> Any:
    """
    Take an entry into an account, a reversal for the last action in force, whichever it names.
    """
    if isinstance(entry.event, ActionReversed):
        at = entry.took_effect_at
        in_force = [action for action in known.actions.values() if _covers(known, action, at)]
        last = max(in_force, key=lambda action: action.effective_at)
        mismatched = ActionReversed(**vars(entry.event) | {"action": last.action})
        entry = entry._replace(event=mismatched)
    return advance(known, entry)


def _covers(known: Account, action: Action, at: Any) -> bool:
    held = term.term(known, action)
    return held is not None and held.covers(at)


def in_place_of(sound: Callable[..., Any], fault: Callable[..., Any]) -> Callable[..., Any]:
    """
    Return a function, or a method, that does what *fault* does with *sound*.
    """

    def stand_in(*given: Any, **named: Any) -> Any:
        return fault(sound, *given, **named)

    return stand_in


FAULTS: dict[str, Fault] = {
    "expiry dropped": [(term, "ends", ends_but_expiry)],
    "interval closed": [
        (Restriction, "covers", closed),
        (Term, "covers", closed),
        (reader, "listing", closed_listing),
    ],
    "known_at ignored": [(Reader, "question", question_of_now)],
    "frontier skipped": [(batch, "extend_many", frontier_of_blanks)],
    "request_id lost": [
        (batch, "claims", claims_but_requests),
        (rows, "claims", claims_but_requests),
    ],
    "reversal matched by time": [(account, "advance", advance_by_time)],
}


def test_the_ledger_as_it_is_passes():
    """
    Without a fault, the very programs that catch each of them find nothing.
    """
    run(InMemory, examples=EXAMPLES, steps=STEPS)


@pytest.mark.parametrize("name", FAULTS)
def test_the_machine_catches(name, monkeypatch):
    """
    With the fault in, the ledger and the model, or what is stored, disagree at some step.
    """
    for owner, replaced, fault in FAULTS[name]:
        monkeypatch.setattr(owner, replaced, in_place_of(getattr(owner, replaced), fault))

    with pytest.raises(AssertionError) as caught:
        run(InMemory, examples=EXAMPLES, steps=STEPS)

    assert Path(caught.traceback[-1].path).name in CHECKS
