"""
``check-store``: a verdict a property for people and for programs, and an exit code that says
whether one does not hold.
"""

import pytest

from tests.cli.conftest import entries_in

HERE = ("check-store", "--ledger", "sqlite:///empty.db", "--seconds", "0.05")
PROPERTIES = [
    "append-race",
    "gap-check",
    "conflict-and-retry",
    "idempotency",
    "as-of-stability",
    "durability",
    "hash-tree",
]


def test_programs_get_one_document(ask, folder):
    """
    It has a verdict a property and the throughput; every property holds, and no file is left.
    """
    said = ask("--json", *HERE, "--logs", "2")

    found = said.document
    assert (0, "") == (said.code, said.err)
    assert ["ledger", "logs", "properties", "throughput"] == [*found]
    assert ("sqlite:///empty.db", 2) == (found["ledger"], found["logs"])
    assert [(name, True) for name in PROPERTIES] == [
        (verdict["property"], verdict["holds"]) for verdict in found["properties"]
    ]
    assert all(verdict["what"] for verdict in found["properties"])
    assert {"writers", "outstanding", "alone", "together", "batch_median"} == {*found["throughput"]}
    assert [] == [*folder.iterdir()]


def test_people_get_a_table(ask):
    """
    Each property has a line that says what was tried, within 80 columns; the speed comes last.
    """
    said = ask(*HERE)

    assert (0, "") == (said.code, said.err)
    first, head, *lines = said.out.splitlines()
    assert "sqlite:///empty.db with 4 logs" == first
    assert ["property", "verdict"] == head.split()[:2]
    begun = [line.split()[:2] for line in lines if not line.startswith((" ", *"0123456789"))]
    assert [[name, "holds"] for name in PROPERTIES] == begun[: len(PROPERTIES)]
    assert "acts a second" in said.out
    assert 80 >= max(map(len, said.out.splitlines()))


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "page"])
def test_what_does_not_hold_exits_1(ask, postgres_url, as_json):
    """
    A server that acknowledges before the disk has it is found out: the verdict has the evidence.
    """
    url = postgres_url.replace("options=", "options=-csynchronous_commit=off%20")

    said = ask(*HERE, "--ledger", url, *(["--json"] if as_json else []))

    assert (1, "") == (said.code, said.err)
    if as_json:
        (broken,) = (each for each in said.document["properties"] if not each["holds"])
        assert "durability" == broken["property"]
        assert "synchronous_commit=off loses" in broken["what"]
    else:
        assert "does not hold" in said.out
        assert "synchronous_commit=off" in said.out


def test_a_ledger_is_left_alone(ask, kept):
    """
    The ledger that is there by default is refused, with what would work, and has what it had.
    """
    before = entries_in(kept)

    said = ask("--json", "check-store")

    assert (6, "Malformed", "ledger") == (said.code, said.error["family"], said.error["where"])
    assert "is a ledger already" in said.error["message"]
    assert "an empty database" in said.error["expected"]
    assert before == entries_in(kept)


def test_what_cannot_be_reached_exits_7(ask):
    """
    Where nobody answers there is no verdict.
    """
    nowhere = "postgresql://auditor:secret@127.0.0.1:1/ledger?connect_timeout=1&tries=1"

    said = ask("--json", *HERE, "--ledger", nowhere)

    assert (7, "Unavailable") == (said.code, said.error["family"])
    assert "secret" not in said.err


def test_what_is_kept_can_be_asked(ask):
    """
    With ``--keep`` the ledger stays there, and is one like any other.
    """
    assert 0 == ask(*HERE, "--keep").code

    status = ask("--json", "--ledger", "sqlite:///empty.db", "status").document
    assert status["origin"].startswith("check-store.invalid/")
    assert 100 < status["entries"]
