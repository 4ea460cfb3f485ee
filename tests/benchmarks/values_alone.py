"""
The values of acts, made as the ledger makes them: commands checked, events made, written down and
hashed, rows made of them. Nothing is looked up, nothing is decided and nothing is stored.

What records an act takes at least that long beside what the database takes for its rows.
"""

from collections.abc import Callable, Mapping, Sequence

from ledger.moderation.codec import compose_leaf, encode_event
from ledger.moderation.commands import command_from
from ledger.moderation.entry import Entry
from ledger.proofs.tree import record_hash
from ledger.store.rows import claim_rows, entry_from, entry_row, restriction_from, restriction_row
from ledger.timeline.restrictions import Restriction
from tests.benchmarks.site import Row, Rows

_KIND, _BODY = 4, 8


def making(
    given: Sequence[Mapping[str, object]], written: Sequence[Mapping[str, Rows]], logs: int
) -> Callable[[], dict[str, Rows]]:
    """
    Return what makes the commands of *given* and the rows of what was *written* for them, by table.

    Args:
        written: As `rows_alone.transactions` tells it.

        logs: How many the ledger has.
    """
    entries = [
        entry_from((*row[: _KIND + 1], bytes(row[_BODY])))
        for each in written
        for row in each["entries"]
    ]
    events = [(type(entry.event), vars(entry.event)) for entry in entries]
    known = [restriction_from(row) for each in written for row in each["restrictions"]]

    def made() -> dict[str, Rows]:
        for fields in given:
            command_from(fields).complete()
        rows: dict[str, Rows] = {"entries": [], "claims": []}
        for was, (event, fields) in zip(entries, events, strict=True):
            entry = Entry(*was[:-2], event(**fields), b"")
            rows["entries"].append(_row(entry))
            rows["claims"] += claim_rows(entry, logs)
        rows["restrictions"] = [restriction_row(Restriction(*each)) for each in known]
        return rows

    return made


def _row(entry: Entry) -> Row:
    body = compose_leaf(
        encode_event(entry.event),
        log=entry.log,
        stream=entry.stream,
        version=entry.version,
        kind=entry.kind,
        recorded_at=entry.recorded_at,
        written_at=entry.written_at,
        effective_at=entry.effective_at,
        operator=entry.operator,
        request_id=entry.request_id,
        import_id=entry.import_id,
    )
    return entry_row(entry, body, record_hash(body))
