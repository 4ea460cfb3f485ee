"""
A projection that counts, for tests: alone as a process, ``python -m … LEDGER VIEW``, which says how
many entries it took each time, and goes on until it is killed.
"""

import sys
from collections import Counter
from collections.abc import Sequence

from ledger import Connection, Entry, Ledger, Projection


class Crash(Exception):
    """
    What no projection foresees.
    """


class Kinds(Projection):
    """
    How many entries of each kind there are, and how many in all; counting twice would show.

    Args:
        fails_at: The entry whose count goes wrong after everything before it was counted.
    """

    def __init__(
        self, ledger: Ledger, url: str, *, batch_max: int = 7, name: str = "kinds"
    ) -> None:
        self.fails_at: int | None = None
        self.taken = 0
        super().__init__(
            ledger,
            name,
            database=url,
            create=[
                f"CREATE TABLE {name} (kind TEXT NOT NULL PRIMARY KEY, entries INTEGER NOT NULL)"
            ],
            drop=[f"DROP TABLE {name}"],
            apply=self.count,
            batch_max=batch_max,
        )

    def count(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """
        Add *entries* to the counts, one by one.
        """
        for entry in entries:
            if self.taken == self.fails_at:
                raise Crash
            self.taken += 1
            connection.execute(
                f"INSERT INTO {self.name} VALUES (?, 1)"  # noqa: S608, a name of the tests
                f" ON CONFLICT (kind) DO UPDATE SET entries = {self.name}.entries + 1",
                (entry.kind,),
            )

    @property
    def view(self) -> dict[str, int]:
        """
        Return the counts.
        """
        with self._database.reading() as connection:
            rows = connection.execute(f"SELECT kind, entries FROM {self.name}")  # noqa: S608
            return dict(rows.fetchall())


def folded(ledger: Ledger) -> dict[str, int]:
    """
    Return what the view has to say: a plain count of all entries.
    """
    return dict(Counter(entry.kind for entry in ledger.entries()))


class Telling(Kinds):
    """
    Says how many entries it has taken, within the transaction and before it is committed.
    """

    def count(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """
        Add *entries* to the counts, and say so.
        """
        super().count(connection, entries)
        sys.stdout.write(f"{self.taken}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    ledger_url, view_url = sys.argv[1:]
    with Ledger.open(ledger_url, create=False) as opened, Telling(opened, view_url) as view:
        view.run(look_seconds=0.001)
