"""
What keeps a ledger from a server: whose turn it is, and what would work, is told at once.
"""

from collections.abc import Callable
from contextlib import closing

import pytest

from ledger import Ledger, Malformed, Unavailable
from ledger.store import url as urls
from tests.postgres import Databases

UNREADABLE = {
    "sslmode": "banana",
    "target_session_attrs": "foo",
    "port": "99999",
    "require_auth": "x",
    "channel_binding": "x",
    "ssl_min_protocol_version": "x",
    "connect_timeout": "abc",
    "service": "nowhere",
    "nonsense": "1",
}


@pytest.mark.parametrize(("name", "value"), UNREADABLE.items())
def test_a_value_that_libpq_cannot_read_is_malformed(name: str, value: str):
    """
    No server was asked for anything, so none is blamed, and trying later would not help.
    """
    with pytest.raises(Malformed, match=name) as caught:
        Ledger.open(f"postgresql:///x?host=/nowhere&{name}={value}")

    assert "that libpq knows" in (caught.value.expected or "")


def test_a_database_that_is_not_there_is_told_so(postgres_server: Databases):
    """
    And what would work is to create it, not to look for the server.
    """
    with pytest.raises(Unavailable, match=r"does not exist: .*database \"nowhere\"") as caught:
        Ledger.open(postgres_server.url("nowhere"))

    assert "a database that was created" == caught.value.expected


def test_a_role_that_is_not_there_is_told_so(postgres_server: Databases):
    """
    The server was reached; it is the role that it refuses.
    """
    with pytest.raises(Unavailable, match="refuses the role: ") as caught:
        Ledger.open(postgres_server.url(user="nobody_at_all"))

    assert "a role that may connect" == caught.value.expected


def test_a_question_that_gets_no_connection_says_what_would_help(postgres_url: str):
    """
    Others have all of them: the message has their number and the two parameters that it is about.
    """
    database = urls.connect(f"{postgres_url}&pool_size=2&pool_timeout=1s", create=False)
    asks: list[Callable[[], object]] = [database.tables, lambda: database.ask("SELECT 1", ())]
    with closing(database), database.reading(), database.reading():
        for ask in asks:
            with pytest.raises(Unavailable, match=r"free for 1 .*share 2") as caught:
                ask()
            assert "set pool_size or pool_timeout" in (caught.value.expected or "")
