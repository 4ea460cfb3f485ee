"""
Personal data on the command line: shown for a purpose that is recorded, hidden, held and erased.
"""

import json
import shlex
from pathlib import Path

import pytest

ACCOUNT = "25073877"
SAID = "John Smith has called"
READ = ("--purpose", "appeal 12", "--as", "op-1")


@pytest.fixture
def asked(ask, folder, monkeypatch):  # noqa: ARG001, a command line is given in a folder
    """
    Return what asks a sealed ledger with its keys, which has a note about one account.
    """
    monkeypatch.setenv("LEDGER_URL", "sqlite:///sealed.db")
    monkeypatch.setenv("LEDGER_KEYS", "sqlite:///keys.db")
    monkeypatch.setenv("LEDGER_KEK_FILE", "kek.hex")
    for line in (
        "init --sealed",
        "enrol-operator op-1 --kind human --roles admin",
        f"note {ACCOUNT} '{SAID}' --by op-1",
    ):
        assert 0 == ask(*shlex.split(line)).code
    return ask


def reads(ask) -> list[dict[str, object]]:
    """
    Return what is on record of readings.
    """
    lines = ask("--json", "entries", "--stream", "ledger/reads").documents
    return [{key: line["data"][key] for key in ("question", "purpose", "reader")} for line in lines]


def test_without_a_purpose_nothing_personal_is_shown(asked):
    """
    With the keys or without, aliases and tokens stand in the answer, and no reading is recorded.
    """
    (line,) = asked("--json", "timeline", ACCOUNT).documents

    assert line["data"]["text"].startswith("sealed:")
    assert line["by"].startswith("oper-")
    assert SAID not in asked("timeline", ACCOUNT).out
    assert [] == reads(asked)


def test_a_purpose_shows_it_and_is_on_record(asked):
    """
    Who read what, and what for, stands in the ledger before the answer is printed.
    """
    (line,) = asked("--json", "timeline", ACCOUNT, *READ).documents
    asked(*READ, "account", ACCOUNT)

    assert (SAID, "op-1") == (line["data"]["text"], line["by"])
    assert [
        {"question": "timeline", "purpose": "appeal 12", "reader": None},
        {"question": "account", "purpose": "appeal 12", "reader": None},
    ] == reads(asked)
    (first, _) = asked("--json", "entries", "--stream", "ledger/reads").documents
    assert first["data"]["account"].startswith("acct-")
    assert first["operator"].startswith("oper-")


@pytest.mark.parametrize(
    "said",
    [
        ("--purpose", "appeal 12"),
        ("--as", "op-1"),
        ("--as-reader", "press"),
        ("--purpose", " ", "--as", "op-1"),
    ],
)
def test_half_of_who_and_what_for_is_not_enough(asked, said):
    """
    Nothing is shown, and the error says what goes together.
    """
    failed = asked("timeline", ACCOUNT, *said)

    assert (6, "") == (failed.code, failed.out)
    assert "purpose" in failed.err


@pytest.mark.parametrize(("by", "code"), [("op-9", 5), ("op-417", 3)])
def test_who_may_not_act_may_not_read(asked, by, code):
    """
    A stranger is not found; the attempt of one who has left is on record.
    """
    asked("enrol-operator", "op-417", "--kind", "human", "--leaves-at", "2017-11-02T23:00:00Z")

    failed = asked("timeline", ACCOUNT, "--purpose", "curious", "--as", by)

    assert (code, "") == (failed.code, failed.out)
    refused = asked("--json", "entries", "--stream", "ledger/reads").documents
    assert (by == "op-417") == ("ledger.command_refused" in [line["kind"] for line in refused])


def test_what_is_hidden_from_a_class_of_reader_is_shown_to_others(asked):
    """
    Its place says where it is decided; it is there again when the suppression has ended.
    """
    hide = ("suppress", "press", "--account", ACCOUNT, "--suppression", "s-1", "--by", "op-1")
    asked(*hide, "--reason", "a child")

    def text(*as_reader: str) -> object:
        (line,) = asked("--json", "timeline", ACCOUNT, *READ, *as_reader).documents
        return line["data"]["text"]

    assert {"suppressed": {"log": 0, "position": 4}} == text("--as-reader", "press")
    assert "[hidden by position 4" in asked(
        "timeline", ACCOUNT, *READ, "--as-reader", "press"
    ).out.replace("\n", " ")
    assert (SAID, SAID) == (text(), text("--as-reader", "police"))
    asked("unsuppress", "s-1", "--by", "op-1", "--reason", "of age")
    assert SAID == text("--as-reader", "press")


def test_an_erased_account_is_told_by_its_alias_and_says_by_which_entry(asked):
    """
    What was personal names the entry that erased it, to everybody; the rest answers as before.
    """
    before = asked("--json", "status").document["entries"]
    alias = asked("erase", "--account", ACCOUNT, "--basis", "GDPR 17", "--by", "op-1").out.strip()

    (line,) = asked("--json", "timeline", alias, *READ).documents
    erased = {"erased": {"log": 0, "position": before + 1}}
    assert (erased, "op-1") == (line["data"]["text"], line["by"])
    assert erased == asked("--json", "timeline", alias).document["data"]["text"]
    assert "[erased by position" in asked("timeline", alias).out
    assert 5 == asked("timeline", ACCOUNT).code
    assert 5 == asked("erase", "--account", ACCOUNT, "--basis", "GDPR 17", "--by", "op-1").code
    again = asked("erase", "--subject", alias, "--basis", "GDPR 17", "--by", "op-1")
    assert (0, alias) == (again.code, again.out.strip())
    status = asked("--json", "status").document
    assert (1, 0) == (status["erased"], status["holds"])


def test_a_hold_is_named_where_it_forbids_an_erasure(asked):
    """
    With the operator who placed it; the refusal is an entry, and the page shows the hold.
    """
    hold = ("place-hold", "case-17", "--hold", "h-1", "--account", ACCOUNT, "--by", "op-1")
    asked(*hold, "--reason", "court order")

    refused = asked("erase", "--account", ACCOUNT, "--basis", "GDPR 17", "--by", "op-1")

    assert 3 == refused.code
    assert "hold 'h-1' for 'case-17' stands, which 'op-1' placed" in refused.err
    assert "1 legal hold in force" in asked("privacy").out
    kinds = [line["kind"] for line in asked("--json", "entries").documents]
    assert ["ledger.hold_placed", "ledger.command_refused"] == kinds[-2:]


def test_a_reading_of_a_ledger_that_is_not_sealed_is_refused(ask, kept):
    """
    All of it is shown to everybody, so nothing would be recorded of whoever did not say so.
    """
    failed = ask("--ledger", f"sqlite:///{kept}", "timeline", ACCOUNT, *READ)

    assert (6, "") == (failed.code, failed.out)
    assert "not sealed" in failed.err


def test_nobody_is_erased_without_the_keys(asked, monkeypatch):
    """
    A key that is not there cannot be destroyed.
    """
    monkeypatch.delenv("LEDGER_KEYS")
    monkeypatch.delenv("LEDGER_KEK_FILE")

    failed = asked("erase", "--account", ACCOUNT, "--basis", "GDPR 17", "--by", "system")

    assert 7 == failed.code
    assert "keys" in failed.err


def test_no_name_is_left_in_any_file_after_an_erasure(asked, folder):
    """
    Neither the ledger nor the key store has the id or what was written of the person.
    """
    asked("erase", "--account", ACCOUNT, "--basis", "GDPR 17", "--by", "op-1")

    for file in Path(folder).iterdir():
        held = file.read_bytes()
        assert ACCOUNT.encode() not in held
        assert SAID.encode() not in held


def test_what_is_left_of_the_erased_is_deleted_when_it_is_asked_for(asked):
    """
    How much that was is told, and nothing that was answered changes.
    """
    alias = asked("erase", "--account", ACCOUNT, "--basis", "GDPR 17", "--by", "op-1").out.strip()
    before = asked("--json", "timeline", alias).documents

    assert {"dropped": 1} == asked("--json", "drop-erased").document
    assert "0 payloads deleted, which nobody could open\n" == asked("drop-erased").out
    assert before == asked("--json", "timeline", alias).documents


@pytest.mark.parametrize(
    "told",
    [
        {"command": "erase", "account": ACCOUNT, "basis": "GDPR 17"},
        {"command": "record_read", "question": "who", "purpose": "appeal 12"},
    ],
)
def test_nothing_about_personal_data_comes_in_as_history(ask, folder, told):
    """
    What happened to the personal data of another ledger is no history of this one.
    """
    line = {**told, "by": "op-1", "recorded_at": "2017-11-02T22:00:00Z"}
    (folder / "history.jsonl").write_text(json.dumps(line) + "\n")

    failed = ask("--json", "import", "actions", "history.jsonl")

    assert (6, "Malformed") == (failed.code, failed.error["family"])
    assert "about the ledger that it is given to" in failed.error["message"]


def test_a_file_of_commands_erases_too(asked, folder):
    """
    All or nothing, as with any other commands; the key is gone when it is done.
    """
    lines = [
        {"command": "note", "account": ACCOUNT, "text": "called again", "by": "op-1"},
        {"command": "erase", "account": ACCOUNT, "basis": "GDPR 17", "by": "op-1"},
    ]
    (folder / "commands.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    _, alias = asked("record", "commands.jsonl").out.split()

    assert [True, True] == [
        "erased" in line["data"]["text"] for line in asked("--json", "timeline", alias).documents
    ]
