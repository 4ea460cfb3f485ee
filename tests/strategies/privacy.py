"""
Commands about personal data, and what the privacy stream makes of itself.
"""

import functools
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger.moderation.commands import COMMANDS
from ledger.moderation.commands.privacy import (
    PrivacyCommand,
    Redact,
    SetRetention,
    SubjectCommand,
    Suppress,
)
from ledger.moderation.entry import Entry
from ledger.moderation.events import KINDS, Event
from ledger.moderation.events.privacy import (
    HoldPlaced,
    SubjectKind,
    Suppressed,
)
from ledger.moderation.privacy import PRIVACY_STREAM, Hold, Privacy, Suppression, fold
from ledger.moderation.sealing import ALIAS_NOISE_BYTES, Kind, made_alias
from tests.strategies.histories import entry_of
from tests.strategies.records import entries, events_of
from tests.strategies.values import BY_TYPE, NEAR, built, ids, makes

# All of time, which no retention rule is longer than.
SECONDS_MAX = 3_652_059 * 86_400
EVENTS: list[type[Event]] = [
    cls for cls in KINDS.values() if cls.__module__ == HoldPlaced.__module__
]


def privacy_commands_of(cls: type[PrivacyCommand]) -> SearchStrategy[Any]:
    """
    Return commands about personal data of one class: about one subject, or one thing to hide.
    """
    if issubclass(cls, SubjectCommand):
        by_alias = built(cls, **dict.fromkeys(SubjectKind, st.none()), subject=aliases())
        return st.one_of([by_alias, *(_about(cls, kind) for kind in SubjectKind)])
    if cls is Suppress:
        log, position = st.none() | st.integers(0, 255), st.integers(1, 2**53 - 1)
        return st.one_of(
            built(cls, account=ids(), log=st.none(), position=st.none()),
            built(cls, account=st.none(), log=log, position=position),
        )
    given: dict[str, SearchStrategy[Any]] = {}
    if cls is Redact:
        given["bundle"] = st.binary(min_size=32, max_size=32).map(bytes.hex)
        given["fields"] = st.lists(ids(), min_size=1, max_size=3)
    elif cls is SetRetention:
        measures = ids().map(lambda name: f"measure:{name}"[:255])
        kinds = st.sampled_from([*SubjectKind, "account.report_filed", "operator.barred"])
        given["covers"] = measures | kinds
        given["period"] = st.integers(0, SECONDS_MAX)
    return built(cls, **given)


def _about(cls: type[SubjectCommand], chosen: SubjectKind) -> SearchStrategy[Any]:
    named = {kind.value: ids() if kind is chosen else st.none() for kind in SubjectKind}
    return built(cls, **named, subject=st.none())


def aliases() -> SearchStrategy[str]:
    """
    Return aliases of persons.
    """
    noise = st.binary(min_size=ALIAS_NOISE_BYTES, max_size=ALIAS_NOISE_BYTES)
    return st.builds(
        made_alias, st.sampled_from(Kind).filter(lambda k: k is not Kind.LEDGER), noise
    )


for _command in (PrivacyCommand, SubjectCommand, *COMMANDS.values()):
    if issubclass(_command, PrivacyCommand):
        BY_TYPE[_command] = functools.partial(privacy_commands_of, _command)


@makes(Privacy)
@st.composite
def privacies(draw: st.DrawFn) -> Privacy:
    """
    Return what any entries of the privacy stream say, in an order that need make no sense.
    """
    return fold(draw(privacy_entries()))


@st.composite
def privacy_entries(draw: st.DrawFn) -> list[Entry]:
    """
    Return entries of the privacy stream that speak of few things, so that they meet.
    """
    few = st.sampled_from(["a", "b"])
    names = dict.fromkeys(("hold", "subject", "suppression", "covers", "reader", "account"), few)
    told = draw(st.lists(st.one_of([events_of(cls, **names) for cls in EVENTS]), max_size=8))
    return [
        entry_of(event, PRIVACY_STREAM, version, recorded_at=NEAR + timedelta(minutes=version))
        for version, event in enumerate(told, start=1)
    ]


@makes(Hold)
def holds() -> SearchStrategy[Hold]:
    """
    Return holds that stand, and some that do not.
    """
    return st.builds(Hold, entries(events_of(HoldPlaced)), st.none() | entries())


@makes(Suppression)
def suppressions() -> SearchStrategy[Suppression]:
    """
    Return suppressions that hide something, and some that do not.
    """
    return st.builds(Suppression, entries(events_of(Suppressed)), st.none() | entries())
