"""
The URL of a ledger on PostgreSQL: what libpq knows, and four parameters of ours.

| parameter | default | meaning |
|---|---|---|
| `pool_size` | 8 | how many questions are answered at once |
| `tries` | 16 | how often a transaction that lost a race, or its connection, is run again |
| `lock_timeout` | `5s` | how long a writer waits for another one |
| `pool_timeout` | `10s` | how long a question waits for a connection |

All others are libpq's: ``sslmode=verify-full``, ``connect_timeout=3``, ``target_session_attrs=…``,
``application_name=…``, ``options=-csearch_path%3Daudit`` for a schema. A password is better kept
in ``PGPASSFILE`` than in a URL; where it is in one, no message shows it.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import attrs

from ledger.errors import Malformed
from ledger.moderation.moment import duration

_SECRET_NAMES: Final = ("password", "sslpassword")
POOL_SIZE_MAX: Final = 1000
TRIES_MAX: Final = 1000


def _whole(most: int) -> Callable[[str, str], int]:
    def parsed(value: str, name: str) -> int:
        if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= most:
            raise Malformed(f"{value!r} is no {name}", where="ledger", expected=f"1 to {most}")
        return int(value)

    return parsed


def _positive(value: str, name: str) -> timedelta:
    told = duration(value, name)
    if told <= timedelta():
        raise Malformed(f"{value!r} is no {name}", where="ledger", expected="a time such as 5s")
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
        parts = urlsplit(url)
        ours: dict[str, Any] = {}
        theirs: list[tuple[str, str]] = []
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            if name not in _OURS:
                theirs.append((name, value))
            elif name in ours:
                raise Malformed(f"{name} is given twice", where="ledger", expected="one of them")
            else:
                ours[name] = _OURS[name](value, name)
        secrets = [value for name, value in theirs if name in _SECRET_NAMES and value]
        if parts.password:
            secrets.append(parts.password)
        shown = [(name, "***" if name in _SECRET_NAMES else value) for name, value in theirs]
        return cls(
            conninfo=_joined(parts.netloc, parts.path, theirs),
            shown=_joined(_without_password(parts.netloc), parts.path, shown),
            secrets=tuple(secrets),
            **ours,
        )


def _joined(netloc: str, path: str, parameters: Sequence[tuple[str, str]]) -> str:
    # `urlunsplit` leaves the slashes out where there is no host, and libpq wants them.
    asked = urlencode(parameters, quote_via=quote, safe="*/,")
    return f"postgresql://{netloc}{path}" + (f"?{asked}" if asked else "")


def _without_password(netloc: str) -> str:
    user, at, host = netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    return f"{name}:***@{host}" if colon else f"{user}{at}{host}"
