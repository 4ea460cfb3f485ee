"""
The checker that stands alone tells of any history what the ledger tells, by a fold of its own.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given, settings

from ledger.moderation.codec import compose_leaf, encode_event
from ledger.moderation.entry import Entry
from ledger.moderation.events import KINDS, Event
from ledger.moderation.events.account import (
    ActionReversed,
    ActionTaken,
    Cause,
    FindingAsserted,
    FindingRetracted,
    FindingRevised,
    ReversalWithdrawn,
)
from ledger.moderation.vocabulary import Effect, Holding
from ledger.proofs import check_evidence
from ledger.proofs.policy import TrustPolicy
from tests.proofs.bundles import Log, alike
from tests.proofs.signing import LOG
from tests.strategies import ACCOUNT
from tests.strategies.histories import account_histories, entry_of, senseless_histories

NOON = datetime(2017, 11, 2, 12, tzinfo=UTC)
NO_WITNESS = TrustPolicy(logs=(LOG.key,))


def logged(history: Iterable[Entry]) -> Log:
    """
    Return a log of these entries, one after the other, that rely on nothing outside it.
    """
    bodies = []
    recorded = sorted(entry.recorded_at for entry in history)
    for version, entry in enumerate(history, start=1):
        event = entry.event
        if hasattr(event, "relied_on"):
            event = attrs.evolve(event, relied_on=())  # type: ignore[misc]
        bodies.append(
            compose_leaf(
                encode_event(event),
                log=0,
                stream=f"account/{ACCOUNT}",
                version=version,
                kind=entry.kind,
                recorded_at=recorded[version - 1],
                effective_at=entry.effective_at,
                operator=entry.operator,
            )
        )
    return Log(bodies)


@settings(max_examples=80)
@given(account_histories() | senseless_histories("account"))
def test_both_tell_one_story_of_every_history(history):
    """
    Reversals, expiries, supersessions, withdrawals and corrections in any order come to the same
    restrictions, by the same operators, at the same positions.
    """
    log = logged(history)
    bundle = log.bundle(account=ACCOUNT, note=log.note(signers=[LOG]))

    answer = alike(bundle.encode(), NO_WITNESS)

    expected = "verified" if history else "unverifiable"
    assert expected == answer["verdict"]


def test_every_kind_of_entry_is_known_to_both():
    """
    A kind that the ledger records is one that changes an action, or one that is known not to.
    """
    beside = {
        f"{about}.{verb}"
        for about, verbs in check_evidence.BESIDE.items()
        for verb in verbs.split()
    }

    assert set(KINDS) == beside | set(check_evidence.READ)
    assert set() == beside & set(check_evidence.READ)


def happened(minute: int, event: Event, effective: int | None = None) -> Entry:
    """
    Return an entry that was recorded so many minutes after noon, and took effect at another minute.
    """
    at = None if effective is None else NOON + timedelta(minutes=effective)
    recorded_at = NOON + timedelta(minutes=minute)
    return entry_of(event, "account/x", 1, recorded_at=recorded_at, effective_at=at)


def suspended(action: str, minute: int, expires: int | None = None) -> Entry:
    """
    Return the entry of a suspension.
    """
    taken = ActionTaken(
        action=action,
        measure="suspend",
        inverse="unsuspend",
        effect=Effect.SUSPENDED,
        holding=Holding.SINGLE,
        because_of="own-initiative",
        reason=None,
        requested_at=NOON,
        expires_at=None if expires is None else NOON + timedelta(minutes=expires),
    )
    return happened(minute, taken)


def reversed_at(action: str, minute: int, effective: int | None = None) -> Entry:
    """
    Return the entry of a reversal.
    """
    event = ActionReversed(reversal=f"{action}-r", action=action, inverse=None, reason=None)
    return happened(minute, event, effective)


def found(finding: str, revises: str | None = None) -> Entry:
    """
    Return the entry of a finding.
    """
    told = {"action": "a", "cause": Cause.ERROR, "source": "s", "statement": "t", "stated_at": NOON}
    if revises is None:
        return happened(9, FindingAsserted(finding=finding, **told))  # type: ignore[arg-type]
    return happened(9, FindingRevised(finding=finding, revises=revises, **told))  # type: ignore[arg-type]


TAKEN_BACK = ReversalWithdrawn(reversal="a-r", action="a", reason=None)
RETRACTED = FindingRetracted(finding="f", action="a", reason="no")

TOLD = {
    "an expiry before a reversal of the same minute": (
        [suspended("a", 0, expires=5), reversed_at("a", 1, effective=5)],
        ("expiry", None),
    ),
    "a reversal before a supersession of the same minute": (
        [suspended("a", 0), suspended("b", 5), reversed_at("a", 6, effective=5)],
        ("reversal", 3),
    ),
    "a supersession": ([suspended("a", 0), suspended("b", 5)], ("superseded", 2)),
    "a reversal that was taken back": (
        [suspended("a", 0), reversed_at("a", 1, effective=5), happened(2, TAKEN_BACK)],
        (None, None),
    ),
}


@pytest.mark.parametrize(("history", "ended"), TOLD.values(), ids=TOLD)
def test_both_know_what_ended_a_restriction(history, ended):
    """
    Ties go to the expiry, then to the reversal; what was taken back ends nothing.
    """
    log = logged(history)
    answer = alike(log.bundle(account=ACCOUNT, note=log.note(signers=[LOG])).encode(), NO_WITNESS)

    told, closed = answer["story"][0], answer["story"][0]["closed"]
    assert ended == (told["ended_by"], closed and closed["position"])


@pytest.mark.parametrize("events", [(RETRACTED, None), (None, RETRACTED)])
def test_what_was_retracted_stays_retracted(events):
    """
    A finding that was retracted is not merely revised, whichever came first.
    """
    first, second = (found("g", "f") if each is None else happened(9, each) for each in events)
    log = logged([suspended("a", 0), found("f"), first, second])
    answer = alike(log.bundle(account=ACCOUNT, note=log.note(signers=[LOG])).encode(), NO_WITNESS)

    (told,) = answer["story"]
    assert ["retracted", "standing"] == [each["status"] for each in told["findings"]]
