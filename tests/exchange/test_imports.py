"""
Imports as a whole: what they write, what they find again, where they stop and go on.
"""

import gzip
import os
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from threading import Thread

import pytest

from ledger import Ledger, Malformed, NotFound, Refused
from ledger.book import history
from ledger.moderation.events.book import ImportBegan, ImportEnded
from tests.conftest import take_action
from tests.exchange.block_log_csv import block_log, event

EVENTS = [
    event(
        number, "unblock" if number % 3 == 0 else "block", number // 2, title=f"User:{number % 5}"
    )
    for number in range(1, 41)
]


class Interrupted(Exception):
    """
    What a test raises in the middle of an import.
    """


@pytest.fixture(autouse=True)
def _small_chunks(clock, monkeypatch) -> None:
    """
    Let an import take a transaction for every four rows, long after they were recorded.
    """
    clock.set("2026-01-01T00:00:00Z")
    monkeypatch.setattr(history, "CHUNK_STEPS", 4)


@pytest.fixture
def file(tmp_path):
    """
    Return a block log of 40 rows, two of them in every second.
    """
    path = tmp_path / "events.csv"
    path.write_text(block_log(EVENTS), "utf-8")
    return path


def restrictions(ledger: Ledger) -> list[tuple[object, ...]]:
    """
    Return what every restriction says, ids and places aside.
    """
    found = ledger.restrictions()
    told = [(r.account, r.from_, r.until, r.ended_by, r.opened_by, r.closed_by) for r in found]
    return sorted(told, key=str)


def interrupted_after(chunks: int):
    """
    Return a progress callback that stops the import after *chunks* transactions.
    """
    seen = []

    def progress(_done: int, _new: int) -> None:
        seen.append(_done)
        if len(seen) == chunks:
            raise Interrupted

    return progress


def test_an_import_is_bounded_by_two_entries_that_say_what_and_how_much(file_ledger, file):
    """
    The entry before its rows names the format and the files with their hashes, the one behind
    them what was counted; every entry in between names the import and the true time.
    """
    file_ledger.import_history("block-log", [file], by="op-1", as_late=True)
    entries = [entry for entry in file_ledger.entries() if entry.import_id is not None]
    began, ended = entries[0].event, entries[-1].event

    assert isinstance(began, ImportBegan)
    assert isinstance(ended, ImportEnded)
    assert ("block-log", "op-1") == (began.format, entries[0].operator)
    assert [("events.csv", sha256(file.read_bytes()).hexdigest())] == [
        (imported.name, imported.sha256) for imported in began.files
    ]
    assert (40, 40, 0) == tuple(ended.counts[name] for name in ("rows", "usable", "duplicates"))
    assert {began.import_id} == {ended.import_id} == {entry.import_id for entry in entries}
    assert {datetime(2026, 1, 1, tzinfo=UTC)} == {entry.written_at for entry in entries}


def test_rows_keep_the_time_at_which_their_source_recorded_them(ledger, file):
    """
    The row is recorded then, the true time stands beside it, and rows of one moment share it.
    """
    ledger.import_history("block-log", [file])
    rows = [entry for entry in ledger.entries() if entry.stream.startswith("account/")]

    assert sorted(row["timestamp"] for row in EVENTS) == [
        f"{entry.recorded_at:%Y-%m-%dT%H:%M:%SZ}" for entry in rows
    ]
    assert all(entry.recorded_at == entry.effective_at for entry in rows)


def test_progress_tells_how_much_of_the_new_is_on_record(ledger, file):
    """
    It rises to the number of new rows and never names another total.
    """
    told = []
    ledger.import_history("block-log", [file], progress=lambda done, new: told.append((done, new)))

    assert (40, 40) == told[-1]
    assert sorted(told) == told
    assert {40} == {new for _, new in told}


def test_a_second_import_of_the_same_writes_nothing(ledger, file):
    """
    Every row is a duplicate, and the ledger is as large as before.
    """
    ledger.import_history("block-log", [file])
    before = ledger.status()

    again = ledger.import_history("block-log", [file])

    assert before == ledger.status()
    assert (40, 0) == (again.counts["duplicates"], again.counts["usable"])
    assert again.import_id is None


def test_a_duplicate_is_a_duplicate_before_anything_else(ledger, file, tmp_path):
    """
    A row that was imported is known by its logid, though its time can no longer be read.
    """
    ledger.import_history("block-log", [file])
    garbled = tmp_path / "garbled.csv"
    garbled.write_text(block_log([event(1, "block", 0, timestamp="yesterday")]), "utf-8")

    assert 1 == ledger.import_history("block-log", [garbled]).counts["duplicates"]


@pytest.mark.parametrize("chunks", [1, 3, 9])
def test_an_interrupted_import_is_resumed_by_running_it_again(backend, clock, ledger, file, chunks):
    """
    In between it is unfinished, and says so; in the end everything is as if nothing had happened.
    """
    with pytest.raises(Interrupted):
        ledger.import_history("block-log", [file], progress=interrupted_after(chunks))
    [unfinished] = ledger.status().unfinished_imports

    summary = ledger.import_history("block-log", [file])

    assert ("block-log", ("events.csv",)) == (unfinished.format, unfinished.files)
    assert unfinished.import_id == summary.import_id
    assert () == ledger.status().unfinished_imports
    assert 40 == summary.counts["usable"] + summary.counts["duplicates"]
    with Ledger.create("memory:", clock=clock, logs=backend.logs) as other:
        other.import_history("block-log", [file])
        assert restrictions(other) == restrictions(ledger)
        assert other.status().entries == ledger.status().entries


def test_an_import_whose_process_dies_is_resumed_by_another(tmp_path, file):
    """
    What was committed stays, nothing of the rest is there, and the next run completes it.
    """
    url = f"sqlite:///{tmp_path / 'killed.db'}"
    script = (
        "import os, sys\n"
        "from ledger import Ledger\n"
        "from ledger.book import history\n"
        "history.CHUNK_STEPS = 4\n"
        "url, file = sys.argv[1:]\n"
        "die = lambda done, new: os._exit(9) if done >= 12 else None\n"
        "Ledger.open(url).import_history('block-log', [file], progress=die)\n"
    )
    died = subprocess.run([sys.executable, "-c", script, url, str(file)], check=False)

    with Ledger.open(url) as ledger:
        assert 1 == len(ledger.status().unfinished_imports)
        resumed = ledger.import_history("block-log", [file])
        assert () == ledger.status().unfinished_imports
        with Ledger.open("memory:") as other:
            other.import_history("block-log", [file])
            assert restrictions(other) == restrictions(ledger)
    assert 9 == died.returncode
    assert 0 < resumed.counts["duplicates"] < 40


def test_an_interrupted_import_ends_although_its_rows_came_another_way(ledger, file, tmp_path):
    """
    When the rest was imported from elsewhere, running it again has nothing to do but to say so.
    """
    copy = tmp_path / "copy.csv"
    copy.write_text(block_log(reversed(EVENTS)), "utf-8")
    with pytest.raises(Interrupted):
        ledger.import_history("block-log", [file], progress=interrupted_after(2))
    ledger.import_history("block-log", [copy])
    assert 1 == len(ledger.status().unfinished_imports)

    summary = ledger.import_history("block-log", [file])

    assert 40 == summary.counts["duplicates"]
    assert () == ledger.status().unfinished_imports


def test_history_before_the_last_entry_is_refused(file_ledger, file):
    """
    Nothing is written, and the message names the first such line and the way out.
    """
    before = file_ledger.status()

    with pytest.raises(Malformed, match="before the last entry") as error:
        file_ledger.import_history("block-log", [file])

    assert before == file_ledger.status()
    assert error.value.where == f"{file}, line 2"
    assert "--as-late" in str(error.value)


def test_history_before_the_last_entry_can_be_recorded_late(clock, file_ledger, file):
    """
    It is recorded now, its source's time is when it was so, and that time is kept beside it; a
    question as of a moment before the import does not know of it.
    """
    known_before = clock.set("2026-01-02T00:00:00Z")
    action = take_action(file_ledger, "User:1", measure="suspend", effective_at=known_before)
    clock.set("2026-01-03T00:00:00Z")

    summary = file_ledger.import_history("block-log", [file], as_late=True)
    _, entry, *_ = file_ledger.entries(account="User:1")

    assert 40 == summary.counts["usable"]
    assert clock.now <= entry.recorded_at
    assert entry.event.context is not None
    assert entry.effective_at == entry.event.context.source_recorded_at
    assert entry.effective_at == entry.event.requested_at
    assert entry.effective_at < known_before
    assert [action] == [r.action for r in file_ledger.restrictions(known_at=known_before)]
    assert 40 == file_ledger.import_history("block-log", [file]).counts["duplicates"]


def test_an_act_in_the_middle_of_an_import_stops_it_and_the_rest_is_late(clock, ledger, file):
    """
    What is recorded live meanwhile is later than the history that is still to come: the import
    stays unfinished, with the line that it could not record, until the rest is recorded late.
    """
    clock.set("2017-12-01T00:00:00Z")

    def act(done: int, _new: int) -> None:
        if 12 <= done < 18:
            ledger.note("User:1", "seen", by="system")

    with pytest.raises(Malformed, match="before the last entry") as error:
        ledger.import_history("block-log", file, progress=act)
    assert f"{file}, line" in str(error.value)
    with pytest.raises(Malformed, match="--as-late"):
        ledger.import_history("block-log", file)
    assert 1 == len(ledger.status().unfinished_imports)

    resumed = ledger.import_history("block-log", file, as_late=True)

    assert () == ledger.status().unfinished_imports
    assert 40 == resumed.counts["usable"] + resumed.counts["duplicates"]
    assert 12 <= resumed.counts["duplicates"] < 40
    with Ledger.create("memory:", clock=clock) as other:
        other.import_history("block-log", file)
        assert restrictions(other) == restrictions(ledger)


def test_history_is_not_imported_behind_a_fence(ledger, file):
    """
    What was settled stays settled: the message names the first line, and nothing is written.
    """
    ledger.fence("2017-12-01T00:00:00Z")

    with pytest.raises(Malformed, match="before the last entry") as error:
        ledger.import_history("block-log", file)

    assert f"{file}, line 2" == error.value.where
    assert 0 == ledger.status().entries


def test_only_an_operator_who_may_act_imports(clock, file_ledger, file):
    """
    Whoever imports is enrolled, present and not barred, or the system.
    """
    clock.advance(days=1)

    with pytest.raises(NotFound, match="'op-9' is not enrolled"):
        file_ledger.import_history("block-log", [file], by="op-9", as_late=True)
    with pytest.raises(Refused, match="left at"):
        file_ledger.import_history("block-log", [file], by="op-417", as_late=True)


def test_a_compressed_file_is_told_by_its_content(ledger, file, tmp_path):
    """
    Whatever its name, a file that begins as gzip does is decompressed; its hash is of its bytes.
    """
    packed = tmp_path / "packed.csv"
    packed.write_bytes(gzip.compress(file.read_bytes()))

    assert 40 == ledger.import_history("block-log", [packed]).counts["usable"]
    began = next(e.event for e in ledger.entries() if isinstance(e.event, ImportBegan))
    assert sha256(packed.read_bytes()).hexdigest() == began.files[0].sha256


def test_a_pipe_can_be_imported(ledger, file, tmp_path):
    """
    A file is read once and from first to last, so it may be one that cannot be read again.
    """
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=lambda: pipe.write_bytes(file.read_bytes()))
    writer.start()

    summary = ledger.import_history("block-log", [pipe])
    writer.join()

    assert 40 == summary.counts["usable"]
