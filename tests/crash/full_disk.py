"""
Writing to a small disk until it is full, again and again.
"""

import ctypes
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.crash.audit import NOTHING, audit, look
from tests.crash.place import begin
from tests.crash.toll import Toll
from tests.crash.writer import Writer
from tests.postgres import Server

MS_NODEV_NOSUID = 6
# For the programs and the data of a server too.
DISK_BYTES = 250_000_000
SPACE_BYTES = 1_000_000
THREADS = 4


class NoSmallDisk(Exception):
    """
    The system mounts no disk for us.
    """


@contextmanager
def small_disk() -> Iterator[Path]:
    """
    Give the folder of a disk of its own.

    Raises:
        NoSmallDisk: When we may not mount one.
    """
    system = ctypes.CDLL(None, use_errno=True)
    told = f"size={DISK_BYTES}".encode()
    with tempfile.TemporaryDirectory() as name:
        if system.mount(b"tmpfs", os.fsencode(name), b"tmpfs", MS_NODEV_NOSUID, told) != 0:
            raise NoSmallDisk(f"no small disk: {os.strerror(ctypes.get_errno())}")
        try:
            yield Path(name)
        finally:
            assert 0 == system.umount(os.fsencode(name))


@contextmanager
def new_ledger(engine: str, folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """
    Give the URL of a new ledger in *folder*, and what makes its database answer again where a full
    disk took it down.
    """
    with ExitStack() as ending:
        if engine == "sqlite":
            url, server = f"sqlite:///{folder / 'ledger.db'}", None
        else:
            server = Server.begin(folder)
            ending.callback(server.leave)
            url = server.create_database("ledger")

        def revive() -> None:
            if server is not None:
                # Up or not, it has what it acknowledged from the disk alone.
                server.kill()
                server.start()

        begin(url)
        yield url, revive


@contextmanager
def weighed_down(folder: Path) -> Iterator[None]:
    """
    Leave only a little space on the disk of *folder*.
    """
    room, ballast = os.statvfs(folder), folder / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - SPACE_BYTES)
    yield
    ballast.unlink()


def fill_disk(engine: str, times: int) -> Toll:
    """
    Return what it took to fill a disk that many *times*; each time there is room again.

    Raises:
        NoSmallDisk: When no disk can be mounted.
    """
    toll, found = Toll(trial="disk full", engine=engine), NOTHING
    with (
        small_disk() as folder,
        new_ledger(engine, folder) as (url, revive),
        Writer("w", threads=THREADS) as writer,
    ):
        while toll.is_short_of(times):
            with weighed_down(folder):
                writer.start(url)
                said = writer.wait_for_failure()
                writer.stop()
                if engine == "sqlite":
                    # While it is full, all that was acknowledged can be read.
                    full = look(url, writer.acknowledged)
                    toll.lost.extend(full.lost)
                    toll.broken.extend(full.broken)
            revive()
            found = audit(url, writer.acknowledged)
            toll.struck(found, in_a_write="is full" in said or "no space left" in said)
    return toll.ended(found)
