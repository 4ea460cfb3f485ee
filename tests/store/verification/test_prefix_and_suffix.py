"""
What is held outside is the beginning of the ledger, and what came after it follows from it.
"""

import json
import shutil
from pathlib import Path

import pytest

from ledger import Ledger, Malformed
from ledger.proofs.policy import TrustPolicy
from ledger.proofs.verdict import Verdict
from ledger.store import url as urls
from ledger.store.database import Database
from ledger.store.schema import FORMAT
from ledger.store.verification import hashing
from ledger.store.verification.finding import What
from ledger.store.verification.report import HeldSize, LogSize
from tests.conftest import HandSetClock
from tests.store.conftest import on
from tests.store.golden import make_format_1, make_format_1_schema_2, make_format_2, make_format_3
from tests.store.verification.holding import STRANGER, Holder

OF_ONE_LOG = on("memory", "sqlite", "postgres", logs=1)
ON_SQLITE = on("sqlite", logs=1)
STORED = [
    make.DATABASE for make in (make_format_1, make_format_1_schema_2, make_format_2, make_format_3)
]
VERIFIED, TAMPERED, UNVERIFIABLE = Verdict.VERIFIED, Verdict.TAMPERED, Verdict.UNVERIFIABLE


@pytest.fixture
def holder(lively: Ledger, database: Database) -> Holder:
    """
    Return who holds what a ledger was whose life goes on.
    """
    return Holder(lively, database)


@OF_ONE_LOG
def test_every_prefix_is_the_beginning(lively: Ledger, holder: Holder):
    """
    Read from the tree as it is stored where nothing else is asked, and from the bytes where all is.
    """
    size = lively.status().entries
    notes = [holder.note(each) for each in (1, 7, size - 1, size)]

    alone = lively.verify(policy=holder.policy(), prefix=notes)
    whole = lively.verify(policy=holder.policy(), anchors=notes)

    assert [VERIFIED, VERIFIED] == [alone.verdict, whole.verdict]
    assert alone.prefix is not None
    assert whole.prefix is not None
    assert [False, True] == [alone.prefix.from_bytes, whole.prefix.from_bytes]
    held = tuple(HeldSize(0, each, holds=True) for each in (1, 7, size - 1, size))
    assert held == alone.prefix.held == whole.prefix.held
    assert (size, size) == (alone.prefix.covered, alone.prefix.entries)
    assert (None, None) == (alone.suffix, alone.scrub)


@OF_ONE_LOG
def test_every_suffix_follows(lively: Ledger, holder: Holder):
    """
    From any checkpoint on to the head; only what came since is read.
    """
    size = lively.status().entries
    for since in (0, 1, 7, size):
        answer = lively.verify(policy=holder.policy(), suffix=holder.note(since))

        assert (VERIFIED, ()) == (answer.verdict, answer.findings)
        assert answer.suffix is not None
        assert (size - since, (LogSize(0, since),)) == (
            answer.suffix.entries,
            answer.suffix.since,
        )
        assert (None, None) == (answer.prefix, answer.scrub)


@on("sqlite", "postgres", logs=256)
def test_of_several_logs_each_is_verified(lively: Ledger, holder: Holder):
    """
    The entry of the log of roots states what each of them was; one note vouches for that.
    """
    sizes = [log.size for log in lively.status().logs]
    older = [size // 2 for size in sizes]
    policy, held = holder.policy(), holder.receipt(older)

    prefix = lively.verify(policy=policy, prefix=[held]).prefix
    suffix = lively.verify(policy=policy, suffix=held).suffix

    assert prefix is not None
    assert (VERIFIED, sum(older)) == (prefix.verdict, prefix.covered)
    assert suffix is not None
    assert (VERIFIED, sum(sizes) - sum(older)) == (suffix.verdict, suffix.entries)


@ON_SQLITE
@pytest.mark.parametrize("level", ["", "UPDATE settings SET value = '2' WHERE name = 'format'"])
def test_it_takes_no_tiles(lively: Ledger, holder: Holder, database: Database, level: str):
    """
    A ledger of an older format, and one that lost its tiles, are verified from their leaves.
    """
    note = holder.note(9)
    with database.writing() as connection:
        connection.execute("DELETE FROM tiles")
        if level:
            connection.execute(level)
    with Ledger.open(f"sqlite:///{database}", create=False) as again:
        assert FORMAT - bool(level) == again.settings.format

        answer = again.verify(policy=holder.policy(), prefix=[note], suffix=note)

    assert VERIFIED is answer.verdict
    assert lively.settings.logs == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("statement", "what", "position"),
    [
        ("DELETE FROM entries WHERE position = 30", What.ENTRY_MISSING, 30),
        ("UPDATE entries SET leaf = x'00' WHERE position = 30", What.LEAF_DIFFERS, 30),
        ("UPDATE entries SET operator = 'x' WHERE position = 30", What.COLUMNS_DIFFER, 30),
        ("UPDATE heads SET frontier = zeroblob(length(frontier))", What.TREE_DIFFERS, 21),
        ("UPDATE heads SET size = 20, frontier = zeroblob(64)", What.HEAD_DIFFERS, 21),
        ("UPDATE entries SET leaf = zeroblob(32) WHERE position = 3", What.CHECKPOINT_DIFFERS, 1),
        ("DELETE FROM entries WHERE position = 3", What.ENTRY_MISSING, 3),
    ],
)
def test_what_does_not_follow_is_found(
    holder: Holder, database: Database, statement: str, what: What, position: int
):
    """
    Among what came since; and where the tree is not that of the checkpoint nothing follows from it.
    """
    policy, note = holder.policy(), holder.note(20)
    with database.writing() as connection:
        for verb in ("update", "delete"):
            connection.execute(f"DROP TRIGGER entries_no_{verb}")
        connection.execute(statement)

    answer = holder.ledger.verify(policy=policy, suffix=note)

    assert answer.verdict is TAMPERED
    first, *_ = answer.findings
    assert (what, position) == (first.what, first.position)


@ON_SQLITE
def test_what_is_not_trusted_vouches_for_nothing(lively: Ledger, holder: Holder):
    """
    Without a policy, by one that knows another log, and by one whose quorum has not seen it, a
    checkpoint is unverifiable; nothing is said to be tampered with.
    """
    stranger = TrustPolicy((STRANGER.key,), (), quorum="none").text()
    note = holder.note(9)

    for policy in (None, stranger, holder.policy(witnessed=True)):
        answer = lively.verify(policy=policy, prefix=[note], suffix=note)

        assert (UNVERIFIABLE, ()) == (answer.verdict, answer.findings)
        assert answer.prefix is not None
        assert answer.suffix is not None
        assert None not in (answer.prefix.why, answer.suffix.why)
    seen = lively.verify(policy=holder.policy(witnessed=True), prefix=[holder.note(9, seen=7)])
    assert seen.verdict is VERIFIED


@ON_SQLITE
def test_one_of_several_that_is_not_trusted_is_told(lively: Ledger, holder: Holder):
    """
    The others are compared, and the verdict is not better than what could be told.
    """
    told, trusted = holder.note(9), holder.note(8, seen=7)

    answer = lively.verify(policy=holder.policy(witnessed=True), prefix=[told, trusted])

    assert answer.prefix is not None
    assert (UNVERIFIABLE, 8) == (answer.prefix.verdict, answer.prefix.covered)


@ON_SQLITE
def test_a_checkpoint_of_another_ledger_is_not_this_one(lively: Ledger, holder: Holder):
    """
    What is held is of another name, however much it is trusted.
    """
    with Ledger.create("memory:", origin="example.org/other") as other:
        other.enrol_operator("op-1", kind="human")
        foreign = Holder(other, other._database)  # noqa: SLF001, nobody else has it
        answer = lively.verify(policy=foreign.policy(), prefix=[foreign.note(2)])

    assert answer.verdict is TAMPERED
    assert [What.CHECKPOINT_DIFFERS] == [each.what for each in answer.findings]
    assert VERIFIED is lively.verify(policy=holder.policy(), prefix=[holder.note(2)]).verdict


@ON_SQLITE
def test_a_checkpoint_of_nothing_covers_nothing(lively: Ledger, holder: Holder):
    """
    That the empty log is the beginning is no news.
    """
    answer = lively.verify(policy=holder.policy(), prefix=[holder.note(0)])

    assert answer.verdict is UNVERIFIABLE


@ON_SQLITE
def test_times_are_compared_where_others_saw_the_log(
    lively: Ledger, holder: Holder, clock: HandSetClock
):
    """
    A cosignature of tomorrow without an entry of today contradicts it, and one of today does not.
    """
    size, now = lively.status().entries, int(clock.now.timestamp())
    policy = holder.policy(witnessed=True)

    good = lively.verify(policy=policy, anchors=[holder.note(size, seen=now)])
    bad = lively.verify(policy=policy, anchors=[holder.note(size - 1, seen=now + 86_400)])
    lenient = lively.verify(
        policy=policy, anchors=[holder.note(size - 1, seen=now + 86_400)], slack="2d"
    )

    assert [VERIFIED, TAMPERED, VERIFIED] == [each.verdict for each in (good, bad, lenient)]
    assert [(What.TIME_OUTSIDE, size)] == [(each.what, each.position) for each in bad.findings]
    assert good.scrub is not None
    assert size == good.scrub.anchored


@ON_SQLITE
@pytest.mark.parametrize("text", ["", "a\n1\nx\n", "no note at all"])
def test_what_is_no_checkpoint_is_malformed(lively: Ledger, text: str):
    """
    It is said before anything is read.
    """
    with pytest.raises(Malformed):
        lively.verify(prefix=[text])
    with pytest.raises(Malformed):
        lively.verify(policy="quorum", scrub=True)


@ON_SQLITE
def test_roots_are_kept_at_every_size_that_is_asked(
    lively: Ledger, holder: Holder, monkeypatch: pytest.MonkeyPatch
):
    """
    Entries are hashed some at a time; a size that is asked about ends a part, wherever it lies.
    """
    monkeypatch.setattr(hashing, "_ENTRIES_A_TIME", 16)
    size = lively.status().entries
    notes = [holder.note(each) for each in range(1, size + 1)]

    answer = lively.verify(policy=holder.policy(), prefix=notes, scrub=True)

    assert VERIFIED is answer.verdict
    assert answer.prefix is not None
    assert (True, size) == (answer.prefix.from_bytes, len(answer.prefix.held))


@pytest.mark.parametrize("stored", STORED, ids=lambda path: path.stem)
def test_ledgers_of_every_format_are_verified(stored: Path, tmp_path: Path):
    """
    What was stored long ago is verified and proved as it is, and once more when it is migrated.
    """
    url = f"sqlite:///{shutil.copy(stored, tmp_path / 'ledger.db')}"
    database = urls.connect(url, create=False)
    with Ledger.open(url, create=False) as ledger:
        holder = Holder(ledger, database)
        note = holder.note(ledger.status().entries - 3)
        for _ in range(2):
            answer = ledger.verify(policy=holder.policy(), anchors=[note])
            assert (VERIFIED, ()) == (answer.verdict, answer.findings)
            assert ledger.prove(note, position=7)
            ledger.migrate()
    database.close()


@ON_SQLITE
def test_of_what_was_imported_the_true_time_counts(
    staffed: Ledger, database: Database, clock: HandSetClock, tmp_path: Path
):
    """
    An import keeps the source's time as the recorded one; when it was written is what others saw.
    """
    holder, before = Holder(staffed, database), staffed.status().entries
    old = clock.advance(days=1)
    now = int(clock.advance(days=400).timestamp())
    line = {"command": "note", "account": "a", "text": "seen", "by": "op-7"}
    source = tmp_path / "lines.jsonl"
    source.write_text(json.dumps({**line, "recorded_at": old.isoformat()}) + "\n")
    staffed.import_history("actions", source)
    size = staffed.status().entries
    policy = holder.policy(witnessed=True)

    answer = staffed.verify(
        policy=policy,
        anchors=[holder.note(before, seen=now - 60), holder.note(size, seen=now + 60)],
    )

    assert (VERIFIED, ()) == (answer.verdict, answer.findings)
