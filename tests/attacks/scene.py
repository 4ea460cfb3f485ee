"""
A ledger of 45 entries, what is held of it outside, and an auditor who looks at four levels.

Every ten entries the log signed what it was. The auditor was sent the note of size 10; a witness
has cosigned up to size 40, and said when.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import attrs

from ledger import Ledger
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.note import Algorithm, Note
from ledger.proofs.policy import TrustPolicy, Witness
from ledger.proofs.roots import log_origin
from ledger.proofs.tree import extend_many, root_hash
from ledger.proofs.verdict import Verdict
from ledger.store import settings
from ledger.store import url as urls
from ledger.store.rows import (
    CLAIM_COLUMNS,
    ENTRY_COLUMNS,
    RESTRICTION_COLUMNS,
    SEALED_COLUMNS,
)
from ledger.store.settings import Settings
from ledger.store.verification.finding import Finding
from ledger.store.verification.report import Verification
from tests.conftest import HandSetClock, enrol_staff, take_action
from tests.proofs.signing import Signer

ORIGIN = "ledger.example/attacked"
SIZE, HELD, COSIGNED = 45, 10, 40
EVERY = 10
LOG = Signer(1, log_origin(ORIGIN, 0))
WITNESS = Signer(2, "witness.example/w1", Algorithm.COSIGNATURE)
TRUSTED = {
    1: TrustPolicy(logs=(LOG.key,), witnesses=(), quorum="none"),
    2: TrustPolicy(logs=(LOG.key,), witnesses=(Witness("w1", WITNESS.key),), quorum="w1"),
}
UNTIMED, TIMED = "36500d", "5m"
# What is copied, in this order, and by which columns.
TABLES = {
    "heads": "log, size, recorded_at, frontier",
    "entries": ENTRY_COLUMNS,
    "claims": CLAIM_COLUMNS,
    "restrictions": RESTRICTION_COLUMNS,
    "sealed": SEALED_COLUMNS,
}
POLICY = """
policy = 1

[[safeguards]]
rule = "reason-required"
"""


@attrs.frozen
class Outside:
    """
    What nobody who has the database can change.

    Args:
        notes: By size, signed by the log; the largest ones cosigned too.
    """

    notes: dict[int, str]


def told(ledger: Ledger, clock: HandSetClock) -> None:
    """
    Let 45 entries be recorded, some minutes apart.
    """
    enrol_staff(ledger)
    ledger.adopt_policy(POLICY, by="op-1")
    number = 0
    while (size := ledger.status().entries) < SIZE:
        # After the last cosignature nothing happens for an hour.
        clock.advance(minutes=60 if size == COSIGNED else 7)
        number += 1
        if size < SIZE - 1 and number % 3 == 0:
            action = take_action(ledger, f"account-{number}")
            clock.advance(minutes=2)
            ledger.reverse(action, by="op-1", reason="error")
        else:
            ledger.note(f"account-{number % 5}", f"seen {number} times", by="op-7")


def outside(path: Path) -> Outside:
    """
    Return what was signed while the ledger at *path* became as long as it is.
    """
    database = urls.connect(f"sqlite:///{path}", create=False)
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT leaf, recorded_at FROM entries ORDER BY position"
        ).fetchall()
    database.close()
    notes = {}
    for size in range(EVERY, SIZE, EVERY):
        root = root_hash(extend_many((), 0, [leaf for leaf, _ in rows[:size]]))
        text = Checkpoint(log_origin(ORIGIN, 0), size, root).text()
        later = 30 if size == COSIGNED else 1
        seen = datetime.fromisoformat(rows[size - 1][1]) + timedelta(minutes=later)
        cosigned = WITNESS.sign(text, int(seen.timestamp()))
        notes[size] = Note(text, (LOG.sign(text), cosigned)).encode()
    return Outside(notes)


def copied(path: Path, url: str, fixed: Settings) -> None:
    """
    Write the ledger in the SQLite file at *path* to *url*, where there is none.
    """
    source, target = urls.connect(f"sqlite:///{path}", create=False), urls.connect(url, create=True)
    settings.create(target, fixed)
    with source.reading() as old, target.writing() as new:
        new.execute("DELETE FROM heads")
        for table, columns in TABLES.items():
            rows = old.execute(f"SELECT {columns} FROM {table}").fetchall()  # noqa: S608
            new.insert(table, columns, rows)
    source.close()
    target.close()


@attrs.frozen
class Auditor:
    """
    Who looks at the ledger at *url*: at the database alone (level 0), with the note that he holds
    (1), with what a witness cosigned (2), and with the times at which it did (3).
    """

    url: str
    outside: Outside

    def verify(self, level: int, note: str | None = None) -> Verification:
        """
        Return what he finds.

        Args:
            note: What he is shown in the place of what he holds.
        """
        with Ledger.open(self.url, create=False) as ledger:
            if level == 0:
                return ledger.verify(scrub=True)
            notes = [*self.outside.notes.values()] if level > 1 else [self.outside.notes[HELD]]
            return ledger.verify(
                policy=TRUSTED[min(level, 2)].text(),
                anchors=notes if note is None else [note],
                slack=TIMED if level == 3 else UNTIMED,
            )

    def finds(self, level: int) -> tuple[Finding, ...]:
        """
        Return what he finds; everything at once, where nothing is found.
        """
        answer = self.verify(level)
        expected = Verdict.TAMPERED if answer.findings else Verdict.VERIFIED
        assert expected is answer.verdict, answer
        return answer.findings


@contextmanager
def opened(url: str, clock: HandSetClock | None = None) -> Iterator[Ledger]:
    """
    Give the ledger at *url*.
    """
    with Ledger.open(url, create=False, clock=clock) as ledger:
        yield ledger
