"""
A witness: cosigns that a log goes on from what the witness saw of it last, whoever's the log is.

It keeps the newest checkpoint of each log whole, with the log's own signature, so that two
histories of one log are not only noticed but can be shown. What is asked, and what is answered, is
bytes: how they come and go is for `serving`.

Source: C2SP tlog-witness.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from enum import IntEnum
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

import attrs

from ledger.errors import Malformed, Tampered
from ledger.notary import durable
from ledger.notary.keys import SigningKey
from ledger.notary.primitives import ml_dsa_44_holds
from ledger.notary.request import AddCheckpoint, parse_request
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.consistency import check_consistency
from ledger.proofs.note import Algorithm, Note, VerifierKey, open_note, parse_note
from ledger.proofs.policy import TrustPolicy
from ledger.proofs.tree import EMPTY_ROOT

TEXT: Final = "text/plain; charset=utf-8"
SIZE: Final = "text/x.tlog.size"


class Verdict(IntEnum):
    """
    What a witness made of a request: the status of HTTP that says so.
    """

    COSIGNED = 200
    UNREADABLE = 400
    NOT_SIGNED = 403
    UNKNOWN = 404
    STALE = 409
    NOT_CONSISTENT = 422


@attrs.frozen
class Answer:
    """
    What a witness answers.

    Args:
        content: What *body* is, as HTTP says it.
    """

    verdict: Verdict
    body: str
    content: str = TEXT


class Witness:
    """
    Cosigns for the logs of a policy; the only one on this machine that has its state meanwhile. It
    may be asked from several threads.

    Args:
        folder: Where it keeps what it saw; made if it is not there.

        keys: The keys of the witness.

        policy: The logs that it cosigns for; more than one key may be of one log.

        clock: Returns the present as an aware datetime.

    Raises:
        Malformed: When a key is of a log, or there is none.

        Tampered: When what it saw does not hold.

        Unavailable: When another process has the folder, or it cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        keys: Sequence[SigningKey],
        policy: TrustPolicy,
        clock: Callable[[], datetime],
    ) -> None:
        self._keys = _fit(keys)
        self._policy = policy
        self._clock = clock
        self._folder = folder
        self._one = threading.Lock()
        durable.made_folder(folder)
        self._held = ExitStack()
        with ExitStack() as failing:
            failing.enter_context(durable.alone(folder / "witness", "witness"))
            self._seen = {
                origin: self._read(origin) for origin in {key.name for key in policy.logs}
            }
            self._held = failing.pop_all()

    def add(self, body: bytes) -> Answer:
        """
        Return the cosignatures on the checkpoint that *body* asks for, or why there are none.

        The checkpoint is on disk before anything is answered, and no two are looked at at once.
        """
        try:
            request = parse_request(body)
        except Malformed as error:
            return Answer(Verdict.UNREADABLE, f"{error}\n")
        checkpoint = request.checkpoint
        keys = [key for key in self._policy.logs if key.name == checkpoint.origin]
        if not keys:
            return Answer(Verdict.UNKNOWN, f"{checkpoint.origin!r} is no log of this witness\n")
        try:
            signed_by = open_note(request.note, keys, ml_dsa_44_holds)
        except Tampered as error:
            return Answer(Verdict.NOT_SIGNED, f"{error}\n")
        if request.old_size > checkpoint.size:
            return Answer(
                Verdict.UNREADABLE, f"{request.old_size} is more than {checkpoint.size}\n"
            )
        with self._one:
            return self._judged(request, checkpoint, signed_by)

    def _judged(
        self, request: AddCheckpoint, checkpoint: Checkpoint, signed_by: Sequence[VerifierKey]
    ) -> Answer:
        """
        Return the answer to a request that its log has signed.
        """
        seen = self.seen(checkpoint.origin)
        contradicts = checkpoint.size == seen.size and checkpoint.root != seen.root
        if contradicts:
            self._keep_contradiction(request.note, checkpoint.origin)
        if contradicts or request.old_size != seen.size:
            return Answer(Verdict.STALE, f"{seen.size}\n", SIZE)
        try:
            check_consistency(seen, checkpoint, request.proof)
        except Tampered as error:
            return Answer(Verdict.NOT_CONSISTENT, f"{error}\n")
        ids = {(key.name, key.key_id) for key in signed_by}
        own = tuple(line for line in request.note.signatures if (line.name, line.key_id) in ids)
        time = int(self._clock().timestamp())
        lines = tuple(key.signature(request.note.text, time) for key in self._keys)
        note = Note(request.note.text, own)
        durable.replaced(self._path(checkpoint.origin), note.encode().encode())
        self._seen[checkpoint.origin] = note
        return Answer(Verdict.COSIGNED, "".join(line.line() for line in lines))

    def seen(self, origin: str) -> Checkpoint:
        """
        Return the newest checkpoint of a log of the policy; one of size 0 before the first.
        """
        note = self._seen[origin]
        return Checkpoint(origin, 0, EMPTY_ROOT) if note is None else parse_checkpoint(note.text)

    def sizes(self) -> dict[str, int]:
        """
        Return how many entries were seen of each log of the policy.
        """
        return {origin: self.seen(origin).size for origin in sorted(self._seen)}

    def _read(self, origin: str) -> Note | None:
        path = self._path(origin)
        if (written := durable.read_if_there(path)) is None:
            return None
        try:
            note = parse_note(written)
            found = parse_checkpoint(note.text).origin
        except Malformed as error:
            raise Tampered(f"it is no checkpoint: {error}", where=str(path)) from error
        if found != origin:
            raise Tampered(
                f"it is a checkpoint of {found!r}", where=str(path), expected=repr(origin)
            )
        return note

    def _path(self, origin: str) -> Path:
        return self._folder / f"{sha256(origin.encode()).hexdigest()}.checkpoint"

    def _keep_contradiction(self, note: Note, origin: str) -> None:
        """
        Keep the first note of a log that states another root than the one that was seen at that
        size: with the checkpoint beside it, both signed by the log, it proves two histories.
        """
        path = self._path(origin).with_suffix(".contradiction")
        if durable.read_if_there(path) is None:
            durable.replaced(path, note.encode().encode())

    def close(self) -> None:
        """
        Let another one have the folder.
        """
        self._held.close()

    def __enter__(self) -> Self:
        """
        Return the witness, which is closed at the end.
        """
        return self

    def __exit__(self, *_error: object) -> None:
        """
        Close the witness.
        """
        self.close()


def _fit(keys: Sequence[SigningKey]) -> Sequence[SigningKey]:
    for key in keys:
        if key.algorithm is Algorithm.ED25519:
            raise Malformed(
                f"the key {key.name!r} signs for a log",
                where="key",
                expected="a key that cosigns: `ledger key generate FILE --name NAME --algorithm"
                " cosignature`, or ml-dsa-44",
            )
    if not keys:
        raise Malformed("there is no key to cosign with", where="key", expected="one or more")
    return keys
