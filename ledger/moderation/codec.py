"""
Events and entries as bytes: the bytes that are hashed, and for ever the bytes that are read.

An entry is one JSON object, its fields sorted by name, without spaces; nulls and defaults are
written; times have six decimals and ``Z``; there are no floats (semantics, rules 1 and 2). The
leaf index is the position and is not repeated. Reading is strict: a field, kind or schema that
this code does not know is never ignored. A leaf of an earlier schema has the fields of that schema,
no more and no fewer. Where something is sealed, the event that is read has the place of its entry
in each token, so that it can be resolved wherever it is shown.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar, get_args, get_origin

import attrs
import msgspec

from ledger.errors import Malformed, Tampered, Unavailable
from ledger.moderation.authority import Authority
from ledger.moderation.entry import Entry
from ledger.moderation.events import KINDS, Context, Event
from ledger.moderation.moment import canonical
from ledger.moderation.schema import SCHEMA, SEALED_SCHEMA, added_in
from ledger.moderation.sealing import Part, placed

# The limit of an entry in a C2SP entry bundle, whose lengths have 16 bits.
LEAF_BYTES_MAX: Final = 65_535

T = TypeVar("T")

_encode: Final = msgspec.json.Encoder(order="sorted").encode
_encode_leaf: Final = msgspec.json.Encoder().encode


# Its fields stand in the order in which they are written.
class _Leaf(msgspec.Struct, Generic[T], rename={"import_id": "import"}, forbid_unknown_fields=True):
    data: T
    effective_at: datetime | None
    import_id: str | None
    kind: str
    log: int
    operator: str
    recorded_at: datetime
    request_id: str | None
    schema: int
    sealed: list[Part] | None
    stream: str
    version: int
    written_at: datetime | None


class _Head(msgspec.Struct):
    kind: str
    log: int
    schema: int


class _Sealed(msgspec.Struct):
    sealed: list[Part] | None


_decode_head: Final = msgspec.json.Decoder(_Head).decode
_decode_sealed: Final = msgspec.json.Decoder(_Sealed).decode
# How a leaf begins to say what is sealed; within a text the quotes would be escaped.
_HAS_SEALED: Final = b'"sealed":[{'
# What the decoder raises for bytes that are no entry: it leaves broken UTF-8 and depth to Python.
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_LEAF_FIELDS: Final = len(_Leaf.__struct_encode_fields__)
assert list(_Leaf.__struct_encode_fields__) == sorted(_Leaf.__struct_encode_fields__)


class _Plan:
    """
    Which fields of a class need a hand before they are encoded, and how many each schema has.

    Args:
        sizes: By schema, how many fields the class has of its own; nothing has the schema 0.

        within: The fields that hold an object, and those that hold several, with their classes.
    """

    def __init__(self, cls: type) -> None:
        fields = attrs.fields_dict(attrs.resolve_types(cls))
        self.sizes = [
            sum(added_in(field) <= schema for field in fields.values())
            for schema in range(SCHEMA + 1)
        ]
        self.later = [(name, added_in(f)) for name, f in fields.items() if added_in(f) > 1]
        self.times = [name for name, field in fields.items() if field.type in _TIMES]
        self.within = [(name, _NESTED[f.type]) for name, f in fields.items() if f.type in _NESTED]
        self.lists = [
            (name, member)
            for name, field in fields.items()
            if (member := _member(field.type)) is not None
        ]
        # Only objects with times are written by hand; msgspec writes the others as they are.
        self.timed_lists = [
            name
            for name, member in self.lists
            if any(f.type in _TIMES for f in attrs.fields(attrs.resolve_types(member)))
        ]


def _member(kind: Any) -> type | None:
    """
    Return the class of the objects that a field of that type lists, if it lists objects.
    """
    if get_origin(kind) is not tuple:
        return None
    member: type = get_args(kind)[0]
    return member if attrs.has(member) else None


_TIMES: Final = (datetime, datetime | None)
_NESTED: Final[dict[Any, type]] = {Context | None: Context, Authority | None: Authority}


class _Plans(dict[type, _Plan]):
    """
    The plan of every class that was asked for.
    """

    def __missing__(self, cls: type) -> _Plan:
        plan = self[cls] = _Plan(cls)
        return plan


_PLANS: Final = _Plans()


def _written(time: datetime) -> datetime | str:
    """
    Return what msgspec writes as `canonical` spells a time; one with decimals it spells so itself.
    """
    return time if time.microsecond else canonical(time)


def _plain(value: Any, schema: int) -> dict[str, Any]:
    plan = _PLANS[type(value)]
    fields: dict[str, Any] = value.__dict__.copy()
    if schema < SCHEMA:
        for name, added in plan.later:
            if added > schema:
                del fields[name]
    for name in plan.times:
        if (time := fields[name]) is not None:
            fields[name] = _written(time)
    for name, _ in plan.within:
        if (inner := fields[name]) is not None:
            fields[name] = _plain(inner, schema)
    for name in plan.timed_lists:
        if name in fields:
            fields[name] = [_plain(inner, schema) for inner in getattr(value, name)]
    return fields


def encode_event(event: Event, schema: int = SCHEMA) -> bytes:
    """
    Return the bytes of an event alone: the ``data`` of its entry.

    Args:
        schema: Fields that were added after it are left out.
    """
    return _encode(_plain(event, schema))


def compose_leaf(  # noqa: PLR0913, the fields of a leaf are what they are
    data: bytes,
    *,
    log: int,
    stream: str,
    version: int,
    kind: str,
    recorded_at: datetime,
    written_at: datetime | None = None,
    effective_at: datetime | None = None,
    operator: str,
    request_id: str | None = None,
    import_id: str | None = None,
    schema: int = SCHEMA,
    sealed: Sequence[Part] = (),
) -> bytes:
    """
    Return the leaf bytes of an entry around the bytes of its event.

    Args:
        sealed: What the entry says of its payloads, one a person; a leaf that has any is of
            `SEALED_SCHEMA`.

    Returns:
        At most `LEAF_BYTES_MAX` bytes.

    Raises:
        Malformed: When the entry would be larger.

    Source: semantics, rule 1.
    """
    body = _encode_leaf(
        _Leaf(
            msgspec.Raw(data),
            effective_at and _written(effective_at),  # type: ignore[arg-type]
            import_id,
            kind,
            log,
            operator,
            _written(recorded_at),  # type: ignore[arg-type]
            request_id,
            SEALED_SCHEMA if sealed else schema,
            sorted(sealed, key=attrgetter("subject")) if sealed else None,
            stream,
            version,
            written_at and _written(written_at),  # type: ignore[arg-type]
        )
    )
    if len(body) > LEAF_BYTES_MAX:
        raise Malformed(
            f"the entry has {len(body)} bytes",
            where=stream,
            expected=f"at most {LEAF_BYTES_MAX} bytes; keep long texts outside and cite their hash",
        )
    return body


class Codec:
    """
    Reads entries of the kinds that it is given, and of retired kinds through their upcasts.

    Args:
        kinds: Every event class by its wire name.

        upcasts: For each retired wire name its former class and what makes today's event of it.
    """

    def __init__(
        self,
        kinds: Mapping[str, type[Event]],
        upcasts: Mapping[str, tuple[type[Any], Callable[[Any], Event]]],
    ) -> None:
        classes = {**kinds, **{kind: cls for kind, (cls, _) in upcasts.items()}}
        self._decoders = {
            kind: msgspec.json.Decoder(_Leaf[cls]).decode  # type: ignore[valid-type]
            for kind, cls in classes.items()
        }
        self._events = {kind: msgspec.json.Decoder(cls).decode for kind, cls in kinds.items()}
        self._upcasts = {kind: upcast for kind, (_, upcast) in upcasts.items()}

    def decode_data(self, kind: str, data: bytes) -> Event:
        """
        Return the event of *kind* whose bytes alone are *data*, as `encode_event` writes them.
        """
        return self._events[kind](data)

    def decode_entry(self, body: bytes, position: int, kind: str | None = None) -> Entry:
        """
        Return the entry that *body* is, at *position* of its log.

        Args:
            kind: Its wire name where a column has told it; read from *body* otherwise.

        Raises:
            Unavailable: When it is of a newer format: a kind, field or schema unknown here.

            Tampered: When it is no entry at all, or its kind is not *kind*.
        """
        if type(body) is not bytes:
            raise Tampered("the entry is no bytes", position=position)
        decode = self._decoders.get(kind or "")
        read = body
        if _HAS_SEALED in body:
            read = placed(body, self._log_of(body, position), position)
        try:
            leaf = decode(read) if decode else self._decode_unnamed(read, position)
        except _UNREADABLE as error:
            raise self._why(body, position, error) from None
        if not 1 <= leaf.schema <= SEALED_SCHEMA or (kind is not None and kind != leaf.kind):
            raise self._why(body, position, None)
        if not _is_of_its_schema(leaf) or (leaf.sealed and _HAS_SEALED not in body):
            raise Tampered(f"the entry is none of schema {leaf.schema}", position=position)
        if body.count(b'":') != _fields_of(leaf):
            _assert_canonical(read, leaf, position)
        event = leaf.data
        if self._upcasts and leaf.kind in self._upcasts:
            event = self._upcasts[leaf.kind](event)
        return Entry(
            leaf.log,
            position,
            leaf.stream,
            leaf.version,
            leaf.kind,
            leaf.recorded_at,
            leaf.written_at,
            leaf.effective_at,
            leaf.operator,
            leaf.request_id,
            leaf.import_id,
            event,
            body,
        )

    def _log_of(self, body: bytes, position: int) -> int:
        try:
            return _decode_head(body).log
        except _UNREADABLE as error:
            raise self._why(body, position, error) from None

    def _decode_unnamed(self, body: bytes, position: int) -> _Leaf[Any]:
        head = _decode_head(body)
        decode = self._decoders.get(head.kind)
        if decode is None:
            raise _newer(position, f"the kind {head.kind!r}")
        return decode(body)

    def _why(self, body: bytes, position: int, error: Exception | None) -> Unavailable | Tampered:
        try:
            head = _decode_head(body)
        except _UNREADABLE:
            return Tampered("the bytes are no entry", position=position)
        if head.schema > SEALED_SCHEMA:
            return _newer(position, f"schema {head.schema}")
        if head.kind not in self._decoders:
            return _newer(position, f"the kind {head.kind!r}")
        if error is not None and "unknown field" in str(error):
            return _newer(position, str(error))
        return Tampered(
            f"the bytes are no entry of kind {head.kind!r}: {error or 'another one was expected'}",
            position=position,
        )


def _newer(position: int, what: str) -> Unavailable:
    return Unavailable(
        f"the entry at position {position} is of a newer format: {what}",
        expected="a version of ledger that knows it",
    )


def _is_of_its_schema(leaf: _Leaf[Any]) -> bool:
    """
    Return whether a leaf says of payloads what one of its schema may: something, each person once
    and in order, or nothing.
    """
    if leaf.sealed is None:
        return leaf.schema != SEALED_SCHEMA
    subjects = [part.subject for part in leaf.sealed]
    return leaf.schema == SEALED_SCHEMA and bool(subjects) and subjects == sorted({*subjects})


def _fields_of(leaf: _Leaf[Any]) -> int:
    """
    Return how many fields a leaf and all that is within it have.
    """
    parts = 0 if leaf.sealed is None else len(leaf.sealed) * len(Part.__struct_fields__)
    return _LEAF_FIELDS + parts + _fields_within(leaf.data, min(leaf.schema, SCHEMA))


def _fields_within(event: Any, schema: int) -> int:
    """
    Return how many fields an event and the objects within it have when they are written.
    """
    plan = _PLANS[type(event)]
    fields = plan.sizes[schema]
    for name, cls in plan.within:
        if getattr(event, name) is not None:
            fields += _PLANS[cls].sizes[schema]
    for name, cls in plan.lists:
        if members := getattr(event, name):
            fields += _PLANS[cls].sizes[schema] * len(members)
    return fields


def _assert_canonical(body: bytes, leaf: _Leaf[Any], position: int) -> None:
    """
    Raise unless *leaf* written again is *body*: else something in it was not understood.

    msgspec ignores unknown fields of attrs classes. Counting fields finds them at once; the
    count also differs where a text holds ``":``, and then only writing the entry again tells.
    """
    again = compose_leaf(
        encode_event(leaf.data, min(leaf.schema, SCHEMA)),
        log=leaf.log,
        stream=leaf.stream,
        version=leaf.version,
        kind=leaf.kind,
        recorded_at=leaf.recorded_at,
        written_at=leaf.written_at,
        effective_at=leaf.effective_at,
        operator=leaf.operator,
        request_id=leaf.request_id,
        import_id=leaf.import_id,
        schema=leaf.schema,
        sealed=leaf.sealed or (),
    )
    if again != body:
        raise _newer(position, "a field that this version does not write")


def sealed_parts(body: bytes) -> list[Part]:
    """
    Return what the leaf *body* says of its payloads, by the alias of whom each is about.
    """
    return (_decode_sealed(body).sealed or []) if _HAS_SEALED in body else []


# No kind has been retired yet.
CODEC: Final = Codec(KINDS, {})
