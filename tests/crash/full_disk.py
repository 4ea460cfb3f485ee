"""
Writing to a small disk until it is full, again and again.
"""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash.audit import NOTHING, audit, look
from tests.crash.place import Place, begin
from tests.crash.toll import Toll
from tests.crash.writer import Writer
from tests.store.test_unavailable import MS_NODEV_NOSUID

DISK_BYTES = 3_000_000
BALLAST_BYTES = 2_000_000
THREADS = 4


class NoSmallDisk(Exception):
    """
    The system mounts no disk for us.
    """


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[None]:
    """
    Have at *folder* a disk of its own.

    Raises:
        NoSmallDisk: When we may not.
    """
    system = ctypes.CDLL(None, use_errno=True)
    told = f"size={size_bytes}".encode()
    if system.mount(b"tmpfs", bytes(folder), b"tmpfs", MS_NODEV_NOSUID, told) != 0:
        raise NoSmallDisk(f"no small disk: {os.strerror(ctypes.get_errno())}")
    try:
        yield
    finally:
        system.umount(bytes(folder))


def fill_disk(place: Place, times: int) -> Toll:
    """
    Return what it took to fill a disk that many *times*; each time there is some room again.

    Raises:
        NoSmallDisk: When no disk can be mounted.
    """
    toll = Toll(trial="disk full", engine="sqlite")
    folder = place.new_folder()
    url = f"sqlite:///{folder / 'ledger.db'}"
    found = NOTHING
    with (
        small_disk(folder, DISK_BYTES + times * BALLAST_BYTES),
        Writer("w", threads=THREADS) as writer,
    ):
        begin(url)
        ballast = [folder / f"ballast-{number}" for number in range(times)]
        for weight in ballast:
            weight.write_bytes(bytes(BALLAST_BYTES))
        for weight in ballast:
            writer.start(url)
            said = writer.wait_for_failure()
            # Callers who have nothing from it must not be told that they have.
            full = look(url, writer.acknowledged)
            writer.stop()
            weight.unlink()
            found = audit(url, writer.acknowledged)
            toll.struck(found, in_a_write="is full" in said)
            toll.lost += len(full.lost)
            toll.broken.extend(full.broken)
    return toll.ended(found)
