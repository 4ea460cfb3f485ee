"""
Snapshots of a long account: every so many entries, what they say and what was known with the last.

A snapshot holds only what came since the one before, so that all of an account's are no larger
than its entries, and a history goes on where the last of them ends. It is derived: who can write
one can at most change what is told and decided of that one account, until `rebuild` finds it, as
with a row of the restrictions; entries, proofs and other accounts stay as they are. Its seal binds
it to the entry that it ends with and to the snapshots before it, so that what was damaged, or
belongs elsewhere, is passed over and the entries are read instead.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import attrs
import msgspec

from ledger.moderation import account as accounts
from ledger.moderation.account import Account
from ledger.moderation.entry import Entry
from ledger.moderation.identity import account_stream
from ledger.moderation.schema import SCHEMA
from ledger.moderation.snapshot import Kinds, by_kind, in_order
from ledger.proofs.tree import record_hash
from ledger.timeline.restrictions import Change, History, Restriction

# Rises when a snapshot is written in another way, or an entry comes to mean something else.
FORM: Final = 1
# How many entries each one holds, and how many an account has before it has any.
SPACING: Final = 32
SEAL_SIZE: Final = 32


class _Told(msgspec.Struct, forbid_unknown_fields=True, array_like=True):
    form: int
    schema: int
    entries: Kinds  # type: ignore[valid-type]
    known: list[Restriction]
    gone: list[str]


_encode: Final = msgspec.msgpack.Encoder(order="sorted").encode
_decode: Final = msgspec.msgpack.Decoder(_Told).decode


class Part(NamedTuple):
    """
    What one snapshot tells.

    Args:
        known: What its entries made known of restrictions.

        gone: The actions whose restriction is known no more.
    """

    seal: bytes
    entries: list[Entry]
    known: list[Restriction]
    gone: list[str]


@attrs.define
class Chain:
    """
    The snapshots of an account, each of which goes on from the one before.
    """

    log: int
    account: str
    parts: list[Part] = attrs.field(factory=list)

    @property
    def version(self) -> int:
        """
        Return the version of the entry that the last one ends with; 0 before the first.
        """
        return len(self.parts) * SPACING

    @property
    def seal(self) -> bytes:
        """
        Return that of the last one; nothing before the first.
        """
        return self.parts[-1].seal if self.parts else b""

    def take(self, version: int, leaf: bytes, state: bytes, bodies: Sequence[bytes] = ()) -> bool:
        """
        Take the next snapshot, and return whether it is one: that of *version*, whose entry has
        the hash *leaf*, behind those taken, and of a form that is known here.

        Args:
            bodies: The bytes of its entries, for who asks for them.
        """
        if version != self.version + SPACING or type(state) is not bytes:
            return False
        seal, written = state[:SEAL_SIZE], state[SEAL_SIZE:]
        if seal != _seal(self.seal, leaf, written):
            return False
        try:
            told = _decode(written)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return False
        if told.form != FORM or told.schema > SCHEMA:
            return False
        entries = in_order(told.entries, self.log, account_stream(self.account), bodies)
        if [entry.version for entry in entries] != [*range(self.version + 1, version + 1)]:
            return False
        self.parts.append(Part(seal, entries, told.known, told.gone))
        return True

    def until(self, version: int) -> "Chain":
        """
        Return the snapshots up to the one of *version*.
        """
        return Chain(self.log, self.account, self.parts[: version // SPACING])

    def history(self) -> History:
        """
        Return the account as known with the last one.
        """
        history = History(Account(self.account))
        for part in self.parts:
            for entry in part.entries:
                accounts.advance(history.account, entry)
            history.current.update((known.action, known) for known in part.known)
            for action in part.gone:
                history.current.pop(action, None)
        return history


def _seal(before: bytes, leaf: bytes, written: bytes) -> bytes:
    return hashlib.sha256(before + leaf + written).digest()


class Snapshot(NamedTuple):
    """
    A snapshot as it is stored: that of the entry at *version* and *position*.
    """

    version: int
    position: int
    state: bytes


@attrs.define
class Recent:
    """
    What happened on an account since its last snapshot, for the next one.

    Args:
        seal: That of the last one; nothing before the first.
    """

    seal: bytes = b""
    entries: list[Entry] = attrs.field(factory=list)
    known: dict[str, Restriction | None] = attrs.field(factory=dict)

    def take(self, entry: Entry, changes: Iterable[Change], body: bytes) -> Snapshot | None:
        """
        Take *entry* with what it changed and its bytes, and return the snapshot that it ends, if
        it ends one.
        """
        self.entries.append(entry)
        for change in changes:
            told = change.began or change.ended
            assert told is not None
            self.known[told.action] = change.began
        if entry.version % SPACING:
            return None
        known = [each for each in self.known.values() if each is not None]
        gone = [action for action, each in self.known.items() if each is None]
        written = _encode((FORM, SCHEMA, by_kind(self.entries), known, gone))
        self.seal = _seal(self.seal, record_hash(body), written)
        self.entries, self.known = [], {}
        return Snapshot(entry.version, entry.position, self.seal + written)
