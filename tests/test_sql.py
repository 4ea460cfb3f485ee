"""
The SQL of the store is what one PostgreSQL, Citus and SQLite all run: nothing is used that one of
them lacks, and whatever writes to the tables of a log says which.

Looked for in the source, and in every statement that either engine gets in the days of a ledger.
"""

import ast
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import ledger as package
from ledger import Ledger, LedgerError, Projection
from ledger.store import settings
from ledger.store import url as urls
from ledger.store.recorder import LedgerRecorder
from ledger.store.settings import Settings
from tests.conftest import BACKENDS, Backend, HandSetClock, action_command, enrol_staff, take_action
from tests.store.conftest import STRICTER, live
from tests.store.tracing import all_statements

STORE = Path(package.__file__).parent / "store"

# What is forbidden, and a statement that uses it, which the scan must find.
FORBIDDEN = {
    "a table lock": (r"^LOCK\b", "LOCK TABLE entries IN EXCLUSIVE MODE"),
    "an advisory lock": (r"\bPG_(TRY_)?ADVISORY", "SELECT pg_advisory_xact_lock(7)"),
    "a row lock": (
        r"\bFOR (NO KEY UPDATE|UPDATE|KEY SHARE|SHARE)\b",
        "SELECT size FROM heads WHERE log = ? FOR UPDATE",
    ),
    "a sequence": (
        r"\b(SEQUENCE|NEXTVAL|(SMALL|BIG)?SERIAL|AUTOINCREMENT)\b",
        "CREATE TABLE entries (position BIGSERIAL)",
    ),
    "an identity": (
        r"\bAS IDENTITY\b",
        "CREATE TABLE entries (position BIGINT GENERATED ALWAYS AS IDENTITY)",
    ),
    "a trigger": (
        r"^CREATE (\w+ )*TRIGGER\b",
        "CREATE TRIGGER another AFTER INSERT ON entries BEGIN SELECT 1; END",
    ),
    "a procedure": (
        r"\bPLPGSQL\b|^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE)\b|^DO\b",
        "CREATE FUNCTION record() RETURNS void LANGUAGE plpgsql AS 'BEGIN END'",
    ),
    "a type": (r"^CREATE (TYPE|DOMAIN)\b", "CREATE TYPE entry AS (log INTEGER)"),
    "a notification": (r"^(NOTIFY|LISTEN)\b|\bPG_NOTIFY\b", "NOTIFY entries"),
    "a savepoint": (r"^(ROLLBACK TO |RELEASE )?SAVEPOINT\b", "SAVEPOINT one"),
    "a foreign key": (
        r"\bFOREIGN KEY\b|\bREFERENCES (?!ON\b|FROM\b)\w",
        "CREATE TABLE claims (log INTEGER REFERENCES heads (log))",
    ),
    "a partial index": (
        r"^CREATE (UNIQUE )?INDEX\b.*\bWHERE\b",
        "CREATE INDEX open_ones ON restrictions (log) WHERE until_at IS NULL",
    ),
    "a sub-select inside VALUES": (
        r"\bVALUES ?\(.*\bSELECT\b",
        "INSERT INTO entries (log, position) VALUES (?, (SELECT max(position) FROM entries))",
    ),
    "a truncation": (r"^TRUNCATE \w", "TRUNCATE restrictions"),
}
# The one engine without privileges has triggers in their place.
APPEND_ONLY = re.compile(r"CREATE TRIGGER entries_no_\w+ ")

LOGGED = ("entries", "heads", "claims", "restrictions", "snapshots", "tiles", "sealed")
WRITES = re.compile(rf"^(INSERT INTO|UPDATE|DELETE FROM|COPY) ({'|'.join(LOGGED)})\b(.*)")
# What is derived is emptied in every log when it is made anew.
EMPTIED = re.compile(r"DELETE FROM (claims|restrictions|snapshots|tiles)")

KEPT = [backend for backend in (*BACKENDS, STRICTER) if backend.is_kept]


def spaced(statement: str) -> str:
    """
    Return *statement* in one line.
    """
    return " ".join(statement.split())


def uses(statement: str) -> list[str]:
    """
    Return what *statement* uses of that which is forbidden.
    """
    flat = spaced(statement)
    return [
        what
        for what, (pattern, _) in FORBIDDEN.items()
        if re.search(pattern, flat, re.IGNORECASE) and not APPEND_ONLY.match(flat)
    ]


def is_anywhere(statement: str) -> bool:
    """
    Return whether *statement* writes to a table of the logs and does not say to which log.
    """
    flat = spaced(statement)
    found = WRITES.match(flat)
    if found is None or EMPTIED.fullmatch(flat):
        return False
    verb, _, rest = found.groups()
    said = rest.rpartition(" WHERE ")[2] if verb in ("UPDATE", "DELETE FROM") else rest
    return re.search(r"\blog\b", said) is None or (verb == "UPDATE" and " WHERE " not in rest)


def texts(tree: ast.AST) -> Iterator[str]:
    """
    Yield the texts of a module, but for docstrings; what is put into one is ``{}``.
    """
    nodes = [*ast.walk(tree)]
    formatted = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    aside = {id(part) for node in formatted for part in node.values}
    aside |= {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for joined in formatted:
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in joined.values
        )
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in aside:
            yield node.value


def written() -> dict[str, list[str]]:
    """
    Return the texts of each module of the store that look like SQL or a part of it.
    """
    return {
        str(path.relative_to(STORE)): [
            text
            for text in texts(ast.parse(path.read_text("utf-8")))
            if re.search(r"\b[A-Z]{2,}\b", text)
        ]
        for path in sorted(STORE.rglob("*.py"))
    }


@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_is_forbidden_is_found(what: str):
    """
    A statement that uses it is found, in small letters and over several lines too.
    """
    planted = FORBIDDEN[what][1]

    for statement in (planted, planted.lower(), planted.replace(" ", "\n  ")):
        assert [what] == uses(statement)
    assert [what] == uses(f"  {planted}")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE heads SET size = 1", True),
        ("UPDATE heads SET log = 1", True),
        ("UPDATE heads SET size = 1 WHERE size = 0", True),
        ("UPDATE heads SET size = 1 WHERE log = ?", False),
        ("DELETE FROM claims WHERE id = ?", True),
        ("DELETE FROM claims WHERE log = ? AND id = ?", False),
        ("DELETE FROM claims", False),
        ("DELETE FROM entries", True),
        ("INSERT INTO entries (position, body) VALUES (?, ?)", True),
        ("INSERT INTO entries (log, position) VALUES (?, ?)", False),
        ("INSERT INTO claims SELECT * FROM claims_anew", True),
        ("COPY restrictions (account) FROM STDIN", True),
        ("COPY restrictions (log, account) FROM STDIN (FORMAT BINARY)", False),
        ("UPDATE settings SET value = ? WHERE name = ?", False),
    ],
)
def test_a_write_to_no_log_in_particular_is_found(statement: str, expected: bool):  # noqa: FBT001
    """
    Whoever inserts says the log, and whoever changes or deletes looks in one.
    """
    assert expected == is_anywhere(statement)
    assert expected == is_anywhere(statement.replace(" ", "\n  "))


def test_no_statement_in_the_source_uses_what_is_forbidden():
    """
    Not one of them, in any module; triggers stand where SQLite does.
    """
    found = written()

    assert {"postgres.py", "reader.py", "schema.py", "sqlite.py"} <= {*found}
    assert {} == {
        (module, text): used
        for module, held in found.items()
        for text in held
        if (used := uses(text)) and not (module == "sqlite.py" and used == ["a trigger"])
    }
    triggers = [text for held in found.values() for text in held if "CREATE TRIGGER" in text]
    assert triggers == [text for text in found["sqlite.py"] if "CREATE TRIGGER" in text] != []


def history(url: str, backend: Backend, clock: HandSetClock, folder: Path) -> None:
    """
    Let a ledger of an older format begin at *url*, be migrated, written to in every way, asked,
    copied and made anew.
    """
    database = urls.connect(url, create=True)
    settings.create(database, Settings(origin="example.org/log", logs=backend.logs, format=1))
    database.close()
    with Ledger.open(url, clock=clock) as ledger:
        enrol_staff(ledger)
        ledger.migrate()
    with Ledger.open(url, clock=clock) as ledger:
        for _ in live(ledger, clock, commands=40):
            pass
        write(ledger, clock, folder)
        ask(ledger, clock)
        project(ledger, url)
        ledger.backup(folder / "copy.db")
        assert not any(difference.differed for difference in ledger.rebuild())
        if backend.logs == 1:
            follow(ledger, url)
        if backend.engine == "postgres":
            assert [] == [grant for grant in ledger.grants() if uses(grant)]


def write(ledger: Ledger, clock: HandSetClock, folder: Path) -> None:
    """
    Record by every way that goes into the database in a way of its own.
    """
    limit = {"rule": "rate-limit", "limit": 10_000, "window": "1h"}
    ledger.adopt_policy({"policy": 1, "safeguards": [limit]}, by="op-1")
    ledger.record_many(action_command(f"account-{n}", reason="x" * 500) for n in range(100))
    futures = [ledger.submit(action_command(f"single-{n}", request_id=f"q-{n}")) for n in range(9)]
    assert all(future.result() for future in futures)
    assert futures[0].result() == take_action(ledger, "single-0", request_id="q-0")
    clock.advance(minutes=1)
    asked = ledger.request("warn", "anna", by="comms", because_of="own-initiative", reason="spam")
    ledger.approve(asked, by="op-1")
    ledger.undo(ledger.plan_undo(operators=["op-7"]), by="op-1", reason="a stolen session")
    ledger.offboard_operator("op-7", pending="withdraw", by="op-1", reason="moved")
    told = action_command("elsewhere", by="op-1", recorded_at=clock.advance(hours=1).isoformat())
    (folder / "lines.jsonl").write_text(json.dumps(told), "utf-8")
    clock.advance(hours=1)
    ledger.import_history("actions", folder / "lines.jsonl")
    ledger.fence(clock.now)


def ask(ledger: Ledger, clock: HandSetClock) -> None:
    """
    Ask every question, of now and of before.
    """
    (action, *_) = [known.action for known in ledger.restrictions(limit=1)]
    before = clock.now.replace(minute=0) - (clock.now - clock.now.replace(hour=0))
    for known_at in (None, clock.now, before):
        with suppress(LedgerError):
            ledger.standing("anna", known_at=known_at)
            ledger.timeline("anna", known_at=known_at)
            ledger.account("anna", known_at=known_at)
            list(ledger.who("anna", lasting="11m", known_at=known_at))
            ledger.operator("op-7", known_at=known_at)
        list(ledger.restrictions(opened_by="op-7", during=(before, clock.now), known_at=known_at))
        list(ledger.restrictions(closed_by="op-1", ended_by="reversal", known_at=known_at))
        ledger.count_restrictions(in_force_at=clock.now, measure="suspend", known_at=known_at)
        list(ledger.entries(known_at=known_at))
        ledger.pending(known_at=known_at)
        ledger.policy(known_at=known_at)
    ledger.authority(action)
    ledger.safeguards(action)
    ledger.strikes("anna")
    ledger.replay(without_operators=["op-7"])
    ledger.backtest({"policy": 1, "safeguards": [{"rule": "reason-required"}]})
    list(ledger.review())
    list(ledger.export_actions())
    cut = {log.log: log.size for log in ledger.status().logs}
    (*_, entry) = ledger.entries(known_at=cut)
    assert [] == list(ledger.entries(known_at=cut, after=entry.cursor))
    assert sum(cut.values()) == len(list(ledger.follow(once=True)))


def project(ledger: Ledger, url: str) -> None:
    """
    Keep a view beside the ledger, and make it anew.
    """
    with Projection(
        ledger,
        "seen",
        database=url,
        create=["CREATE TABLE seen (kind TEXT NOT NULL)"],
        drop=["DROP TABLE seen"],
        apply=lambda view, entries: view.insert("seen", "kind", [(each.kind,) for each in entries]),
    ) as projection:
        assert projection.run_once()
        projection.rebuild()


def follow(ledger: Ledger, url: str) -> None:
    """
    Read as the `eventsourcing` library does.
    """
    database = urls.connect(url, create=False)
    recorder = LedgerRecorder(database, ledger.settings)
    assert recorder.select_notifications(1, 10, topics=["account.action_taken"])
    assert recorder.select_events("operator/op-7", gt=0, lte=3, desc=True, limit=2)
    assert recorder.max_notification_id() == ledger.status().entries
    database.close()


@pytest.mark.parametrize("backend", KEPT, ids=lambda each: each.name, indirect=True)
def test_what_a_database_gets_is_heard(ledger_url: str, monkeypatch: pytest.MonkeyPatch):
    """
    Whatever is sent over a connection that was opened by the store, by writers and readers.
    """
    with all_statements(monkeypatch) as heard:
        database = urls.connect(ledger_url, create=True)
        with database.writing() as connection:
            connection.execute("SAVEPOINT one")
        with database.reading() as connection:
            connection.execute("SAVEPOINT two")
        database.close()

    found = [statement for statement in heard if "a savepoint" in uses(statement)]
    assert ["SAVEPOINT one", "SAVEPOINT two"] == sorted(found)


@pytest.mark.parametrize("backend", KEPT, ids=lambda each: each.name, indirect=True)
def test_no_statement_that_a_database_gets_uses_what_is_forbidden(
    backend: Backend,
    ledger_url: str,
    clock: HandSetClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """
    Through a ledger's making, migration, writing, questions, copy and rebuilding; and whatever
    writes to a table of the logs says to which log.
    """
    with all_statements(monkeypatch) as heard:
        history(ledger_url, backend, clock, tmp_path)

    verbs = {spaced(statement).partition(" ")[0] for statement in heard}
    assert {"BEGIN", "COMMIT", "CREATE", "DELETE", "INSERT", "SELECT", "UPDATE"} <= verbs
    assert (backend.engine == "postgres") == ("COPY" in verbs)
    assert {} == {statement: used for statement in heard if (used := uses(statement))}
    assert [] == [statement for statement in heard if is_anywhere(statement)]
