"""
The notary: signs what a ledger is, and never two different things of one size.

It reads what was recorded since it last signed, computes the tree from the bytes, compares, and
refuses whatever is no continuation of what it signed before. A note leaves it only after the state
that rules out another one is on disk.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self

import attrs

from ledger.errors import LedgerError, Malformed, Tampered
from ledger.notary import roots
from ledger.notary.continuation import continued
from ledger.notary.keys import SigningKey
from ledger.notary.primitives import ml_dsa_44_holds
from ledger.notary.state import NotaryState, beginning, held, read_state, write_state
from ledger.notary.submitting import Place, Post, cosigned
from ledger.proofs.consistency import consistency_proof
from ledger.proofs.note import Algorithm, Note, signers
from ledger.proofs.roots import encode_roots, signed_origin
from ledger.store.database import Connection, Database
from ledger.store.leaves import leaves, log_heads
from ledger.store.tiles import Tiles


class Asked(NamedTuple):
    """
    What came of asking witnesses.

    Args:
        note: The note with what they cosigned.

        failed: Why others did not.
    """

    note: Note
    failed: tuple[LedgerError, ...]


class Notary:
    """
    Signs checkpoints of one ledger; the only one on this machine that has its state meanwhile.

    Args:
        path: The file of its state; made when it signs first.

        origin, logs: The ledger's.

        keys: What it signs with: each names the log that is signed.

        clock: Returns the present as an aware datetime.

    Raises:
        Malformed: When a key is not one of that log.

        Tampered: When the state does not hold, or is that of another ledger.

        Unavailable: When another process has the state, or it cannot be read.
    """

    def __init__(
        self,
        path: Path,
        origin: str,
        logs: int,
        keys: Sequence[SigningKey],
        clock: Callable[[], datetime],
    ) -> None:
        # By whatever name it is given: the lock beside it is one.
        self.path = path.resolve()
        self._keys = _fit(keys, signed_origin(origin, logs))
        self._clock = clock
        self._held = ExitStack()
        with ExitStack() as failing:
            failing.enter_context(held(self.path))
            found = read_state(self.path)
            self.is_new = found is None
            self.state = found or beginning(origin, logs)
            _assert_same(self.state, origin, logs, str(path))
            self._held = failing.pop_all()

    def sign(self, database: Database) -> Note:
        """
        Return the note over all that is committed now, kept in the state before it is returned.

        Where nothing was recorded since it is the last one, with the cosignatures that it has.

        Raises:
            Tampered: When the ledger is no continuation of what was signed; the state stays as it
                was.
        """
        with database.reading() as connection:
            state = self._read_on(connection)
        if state.roots is not None:
            state = self._stated(state)
        signed = state.signed
        text = signed.text()
        earlier = () if state.note is None or state.note.text != text else state.note.signatures
        now = int(self._clock().timestamp())
        known = {(signature.name, signature.key_id) for signature in earlier}
        new = tuple(
            key.signature(text, now)
            for key in self._keys
            if (key.name, key.verifier.key_id) not in known
        )
        # The log's own lines stand first.
        own = tuple(line for line in earlier if line.name == signed.origin)
        others = tuple(line for line in earlier if line.name != signed.origin)
        note = Note(text, (*own, *new, *others))
        self._keep(attrs.evolve(state, note=note))
        return note

    def _read_on(self, connection: Connection) -> NotaryState:
        """
        Return the state with each log as far as it is now.
        """
        heads = log_heads(connection)
        if [head.log for head in heads] != list(range(len(self.state.logs))):
            raise Tampered(
                f"there are {len(heads)} heads",
                where="heads",
                expected=f"one for each of {len(self.state.logs)} logs",
            )
        logs = tuple(
            continued(before, head, partial(leaves, connection, head.log))
            for before, head in zip(self.state.logs, heads, strict=True)
        )
        return attrs.evolve(self.state, logs=logs)

    def _stated(self, state: NotaryState) -> NotaryState:
        """
        Return the state with an entry of the log of roots that states every log as it is now.
        """
        assert state.roots is not None
        body = encode_roots(state.checkpoints())
        if state.roots.size and roots.newest(self.path, state.roots) == body:
            return state
        return attrs.evolve(state, roots=roots.appended(self.path, state.roots, body))

    def ask(self, places: Iterable[Place], database: Database, format_: int, post: Post) -> Asked:
        """
        Let witnesses cosign the note that was signed last, and keep it with what they made of it.

        Args:
            format_: The ledger's.

            post: Sends what a witness is asked.

        Returns:
            The note, and what came of the witnesses that did not cosign: nothing of it is kept.
        """
        state = self.state
        assert state.note is not None
        note, witnessed, failed = state.note, dict(state.witnessed), list[LedgerError]()
        size = state.signed.size
        with database.reading() as connection:
            proof = partial(self._proof, connection, format_)
            for place in places:
                if signers(note, [place.key], ml_dsa_44_holds):
                    continue
                old = min(witnessed.get(str(place.key), 0), size)
                try:
                    note = cosigned(place, note, old, proof, post)
                except LedgerError as error:
                    failed.append(error)
                else:
                    witnessed[str(place.key)] = size
        self._keep(attrs.evolve(state, note=note, witnessed=witnessed))
        return Asked(note, tuple(failed))

    def _proof(self, connection: Connection, format_: int, old_size: int) -> tuple[bytes, ...]:
        """
        Return the proof that the signed log goes on from what it was at *old_size*.
        """
        if self.state.roots is not None:
            return roots.continuation_proof(self.path, self.state.roots, old_size)
        size = self.state.logs[0].size
        subtrees = Tiles(connection, 0, format_).subtrees(size)
        return consistency_proof(old_size, size, subtrees)

    def _keep(self, state: NotaryState) -> None:
        if state != self.state:
            write_state(self.path, state)
            self.state = state

    def close(self) -> None:
        """
        Let another one have the state.
        """
        self._held.close()

    def __enter__(self) -> Self:
        """
        Return the notary, which is closed at the end.
        """
        return self

    def __exit__(self, *_error: object) -> None:
        """
        Close the notary.
        """
        self.close()


def _fit(keys: Sequence[SigningKey], origin: str) -> Sequence[SigningKey]:
    """
    Return *keys* when each is one of a log of that origin.
    """
    for key in keys:
        if key.name != origin or key.algorithm is Algorithm.COSIGNATURE:
            kind = "a cosigner" if key.algorithm is Algorithm.COSIGNATURE else "a log"
            raise Malformed(
                f"the key is that of {kind} named {key.name!r}",
                where="key",
                expected=f"a key of the log {origin!r}: `ledger key generate FILE --name {origin}`",
            )
    return keys


def _assert_same(state: NotaryState, origin: str, logs: int, where: str) -> None:
    """
    Raise unless *state* is that of the ledger.

    Raises:
        Tampered: When it is another ledger's, or the ledger says something else of itself now.
    """
    if (state.origin, len(state.logs)) != (origin, logs):
        raise Tampered(
            f"the ledger says that it is {origin!r} with {logs} logs, the notary's state is that of"
            f" {state.origin!r} with {len(state.logs)}",
            where=where,
            expected="the state of this ledger, whose settings never change",
        )
