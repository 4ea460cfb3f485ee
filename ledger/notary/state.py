"""
What a notary remembers: how far it read each log, and the note that it signed last.

It is kept in a file outside the database, so that whoever can change the database cannot change it.
Nothing in it is secret; losing it means that the whole ledger is read again, and that only a
witness knows what was signed before.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
import msgspec

from ledger.errors import Malformed, Tampered, Unavailable
from ledger.notary import durable
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.note import Note, parse_note
from ledger.proofs.roots import log_origin, roots_origin
from ledger.proofs.tree import HASH_SIZE, extend_many, root_hash

FORMAT: Final = "ledger-notary-state/1"


@attrs.frozen
class Reached:
    """
    How far one log was read.

    Args:
        size: How many entries.

        frontier: The frontier of that many, computed from their bytes.
    """

    size: int = 0
    frontier: tuple[bytes, ...] = ()

    def after(self, leaves: Iterator[bytes] | tuple[bytes, ...], size: int) -> "Reached":
        """
        Return how far it is after more leaves, which bring the log to *size*.
        """
        return Reached(size, extend_many(self.frontier, self.size, leaves))

    def checkpoint(self, origin: str) -> Checkpoint:
        """
        Return the checkpoint of a log of that origin that was read so far.
        """
        return Checkpoint(origin, self.size, root_hash(self.frontier))


@attrs.frozen(kw_only=True)
class RootsReached(Reached):
    """
    How far the log of roots is, which the notary keeps itself.

    Args:
        last_at: Where the newest entry begins in the file of its entries.

        length: Where it ends: of the file, what stands behind was never signed.
    """

    last_at: int = 0
    length: int = 0


@attrs.frozen(kw_only=True)
class NotaryState:
    """
    What a notary remembers of one ledger.

    Args:
        origin: The ledger's.

        logs: How far each log was read, in their order.

        roots: The log of roots, where there are several logs.

        note: What was signed last; None before.

        witnessed: The size that each witness cosigned last, by its key.
    """

    origin: str
    logs: tuple[Reached, ...]
    roots: RootsReached | None = None
    note: Note | None = None
    witnessed: Mapping[str, int] = attrs.field(factory=dict)

    @property
    def signed(self) -> Checkpoint:
        """
        Return the checkpoint that this state leads to, whose note is `note` once it is signed.
        """
        if self.roots is None:
            return self.logs[0].checkpoint(log_origin(self.origin, 0))
        return self.roots.checkpoint(roots_origin(self.origin))

    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """
        Return the checkpoint of each log.
        """
        return tuple(
            each.checkpoint(log_origin(self.origin, log)) for log, each in enumerate(self.logs)
        )


def beginning(origin: str, logs: int) -> NotaryState:
    """
    Return the state of a notary that has read nothing of a ledger yet.
    """
    roots = None if logs == 1 else RootsReached()
    return NotaryState(origin=origin, logs=(Reached(),) * logs, roots=roots)


def read_state(path: Path) -> NotaryState | None:
    """
    Return the state in the file at *path*; None when there is none.

    Raises:
        Tampered: When it is no state, or contradicts itself.

        Unavailable: When it cannot be read, or is of a newer format.
    """
    written = durable.read_if_there(path)
    return None if written is None else parse_state(written, str(path))


def write_state(path: Path, state: NotaryState) -> None:
    """
    Put *state* in the place of the one in the file at *path*, whole or not at all.
    """
    durable.replaced(path, encode_state(state))


@contextmanager
def held(path: Path) -> Iterator[None]:
    """
    Be the only notary that has the state at *path*.

    Raises:
        Unavailable: When another process has it.
    """
    with durable.alone(path, "notary"):
        yield


class _Format(msgspec.Struct):
    format: str


class _Reached(msgspec.Struct, forbid_unknown_fields=True):
    size: int
    frontier: list[bytes]


class _Roots(_Reached, forbid_unknown_fields=True):
    last_at: int
    length: int


class _State(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    origin: str
    logs: list[_Reached]
    roots: _Roots | None
    note: str | None
    witnessed: dict[str, int]


def encode_state(state: NotaryState) -> bytes:
    """
    Return the state as its file holds it: one line of JSON.
    """
    roots, note = state.roots, state.note
    written = _State(
        FORMAT,
        state.origin,
        [_Reached(each.size, list(each.frontier)) for each in state.logs],
        None
        if roots is None
        else _Roots(roots.size, list(roots.frontier), roots.last_at, roots.length),
        None if note is None else note.encode(),
        dict(state.witnessed),
    )
    return msgspec.json.encode(written) + b"\n"


def parse_state(written: bytes, where: str) -> NotaryState:
    """
    Return the state that `encode_state` wrote.

    Args:
        where: Where it comes from, for the error.

    Raises:
        Tampered: When it is no state, or contradicts itself.

        Unavailable: When it is of a newer format.
    """
    try:
        if (format_ := msgspec.json.decode(written, type=_Format).format) != FORMAT:
            raise Unavailable(
                f"it is of format {format_!r}", where=where, expected=f"{FORMAT!r}, or newer code"
            )
        read = msgspec.json.decode(written, type=_State)
        roots = read.roots
        state = NotaryState(
            origin=read.origin,
            logs=tuple(Reached(each.size, tuple(each.frontier)) for each in read.logs),
            roots=None
            if roots is None
            else RootsReached(
                roots.size, tuple(roots.frontier), last_at=roots.last_at, length=roots.length
            ),
            note=None if read.note is None else parse_note(read.note),
            witnessed=read.witnessed,
        )
    except (msgspec.MsgspecError, Malformed) as error:
        raise _spoilt(f"it cannot be read: {error}", where) from error
    _assert_whole(state, where)
    return state


def _assert_whole(state: NotaryState, where: str) -> None:
    """
    Raise unless the parts of *state* agree.

    Raises:
        Tampered: When they do not.
    """
    every = (*state.logs, *([] if state.roots is None else [state.roots]))
    for each in every:
        lengths = {len(subtree) for subtree in each.frontier}
        if each.size < 0 or len(each.frontier) != each.size.bit_count() or lengths - {HASH_SIZE}:
            raise _spoilt(f"a frontier is not one of {each.size} entries", where)
    if not state.logs or (state.roots is None) != (len(state.logs) == 1):
        raise _spoilt(f"{len(state.logs)} logs do not go with what was signed", where)
    if state.note is None:
        return
    try:
        signed = parse_checkpoint(state.note.text)
    except Malformed as error:
        raise _spoilt("what was signed is no checkpoint", where) from error
    if signed != state.signed:
        raise _spoilt(f"the note is of size {signed.size}, and not of what was read", where)


def _spoilt(what: str, where: str) -> Tampered:
    return Tampered(
        f"the notary's state does not hold: {what}",
        where=where,
        expected="the file as the notary left it; without it only a witness knows what was signed",
    )


def token_path(state: Path, size: int) -> Path:
    """
    Return where the timestamp over the checkpoint of a size stands, beside the notary's state.
    """
    return state.with_name(f"{state.name}.{size}.tsr")
