"""
What every test may ask for: a clock that is set by hand, a ledger on every backend, and builders.

`ledger` is empty and comes once for each backend; `staffed` is the same with `enrol_staff` done.
`file_ledger` is on one SQLite file with one log, for what needs the file or needs no repetition.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs
import pytest
from hypothesis import settings

from ledger import FileKEK, Keys, Ledger
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

# The same examples in every run, so that a red test is red for everybody; LEDGER_EXPLORE=1 looks
# for others. No deadline: a loaded machine is no error.
settings.register_profile("alike", deadline=None, derandomize=True)
settings.register_profile("exploring", deadline=None)
settings.load_profile("exploring" if os.environ.get("LEDGER_EXPLORE") else "alike")

# Nobody is to find the files of a test again, so what it syncs need not reach a disk, where there
# is memory enough. What lasts through a crash is the matter of `tests.crash`.
IN_MEMORY = Path("/dev/shm")  # noqa: S108, a folder of the test's own is made in it
IN_MEMORY_BYTES_MIN = 4 * 2**30
if (
    "TMPDIR" not in os.environ
    and os.access(IN_MEMORY, os.W_OK)
    and shutil.disk_usage(IN_MEMORY).free >= IN_MEMORY_BYTES_MIN
):
    tempfile.tempdir = str(IN_MEMORY)

ACCOUNT = "25073877"


class HandSetClock:
    """
    A clock that stands still until it is set; it begins at 2017-11-02T22:00:00Z.
    """

    def __init__(self) -> None:
        self.now = datetime(2017, 11, 2, 22, tzinfo=UTC)

    def __call__(self) -> datetime:
        """
        Return the time it was set to.
        """
        return self.now

    def set(self, time: str | datetime) -> datetime:
        """
        Set it to *time*, an aware datetime or its text, and return that.
        """
        self.now = datetime.fromisoformat(time) if isinstance(time, str) else time
        return self.now

    def advance(self, **amount: float) -> datetime:
        """
        Set it forward by *amount* (``minutes=11``), or back by a negative one, and return its time.
        """
        return self.set(self.now + timedelta(**amount))


@attrs.frozen
class Backend:
    """
    Where a ledger of the suite is kept, and in how many logs.

    Args:
        engine: ``memory``, ``sqlite`` or ``postgres``.

        isolation: What PostgreSQL's transactions get where they ask for nothing.

        sealed: Whether the ledger is.
    """

    name: str
    engine: str
    logs: int = 1
    isolation: str = r"read\ committed"
    sealed: bool = False

    @property
    def is_kept(self) -> bool:
        """
        Return whether the ledger outlives its connections.
        """
        return self.engine != "memory"


BACKENDS = [
    Backend("memory", "memory"),
    Backend("sqlite", "sqlite"),
    Backend("sqlite-256-logs", "sqlite", logs=256),
    Backend("postgres", "postgres"),
]
# Rooms above the store ask it the same on every engine; `tests/cli/test_on_postgres.py` runs every
# verb on a server.
EMBEDDED = [backend for backend in BACKENDS if backend.engine != "postgres"]
# `tests/book/test_on_sealed.py` asks it much of what they ask; LEDGER_SEALED=1 lets all of them be
# on it.
SEALED = Backend("sqlite-sealed", "sqlite", sealed=True)
if os.environ.get("LEDGER_SEALED"):
    EMBEDDED = [SEALED]


@pytest.fixture
def clock() -> HandSetClock:
    """
    Return a clock that stands still until it is set.
    """
    return HandSetClock()


@pytest.fixture(params=EMBEDDED, ids=lambda backend: backend.name)
def backend(request: pytest.FixtureRequest) -> Backend:
    """
    Return each backend in turn.
    """
    given: Backend = request.param
    return given


@pytest.fixture
def ledger_url(request: pytest.FixtureRequest, backend: Backend, tmp_path: Path) -> str:
    """
    Return a URL on each backend in turn where there is no ledger yet.
    """
    match backend.engine:
        case "memory":
            return "memory:"
        case "sqlite":
            return f"sqlite:///{tmp_path / 'ledger.db'}"
        case _:
            url: str = request.getfixturevalue("postgres_url")
            isolation = quote(f"-cdefault_transaction_isolation={backend.isolation} ", safe="-=")
            return url.replace("options=", f"options={isolation}")


@pytest.fixture
def sealing_keys(tmp_path: Path) -> Keys:
    """
    Return the keys of a sealed ledger, in a file beside it.
    """
    kek = tmp_path / "kek"
    return Keys.at(
        f"sqlite:///{tmp_path / 'keys.db'}",
        kek=FileKEK(kek) if kek.exists() else FileKEK.generate(kek),
    )


@pytest.fixture
def ledger(
    request: pytest.FixtureRequest, backend: Backend, clock: HandSetClock, ledger_url: str
) -> Iterator[Ledger]:
    """
    Return an empty ledger on each backend in turn.
    """
    told: dict[str, Any] = {"clock": clock, "logs": backend.logs}
    if backend.sealed:
        told |= {"sealed": True, "keys": request.getfixturevalue("sealing_keys")}
    with Ledger.create(ledger_url, **told) as created:
        yield created


@pytest.fixture
def sealed_ledger(clock: HandSetClock, ledger_path: Path, sealing_keys: Keys) -> Iterator[Ledger]:
    """
    Return a sealed ledger with one log in a SQLite file, with operators.
    """
    url = f"sqlite:///{ledger_path}"
    with Ledger.create(url, clock=clock, sealed=True, keys=sealing_keys) as created:
        yield enrol_staff(created)


@pytest.fixture
def staffed(ledger: Ledger) -> Ledger:
    """
    Return a ledger on each backend in turn, with operators.
    """
    return enrol_staff(ledger)


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    """
    Return the path where `file_ledger` is, or where another ledger may be.
    """
    return tmp_path / "ledger.db"


@pytest.fixture
def file_ledger(clock: HandSetClock, ledger_path: Path) -> Iterator[Ledger]:
    """
    Return a ledger with one log in a SQLite file, with operators.
    """
    with Ledger.create(f"sqlite:///{ledger_path}", clock=clock) as created:
        yield enrol_staff(created)


def enrol_staff(ledger: Ledger) -> Ledger:
    """
    Enrol the operators of the case: op-1 (admin), op-7, comms, and op-417, the contractor who
    leaves on 2017-11-02 at 23:00. Return *ledger*.
    """
    ledger.enrol_operator("op-1", kind="human", roles=["admin"])
    ledger.enrol_operator("op-7", kind="human", roles=["trust-and-safety"])
    ledger.enrol_operator("comms", kind="human")
    ledger.enrol_operator(
        "op-417",
        kind="human",
        contract="contractor",
        vendor="Acme Support",
        roles=["support"],
        leaves_at="2017-11-02T23:00:00Z",
    )
    return ledger


def file_report(ledger: Ledger, account: str = ACCOUNT, **changes: object) -> str:
    """
    File a user's report of impersonation about *account*, and return its id.
    """
    told: dict[str, Any] = {"category": "impersonation", "source": "user", **changes}
    return ledger.file_report(account, **told)


def take_action(
    ledger: Ledger, account: str = ACCOUNT, measure: str = "deactivate", **changes: object
) -> str:
    """
    Let op-7 use *measure* on *account* on his own initiative, and return the action's id.
    """
    told: dict[str, Any] = {"by": "op-7", "because_of": "own-initiative", "reason": "spam"}
    return ledger.act(measure, account, **{**told, **changes})


def action_command(
    account: str = ACCOUNT, measure: str = "deactivate", **changes: object
) -> dict[str, object]:
    """
    Return what `take_action` does as an object for `Ledger.record_many`.
    """
    told = {"by": "op-7", "because_of": "own-initiative", "reason": "spam"}
    return {"command": "act", "measure": measure, "account": account, **told, **changes}
