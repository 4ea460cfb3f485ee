"""
The URL of a ledger on PostgreSQL: what libpq knows, and four parameters of ours.

| parameter | default | meaning |
|---|---|---|
| `pool_size` | 8 | how many questions are answered at once |
| `tries` | 16 | how often a transaction that lost a race, or its connection, is run again |
| `lock_timeout` | `5s` | how long a writer waits for another one |
| `pool_timeout` | `10s` | how long a question waits for a connection |

All others are libpq's: ``sslmode=verify-full``, ``connect_timeout=3`` (`CONNECT_SECONDS` where the
URL has none, since libpq would wait for ever), ``target_session_attrs=…``, ``application_name=…``,
``options=-csearch_path%3Daudit`` for a schema. A password is better kept in ``PGPASSFILE`` than in
a URL; where it is in one, no message shows it.

Whatever a URL leaves out is libpq's default, and not what a variable of the shell says, but for the
password: ``PGPASSWORD`` and ``PGPASSFILE`` are asked. What leads elsewhere is said here; the rest,
which differs by the version of libpq, where it is connected.

The URL is taken apart here, more strictly than libpq does it: what a password that is not
percent-encoded makes of the rest is refused, without a word of it, before it is taken for a host.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import quote, unquote

import attrs

from ledger.errors import Malformed
from ledger.moderation.moment import duration

# libpq's manual, section 32.1.2: the parameters whose values are no secret. What any other one has
# is shown by no message: it may be a password under a name that was misspelled.
_NO_SECRETS: Final = frozenset(
    """
    application_name channel_binding client_encoding connect_timeout dbname
    fallback_application_name gssdelegation gssencmode gsslib host hostaddr keepalives
    keepalives_count keepalives_idle keepalives_interval krbsrvname load_balance_hosts
    max_protocol_version min_protocol_version oauth_client_id oauth_issuer oauth_scope options
    passfile port replication require_auth requirepeer service servicefile ssl
    ssl_max_protocol_version ssl_min_protocol_version sslcert sslcertmode sslcompression sslcrl
    sslcrldir sslkey sslkeylogfile sslmode sslnegotiation sslrootcert sslsni target_session_attrs
    tcp_user_timeout user
    """.split()  # noqa: SIM905, one to a line would be a page
)
CONNECT_SECONDS: Final = 10
POOL_SIZE_MAX: Final = 1000
TRIES_MAX: Final = 1000
# PostgreSQL takes a timeout of so many milliseconds at most, which are nearly 25 days.
WAIT_MAX: Final = timedelta(milliseconds=2**31 - 1)
_SAID_MAX: Final = 40


def _whole(most: int) -> Callable[[str, str], int]:
    def parsed(value: str, name: str) -> int:
        # Before it is made a number, which Python does of so many digits only.
        is_number = value.isascii() and value.isdigit() and len(value) <= len(str(most))
        if not is_number or not 1 <= int(value) <= most:
            said = value[:_SAID_MAX]
            raise Malformed(f"{said!r} is no {name}", where="ledger", expected=f"1 to {most}")
        return int(value)

    return parsed


def _positive(value: str, name: str) -> timedelta:
    told = duration(value, name)
    if not timedelta() < told <= WAIT_MAX:
        raise Malformed(
            f"{value!r} is no {name}",
            where="ledger",
            expected=f"a time such as 5s, of {WAIT_MAX.days} days at most",
        )
    return told


_OURS: Final[dict[str, Callable[[str, str], Any]]] = {
    "pool_size": _whole(POOL_SIZE_MAX),
    "tries": _whole(TRIES_MAX),
    "lock_timeout": _positive,
    "pool_timeout": _positive,
}


@attrs.frozen(kw_only=True)
class PostgresURL:
    """
    A URL, taken apart.

    Args:
        conninfo: What libpq gets.

        shown: The URL as messages show it.

        secrets: What no message may show.
    """

    conninfo: str = attrs.field(repr=False)
    shown: str
    secrets: tuple[str, ...] = attrs.field(repr=False)
    pool_size: int = 8
    tries: int = 16
    lock_timeout: timedelta = timedelta(seconds=5)
    pool_timeout: timedelta = timedelta(seconds=10)

    @property
    def lock_timeout_ms(self) -> int:
        """
        Return how long a writer waits for another one, in milliseconds.
        """
        return max(1, self.lock_timeout // timedelta(milliseconds=1))

    @property
    def wait_seconds_max(self) -> float:
        """
        Return how long a question waits for a connection.
        """
        return self.pool_timeout.total_seconds()

    @classmethod
    def parsed(cls, url: str) -> "PostgresURL":
        """
        Return the parts of *url*.

        Raises:
            Malformed: When a parameter of ours has the wrong shape, or one is given twice.
        """
        user, password, place, asked = _parts(url)
        ours: dict[str, Any] = {}
        theirs: list[tuple[str, str]] = []
        for name, value in _parameters(asked):
            if name not in _OURS:
                theirs.append((name, value))
            elif name in ours:
                raise Malformed(f"{name} is given twice", where="ledger", expected="one of them")
            else:
                ours[name] = _OURS[name](value, name)
        written = [value for name, value in theirs if name not in _NO_SECRETS]
        secrets = {spelled for value in (*written, password or "") for spelled in _spellings(value)}
        shown = [(name, value if name in _NO_SECRETS else "***") for name, value in theirs]
        theirs += _left_out(user, place, {name for name, _ in theirs})
        return cls(
            conninfo=_joined(user, password and _quoted(password), place, theirs),
            shown=_joined(user, password and "***", place, shown),
            # A longer one first: it may hold a shorter one.
            secrets=tuple(sorted(secrets, key=len, reverse=True)),
            **ours,
        )


# What libpq takes from the environment where a URL leaves it out: no variable of a shell may lead
# a ledger elsewhere, or set how it works there. Empty is libpq's own default.
DEFAULTS: Final = {
    "host": "",
    "hostaddr": "",
    "port": "5432",
    "dbname": "",
    "user": "",
    "options": "",
    "sslmode": "prefer",
    "target_session_attrs": "any",
    "connect_timeout": str(CONNECT_SECONDS),
}


def _left_out(user: str, place: str, asked: AbstractSet[str]) -> list[tuple[str, str]]:
    """
    Return the parameters that neither the URL's parts nor what it asks for say.
    """
    hosts, _, database = place.partition("/")
    has_port = ":" in re.sub(r"\[[^\]]*\]", "", hosts)
    parts = {"user": user, "host": hosts, "dbname": database, "port": has_port}
    # libpq's other way to ask for TLS, which what is said behind it would undo.
    parts["sslmode"] = "ssl" in asked
    said = asked | {name for name, part in parts.items() if part}
    return [(name, value) for name, value in DEFAULTS.items() if name not in said]


_SCHEME: Final = "postgresql://"
# Each host with its port, if it has one: names, addresses, or folders as libpq has them encoded.
_HOSTS: Final = re.compile(r"((\[[^\]/?@]*\]|[^:,/?@\[\]]*)(:[0-9]*)?(,|$))*").fullmatch

# What parts parameters: where it stands elsewhere, unencoded, they may have begun there.
_PARTS: Final = re.compile(r"[\s&;]").search

# As `quote` and `unquote` do it, but so that bytes that are no text come out as they went in.
_quoted: Final = partial(quote, safe="", errors="surrogateescape")
_unquoted: Final = partial(unquote, errors="surrogateescape")


def _parts(url: str) -> tuple[str, str | None, str, str]:
    """
    Return the user and the password of *url*, both decoded, its hosts with the path, and what it
    asks for.

    Raises:
        Malformed: When it is no URL, or its password is not encoded; no part of it is told.
    """
    if not url.isprintable():
        raise _no_url("it holds a character that is not allowed")
    behind = url.partition("://")[2]
    # As libpq does it, the user is looked for up to the first slash; but up to the last @.
    authority = behind.partition("/")[0]
    credentials, at, _ = authority.rpartition("@")
    place, _, asked = behind[len(credentials + at) :].partition("?")
    hosts, slash, path = place.partition("/")
    if not _HOSTS(hosts) or "@" in path:
        raise _no_url("it has no host where one is expected")
    name, colon, password = credentials.partition(":")
    outside = f"{name}{place}"
    if "=" in outside or _PARTS(outside):
        raise _no_url("it has a parameter before a question mark")
    return _unquoted(name), _unquoted(password) if colon else None, f"{hosts}{slash}{path}", asked


def _no_url(what: str) -> Malformed:
    return Malformed(
        f"the URL cannot be read: {what}",
        where="ledger",
        expected="postgresql://USER:PASSWORD@HOST:PORT/DATABASE, in a password / written as %2F,"
        " @ as %40, ? as %3F, # as %23, & as %26, ; as %3B and % as %25",
    )


def _parameters(asked: str) -> Iterator[tuple[str, str]]:
    """
    Yield the parameters behind the question mark, decoded. Unlike in a form, a plus is a plus.

    Raises:
        Malformed: When one has no name or no value.
    """
    for parameter in filter(None, asked.split("&")):
        name, equals, value = parameter.partition("=")
        if not equals or not _unquoted(name).isidentifier() or _PARTS(value):
            raise _no_url("it has no parameter where one is expected")
        yield _unquoted(name), _unquoted(value)


def _spellings(secret: str) -> Iterator[str]:
    """
    Yield how a message may show *secret*: as it is, or as a URL has it.
    """
    if secret:
        yield secret
        yield _quoted(secret)
        yield quote(secret, safe="*/,", errors="surrogateescape")


def _joined(
    user: str, password: str | None, place: str, parameters: Sequence[tuple[str, str]]
) -> str:
    """
    Return a URL of parts: *user* and *parameters* to be encoded, the others as they are.
    """
    said = "" if password is None else f":{password}"
    credentials = f"{_quoted(user)}{said}@" if user or said else ""
    asked = "&".join(
        f"{quote(name)}={quote(value, safe='*/,', errors='surrogateescape')}"
        for name, value in parameters
    )
    return f"{_SCHEME}{credentials}{place}" + (f"?{asked}" if asked else "")
