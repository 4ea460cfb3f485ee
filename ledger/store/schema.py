"""
The tables of a ledger, in SQL that SQLite, PostgreSQL and Citus all run.

Every statement names its log, and nothing is used that one of them lacks: no sequences, no
foreign keys, no partial indexes, no sub-selects inside ``VALUES``. Times are canonical text, so
that text order is time order and a reader needs no tool to read a column.
"""

from collections.abc import Sequence
from typing import Final

from ledger.store.database import Dialect
from ledger.timeline.bucket import POSITION_DIGITS

FORMAT: Final = 3

# Stand for "no end yet" in columns, so that one comparison serves every row and an index can
# serve the comparison; the boundary of this room turns them into None.
OPEN_TIME: Final = "9999-12-31T23:59:59.999999Z"
OPEN_POSITION: Final = 2**53 - 1

TABLES: Final = (
    """
    CREATE TABLE settings (
        name {text} NOT NULL PRIMARY KEY,
        value {text} NOT NULL
    )
    """,
    """
    CREATE TABLE heads (
        log INTEGER NOT NULL PRIMARY KEY,
        size BIGINT NOT NULL,
        recorded_at {text} NOT NULL,
        frontier {bytes} NOT NULL
    )
    """,
    """
    CREATE TABLE entries (
        log INTEGER NOT NULL,
        position BIGINT NOT NULL,
        stream {text} NOT NULL,
        version BIGINT NOT NULL,
        kind {text} NOT NULL,
        recorded_at {text} NOT NULL,
        effective_at {text},
        operator {text} NOT NULL,
        body {bytes} NOT NULL,
        leaf {bytes} NOT NULL,
        CONSTRAINT entries_pk PRIMARY KEY (log, position),
        CONSTRAINT entries_version UNIQUE (log, stream, version)
    )
    """,
)

# A writer takes the head of a log first, which puts writers in order.
TAKE_HEAD: Final = (
    "UPDATE heads SET size = size WHERE log = ? RETURNING size, recorded_at, frontier"
)
# Where the writer's lock is on the whole database.
LOOK_AT_HEAD: Final = "SELECT size, recorded_at, frontier FROM heads WHERE log = ?"


def look_at_heads(logs: Sequence[int]) -> str:
    """
    Return the statement that looks at the heads of *logs*, one or more, without taking them.
    """
    return f"SELECT log, size, recorded_at FROM heads WHERE log IN ({','.join(map(str, logs))})"


# What is kept beside the first tables and follows from nothing: sealed payloads, by their subject.
ADDED: Final = {
    "sealed": """
        log INTEGER NOT NULL,
        position BIGINT NOT NULL,
        subject {text} NOT NULL,
        payload {bytes} NOT NULL,
        CONSTRAINT sealed_pk PRIMARY KEY ({key})
    """,
}

# What follows from the entries; `rebuild` makes it anew.
DERIVED: Final = {
    "claims": """
        log INTEGER NOT NULL,
        kind {text} NOT NULL,
        id {text} NOT NULL,
        stream {text} NOT NULL,
        version BIGINT NOT NULL,
        digest {text} NOT NULL,
        CONSTRAINT claims_pk PRIMARY KEY ({key})
    """,
    "restrictions": """
        log INTEGER NOT NULL,
        account {text} NOT NULL,
        measure {text} NOT NULL,
        scope {text},
        action {text} NOT NULL,
        effect {text},
        from_at {text} NOT NULL,
        until_at {text} NOT NULL,
        lasting_us BIGINT,
        ended_by {text},
        opened_by {text} NOT NULL,
        closed_by {text},
        opened_at_position BIGINT NOT NULL,
        closed_at_position BIGINT,
        known_from {text} NOT NULL,
        known_until {text} NOT NULL,
        known_from_position BIGINT NOT NULL,
        known_until_position BIGINT NOT NULL,
        imported INTEGER NOT NULL,
        CONSTRAINT restrictions_pk PRIMARY KEY ({key})
    """,
    "snapshots": """
        log INTEGER NOT NULL,
        stream {text} NOT NULL,
        version BIGINT NOT NULL,
        position BIGINT NOT NULL,
        state {bytes} NOT NULL,
        CONSTRAINT snapshots_pk PRIMARY KEY ({key})
    """,
    # The root stands before the hashes, so that it is read without them.
    "tiles": """
        log INTEGER NOT NULL,
        level INTEGER NOT NULL,
        n BIGINT NOT NULL,
        root {bytes} NOT NULL,
        hashes {bytes} NOT NULL,
        CONSTRAINT tiles_pk PRIMARY KEY ({key})
    """,
}

# The format that brought a table or an index, where the first did not have it; and the last one
# that had it, where this one has it no more.
SINCE: Final = {"snapshots": 2, "restrictions_bucket": 2, "sealed": 3, "tiles": 3}
UNTIL: Final = {"restrictions_account": 1}

KEYS: Final = {
    "entries": "log, position",
    "claims": "log, kind, id",
    "restrictions": "log, opened_at_position, known_from_position",
    "snapshots": "log, stream, version",
    "tiles": "log, level, n",
    "sealed": "log, position, subject",
}

# What `bucket` says of a row, worked out by the index itself: whoever writes the row, in whichever
# format, need not know of it, and it is never wrong.
BUCKET: Final = (
    "(coalesce(length(CAST(lasting_us AS TEXT)),"
    " -length(CAST(known_until_position - known_from_position AS TEXT))))"
)
BUCKET_FROM: Final = (
    "(CASE WHEN lasting_us IS NULL THEN"
    f" substr(CAST(known_from_position + {10**POSITION_DIGITS} AS TEXT), 2) ELSE from_at END)"
)

INDEXES: Final = {
    "entries": {"entries_recorded": "log, recorded_at, position"},
    "claims": {},
    "restrictions": {
        "restrictions_account": "account, from_at",
        "restrictions_bucket": f"account, {BUCKET}, {BUCKET_FROM}",
        "restrictions_in_force": "from_at, until_at, known_from_position, known_until_position",
        "restrictions_lasting": "measure, lasting_us",
        "restrictions_opened": "opened_by, from_at",
        "restrictions_closed": "closed_by, until_at",
    },
    "snapshots": {},
    "tiles": {},
    "sealed": {},
}


def derived(format_: int) -> list[str]:
    """
    Return the names of the derived tables that a ledger of *format_* has.
    """
    return [table for table in DERIVED if _has(format_, table)]


def added(format_: int) -> list[str]:
    """
    Return the names of the tables that a ledger of *format_* keeps beside the first ones.
    """
    return [table for table in ADDED if _has(format_, table)]


def indexes(table: str, format_: int = FORMAT) -> list[str]:
    """
    Return the names of the indexes that *table* has in a ledger of *format_*.
    """
    return [index for index in INDEXES[table] if _has(format_, index)]


def _has(format_: int, name: str) -> bool:
    return SINCE.get(name, 1) <= format_ <= UNTIL.get(name, FORMAT)


def create_tables(dialect: Dialect) -> list[str]:
    """
    Return the statements that create the tables that nothing is derived from.
    """
    return [table.format(text=dialect.text, bytes=dialect.bytes) for table in TABLES]


def create_table(table: str, dialect: Dialect) -> str:
    """
    Return the statement that creates *table*, which is derived or was added.
    """
    return f"CREATE TABLE {table} ({_columns(table, dialect)})" + _clause(table, dialect)


def create_anew(table: str, dialect: Dialect) -> str:
    """
    Return the statement that creates the shadow of the derived *table*, gone with its connection.
    """
    return f"CREATE TEMPORARY TABLE {table}_anew ({_columns(table, dialect)})"


def _columns(table: str, dialect: Dialect) -> str:
    columns = {**ADDED, **DERIVED}[table]
    return columns.format(text=dialect.text, bytes=dialect.bytes, key=KEYS[table])


def _clause(table: str, dialect: Dialect) -> str:
    return dialect.claims if table == "claims" else ""


def create_indexes(table: str, format_: int = FORMAT) -> list[str]:
    """
    Return the statements that create the indexes that *table* has in a ledger of *format_*.
    """
    return [create_index(table, index) for index in indexes(table, format_)]


def create_index(table: str, index: str) -> str:
    """
    Return the statement that creates one *index* of *table*.
    """
    return f"CREATE INDEX {index} ON {table} ({INDEXES[table][index]})"
