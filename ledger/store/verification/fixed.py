"""
What is fixed for ever: the settings as the first entry says them, and which logs there are.
"""

from collections.abc import Collection, Mapping
from typing import Final

from ledger.errors import LedgerError, Malformed
from ledger.moderation.events.book import LedgerOpened
from ledger.moderation.moment import canonical, moment
from ledger.store.database import Connection
from ledger.store.leaves import LogHead
from ledger.store.rows import READ_COLUMNS, entry_from
from ledger.store.schema import FORMAT, added, derived
from ledger.store.settings import Settings
from ledger.store.verification.finding import Finding, Findings, What

_FIRST: Final = 1
_OUTSIDE: Final[Mapping[str, What]] = {
    "entries": What.HEAD_DIFFERS,
    "claims": What.CLAIM_DIFFERS,
    "restrictions": What.RESTRICTION_DIFFERS,
    "snapshots": What.SNAPSHOT_DIFFERS,
    "tiles": What.TILE_DIFFERS,
    "sealed": What.PAYLOAD_UNFOUNDED,
}


def opened(connection: Connection) -> LedgerOpened | None:
    """
    Return what the first entry says that the ledger is; None where it says nothing.
    """
    row = connection.execute(
        f"SELECT {READ_COLUMNS} FROM entries WHERE log = 0 AND position = ?", (_FIRST,)
    ).fetchone()
    try:
        event = None if row is None else entry_from(row).event
    except LedgerError:
        return None
    return event if isinstance(event, LedgerOpened) else None


def compare_settings(connection: Connection, settings: Settings, findings: Findings) -> None:
    """
    Compare the settings with the first entry; the format alone may have become a newer one.
    """
    first = opened(connection)
    if first is None:
        why = "the first entry does not say what the ledger is"
        findings.add(Finding(What.SETTINGS_DIFFER, why, 0, _FIRST))
        return
    said = (first.origin, first.logs, first.sealed)
    if said != (settings.origin, settings.logs, settings.sealed) or not (
        first.format <= settings.format <= FORMAT
    ):
        why = (
            f"they say {settings.origin}, {settings.logs} logs, sealed={settings.sealed},"
            f" format {settings.format}; the first entry {first.origin}, {first.logs} logs,"
            f" sealed={first.sealed}, format {first.format}"
        )
        findings.add(Finding(What.SETTINGS_DIFFER, why, 0, _FIRST))


def logs_with(connection: Connection, table: str) -> set[int]:
    """
    Return the logs of the ledger that have rows in *table*.
    """
    rows = connection.execute(
        "SELECT heads.log FROM heads"
        f" WHERE EXISTS (SELECT 1 FROM {table} WHERE {table}.log = heads.log)"
    )
    return {log for (log,) in rows}


def compare_logs(
    connection: Connection, settings: Settings, in_use: Collection[int], findings: Findings
) -> None:
    """
    Look for rows in logs that the ledger does not have, or that have no entries.

    Args:
        in_use: The logs that have entries; a claim may be in any log.
    """
    there = ("entries", *added(settings.format), *derived(settings.format))
    for table in there:
        row = connection.execute(
            f"SELECT log FROM {table} WHERE log < 0 OR log >= ? LIMIT 1", (settings.logs,)
        ).fetchone()
        outside = set() if row is None else {row[0]}
        if table not in ("entries", "claims"):
            outside |= logs_with(connection, table).difference(in_use)
        for log in sorted(outside):
            why = f"{table} has rows of log {log}, which has no entries"
            findings.add(Finding(_OUTSIDE[table], why, log))


def compare_time(head: LogHead, last_recorded_at: str, findings: Findings) -> None:
    """
    Compare the time of a head with that of its last entry: a fence may have moved it on, and
    nothing moves it back.
    """
    try:
        is_time = canonical(moment(head.recorded_at, "head")) == head.recorded_at
    except Malformed:
        is_time = False
    if not is_time or head.recorded_at < last_recorded_at:
        why = f"the head was at {head.recorded_at}, its last entry at {last_recorded_at}"
        findings.add(Finding(What.HEAD_DIFFERS, why, head.log, head.size))
