"""
Where the trials of one run keep their ledgers: a folder, and a PostgreSQL server once one is asked
for.
"""

import tempfile
from contextlib import ExitStack
from functools import cached_property
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from ledger import Ledger
from tests.crash.writing import OPERATOR
from tests.postgres import Server


class Place:
    """
    A place for ledgers, which goes with its block.
    """

    def __init__(self) -> None:
        self._leaving = ExitStack()
        self._numbers = count()

    def __enter__(self) -> Self:
        """
        Return the place.
        """
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """
        Remove it.
        """
        self._leaving.close()

    @cached_property
    def _folder(self) -> Path:
        return Path(self._leaving.enter_context(tempfile.TemporaryDirectory()))

    @cached_property
    def server(self) -> Server:
        """
        Return a PostgreSQL server that several trials use, one after the other.
        """
        return self.kept(Server.begin(over_tcp=True))

    def new_server(self) -> Server:
        """
        Return a PostgreSQL server that nobody else uses.
        """
        return self.kept(Server.begin())

    def kept(self, server: Server) -> Server:
        """
        Return *server*, which goes with the place.
        """
        self._leaving.callback(server.leave)
        return server

    def new_folder(self) -> Path:
        """
        Return a folder that is empty.
        """
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return folder

    def new_url(self, engine: str, *, logs: int = 1) -> str:
        """
        Return the URL of a new ledger on *engine*, with that many *logs*.
        """
        if engine == "sqlite":
            url = f"sqlite:///{self.new_folder() / 'ledger.db'}"
        else:
            url = self.server.fresh_database_url()
        begin(url, logs=logs)
        return url


def begin(url: str, *, logs: int = 1) -> None:
    """
    Create a ledger at *url*, with that many *logs* and the operator who acts.
    """
    with Ledger.create(url, logs=logs) as ledger:
        ledger.enrol_operator(OPERATOR, kind="human")
