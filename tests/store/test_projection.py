"""
A projection: every entry is in the view exactly once, whatever stops it and whoever helps.
"""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Connection, Entry, Ledger, Malformed, Projection, Unavailable
from tests.conftest import ACCOUNT, Backend, take_action
from tests.store.counting import Crash, Kinds, folded

ENTRIES = 40


@pytest.fixture
def busy(staffed: Ledger) -> Ledger:
    """
    Return a ledger with `ENTRIES` entries.
    """
    while staffed.status().entries < ENTRIES:
        size = staffed.status().entries
        take_action(staffed, f"account-{size}", ["warn", "suspend"][size % 2])
    return staffed


@pytest.fixture
def view_url(backend: Backend, ledger_url: str, tmp_path: Path) -> str:
    """
    Return the URL of a database for views: the server's own one beside the ledger, or a file.
    """
    return ledger_url if backend.engine == "postgres" else f"sqlite:///{tmp_path / 'view.db'}"


@pytest.fixture
def kinds(busy: Ledger, view_url: str) -> Iterator[Kinds]:
    """
    Return a projection of `busy` that has seen nothing yet.
    """
    with Kinds(busy, view_url) as projection:
        yield projection


def test_a_view_has_every_entry_once(busy: Ledger, kinds: Kinds):
    """
    After a run it says what counting all entries says, and after another one the same.
    """
    assert ({}, ENTRIES) == (kinds.view, kinds.lag)
    assert ENTRIES == kinds.run_once()
    assert (folded(busy), 0) == (kinds.view, kinds.lag)
    assert 0 == kinds.run_once()
    take_action(busy)
    assert 1 == kinds.lag
    assert 1 == kinds.run_once()
    assert folded(busy) == kinds.view


def test_an_error_leaves_the_view_as_it_was_before_the_batch(busy: Ledger, kinds: Kinds):
    """
    Wherever it goes wrong, what is in the view is what its cursor says, and the next run goes on.
    """
    for index in range(ENTRIES):
        kinds.fails_at, kinds.taken = index, 0
        with pytest.raises(Crash):
            kinds.rebuild()
        kinds.fails_at = None

        assert index // 7 * 7 == sum(kinds.view.values())
        assert ENTRIES - sum(kinds.view.values()) == kinds.lag
        assert kinds.lag == kinds.run_once()
        assert folded(busy) == kinds.view


def test_a_restart_goes_on_where_the_view_stands(busy: Ledger, kinds: Kinds, view_url: str):
    """
    The next process makes no table anew and takes nothing twice.
    """
    kinds.run_once()
    take_action(busy)
    with Kinds(busy, view_url) as restarted:
        assert kinds.cursor == restarted.cursor
        assert 1 == restarted.run_once()
        assert folded(busy) == restarted.view


def test_two_runners_share_the_work(busy: Ledger, view_url: str):
    """
    Runners of one view at the same moment take each entry once between them.
    """
    runners = [Kinds(busy, view_url, batch_max=3) for _ in range(2)]
    threads = [threading.Thread(target=runner.run_once) for runner in runners]
    for thread in threads:
        thread.start()
    for number in range(30):
        take_action(busy, f"another-{number}")
    for thread in threads:
        thread.join()
    runners[0].run_once()

    assert folded(busy) == runners[1].view
    for runner in runners:
        runner.close()


def test_a_runner_whose_cursor_was_moved_takes_nothing(busy: Ledger, kinds: Kinds, view_url: str):
    """
    What one has read and another has taken meanwhile is not taken again.
    """
    with Kinds(busy, view_url) as other:
        apply, took = kinds.count, []

        def overtaken(connection: Connection, entries: Sequence[Entry]) -> None:
            took.append(len(entries))
            apply(connection, entries)

        kinds._apply = overtaken  # noqa: SLF001, nobody else can be in between
        batches = kinds._batches()  # noqa: SLF001
        assert 7 == next(batches)
        assert ENTRIES - 7 == other.run_once()
        assert [] == list(batches)

    assert [7] == took
    assert folded(busy) == kinds.view


def test_a_view_that_is_made_anew_is_the_same(busy: Ledger, kinds: Kinds, view_url: str):
    """
    Rebuilding drops what is there and replays from the first entry, beside a runner too.
    """
    kinds.run_once()
    with Kinds(busy, view_url) as other:
        batches = other._batches()  # noqa: SLF001, a run that is under way
        take_action(busy)
        next(batches)
        assert ENTRIES + 1 == kinds.rebuild()
        assert [] == list(batches)

    assert folded(busy) == kinds.view


def test_views_in_one_database_have_cursors_of_their_own(busy: Ledger, kinds: Kinds, view_url: str):
    """
    A second view begins at the beginning, however far the first one is.
    """
    kinds.run_once()
    with Kinds(busy, view_url, name="sorts") as sorts:
        assert ({}, ENTRIES) == (sorts.view, sorts.lag)
        sorts.run_once()
        assert kinds.view == sorts.view


def test_a_runner_keeps_up_until_it_is_stopped(busy: Ledger, kinds: Kinds):
    """
    What is recorded while it runs is in the view soon, and stopping it needs no further entry.
    """
    stop, seen = threading.Event(), threading.Semaphore(0)
    apply = kinds.count

    def told(connection: Connection, entries: Sequence[Entry]) -> None:
        apply(connection, entries)
        seen.release(len(entries))

    kinds._apply = told  # noqa: SLF001, to wait for it
    runner = threading.Thread(target=kinds.run, args=[stop], kwargs={"look_seconds": 0.01})
    runner.start()
    for number in range(ENTRIES + 5):
        if number >= ENTRIES:
            take_action(busy, f"later-{number}")
        assert seen.acquire(timeout=30)
    stop.set()
    runner.join()

    assert folded(busy) == kinds.view


def test_a_view_may_be_kept_beside_the_entries(busy: Ledger, backend: Backend, ledger_url: str):
    """
    The database of the ledger may hold the view too, and the ledger goes on in it.
    """
    if not backend.is_kept:
        pytest.skip("a database in memory is nobody else's")
    with Kinds(busy, ledger_url) as kinds:
        kinds.run_once()
        take_action(busy)
        kinds.run_once()
        assert folded(busy) == kinds.view
    assert not any(difference.differed for difference in busy.rebuild())
    with Ledger.open(ledger_url, create=False) as again:
        assert folded(busy) == folded(again)


def test_processes_that_begin_at_once_make_one_view(busy: Ledger, view_url: str):
    """
    Of several that find no tables the first one makes them, and nobody fails.
    """
    made: list[Kinds] = []

    def begin() -> None:
        made.append(Kinds(busy, view_url))

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 6 == len(made)
    assert ENTRIES == sum(each.run_once() for each in made)
    for each in made:
        each.close()


def test_a_view_of_another_ledger_is_refused(file_ledger: Ledger, tmp_path: Path):
    """
    A view that has seen more than the ledger has is no view of it.
    """
    url = f"sqlite:///{tmp_path / 'view.db'}"
    with Ledger.open("memory:") as longer, Kinds(longer, url) as view:
        for number in range(20):
            longer.note(ACCOUNT, f"{number}", by="system")
        view.run_once()

    with Kinds(file_ledger, url) as view:
        for ask in (lambda: view.lag, view.run_once):
            with pytest.raises(Malformed, match="no position 21"):
                ask()


@pytest.mark.parametrize(
    ("wrong", "where"), [({"name": ""}, "name"), ({"batch_max": 0}, "batch_max")]
)
def test_what_makes_no_view_is_malformed(file_ledger: Ledger, wrong, where: str):
    """
    A view has a name, and takes at least one entry at a time.
    """
    with pytest.raises(Malformed) as caught:
        Kinds(file_ledger, "memory:", **wrong)

    assert where == caught.value.where


def test_statements_that_fail_leave_no_view(file_ledger: Ledger, tmp_path: Path):
    """
    When the tables cannot be made there is no cursor either, and the next one begins anew.
    """
    url = f"sqlite:///{tmp_path / 'view.db'}"
    with pytest.raises(Unavailable):
        Projection(
            file_ledger,
            "kinds",
            database=url,
            create=["CREATE TABLE half (kind TEXT)", "CREATE NOTHING"],
            drop=[],
            apply=lambda _connection, _entries: None,
        )
    with Kinds(file_ledger, url) as kinds:
        kinds.run_once()
        assert folded(file_ledger) == kinds.view


@given(st.data())
def test_any_interleaving_of_runs_errors_and_rebuilds_gives_the_same_view(data):
    """
    Whatever happens in whichever order, the view is a count of all entries in the end.
    """
    with Ledger.open("memory:") as ledger, Kinds(ledger, "memory:", batch_max=3) as kinds:
        recorded = st.tuples(st.just("record"), st.integers(1, 8))
        failed = st.tuples(st.just("fail"), st.integers(0, 8))
        others = st.tuples(st.sampled_from(["run", "rebuild"]), st.just(0))
        for step, count in data.draw(st.lists(recorded | failed | others, max_size=12)):
            kinds.fails_at, kinds.taken = None, 0
            if step == "record":
                ledger.record_many(
                    {"command": "note", "account": ACCOUNT, "text": "seen", "by": "system"}
                    for _ in range(count)
                )
            elif step == "rebuild":
                kinds.rebuild()
            else:
                kinds.fails_at = count if step == "fail" else None
                try:
                    kinds.run_once()
                except Crash:
                    assert kinds.fails_at == kinds.taken
        kinds.fails_at = None
        kinds.run_once()
        assert folded(ledger) == kinds.view
