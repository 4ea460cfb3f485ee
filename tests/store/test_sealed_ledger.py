"""
A sealed ledger: what it holds in plain, what it answers, and what is caught.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from ledger import (
    Conflict,
    Erased,
    Keys,
    Ledger,
    Malformed,
    NotFound,
    Refused,
    Tampered,
    Unavailable,
)
from ledger.book.document import document
from ledger.moderation.codec import sealed_parts
from ledger.moderation.commands import command_from
from ledger.moderation.sealing import is_alias
from ledger.store import url as urls
from tests.conftest import ACCOUNT, HandSetClock, action_command, enrol_staff, take_action
from tests.store import planted
from tests.store.planted import ADMIN, ANN, BOB, CAROL, ONE, PLANTED, TWO


@pytest.fixture
def url(ledger_path: Path) -> str:
    """
    Return where the sealed ledger is.
    """
    return f"sqlite:///{ledger_path}"


@pytest.fixture
def told(url: str, clock: HandSetClock, sealing_keys: Keys) -> Iterator[Ledger]:
    """
    Return a sealed ledger in which everything happened once.
    """
    with Ledger.create(url, clock=clock, sealed=True, keys=sealing_keys) as created:
        planted.tell(created, clock)
        yield created


@pytest.fixture
def plain(clock: HandSetClock) -> Iterator[Ledger]:
    """
    Return a ledger that is not sealed.
    """
    with Ledger.create("memory:", clock=clock) as created:
        yield created


def edited(url: str, statement: str, *parameters: object) -> None:
    """
    Change the database as its owner can.
    """
    database = urls.connect(url, create=False)
    with database.writing() as connection:
        connection.execute(statement, parameters)
    database.close()


def scrubbed(ledger: Ledger) -> str:
    """
    Return what a look at every stored byte says.
    """
    report = ledger.verify().scrub
    assert report is not None
    return report.verdict


def answers(ledger: Ledger) -> dict[str, Any]:
    """
    Return what a ledger answers after the story, ids that it made aside.
    """
    shown = {
        **{f"standing of {one}": ledger.standing(one) for one in (ONE, TWO)},
        **{f"who of {one}": [*ledger.who(one)] for one in (ONE, TWO)},
        **{f"timeline of {one}": ledger.timeline(one) for one in (ONE, TWO)},
        **{f"operator {one}": ledger.operator(one) for one in (ADMIN, ANN, BOB, CAROL)},
        **{f"opened by {one}": [*ledger.restrictions(opened_by=one)] for one in (ADMIN, BOB)},
        "counted": ledger.count_restrictions(account=TWO, closed_by=ADMIN),
        "account": ledger.account(TWO),
        "entries": [(entry.stream, entry.operator) for entry in ledger.entries()],
        "entries of a stream": len([*ledger.entries(stream=f"operator/{BOB}")]),
        "followed": [entry.stream for entry in ledger.follow(once=True)],
        "replayed": ledger.replay(without_operators=[CAROL]).differences,
        "strikes": ledger.strikes(TWO),
        "pending": ledger.pending(),
        "compared": ledger.compare([ONE, TWO]),
        "reviewed": [(found.check, found.account, found.operator) for found in ledger.review()],
    }
    answered: dict[str, Any] = _without_ids(document(shown))
    return answered


_MADE = {"cursor", "digest", "action", "report", "request", "finding", "appeal", "undo", "notice"}
_MADE |= {"reversal", "id", "because_of", "closed_reports", "correlation_id", "closes", "why"}
_MADE |= {"bytes", "body", "note", "revises", "approved", "supersedes", "superseded", "data"}
_MADE |= {"restores", "revised_by"}


def _without_ids(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: _without_ids(each) for key, each in told.items() if key not in _MADE}
    return [_without_ids(each) for each in told] if isinstance(told, list) else told


def test_no_name_and_no_text_stands_in_any_byte(told: Ledger, url: str, tmp_path: Path):
    """
    Not in entries, columns, claims, restrictions, snapshots, the write-ahead log, or a backup.
    """
    for number in range(40):
        told.note(ONE, f"{PLANTED} note {number}", by=BOB, request_id=f"n-{number}")
    told.backup(tmp_path / "copy.db")
    told.rebuild()

    for pattern in ("ledger.db*", "copy.db*"):
        files = sorted(tmp_path.glob(pattern))
        assert files
        for file in files:
            assert PLANTED.encode() not in file.read_bytes()
    with Ledger.open(url, create=False) as without_keys:
        assert PLANTED not in str([*without_keys.entries()])


def test_it_answers_what_a_plain_one_does(told: Ledger, plain: Ledger, clock: HandSetClock):
    """
    Whoever has the keys sees no difference, whatever he asks.
    """
    clock.set("2017-11-02T22:00:00+00:00")
    planted.tell(plain, clock)
    expected, found = answers(plain), answers(told)

    for name, answer in expected.items():
        assert (name, answer) == (name, found[name])


def test_every_entry_that_speaks_of_persons_says_of_whom(told: Ledger):
    """
    Each leaf names the persons of its payloads by their aliases, and all of it holds together.
    """
    spoken = [entry for entry in told.entries() if sealed_parts(entry.body)]

    assert len(spoken) > 30
    for entry in spoken:
        assert all(is_alias(part.subject) for part in sealed_parts(entry.body))
    assert "verified" == scrubbed(told)
    assert not any(difference.differed for difference in told.rebuild())


def test_without_keys_it_reads_and_says_nothing_of_anybody(
    told: Ledger, url: str, clock: HandSetClock
):
    """
    Aliases can be asked for as they are; what names nobody anew and says nothing can be recorded.
    """
    with Ledger.open(url, create=False, clock=clock) as without_keys:
        (first, *_) = without_keys.restrictions()
        request = told.request(
            "deactivate", ONE, by=CAROL, because_of="own-initiative", reason="why"
        )
        bob = next(
            e.operator for e in without_keys.entries() if e.kind == "account.finding_asserted"
        )
        assert first.account == without_keys.standing(first.account).account
        without_keys.approve(request, by=bob)
        for command in (
            {"command": "approve", "request": request, "by": BOB},
            {"command": "note", "account": first.account, "text": "x", "by": bob},
            {"command": "approve", "request": request, "by": bob, "request_id": "q"},
        ):
            with pytest.raises(Unavailable, match="takes its keys"):
                without_keys.record_many([command])
        assert "verified" == scrubbed(without_keys)
    assert "deactivated" == told.standing(ONE).standing


TAMPERED = [
    ("swapped between entries", "another one"),
    ("swapped between persons", "another one"),
    ("missing", "is missing"),
    ("swapped and said so", "belongs to another"),
]


@pytest.mark.parametrize(("how", "why"), TAMPERED)
def test_a_payload_is_the_one_that_its_entry_names(
    sealed_ledger: Ledger, url: str, how: str, why: str
):
    """
    A payload that is another entry's or person's, or gone, is found when it is read, and by verify.
    """
    for account in ("a", "b"):
        sealed_ledger.note(account, f"of {account}", by="op-7", session="s")
    one, other = (next(iter(sealed_ledger.entries(account=each))) for each in ("a", "b"))
    payload = "SELECT payload FROM sealed WHERE position = ? AND subject LIKE ?"
    where = "WHERE position = ? AND subject LIKE 'acct-%'"
    if how == "missing":
        edited(url, f"DELETE FROM sealed {where}", one.position)  # noqa: S608
    elif how == "swapped between persons":
        statement = f"UPDATE sealed SET payload = ({payload}) {where}"  # noqa: S608
        edited(url, statement, one.position, "oper-%", one.position)
    else:
        statement = f"UPDATE sealed SET payload = ({payload}) {where}"  # noqa: S608
        edited(url, statement, other.position, "acct-%", one.position)
    if how == "swapped and said so":
        ct = {each.subject[:4]: each.ct for each in sealed_parts(other.body)}["acct"]
        was = {each.subject[:4]: each.ct for each in sealed_parts(one.body)}["acct"]
        edited(url, "DROP TRIGGER entries_no_update")
        body = one.body.replace(was.encode(), ct.encode())
        edited(url, "UPDATE entries SET body = ? WHERE position = ?", body, one.position)
    with pytest.raises(Tampered, match=why) as caught:
        [*sealed_ledger.entries(account="a")]

    assert (0, one.position) == (caught.value.log, caught.value.position)
    assert one.position in {found.position for found in sealed_ledger.verify().findings}


def test_the_same_command_again_is_recorded_once(sealed_ledger: Ledger):
    """
    Its digest is keyed, so it tells nobody a text, and another command under the id is refused.
    """
    command = action_command("a", request_id="q", session="s")
    (first,) = sealed_ledger.record_many([command])

    assert [first] == sealed_ledger.record_many([command])
    assert first == sealed_ledger.submit(command).result()
    with pytest.raises(Conflict):
        sealed_ledger.record_many([{**command, "reason": "another"}])
    (entry,) = sealed_ledger.entries(account="a")
    assert entry.event.context is not None
    unkeyed = command_from({**command}).digest()
    assert entry.event.context.digest not in (None, unkeyed)


def test_errors_name_whom_their_caller_knows(sealed_ledger: Ledger):
    """
    A refusal speaks of ids, from a command, a batch, a future and a question.
    """
    take_action(sealed_ledger, action="a-1")
    commands = [action_command("another"), action_command()]
    for refused in (
        lambda: take_action(sealed_ledger),
        lambda: sealed_ledger.record_many(commands),
        lambda: sealed_ledger.submit(action_command()).result(),
    ):
        with pytest.raises(Refused, match=rf"account '{ACCOUNT}'.*by 'op-7'") as caught:
            refused()
        assert "op-7" == caught.value.by


def test_a_large_batch_is_sealed_as_it_is_read(sealed_ledger: Ledger):
    """
    Commands come from an iterator, some at a time; whoever is enrolled is called by his id.
    """
    number = 1_200
    commands = (action_command(f"account {each % 7}", "warn") for each in range(number))

    assert number == len(sealed_ledger.record_many(commands))
    enrolled = {"command": "enrol_operator", "operator": "op-9", "kind": "human"}
    assert ["op-9"] == sealed_ledger.record_many([enrolled])
    assert "op-8" == sealed_ledger.submit({**enrolled, "operator": "op-8"}).result()
    assert 7 == len({entry.stream for entry in sealed_ledger.entries()} - _others(sealed_ledger))


def _others(ledger: Ledger) -> set[str]:
    return {e.stream for e in ledger.entries() if not e.stream.startswith("account/")}


def test_what_only_looks_sealed_is_refused(sealed_ledger: Ledger):
    """
    A token where no text is sealed names nothing, and what says too much is not kept.
    """
    token = f"sealed:{'A' * 43}"
    with pytest.raises(Malformed, match="looks like"):
        take_action(sealed_ledger, measure="label", scope=token)
    with pytest.raises(Malformed, match="at most"):
        sealed_ledger.note("a", "x" * 66_000, by="op-7")
    with pytest.raises(NotFound, match="nobody stands behind"):
        sealed_ledger.note(f"acct-{'a' * 26}", "x", by="op-7")
    note = sealed_ledger.note("a", token, by="op-7")
    (entry,) = sealed_ledger.entries(account="a")
    assert {"note": note, "text": token} == {
        name: getattr(entry.event, name) for name in ("note", "text")
    }


def test_what_is_said_of_who_was_erased_is_kept_under_another_key(
    sealed_ledger: Ledger, sealing_keys: Keys
):
    """
    His act can still be reversed; what is said then is the operator's, and is read as such.
    """
    action = take_action(sealed_ledger)
    keys = sealing_keys.open(sealed_ledger.settings.origin)
    alias = keys.alias_of("account", ACCOUNT)
    assert alias is not None
    keys.destroy(alias, 0, 99)
    keys.close()
    sealed_ledger.reverse(action, by="op-7", reason="after all")

    taken, reversed_ = sealed_ledger.entries(account=alias)
    assert Erased(0, 99) == getattr(taken.event, "reason", None)
    assert "after all" == getattr(reversed_.event, "reason", None)
    assert f"account/{alias}" == taken.stream
    assert {"erased": {"log": 0, "position": 99}} == document(getattr(taken.event, "reason", None))


def test_sealing_and_keys_go_together(tmp_path: Path, sealing_keys: Keys):
    """
    A sealed ledger is made with keys and a plain one without; one that is not sealed takes none.
    """
    url = f"sqlite:///{tmp_path / 'other.db'}"
    with pytest.raises(Malformed, match="place for its keys"):
        Ledger.create(url, sealed=True)
    with pytest.raises(Malformed, match="not sealed"):
        Ledger.create(url, keys=sealing_keys)
    Ledger.create(url).close()
    with pytest.raises(Malformed, match="not sealed"):
        Ledger.open(url, keys=sealing_keys)
    with pytest.raises(Malformed, match="is a ledger already"):
        Ledger.create(url, sealed=True, keys=sealing_keys)
    with pytest.raises(Malformed, match="something else"):
        Ledger.create("memory:", sealed=True, keys=attrs.evolve(sealing_keys, url=url))


def test_history_comes_in_sealed_and_goes_out_in_plain(
    plain: Ledger, tmp_path: Path, sealing_keys: Keys, clock: HandSetClock
):
    """
    What a plain ledger exports a sealed one takes in, again as duplicates, and exports the same.
    """
    planted.tell(plain, clock)
    lines = b"".join(plain.export_actions())
    (tmp_path / "actions.jsonl").write_bytes(lines)
    clock.advance(days=1)
    keys = attrs.evolve(sealing_keys, url=f"sqlite:///{tmp_path / 'keys-2.db'}")
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    with Ledger.create(url, clock=clock, sealed=True, keys=keys) as copy:
        copy.import_history("actions", tmp_path / "actions.jsonl")
        again = copy.import_history("actions", tmp_path / "actions.jsonl")
        assert 0 == again.counts["recorded"]
        sent = b"".join(copy.export_actions())
    assert PLANTED.encode() not in b"".join(f.read_bytes() for f in tmp_path.glob("copy.db*"))
    assert lines.count(PLANTED.encode()) == sent.count(PLANTED.encode())
    assert lines.count(b"\n") == sent.count(b"\n")


def test_several_logs_are_sealed_too(tmp_path: Path, sealing_keys: Keys, clock: HandSetClock):
    """
    A place says its log, so that what is sealed in each is found.
    """
    url = f"sqlite:///{tmp_path / 'many.db'}"
    with Ledger.create(url, clock=clock, sealed=True, keys=sealing_keys, logs=16) as many:
        enrol_staff(many)
        for number in range(8):
            take_action(many, f"a-{number}", reason=f"of {number}")
        for number in range(8):
            (entry,) = many.entries(account=f"a-{number}")
            assert f"of {number}" == getattr(entry.event, "reason", None)
        assert "verified" == scrubbed(many)
