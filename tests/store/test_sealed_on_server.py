"""
A sealed ledger on a server, with its keys in the same database and in another one.
"""

import attrs
import pytest

from ledger import Erased, Keys, Ledger, Tampered
from ledger.store import url as urls
from tests.conftest import HandSetClock
from tests.store import planted
from tests.store.conftest import on
from tests.store.planted import CAROL, ONE, PLANTED


@pytest.fixture
def sealed_url(ledger_url: str) -> str:
    """
    Return where the ledger is to be.
    """
    return ledger_url


@on("postgres", logs=1)
@pytest.mark.parametrize("beside", [True, False])
def test_everything_happens_on_a_server(
    sealed_url: str, clock: HandSetClock, sealing_keys: Keys, *, beside: bool
):
    """
    No name stands in a table of the ledger, keys are found and destroyed, and payloads are checked.
    """
    keys = attrs.evolve(sealing_keys, url=sealed_url) if beside else sealing_keys
    with Ledger.create(sealed_url, clock=clock, sealed=True, keys=keys) as ledger:
        planted.tell(ledger, clock)
        database = urls.connect(sealed_url, create=False)
        with database.reading() as connection:
            for table in ("entries", "claims", "restrictions", "sealed", "snapshots", "heads"):
                rows = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
                assert PLANTED not in str(rows)
        (note,) = (e for e in ledger.entries(account=ONE) if e.kind == "account.noted")
        assert f"{PLANTED} note" == getattr(note.event, "text", None)
        with keys.open(ledger.settings.origin) as store:
            alias = store.alias_of("operator", CAROL)
            assert alias is not None
            store.destroy(alias, 0, 99)
        (again,) = (e for e in ledger.entries(account=ONE) if e.kind == "account.noted")
        assert again.event.context is not None
        assert Erased(0, 99) == again.event.context.session
        assert alias == again.operator
        with database.writing() as connection:
            connection.execute("DELETE FROM sealed WHERE position = ?", (note.position,))
        database.close()
        with pytest.raises(Tampered, match="is missing"):
            [*ledger.entries(account=ONE)]
