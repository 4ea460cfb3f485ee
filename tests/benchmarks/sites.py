"""
The engines of a run: where their ledgers are while it lasts, on a disk and as durable as they come.
"""

import os
import secrets
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

from tests.benchmarks.postgres_site import SEARCH_PATH, PostgresSite
from tests.benchmarks.site import Site
from tests.benchmarks.sqlite_site import SQLiteSite
from tests.postgres.databases import Databases
from tests.postgres.server import Server

ENGINES: Final = ("sqlite", "postgres")

_IN_MEMORY: Final = ("tmpfs", "ramfs")
_DURABILITY: Final = ("fsync", "synchronous_commit", "full_page_writes")


def file_system(folder: Path) -> str:
    """
    Return the kind of file system that *folder* is on.
    """
    above = {str(each) for each in (folder.resolve(), *folder.resolve().parents)}
    mounted = [each for each in psutil.disk_partitions(all=True) if each.mountpoint in above]
    return str(max(mounted, key=lambda each: len(each.mountpoint)).fstype) if mounted else "unknown"


def on_disk() -> Path:
    """
    Return a folder for temporary files that is not in memory, where there is one.
    """
    candidates = [Path(tempfile.gettempdir()), Path("/var/tmp"), Path.cwd()]  # noqa: S108
    return next(
        (folder for folder in candidates if file_system(folder) not in _IN_MEMORY), candidates[0]
    )


@contextmanager
def opened(engines: Sequence[str], folder: Path) -> Iterator[list[Site]]:
    """
    Give a site on each of *engines*, which are gone afterwards.

    PostgreSQL is the server that LEDGER_TEST_DSN leads to, or else one of our own in *folder*.
    """
    with ExitStack() as ending:
        files = ending.enter_context(tempfile.TemporaryDirectory(dir=folder))
        sites: list[Site] = []
        for engine in engines:
            if engine == "sqlite":
                sites.append(SQLiteSite(Path(files)))
                say(f"SQLite on {file_system(folder)}")
            else:
                dsn = os.environ.get("LEDGER_TEST_DSN")
                server = Databases(dsn) if dsn else Server.begin(folder)
                ending.callback(server.leave)
                say(_described(server) + ("" if dsn else f", on {file_system(folder)}"))
                database = f"ledger_bench_{secrets.token_hex(4)}"
                server.create_database(database)
                base = server.url(database, options=SEARCH_PATH)
                sites.append(PostgresSite(base, Path(files)))
        yield sites


def _described(server: Databases) -> str:
    """
    Return version and durability of *server* in words.
    """
    ((version,),) = server.execute("SHOW server_version")
    shown = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s) ORDER BY name"
    settings = server.execute(shown, ([*_DURABILITY],))
    return f"PostgreSQL {version}, " + ", ".join(f"{name} {value}" for name, value in settings)


def say(what: str) -> None:
    """
    Tell whoever waits what is going on.
    """
    print(what, file=sys.stderr, flush=True)
