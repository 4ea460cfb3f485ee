"""
A view whose statements are wrong: its owner is told at once, with what is wrong, and loses nothing.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

import psycopg
import pytest

from ledger import Connection, Entry, Ledger, Malformed, Unavailable
from tests.store.conftest import on
from tests.store.counting import Kinds, folded

Mistake = Callable[[Connection], object]

UNSENT: dict[str, tuple[Mistake, str]] = {
    "a text with a zero": (
        lambda connection: connection.execute("SELECT CAST(? AS TEXT)", ("a\0b",)),
        "NUL",
    ),
    "a parameter too many": (lambda connection: connection.execute("SELECT 1", (1,)), "parameters"),
    "a parameter too few": (lambda connection: connection.execute("SELECT ?", ()), "parameters"),
    "a question mark in a text": (
        lambda connection: connection.execute("SELECT 'why?'"),
        "a \\? for each parameter and nowhere else",
    ),
    "a value that is none": (
        lambda connection: connection.execute("SELECT CAST(? AS TEXT)", (object(),)),
        "cannot adapt type 'object'",
    ),
    "a value that is none, in many": (
        lambda connection: connection.executemany("DELETE FROM kinds WHERE kind = ?", [({},)]),
        "cannot adapt type 'dict'",
    ),
    "a percent sign": (
        lambda connection: connection.execute("SELECT 1 WHERE 'a' LIKE 'a%'"),
        "% in a parameter",
    ),
}


def left_open(connection: Connection) -> None:
    """
    Begin a copy, which nobody reads, and go on as if nothing were.
    """
    with suppress(psycopg.ProgrammingError):
        connection.execute("COPY kinds TO STDOUT")
    connection.execute("SELECT 1")


REFUSED: dict[str, tuple[Mistake, str]] = {
    "a key that is taken": (
        lambda connection: connection.insert("kinds", "kind, entries", [("a", 1), ("a", 2)]),
        "kinds_pkey",
    ),
    "a key that is taken, by a statement": (
        lambda connection: connection.executemany(
            "INSERT INTO kinds VALUES (?, 1)", [("a",), ("a",)]
        ),
        "kinds_pkey",
    ),
    "a table that is not there": (
        lambda connection: connection.execute("SELECT * FROM nowhere"),
        'relation "nowhere" does not exist',
    ),
    "a copy that is left open": (left_open, "already in progress"),
    "no SQL": (lambda connection: connection.execute("TAKE IT"), "syntax error"),
}


def assert_told_once(
    ledger: Ledger, url: str, mistake: Mistake, family: type[Exception], said: str
) -> None:
    """
    Assert that a view with a mistake fails at the first try and goes on without it.
    """
    with Kinds(ledger, url) as kinds:
        tries: list[int] = []

        def apply(connection: Connection, entries: Sequence[Entry]) -> None:
            tries.append(len(entries))
            mistake(connection)

        kinds._apply = apply  # noqa: SLF001, a view with a mistake
        with pytest.raises(family, match=said) as caught:
            kinds.run_once()
        assert 1 == len(tries)
        assert "server that can be reached" not in str(caught.value)
        assert "ledger init" not in str(caught.value)

        kinds._apply = kinds.count  # noqa: SLF001, without it
        kinds.run_once()
        assert folded(ledger) == kinds.view


@on("postgres", logs=1)
@pytest.mark.parametrize(("mistake", "said"), UNSENT.values(), ids=UNSENT)
def test_what_cannot_be_sent_is_malformed(
    staffed: Ledger, ledger_url: str, mistake: Mistake, said: str
):
    """
    The connection is as good as before, so nothing is tried again and no server is blamed.
    """
    assert_told_once(staffed, ledger_url, mistake, Malformed, said)


@on("postgres", logs=1)
@pytest.mark.parametrize(("mistake", "said"), REFUSED.values(), ids=REFUSED)
def test_what_the_database_refuses_is_told_as_it_says_it(
    staffed: Ledger, ledger_url: str, mistake: Mistake, said: str
):
    """
    A key and a table of the service's own are no race that was lost, and no ledger that is missing.
    """
    assert_told_once(staffed, ledger_url, mistake, Unavailable, said)


@on("postgres", logs=1)
def test_a_key_that_is_taken_among_statements_that_go_together_is_told_alike(
    staffed: Ledger, ledger_url: str
):
    """
    What is sent in one go with others names the same key.
    """

    def together(connection: Connection) -> None:
        with connection.together(lambda: 0):
            connection.insert("kinds", "kind, entries", [("a", 1), ("a", 2)])

    assert_told_once(staffed, ledger_url, together, Unavailable, "kinds_pkey")
