"""
Following a ledger on a server that cuts connections off.
"""

from collections.abc import Iterator
from itertools import islice

import pytest

from ledger import Ledger
from tests.conftest import enrol_staff, take_action
from tests.postgres import Databases

CUTS = 10
NAME = "follower"


@pytest.fixture
def ledger(postgres_url: str) -> Iterator[Ledger]:
    """
    Return a ledger on PostgreSQL, with operators.
    """
    with Ledger.create(postgres_url) as created:
        yield enrol_staff(created)


@pytest.fixture
def reader(ledger: Ledger, postgres_url: str) -> Iterator[Ledger]:
    """
    Return `ledger` over connections of its own, which the server can tell from others.
    """
    assert 0 < ledger.status().entries
    with Ledger.open(f"{postgres_url}&application_name={NAME}") as opened:
        yield opened


def cut_off(server: Databases) -> None:
    """
    Let the server end every connection of the reader.
    """
    server.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s",
        [NAME],
    )


def test_a_connection_that_is_cut_between_looks_is_not_missed(
    ledger: Ledger, reader: Ledger, postgres_server: Databases
):
    """
    A follower gets another connection, and every entry once.
    """
    follower = reader.follow(look_seconds=0.01)
    followed = [*islice(follower, ledger.status().entries)]
    for number in range(CUTS):
        cut_off(postgres_server)
        take_action(ledger, f"account-{number}")
        followed.append(next(follower))

    assert [*ledger.entries()] == followed
