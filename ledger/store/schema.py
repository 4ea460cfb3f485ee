"""
The tables of a ledger, in SQL that SQLite, PostgreSQL and Citus all run.

Every statement names its log, and nothing is used that one of them lacks: no sequences, no
foreign keys, no partial indexes, no sub-selects inside ``VALUES``. Times are canonical text, so
that text order is time order and a reader needs no tool to read a column.
"""

from typing import Final

FORMAT: Final = 1

# Stand for "no end yet" in columns, so that one comparison serves every row and an index can
# serve the comparison; the boundary of this room turns them into None.
OPEN_TIME: Final = "9999-12-31T23:59:59.999999Z"
OPEN_POSITION: Final = 2**53 - 1

TABLES: Final = (
    """
    CREATE TABLE settings (
        name TEXT NOT NULL PRIMARY KEY,
        value TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE heads (
        log INTEGER NOT NULL PRIMARY KEY,
        size BIGINT NOT NULL,
        recorded_at TEXT NOT NULL,
        frontier BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE entries (
        log INTEGER NOT NULL,
        position BIGINT NOT NULL,
        stream TEXT NOT NULL,
        version BIGINT NOT NULL,
        kind TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        effective_at TEXT,
        operator TEXT NOT NULL,
        body BLOB NOT NULL,
        leaf BLOB NOT NULL,
        CONSTRAINT entries_pk PRIMARY KEY (log, position),
        CONSTRAINT entries_version UNIQUE (log, stream, version)
    )
    """,
)

# What follows from the entries, each with the columns of its key: `rebuild` makes them anew.
DERIVED: Final = {
    "claims": """
    CREATE TABLE {name} (
        log INTEGER NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        stream TEXT NOT NULL,
        version BIGINT NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (log, kind, id)
    )
    """,
    "restrictions": """
    CREATE TABLE {name} (
        log INTEGER NOT NULL,
        account TEXT NOT NULL,
        measure TEXT NOT NULL,
        scope TEXT,
        action TEXT NOT NULL,
        effect TEXT,
        from_at TEXT NOT NULL,
        until_at TEXT NOT NULL,
        lasting_us BIGINT,
        ended_by TEXT,
        opened_by TEXT NOT NULL,
        closed_by TEXT,
        opened_at_position BIGINT NOT NULL,
        closed_at_position BIGINT,
        known_from TEXT NOT NULL,
        known_until TEXT NOT NULL,
        known_from_position BIGINT NOT NULL,
        known_until_position BIGINT NOT NULL,
        imported INTEGER NOT NULL,
        PRIMARY KEY (log, opened_at_position, known_from_position)
    )
    """,
}

INDEXES: Final = {
    "entries": {"entries_recorded": "log, recorded_at, position"},
    "claims": {},
    "restrictions": {
        "restrictions_account": "account, from_at",
        "restrictions_in_force": "from_at, until_at, known_from_position, known_until_position",
        "restrictions_lasting": "measure, lasting_us",
        "restrictions_opened": "opened_by, from_at",
        "restrictions_closed": "closed_by, until_at",
    },
}


def create_derived(table: str, name: str) -> str:
    """
    Return the statement that creates the derived *table* under *name*.

    SQLite keeps claims in the index of their key, which is all that is ever asked of them;
    restrictions have other indexes, and each of those would carry the key.
    """
    clause = " WITHOUT ROWID" if table == "claims" else ""
    return DERIVED[table].format(name=name) + clause


def create_indexes(table: str) -> list[str]:
    """
    Return the statements that create the indexes of *table*.
    """
    return [
        f"CREATE INDEX {name} ON {table} ({columns})" for name, columns in INDEXES[table].items()
    ]


# The database itself refuses what must not happen. Where a database has privileges these do it
# instead; SQLite has none. The last one is for REPLACE, which deletes without asking a trigger.
APPEND_ONLY: Final = (
    *(
        f"""
        CREATE TRIGGER entries_no_{verb.lower()} BEFORE {verb} ON entries
        BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END
        """
        for verb in ("UPDATE", "DELETE")
    ),
    """
    CREATE TRIGGER entries_no_replace BEFORE INSERT ON entries
    WHEN EXISTS (SELECT 1 FROM entries WHERE log = NEW.log AND position = NEW.position)
        OR EXISTS (
            SELECT 1 FROM entries
            WHERE log = NEW.log AND stream = NEW.stream AND version = NEW.version
        )
    BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END
    """,
)
