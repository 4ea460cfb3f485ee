"""
Events, commands, drafts and entries: what is asked, decided and recorded.
"""

import functools
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger.errors import (
    Conflict,
    LedgerError,
    Malformed,
    NotFound,
    Refused,
    Tampered,
    Unavailable,
)
from ledger.moderation.codec import compose_leaf, encode_event
from ledger.moderation.commands import COMMANDS, Command
from ledger.moderation.commands.account import ActTerms
from ledger.moderation.commands.history import AmendInForce, ReverseInForce
from ledger.moderation.commands.policy import PolicyText
from ledger.moderation.commands.told import TOLD
from ledger.moderation.entry import Entry
from ledger.moderation.events import KINDS, Event, kind_of
from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.policy_document import written
from ledger.moderation.vocabulary import BUILT_IN, Effect, Holding, Measure, Severity, Vocabulary
from tests.strategies.values import (
    BY_TYPE,
    built,
    fields,
    ids,
    makes,
    moments,
    of,
    texts,
    whole_numbers,
)

HISTORICAL: list[type[Command]] = [ReverseInForce, AmendInForce]


@makes(Measure)
def measures() -> SearchStrategy[Measure]:
    """
    Return rows that a vocabulary may have.
    """
    return st.builds(
        Measure,
        name=ids(),
        effect=st.none() | st.sampled_from(Effect),
        severity=st.sampled_from(Severity),
        holding=st.sampled_from(Holding),
        needs_scope=st.booleans(),
    )


@makes(Vocabulary)
def vocabularies() -> SearchStrategy[Vocabulary]:
    """
    Return the built-in vocabulary with a few rows of a service, some of them reversible.
    """
    taken = {name for row in BUILT_IN for name in (row.name, row.inverse)}
    names = st.lists(ids().filter(lambda name: name not in taken), max_size=4, unique=True)

    def rows(names: list[str]) -> list[Measure]:
        single = [Measure(name=name) for name in names[2:]]
        return [Measure(name=names[0], inverse=names[1]), *single] if names[1:] else []

    return names.map(lambda names: BUILT_IN.extended(rows(names)))


def events_of(cls: type[Event], **given: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """
    Return events of one class; of *given*, what the class has a field for.
    """
    kept = {name: values for name, values in given.items() if name in fields(cls)}
    return built(cls, **kept)


@makes(Event)
def events(aggregate: str = "", **given: SearchStrategy[Any]) -> SearchStrategy[Event]:
    """
    Return events of every kind, or of those of one *aggregate*: ``account``.
    """
    classes = [cls for kind, cls in KINDS.items() if kind.startswith(aggregate)]
    return st.one_of([events_of(cls, **given) for cls in classes])


def causes() -> SearchStrategy[object]:
    """
    Return what an act may be taken because of.
    """
    orders = texts().map(lambda reference: f"order:{reference}")
    return st.just("own-initiative") | orders | st.lists(ids(), max_size=3, unique=True)


@makes(PolicyText)
def policy_texts() -> SearchStrategy[PolicyText]:
    """
    Return policies as they are given, whether they may be adopted or not.
    """
    return texts().map(lambda told: PolicyText(*written(told)))


def dispositions() -> SearchStrategy[str]:
    """
    Return what may become of a pending act.
    """
    handed = ids().map(lambda operator: f"hand-over:{operator}")
    return st.sampled_from(["let-stand", "withdraw"]) | handed


def commands_of(cls: type[Command]) -> SearchStrategy[Any]:
    """
    Return commands of one class.
    """
    enrollable = [kind for kind in OperatorKind if kind is not OperatorKind.UNKNOWN]
    given: dict[str, SearchStrategy[Any]] = {
        "because_of": causes(),
        "pending": dispositions(),
        "dispositions": st.dictionaries(ids(), dispositions(), max_size=3),
        "roles": st.lists(ids(), max_size=3),
        "source": texts() if "statement" in fields(cls) else ids(),
    }
    if cls is COMMANDS["enrol_operator"]:
        given["kind"] = st.sampled_from(enrollable)
    return built(cls, **{name: values for name, values in given.items() if name in fields(cls)})


@makes(Command)
def commands() -> SearchStrategy[Command]:
    """
    Return commands of every class, those of a source's history included.
    """
    return st.one_of([BY_TYPE[cls]() for cls in (*COMMANDS.values(), *HISTORICAL)])


@makes(ActTerms)
def act_terms() -> SearchStrategy[ActTerms]:
    """
    Return what acts are, taken or asked for.
    """
    return commands_of(ActTerms)


@makes(Entry)
@st.composite
def entries(draw: st.DrawFn, happened: SearchStrategy[Event] | None = None) -> Entry:
    """
    Return entries whose bytes are theirs.
    """
    event = draw(of(Event) if happened is None else happened)
    kind = kind_of(event)
    told: dict[str, Any] = {
        "log": draw(st.integers(0, 255)),
        "stream": f"{kind.partition('.')[0]}/{draw(ids())}",
        "version": draw(whole_numbers(1)),
        "kind": kind,
        "recorded_at": draw(moments()),
        "written_at": draw(st.none() | moments()),
        "effective_at": draw(st.none() | moments()),
        "operator": draw(ids()),
        "request_id": draw(st.none() | ids()),
        "import_id": draw(st.none() | ids()),
    }
    body = compose_leaf(encode_event(event), **told)
    return Entry(position=draw(whole_numbers(1)), event=event, body=body, **told)


for _command in [*COMMANDS.values(), *HISTORICAL, *TOLD.values()]:
    BY_TYPE[_command] = functools.partial(commands_of, _command)


def lengths() -> SearchStrategy[timedelta]:
    """
    Return how long something lasts: a microsecond to ten years.
    """
    return st.timedeltas(timedelta(microseconds=1), timedelta(days=3650))


def failures(cls: type[LedgerError]) -> SearchStrategy[Any]:
    """
    Return errors of one family, with and without a place and what was expected.
    """
    said = st.none() | texts()
    told: dict[str, SearchStrategy[Any]] = {"where": said, "expected": said}
    if cls is Refused:
        told |= {"rule": ids(), "by": st.none() | ids(), "recorded": st.booleans()}
    return st.builds(cls, texts(), **told)


for _family in (Conflict, Malformed, NotFound, Refused, Tampered, Unavailable):
    BY_TYPE[_family] = functools.partial(failures, _family)
