"""
A writer needs no more than its role has to do all that can be done, and an auditor to ask it all.
"""

import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger, Unavailable
from ledger.book.acting import Acting
from ledger.book.bundling import Bundling
from ledger.book.history import Histories
from ledger.book.notarising import Notarising
from ledger.proofs.note import Note
from tests.conftest import HandSetClock, action_command, enrol_staff, file_report, take_action
from tests.proofs.signing import Signer
from tests.store.conftest import live
from tests.store.golden import make_format_1, make_format_1_schema_2
from tests.store.granted import House

ACCOUNT = "anna"
POLICY = {"policy": 1, "safeguards": [{"rule": "report-required"}]}


@pytest.fixture
def house(postgres_url: str) -> Iterator[House]:
    """
    Return a schema with an owner's ledger, whose roles have what they should.
    """
    with House.built(postgres_url) as built:
        with built.create() as ledger:
            ledger.grant(**built.names)
        yield built


@pytest.fixture
def ledger(house: House, clock: HandSetClock) -> Iterator[Ledger]:
    """
    Return the ledger of the house as its writer has it.
    """
    with Ledger.open(house.url_of(house.writer), clock=clock) as opened:
        yield opened


@pytest.fixture
def asked(house: House, clock: HandSetClock) -> Iterator[Ledger]:
    """
    Return the ledger of the house as its auditor has it.
    """
    with Ledger.open(house.url_of(house.auditor), clock=clock) as opened:
        yield opened


@pytest.mark.parametrize("make", [make_format_1, make_format_1_schema_2], ids=["1", "2"])
def test_a_writer_records_all_that_can_be_recorded(house: House, make: Any):
    """
    Every kind of entry there is, imports among them; and an auditor has the same answers to it.
    """
    clock = make_format_1.Clock()
    with Ledger.open(house.url_of(house.writer), clock=clock) as ledger:
        make.tell(ledger, clock)
        expected = make.answers(ledger)
        assert not any(difference.differed for difference in ledger.rebuild())
    with Ledger.open(house.url_of(house.auditor), clock=clock) as ledger:
        assert json.dumps(expected) == json.dumps(make.answers(ledger))


def test_a_writer_puts_right_what_is_derived(house: House, ledger: Ledger, clock: HandSetClock):
    """
    Rows that are missing or that nothing calls for are what a rebuild is for; it needs no owner.
    """
    for _ in live(enrol_staff(ledger), clock, commands=30):
        pass
    before = [*ledger.restrictions()]
    house.execute("DELETE FROM claims WHERE id = (SELECT min(id) FROM claims)")
    house.execute("UPDATE restrictions SET opened_by = 'op-9'")

    differed = [table.table for table in ledger.rebuild() if table.differed]

    assert ["claims", "restrictions"] == differed
    assert before == [*ledger.restrictions()]
    assert not any(difference.differed for difference in ledger.rebuild())


def test_a_writer_writes_in_every_way(ledger: Ledger, clock: HandSetClock, tmp_path: Path):
    """
    By one command, many, a future, an undo, a fence, and a copy.
    """
    enrol_staff(ledger)
    (first, _) = ledger.record_many([action_command("a"), action_command("b")])
    second = ledger.submit(action_command("c")).result()
    clock.advance(minutes=1)
    ledger.undo(ledger.plan_undo(actions=[first, second]), by="op-1", reason="mistaken")
    ledger.fence(clock.now)
    ledger.backup(tmp_path / "copy.db")

    with Ledger.open(f"sqlite:///{tmp_path / 'copy.db'}", create=False) as copy:
        assert [*ledger.entries()] == [*copy.entries()]
    assert 1 == ledger.count_restrictions(ended_by="open")


def one_of_each(ledger: Ledger, tmp_path: Path) -> dict[str, Callable[[], object]]:
    """
    Return a question of every kind, by the name of its method.
    """
    action = next(known.action for known in ledger.restrictions())
    return {
        "standing": lambda: ledger.standing(ACCOUNT),
        "account": lambda: ledger.account(ACCOUNT),
        "timeline": lambda: ledger.timeline(ACCOUNT),
        "restrictions": lambda: [*ledger.restrictions()],
        "count_restrictions": ledger.count_restrictions,
        "who": lambda: ledger.who(ACCOUNT),
        "operator": lambda: ledger.operator("op-7"),
        "authority": lambda: ledger.authority(action),
        "entries": lambda: [*ledger.entries()],
        "follow": lambda: [*ledger.follow(once=True)],
        "policy": ledger.policy,
        "safeguards": lambda: ledger.safeguards(action),
        "backtest": lambda: ledger.backtest(POLICY),
        "review": lambda: [*ledger.review()],
        "report": lambda: ledger.report("r-1"),
        "pending": ledger.pending,
        "strikes": lambda: ledger.strikes(ACCOUNT),
        "compare": lambda: ledger.compare(["anna", "dora"]),
        "replay": lambda: ledger.replay(without_operators=["op-7"]),
        "plan_undo": lambda: ledger.plan_undo(operators=["op-7"]),
        "privacy": ledger.privacy,
        "verify": lambda: ledger.verify(scrub=True),
        "prove": lambda: ledger.prove(signed(ledger), position=3),
        "prove_growth": lambda: ledger.prove_growth(old=2, new=5),
        "status": ledger.status,
        "grants": ledger.grants,
        "backup": lambda: ledger.backup(tmp_path / "copy.db"),
    }


def signed(ledger: Ledger) -> str:
    """
    Return what the ledger was with its first five entries, with a signature under it.
    """
    text = ledger.prove_growth(old=0, new=5).new.text()
    return Note(text, (Signer(1).sign(text),)).encode()


def test_an_auditor_asks_every_question(
    ledger: Ledger, asked: Ledger, clock: HandSetClock, tmp_path: Path
):
    """
    Each has the answer that the writer has; and none is left out here.
    """
    file_report(enrol_staff(ledger), ACCOUNT, report="r-1")
    for _ in live(ledger, clock, commands=40):
        pass
    # Who vouches and who hands out evidence has a key or a note beside the ledger.
    apart = (Acting, Bundling, Histories, Notarising)
    others = (base for base in Ledger.__bases__ if base not in apart)
    methods = {
        name
        for base in others
        for name, _ in inspect.getmembers(base, inspect.isfunction)
        if not name.startswith("_")
    }
    questions = one_of_each(asked, tmp_path)
    (tmp_path / "writer").mkdir()

    assert methods - {"undo"} == questions.keys() - {"status", "grants", "backup"}
    for name, ask in one_of_each(ledger, tmp_path / "writer").items():
        assert repr(ask()) == repr(questions[name]()), name


def test_an_auditor_records_nothing(
    ledger: Ledger, asked: Ledger, clock: HandSetClock, tmp_path: Path
):
    """
    Whatever would write says in the ledger's words that this role may not, and nothing is written.
    """
    take_action(enrol_staff(ledger), ACCOUNT, action="a-1")
    clock.advance(minutes=1)
    before = ledger.status()
    history = tmp_path / "history.jsonl"
    told = {"recorded_at": "2018-01-01T00:00:00Z"}
    history.write_text(json.dumps(action_command("b") | told) + "\n")
    writing: list[Callable[[], object]] = [
        lambda: take_action(asked),
        lambda: asked.reverse("a-1", by="op-7", reason="error"),
        lambda: asked.record_many([action_command("a"), action_command("b")]),
        lambda: asked.submit(action_command()).result(),
        lambda: asked.undo(asked.plan_undo(actions=["a-1"]), by="op-1", reason="mistaken"),
        lambda: asked.fence(clock.now),
        asked.rebuild,
        asked.migrate,
        asked.grant,
    ]
    for write in writing:
        with pytest.raises(Unavailable, match="does not permit that to this role") as caught:
            write()
        assert "ledger init --roles" in (caught.value.expected or "")
    clock.set("2018-01-02T00:00:00Z")
    with pytest.raises(Unavailable, match="does not permit that to this role"):
        asked.import_history("actions", history)

    assert before == ledger.status()
    assert 1 == asked.count_restrictions()
