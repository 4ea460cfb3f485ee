"""
Cutting the power, at any moment between two writes to the disk.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledger import Ledger
from ledger.moderation.rulebook import Rulebook
from ledger.moderation.rules import RULES
from ledger.moderation.vocabulary import BUILT_IN
from ledger.store import settings
from ledger.store.settings import Settings
from ledger.store.sqlite import SQLiteConnection, SQLiteDatabase
from tests.crash.audit import audit
from tests.crash.disk import Disk, Said, Step, after_cut, connecting_through
from tests.crash.place import Place
from tests.crash.toll import Toll
from tests.crash.writing import OPERATOR, commands, perform

COMMANDS = 250
CUTS_A_RECORDING = 75


class RecordedDatabase(SQLiteDatabase):
    """
    The store's own database, on a disk that remembers.

    Args:
        synchronous: What SQLite is told in the end; FULL is what the store tells it.
    """

    def __init__(self, path: Path, disk: Disk, synchronous: str) -> None:
        self._disk = disk
        self._synchronous = synchronous
        super().__init__(path)

    def _connect(self) -> SQLiteConnection:
        with connecting_through(self._disk):
            connection = super()._connect()
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        return connection


def record(folder: Path, synchronous: str, *, number_of_commands: int = COMMANDS) -> list[Step]:
    """
    Return every step on the disk while a ledger is made and written to.
    """
    disk = Disk(f"disk of {folder.name}")
    database = RecordedDatabase(folder / "ledger.db", disk, synchronous)
    fixed = Settings(origin="example.org/log")
    settings.create(database, fixed)
    rulebook = Rulebook(BUILT_IN, RULES)
    with Ledger(
        database, fixed, lambda: datetime.now(UTC), rulebook, timedelta(minutes=5)
    ) as ledger:
        ledger.enrol_operator(OPERATOR, kind="human")
        for number in range(number_of_commands):
            disk.steps.append(Said(perform(ledger, commands("w", 0, number))))
    disk.unregister()
    return disk.steps


def acknowledged(steps: list[Step]) -> dict[str, str]:
    """
    Return the ids that callers were told in *steps*, by request id.
    """
    said = [step.results for step in steps if isinstance(step, Said)]
    return {request: result for results in said for request, result in results.items()}


def cuts(place: Place, synchronous: str, count: int, chance: random.Random) -> Iterator[list[Step]]:
    """
    Yield the steps up to each of *count* cuts: after a first acknowledgement, at any step.
    """
    steps: list[Step] = []
    for number in range(count):
        if number % CUTS_A_RECORDING == 0:
            steps = record(place.new_folder(), synchronous)
        first = next(at for at, step in enumerate(steps, start=1) if isinstance(step, Said))
        yield steps[: chance.randint(first, len(steps))]


def cut_power(
    place: Place, count: int, chance: random.Random, *, synchronous: str = "FULL"
) -> Toll:
    """
    Return what *count* power cuts took; after each, the ledger is opened from what the disk kept.
    """
    toll = Toll(trial=f"power cut, {synchronous}", engine="sqlite")
    for steps in cuts(place, synchronous, count, chance):
        folder = place.new_folder()
        for name, content in after_cut(steps, chance).items():
            (folder / name).write_bytes(content)
        found = audit(f"sqlite:///{folder / 'ledger.db'}", acknowledged(steps))
        toll.struck(found, in_a_write=not isinstance(steps[-1], Said))
        toll.ended(found)
    return toll
