"""
Who may do what to a ledger, said to the database itself: the privileges of three roles.

The owner has made the tables and migrates them; a writer records, and makes anew what is derived;
an auditor asks. Nobody updates or deletes an entry: the owner takes that from whoever was granted
it, and from himself too, so that no slip does it (he could give it back, as a superuser could do
without). Services log in with roles of their own that are members of one of these.

An engine that refuses changes of entries by itself, as SQLite does, has no roles.
"""

from collections.abc import Iterable
from typing import Final

import attrs

from ledger.errors import Malformed, Unavailable
from ledger.store.database import Connection, Database, Dialect, transact
from ledger.store.schema import added, derived
from ledger.store.settings import Settings

WRITER: Final = "ledger_writer"
AUDITOR: Final = "ledger_auditor"
NAME_BYTES_MAX: Final = 63

# What can be granted on a table (PostgreSQL's manual, section 5.8), but for what is part of owning.
PRIVILEGES: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
# Some of it on single columns too.
_ON_COLUMNS: Final = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
# Whose members could do more than is granted on any table (PostgreSQL's manual, section 22.5).
_COULD_MORE: Final = ("pg_maintain", "pg_write_server_files", "pg_execute_server_program")

_READS: Final = ("SELECT",)
_WRITES: Final = {
    "settings": _READS,
    "heads": ("SELECT", "UPDATE"),
    "entries": ("SELECT", "INSERT"),
    "sealed": ("SELECT", "INSERT", "DELETE"),
}
_WRITES_DERIVED: Final = ("SELECT", "INSERT", "UPDATE", "DELETE")

# Puts those in order who grant at the same moment; who does not own the ledger may not.
_TAKE_ORIGIN: Final = "UPDATE settings SET value = value WHERE name = 'origin'"
_OWNED: Final = (
    "SELECT schemaname, tableowner FROM pg_tables"
    " WHERE schemaname = current_schema() AND tablename = 'entries'"
)
_CHANGERS: Final = (
    "SELECT grantee FROM information_schema.role_column_grants"
    " WHERE table_schema = current_schema() AND table_name = 'entries'"
    " AND privilege_type = 'UPDATE'"
    " UNION SELECT grantee FROM information_schema.role_table_grants"
    " WHERE table_schema = current_schema() AND table_name = 'entries'"
    " AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE') ORDER BY grantee"
)
# Also those that are not inherited: whoever is in one may act as it.
_MEMBER_OF: Final = (
    "SELECT rolname FROM pg_roles WHERE rolname <> ? AND pg_has_role(?, oid, 'MEMBER')"
    " ORDER BY rolname"
)
_GRANTED: Final = (
    "SELECT grantee, privilege_type FROM information_schema.role_table_grants"
    " WHERE table_schema = current_schema() AND table_name = ? AND grantee <> grantor"
    " ORDER BY grantee, privilege_type"
)


def keeps_roles(dialect: Dialect) -> bool:
    """
    Return whether it takes roles to keep entries as they are.
    """
    return not dialect.append_only


def grantable(format_: int) -> list[str]:
    """
    Return the tables of a ledger of *format_*, in the order in which they are granted.
    """
    return ["settings", "heads", "entries", *added(format_), *derived(format_)]


@attrs.frozen
class Roles:
    """
    What the roles are called.

    Args:
        writer: Who records.

        auditor: Who asks.
    """

    writer: str = WRITER
    auditor: str = AUDITOR

    def __attrs_post_init__(self) -> None:
        """
        Raise unless they are two that can be granted to.
        """
        for where, role in attrs.asdict(self).items():
            _name(role, where)
            if role.startswith("pg_") or role in ("public", "none"):
                raise Malformed(f"{role!r} is the server's", where=where, expected="another role")
        if self.writer == self.auditor:
            raise Malformed(
                f"{self.auditor!r} is the writer already", where="auditor", expected="another role"
            )

    def privileges(self, table: str) -> dict[str, tuple[str, ...]]:
        """
        Return what each may do to *table*.
        """
        return {self.writer: _WRITES.get(table, _WRITES_DERIVED), self.auditor: _READS}


def _name(name: object, where: str) -> str:
    # A question mark and a percent sign would stand for a parameter.
    told = name if isinstance(name, str) else ""
    length = len(told.encode("utf-8", "replace"))
    if not 0 < length <= NAME_BYTES_MAX or not told.isprintable() or {*"?%"} & {*told}:
        raise Malformed(
            f"{name!r} is no name that can be granted to",
            where=where,
            expected=f"1 to {NAME_BYTES_MAX} bytes that can be printed, no ? or % among them",
        )
    return told


@attrs.frozen
class Owned:
    """
    Whose the ledger is, and where.

    Args:
        roles: Those of the two roles that are there already.

        changers: Who but the owner was granted to change entries, and is to lose it.
    """

    schema: str
    owner: str
    roles: frozenset[str] = frozenset()
    changers: tuple[str, ...] = ()

    def table(self, name: str) -> str:
        """
        Return the table *name* as a statement has it.
        """
        return f"{_quoted(self.schema)}.{name}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def statements(owned: Owned, format_: int, roles: Roles) -> list[str]:
    """
    Return the statements after which *roles* may do what they should to a ledger of *format_*, and
    no more, whatever they could do before; and nobody may change entries.
    """
    tables = grantable(format_)
    writer, auditor = _quoted(roles.writer), _quoted(roles.auditor)

    def on(some: Iterable[str]) -> str:
        return ", ".join(map(owned.table, some))

    def written(verb: str) -> list[str]:
        return [table for table in tables if verb in roles.privileges(table)[roles.writer]]

    return [
        *(
            f"CREATE ROLE {_quoted(role)} NOLOGIN"
            for role in (roles.writer, roles.auditor)
            if role not in owned.roles
        ),
        *(
            # And from those to whom they granted it.
            f"REVOKE UPDATE, DELETE, TRUNCATE ON {on(['entries'])} FROM {_quoted(changer)} CASCADE"
            for changer in owned.changers
        ),
        f"GRANT USAGE ON SCHEMA {_quoted(owned.schema)} TO {writer}, {auditor}",
        f"REVOKE ALL ON {on(tables)} FROM PUBLIC, {writer}, {auditor}",
        f"GRANT SELECT ON {on(tables)} TO {writer}, {auditor}",
        *(
            f"GRANT {verb} ON {on(written(verb))} TO {writer}"
            for verb in ("INSERT", "UPDATE", "DELETE")
        ),
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {on(['entries'])} FROM {_quoted(owned.owner)}",
    ]


def grants(database: Database, settings: Settings, roles: Roles) -> list[str]:
    """
    Return the statements that `grant` would run now; nothing is changed.

    Raises:
        Malformed: When the database has no roles.
    """
    _assert_roles(database)
    with database.reading() as connection:
        return statements(_owned(connection, roles), settings.format, roles)


def grant(database: Database, settings: Settings, roles: Roles) -> list[str]:
    """
    Let *roles* do what they should to the ledger in *database*, and no more; make those that are
    not there, without a login.

    Returns:
        The statements that did it.

    Raises:
        Malformed: When the database has no roles, or one of *roles* could do more whatever is
            granted to it: it owns the ledger, is a superuser, or is a member of a role that could.

        Unavailable: When whoever asks is not the owner, may not make roles, or may not let others
            into the schema.
    """
    _assert_roles(database)

    def granted(connection: Connection) -> list[str]:
        connection.execute(_TAKE_ORIGIN)
        owned = _owned(connection, roles)
        run = statements(owned, settings.format, roles)
        for statement in run:
            connection.execute(statement)
        _assert_unchangeable(connection, owned)
        _assert_usable(connection, owned, roles)
        _assert_exact(connection, owned, grantable(settings.format), roles)
        return run

    return transact(database, granted)


def _assert_roles(database: Database) -> None:
    if not keeps_roles(database.dialect):
        raise no_roles(str(database))


def no_roles(shown: str) -> Malformed:
    """
    Return the error that the engine of the ledger *shown* has no roles.
    """
    return Malformed(
        f"{shown} has no roles: its own triggers refuse changes of entries",
        where="roles",
        expected="a ledger on PostgreSQL; on SQLite, permissions of the file",
    )


def _owned(connection: Connection, roles: Roles) -> Owned:
    schema, owner = connection.execute(_OWNED).fetchone()
    if owner in (roles.writer, roles.auditor):
        where = "writer" if owner == roles.writer else "auditor"
        raise Malformed(f"{owner!r} owns the ledger", where=where, expected="another role")
    there = connection.execute(
        "SELECT rolname FROM pg_roles WHERE rolname IN (?, ?)", (roles.writer, roles.auditor)
    )
    found = frozenset(role for (role,) in there)
    changers = tuple(_name(each, "role") for each in _changers(connection, owner))
    return Owned(_name(schema, "schema"), _name(owner, "owner"), found, changers)


def _changers(connection: Connection, *but: str) -> list[str]:
    rows = connection.execute(_CHANGERS).fetchall()
    return [grantee for (grantee,) in rows if grantee not in ("PUBLIC", *but)]


def _assert_unchangeable(connection: Connection, owned: Owned) -> None:
    """
    Raise unless nobody has the right to change entries, the owner not excepted.
    """
    if left := ", ".join(map(repr, _changers(connection))):
        raise Unavailable(
            f"the right to change entries could not be taken from {left}",
            where="roles",
            expected=f"to be asked by {owned.owner!r}, who owns the ledger",
        )


def _assert_usable(connection: Connection, owned: Owned, roles: Roles) -> None:
    """
    Raise unless each of *roles* may look into the schema: where it is somebody else's, the server
    grants nothing and only warns.
    """
    for where, role in attrs.asdict(roles).items():
        (usable,) = connection.execute(
            "SELECT has_schema_privilege(?, ?, 'USAGE')", (role, owned.schema)
        ).fetchone()
        if not usable:
            raise Unavailable(
                f"{role!r} was not granted USAGE on the schema {owned.schema!r}",
                where=where,
                expected="a schema that the ledger's owner owns, or its owner to grant it before",
            )


def _assert_exact(
    connection: Connection, owned: Owned, tables: Iterable[str], roles: Roles
) -> None:
    """
    Raise unless each of *roles* may do to each of *tables* what it should, and no more, neither by
    itself nor as another role that it is a member of.
    """
    for where, role in attrs.asdict(roles).items():
        others = [name for (name,) in connection.execute(_MEMBER_OF, (role, role)).fetchall()]
        for table in tables:
            wanted = {*roles.privileges(table)[role]}
            for each in (role, *others):
                if more := ", ".join(sorted(_partly(connection, owned, table, each) - wanted)):
                    raise _could_more(where, role, f"{more} on {table}", each)
            if less := ", ".join(sorted(wanted - _wholly(connection, owned, table, role))):
                raise Unavailable(
                    f"{role!r} was not granted {less} on {table}",
                    where=where,
                    expected=f"to be asked by {owned.owner!r}, who owns the ledger",
                )
        for each in others:
            if each in _COULD_MORE:
                raise _could_more(where, role, "do more", each)


def _wholly(connection: Connection, owned: Owned, table: str, role: str) -> set[str]:
    return _may(connection, "has_table_privilege", PRIVILEGES, owned.table(table), role)


def _partly(connection: Connection, owned: Owned, table: str, role: str) -> set[str]:
    """
    Return what *role* may do to *table* or to some of its columns.
    """
    some = _may(connection, "has_any_column_privilege", _ON_COLUMNS, owned.table(table), role)
    return some | _wholly(connection, owned, table, role)


def _may(
    connection: Connection, asked: str, verbs: tuple[str, ...], table: str, role: str
) -> set[str]:
    said = ", ".join(f"{asked}(?, ?, '{verb}')" for verb in verbs)
    answers = connection.execute(f"SELECT {said}", (role, table) * len(verbs)).fetchone()
    return {verb for verb, granted in zip(verbs, answers, strict=True) if granted}


def _could_more(where: str, role: str, what: str, through: str) -> Malformed:
    member = "" if through == role else f" as a member of {through!r},"
    return Malformed(
        f"{role!r} could {what}{member} whatever is granted to it",
        where=where,
        expected="a role that is no superuser and no member of another role that could do more",
    )


def grant_alike(connection: Connection, table: str, like: str) -> None:
    """
    Grant on *table* what others than the owner were granted on the table *like*, as far as a writer
    needs it there.
    """
    needed = _WRITES.get(table, _WRITES_DERIVED)
    for grantee, verb in connection.execute(_GRANTED, (like,)).fetchall():
        if verb not in needed:
            continue
        role = _quoted(_name(grantee, "role"))
        connection.execute(f"GRANT {verb} ON {table} TO {role}")
