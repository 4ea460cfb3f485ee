"""
Bundles of evidence from the tables: the entries that a story rests on, each with its proof.

All is read in one transaction, as known at a checkpoint, and checked before it is given out: nobody
is handed a bundle that does not hold.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from ledger.errors import Tampered
from ledger.moderation.entry import Entry
from ledger.moderation.events.privacy import SubjectErased
from ledger.moderation.privacy import PRIVACY_STREAM
from ledger.moderation.sealing import aliases
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.inclusion import Subtrees, check_inclusion, inclusion_proof
from ledger.proofs.tile import subtrees_of
from ledger.proofs.tree import record_hash
from ledger.store.reader import Question, Reader
from ledger.store.settings import Settings
from ledger.store.tiles import Tiles

SETTINGS_STREAM = "ledger/settings"
_WHOLE = "operator/"


class Gathering:
    """
    Gathers the entries of bundles as one transaction sees them.

    Args:
        question: A cut at *checkpoints*.

        checkpoints: Of each log, what vouches for its entries.
    """

    def __init__(
        self,
        reader: Reader,
        question: Question,
        settings: Settings,
        checkpoints: Mapping[int, Checkpoint],
    ) -> None:
        self._reader = reader
        self._question = question
        self._settings = settings
        self._checkpoints = checkpoints
        self._subtrees: dict[int, Subtrees] = {}

    def entries(self, stream: str) -> list[Entry]:
        """
        Return all entries of *stream*, those that they rely on, the ledger's first, and the
        erasures of whom they name; by log and position.
        """
        own = list(self._entries(stream))
        found = {(entry.log, entry.position): entry for entry in own}
        for entry in (*self._relied_on(own), *self._erasures(own), *self._opening()):
            found[entry.log, entry.position] = entry
        return [found[place] for place in sorted(found)]

    def _entries(self, stream: str) -> Iterator[Entry]:
        return self._reader.entries(self._question, stream=stream)

    def _opening(self) -> Iterator[Entry]:
        return (entry for entry in self._entries(SETTINGS_STREAM) if entry.version == 1)

    def _relied_on(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """
        Yield the entries that decisions read: of operators all up to those, of others just those.
        """
        versions: dict[str, set[int]] = {}
        for entry in entries:
            for relied_on in getattr(entry.event, "relied_on", ()):
                stream, _, version = relied_on.rpartition("@")
                versions.setdefault(stream, set()).add(int(version))
        for stream, wanted in versions.items():
            last, whole = max(wanted), stream.startswith(_WHOLE)
            for entry in self._entries(stream):
                if entry.version > last:
                    break
                if whole or entry.version in wanted:
                    yield entry

    def _erasures(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """
        Yield the erasures of those who are named in sealed entries.
        """
        if not self._settings.sealed:
            return
        named = {alias for entry in entries for alias in aliases(entry.body.decode())}
        for entry in self._entries(PRIVACY_STREAM):
            if isinstance(entry.event, SubjectErased) and entry.event.subject in named:
                yield entry

    def proof(self, entry: Entry) -> tuple[bytes, ...]:
        """
        Return the proof that *entry* is in its log.

        Raises:
            Tampered: When it is not in the log of the checkpoint.
        """
        log, index = entry.log, entry.position - 1
        checkpoint = self._checkpoints[log]
        proof = inclusion_proof(index, checkpoint.size, self._subtrees_of(log))
        try:
            check_inclusion(checkpoint, index, record_hash(entry.body), proof)
        except Tampered as error:
            error.log, error.stream, error.version = log, entry.stream, entry.version
            raise
        return proof

    def _subtrees_of(self, log: int) -> Subtrees:
        if log not in self._subtrees:
            tiles = Tiles(self._question.connection, log, self._settings.format)
            # Proofs share most of their tiles, and all of the upper ones.
            self._subtrees[log] = cache(subtrees_of(cache(tiles.read), self._checkpoints[log].size))
        return self._subtrees[log]
