"""
What is on record of one subject, as decisions about personal data ask it of the entries.
"""

from datetime import datetime
from typing import Final

from ledger.moderation.events.account import ActionTaken, ReportFiled
from ledger.moderation.events.privacy import SubjectKind
from ledger.moderation.identity import account_stream, log_of_stream, operator_stream
from ledger.moderation.moment import moment
from ledger.moderation.privacy import MEASURE
from ledger.store.database import Connection
from ledger.store.rows import READ_COLUMNS, entry_from
from ledger.store.schema import OPEN_POSITION

_AGGREGATES: Final = {SubjectKind.ACCOUNT: account_stream, SubjectKind.OPERATOR: operator_stream}
# How many rows of a stream are looked at, at a time, from its end on.
_ROWS_A_TIME: Final = 500


class SubjectsOnRecord:
    """
    The entries of a ledger of *logs* logs, as one transaction sees them.

    What a decision of the same transaction staged is not seen: no entry of a subject stands between
    an erasure and what it is decided by, for both are in the order of log 0.
    """

    def __init__(self, connection: Connection, logs: int) -> None:
        self._connection = connection
        self._logs = logs

    def has(self, log: int, position: int, /) -> bool:
        """
        Return whether there is an entry at that position.
        """
        row = self._connection.execute(
            "SELECT 1 FROM entries WHERE log = ? AND position = ?", (log, position)
        ).fetchone()
        return row is not None

    def last(self, subject: str, kind: SubjectKind, covers: str, /) -> datetime | None:
        """
        Return when the last entry of *subject* was recorded that a retention rule is about; None
        where there is none.

        The entries of an account or an operator are those of its stream; those of a reporter are
        his reports, for which all reports are looked through.
        """
        if kind is SubjectKind.REPORTER:
            about_him = covers in (SubjectKind.REPORTER, "account.report_filed")
            return self._last_report(subject) if about_him else None
        stream = _AGGREGATES[kind](subject)
        if covers == kind:
            return self._last_of(stream)
        if covers.startswith(MEASURE):
            return self._last_act(stream, covers.removeprefix(MEASURE))
        return self._last_of(stream, covers) if covers.startswith(f"{kind}.") else None

    def _last_of(self, stream: str, kind: str | None = None) -> datetime | None:
        condition = "" if kind is None else " AND kind = ?"
        row = self._connection.execute(
            "SELECT recorded_at FROM entries WHERE log = ? AND stream = ?"
            f"{condition} ORDER BY version DESC LIMIT 1",
            (log_of_stream(stream, self._logs), stream, *([kind] if kind else [])),
        ).fetchone()
        return None if row is None else moment(row[0], "recorded_at")

    def _last_act(self, stream: str, measure: str) -> datetime | None:
        log, before = log_of_stream(stream, self._logs), OPEN_POSITION
        while True:
            rows = self._connection.execute(
                f"SELECT {READ_COLUMNS} FROM entries WHERE log = ? AND stream = ? AND version < ?"
                " AND kind = 'account.action_taken' ORDER BY version DESC LIMIT ?",
                (log, stream, before, _ROWS_A_TIME),
            ).fetchall()
            for entry in map(entry_from, rows):
                assert isinstance(entry.event, ActionTaken)
                if entry.event.measure == measure:
                    return entry.recorded_at
                before = entry.version
            if len(rows) < _ROWS_A_TIME:
                return None

    def _last_report(self, reporter: str) -> datetime | None:
        found: list[datetime] = []
        for log in range(self._logs):
            rows = self._connection.stream(
                f"SELECT {READ_COLUMNS} FROM entries WHERE log = ?"
                " AND kind = 'account.report_filed' ORDER BY position DESC",
                (log,),
            )
            for entry in map(entry_from, rows):
                assert isinstance(entry.event, ReportFiled)
                if entry.event.reporter == reporter:
                    found.append(entry.recorded_at)
                    break
        return max(found, default=None)
