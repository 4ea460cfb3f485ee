"""
The story that the demo plays: eleven minutes, and what was said about them in the six weeks after.

Each scene is one moment on the clock and the commands recorded then, in one transaction, written
as lines of ``ledger record``. Ids are given, so that the ledger it leaves is the same every time.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from ledger.book import Ledger
from ledger.errors import Malformed, Refused
from ledger.moderation.commands import command_from
from ledger.moderation.moment import moment
from ledger.store.order import Order

ACCOUNT: Final = "25073877"
ACTION: Final = "a-1"
CONTRACTOR: Final = "op-417"
ORIGIN: Final = "eleven-minutes.invalid"

Line = Mapping[str, object]


class Scene(NamedTuple):
    """
    What is recorded at one moment.

    Args:
        given_id: The id of a reversal or finding, which live commands leave to the ledger.
    """

    at: str
    commands: tuple[Line, ...]
    given_id: str | None = None


def _finding(cause: str, by: str, source: str, statement: str) -> Line:
    return {
        "command": "assert_finding",
        "action": ACTION,
        "cause": cause,
        "by": by,
        "source": source,
        "statement": statement,
    }


def _enrolment(operator: str, name: str | None = None, **terms: object) -> Line:
    return {
        "command": "enrol_operator",
        "operator": operator,
        "kind": "human",
        "name": name,
        **terms,
    }


SCENES: Final = (
    Scene(
        "2017-07-24T09:00:00Z",
        (
            _enrolment("op-1", roles=["admin"]),
            _enrolment("op-7"),
            _enrolment(
                CONTRACTOR,
                contract="contractor",
                vendor="Acme Support",
                roles=["support"],
                leaves_at="2017-11-02T23:00:00Z",
            ),
            _enrolment("comms", "communications"),
            _enrolment("press", "press desk"),
            {
                "command": "protect_account",
                "account": ACCOUNT,
                "tier": "head-of-state",
                "by": "op-1",
                "reason": "public office",
            },
        ),
    ),
    Scene(
        "2017-11-02T22:00:00Z",
        (
            {
                "command": "file_report",
                "account": ACCOUNT,
                "report": "r-1",
                "category": "impersonation",
                "source": "user",
            },
        ),
    ),
    Scene(
        "2017-11-02T22:10:00Z",
        (
            {
                "command": "act",
                "measure": "deactivate",
                "account": ACCOUNT,
                "action": ACTION,
                "by": CONTRACTOR,
                "because_of": ["r-1"],
                "reason": "parody account",
                "effective_at": "2017-11-02T22:52:00Z",
            },
        ),
    ),
    Scene(
        "2017-11-02T23:03:00Z",
        ({"command": "reverse", "action": ACTION, "by": "op-7", "reason": "error"},),
        "v-1",
    ),
    # Somebody else wants to help, a minute late: the ledger refuses, and writes nothing.
    Scene(
        "2017-11-02T23:04:00Z",
        ({"command": "reverse", "action": ACTION, "by": "op-1", "reason": "error"},),
    ),
    Scene(
        "2017-11-03T00:05:00Z",
        (
            _finding(
                "error",
                "comms",
                "company statement",
                "inadvertently deactivated due to human error by an employee",
            ),
        ),
        "f-1",
    ),
    Scene(
        "2017-11-03T02:00:00Z",
        (
            {
                "command": "revise_finding",
                "finding": "f-1",
                "cause": "deliberate",
                "by": "comms",
                "source": "company statement",
                "statement": "done by a customer support employee on the employee's last day",
            },
        ),
        "f-2",
    ),
    Scene(
        "2017-11-03T15:00:00Z",
        (_finding("deliberate", "press", "newspaper", "not an employee but a contractor"),),
        "f-3",
    ),
    Scene(
        "2017-11-29T12:00:00Z",
        (_finding("error", "press", "interview", "a mistake … put the wheels in motion"),),
        "f-4",
    ),
    Scene(
        "2017-12-12T12:00:00Z",
        (
            _finding(
                "error",
                "press",
                "interview",
                "thought it was one of many fake accounts;"
                " the company has not confirmed the person",
            ),
        ),
        "f-5",
    ),
)

# When the story is over and is asked about.
AFTERWARDS: Final = "2017-12-14T00:00:00Z"


class Refusal(NamedTuple):
    """
    A command that was refused: when, by whom, and what the ledger answered.
    """

    at: datetime
    by: str
    command: str
    error: Refused


class Played(NamedTuple):
    """
    A ledger that tells the story.

    Args:
        refusals: What was refused on the way, in order.
    """

    ledger: Ledger
    refusals: tuple[Refusal, ...]


class _HandSetClock:
    def __init__(self) -> None:
        self.shows = datetime.min.replace(tzinfo=UTC)

    def set_to(self, at: str) -> None:
        self.shows = moment(at, "clock")

    def __call__(self) -> datetime:
        return self.shows


@contextmanager
def played(keep: Path | None = None) -> Iterator[Played]:
    """
    Give the ledger of the story, in memory or in the file *keep*, with the clock at the end.

    Raises:
        Malformed: When *keep* exists.
    """
    if keep is not None and keep.exists():
        raise Malformed(f"{keep} exists", where="keep", expected="a path that is free")
    with played_at("memory:" if keep is None else f"sqlite:///{keep}") as told:
        yield told


@contextmanager
def played_at(url: str) -> Iterator[Played]:
    """
    Give the ledger of the story at *url*, where there is none yet, with the clock at the end.
    """
    clock = _HandSetClock()
    with Ledger.create(url, origin=ORIGIN, clock=clock) as ledger:
        refusals = []
        for scene in SCENES:
            clock.set_to(scene.at)
            commands = [command_from(line) for line in scene.commands]
            try:
                ledger.record_orders([Order(one, given_id=scene.given_id) for one in commands])
            except Refused as error:
                (one,) = commands
                refusals.append(Refusal(clock(), one.by, one.NAME, error))
        clock.set_to(AFTERWARDS)
        yield Played(ledger, tuple(refusals))
