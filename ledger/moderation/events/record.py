"""
What every event shares: its wire name, and the context in which it was recorded.

An event says what happened. Who did it, when it took effect and where it stands are said by
the entry around it. Wire names are for ever: a breaking change of an event gets a new one.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol, TypeVar, dataclass_transform

import attrs

from ledger.moderation.schema import added, personal


@attrs.frozen(kw_only=True, slots=False)
class Context:
    """
    What surrounded a command: the flow and session that it came from, and its source.

    Args:
        correlation_id: The flow that the command belongs to.

        digest: SHA-256 of the command's arguments in hex, where an id was given by the caller.

        on_behalf_of: For whom the operator acted; a chain where that one acted for another, the
            nearest first.

        session: The operator's session.

        source_id: The id of the record that was imported, after its format: ``block-log:17``.

        source_recorded_at: When the source recorded it, for history that arrived late.
    """

    correlation_id: str | None = None
    digest: str | None = None
    on_behalf_of: str | tuple[str, ...] | None = None
    session: str | None = personal(default=None)
    source_id: str | None = None
    source_recorded_at: datetime | None = None


E = TypeVar("E")


class Event(Protocol):
    """
    Anything that can stand in an entry: a frozen attrs object with a wire name and a context.
    """

    @property
    def context(self) -> Context | None:
        """
        Return what surrounded the command.
        """


# Every event by its wire name; filled by `event` while the rooms of this package are imported.
KINDS: Final[dict[str, type[Event]]] = {}
_KIND_OF: Final[dict[type, str]] = {}


@dataclass_transform(
    frozen_default=True, kw_only_default=True, field_specifiers=(attrs.field, added, personal)
)
def event(kind: str) -> Callable[[type[E]], type[E]]:
    """
    Return a decorator that makes a frozen attrs class of what it decorates, with a wire name.

    Instances keep a ``__dict__``: building, encoding and decoding one is faster so.
    """

    def named(cls: type[E]) -> type[E]:
        frozen = attrs.frozen(kw_only=True, slots=False)(cls)
        assert kind not in KINDS
        KINDS[kind] = frozen  # type: ignore[assignment]
        _KIND_OF[frozen] = kind
        return frozen

    return named


def kind_of(happened: Event) -> str:
    """
    Return the wire name of an event.
    """
    return _KIND_OF[type(happened)]


class Outcome(StrEnum):
    """
    What a safeguard said of an act.
    """

    PASSED = "passed"
    STOPPED = "stopped"
    OVERRIDDEN = "overridden"
    NOT_ADOPTED = "not-adopted"


@attrs.frozen(kw_only=True, slots=False)
class Verdict:
    """
    The outcome of one safeguard: its name, the policy and version that was in force, and why.
    """

    name: str
    policy: str
    outcome: Outcome
    why: str | None = None
