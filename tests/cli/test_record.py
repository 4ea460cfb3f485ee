"""
Commands on the command line and from files: what is printed, and all or nothing.
"""

import io
import json
import sys
from collections.abc import Mapping

import pytest

from ledger import Ledger
from tests.cli.conftest import entries_in

ACCOUNT = "25073877"
NOTE = {"command": "note", "account": ACCOUNT, "text": "seen", "by": "op-7"}
ACT = {
    "command": "act",
    "measure": "suspend",
    "account": ACCOUNT,
    "by": "op-7",
    "because_of": ["r-1"],
    "reason": "spam",
    "action": "a-2",
}
SHARED = ["--by", "op-7", "--reason", "spam"]


def lines(*commands: Mapping[str, object]) -> bytes:
    """
    Return commands as ``record`` reads them.
    """
    return b"".join(json.dumps(command).encode() + b"\n" for command in commands)


@pytest.mark.usefixtures("kept")
def test_a_command_prints_the_id_alone(ask):
    """
    For people it is a line of its own, so that a shell can keep it; for programs an object.
    """
    act = ["act", "lock", ACCOUNT, "--because-of", "r-1", *SHARED, "--action"]

    assert (0, "a-2\n", "") == ask(*act, "a-2")
    ask("reverse", "a-2", *SHARED)
    assert (0, '{"id":"a-3"}\n', "") == ask("--json", *act, "a-3")


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("given", "because_of"),
    [
        (["r-1"], ["r-1"]),
        (["r-1", "r-2"], ["r-1", "r-2"]),
        (["own-initiative"], "own-initiative"),
        (["order:12/2017"], "order:12/2017"),
    ],
    ids=["a report", "two reports", "own initiative", "an order"],
)
def test_a_cause_is_reports_or_one_word(ask, given, because_of):
    """
    ``--because-of`` names reports, any number of them, or own initiative, or an order.
    """
    ask("file-report", ACCOUNT, "--category", "spam", "--source", "user", "--report", "r-2")
    causes = [word for cause in given for word in ("--because-of", cause)]

    ask("act", "lock", ACCOUNT, *causes, *SHARED, "--action", "a-2")

    actions = ask("--json", "account", ACCOUNT).document["actions"]
    assert because_of == actions[-1]["because_of"]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("given", "kept_as"),
    [(["op-1"], "op-1"), (["op-1", "vendor-2"], ["op-1", "vendor-2"])],
    ids=["one", "a chain"],
)
def test_an_operator_may_act_for_one_who_acts_for_another(ask, given, kept_as):
    """
    ``--on-behalf-of`` is given once for each member of the chain, the nearest first.
    """
    chain = [word for name in given for word in ("--on-behalf-of", name)]

    ask("note", ACCOUNT, "seen", "--by", "op-7", *chain)

    last = ask("--json", "entries").documents[-1]
    assert kept_as == last["data"]["context"]["on_behalf_of"]


@pytest.mark.usefixtures("kept")
def test_offboarding_says_what_becomes_of_each_act(ask):
    """
    ``--pending`` says it of all, ``--dispositions`` of single ones; what is misspelt is malformed.
    """
    later = ["--because-of", "r-1", *SHARED, "--effective-at", "2099-01-01T00:00:00Z"]
    for action in ("a-2", "a-3"):
        ask("act", "warn", ACCOUNT, *later, "--action", action)
    leave = ["offboard-operator", "op-7", "--by", "op-1", "--pending", "hand-over:op-1"]

    wrong = ask("--json", *leave, "--dispositions", "a-2=drop")
    assert 0 == ask(*leave, "--dispositions", "a-2=withdraw").code

    assert (6, "dispositions.a-2") == (wrong.code, wrong.error["where"])
    (left,) = ask("--json", "pending").document["pending"]
    assert ("a-3", "op-1") == (left["id"], left["keeper"])


@pytest.mark.usefixtures("kept")
def test_an_act_closes_reports(ask):
    """
    ``--closes`` names each report that the act closes.
    """
    ask("file-report", ACCOUNT, "--category", "spam", "--source", "user", "--report", "r-2")

    ask(
        "act", "lock", ACCOUNT, "--because-of", "r-1", *SHARED, "--closes", "r-1", "--closes", "r-2"
    )

    reports = ask("--json", "account", ACCOUNT).document["reports"]
    assert ["actioned", "actioned"] == [report["outcome"] for report in reports]


@pytest.mark.usefixtures("kept")
def test_a_source_is_taken_in_once(ask):
    """
    A report that comes again under the id of its source answers with the first one.
    """
    file = ["file-report", ACCOUNT, "--category", "spam", "--source", "user"]

    first, second = (ask(*file, "--external-id", "4711") for _ in range(2))

    assert first == second
    assert 2 == len(ask("--json", "account", ACCOUNT).document["reports"])


@pytest.mark.usefixtures("kept")
def test_what_is_left_out_stays_and_none_removes(ask):
    """
    ``change-contract`` changes what it names; ``none`` takes it away.
    """
    ask("change-contract", "op-417", "--contract", "none", "--by", "op-1")

    operator = ask("--json", "operator", "op-417").document
    assert [None, "Acme Support", "2017-11-02T23:00:00Z"] == [
        operator[name] for name in ("contract", "vendor", "leaves_at")
    ]


def test_the_same_request_is_recorded_once(ask, kept):
    """
    A command that is given again under its request id answers with its first result.
    """
    note = ["note", ACCOUNT, "seen", "--by", "op-7", "--request-id", "q-1"]

    first, second = ask(*note), ask(*note)

    assert first == second
    assert 16 == len(entries_in(kept))


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("way", ["file", "input", "dash"])
def test_a_file_of_commands_is_recorded(ask, folder, monkeypatch, way):
    """
    Lines come from a file or from standard input; blank ones are passed over; ids are printed.
    """
    content = b"\n" + lines(ACT) + b"   \r\n" + lines(ACT | {"measure": "lock", "action": "a-3"})
    (folder / "commands.jsonl").write_bytes(content)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    said = ask("record", *{"file": ["commands.jsonl"], "input": [], "dash": ["-"]}[way])

    assert (0, "a-2\na-3\n", "") == said
    assert ["deactivate", "suspend", "lock"] == [
        action["measure"] for action in ask("--json", "account", ACCOUNT).document["actions"]
    ]


def test_recording_begins_a_ledger(ask):
    """
    Where there is none yet, the first command makes it.
    """
    said = ask("--json", "enrol-operator", "op-1", "--kind", "human", "--roles", "admin")

    assert {"id": "op-1"} == said.document
    with Ledger.open("sqlite:///ledger.db", create=False) as ledger:
        assert ("admin",) == ledger.operator("op-1").authority.roles


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        (b'{"command": "note", "acc', 6, "it cannot be read"),
        (b'["note"]', 6, "it cannot be read"),
        (b'{"text": "caf\xe9"}', 6, "byte 14 is not valid UTF-8"),
        (b'{"command": "delete"}', 6, "'delete' is unknown"),
        (lines(NOTE | {"when": "now"}), 6, "no 'when'"),
        (lines(ACT | {"reason": ""}), 6, "text is empty"),
        (lines(ACT | {"effective_at": "2017-11-02T22:52:00"}), 6, "no offset"),
        (lines({name: ACT[name] for name in ACT if name != "reason"}), 6, "needs 'reason'"),
        (lines(ACT | {"measure": "delete"}), 6, "'delete' is unknown"),
        (lines(NOTE | {"by": "op-42"}), 5, "not enrolled"),
        (lines(ACT | {"measure": "deactivate", "action": "a-1"}), 4, "another command"),
        (lines({"command": "reverse", "action": "a-1", "by": "op-7", "reason": "x"}), 3, "already"),
    ],
    ids=[
        "half a line",
        "a list",
        "Latin-1",
        "an unknown command",
        "an unknown argument",
        "an empty reason",
        "a naive time",
        "no reason",
        "an unknown measure",
        "an unknown operator",
        "an id that is taken",
        "reversed already",
    ],
)
@pytest.mark.usefixtures("nothing_written")
def test_one_bad_line_records_nothing(ask, folder, line, code, message):
    """
    The error names line 17, and none of the lines around it is recorded.
    """
    file = folder / "commands.jsonl"
    file.write_bytes(lines(*[NOTE] * 16) + line.rstrip(b"\n") + b"\n" + lines(*[NOTE] * 3))

    said = ask("--json", "record", "commands.jsonl")

    assert code == said.code
    assert "line 17" == said.error["where"].partition(",")[0]
    assert message in said.error["message"]


@pytest.mark.usefixtures("nothing_written")
def test_what_cannot_be_read_records_nothing(ask, folder):
    """
    A directory and a file that is not there are malformed input.
    """
    (folder / "commands").mkdir()

    for name, reason in (("commands", "Is a directory"), ("none.jsonl", "No such file")):
        said = ask("--json", "record", name)
        assert (6, "file") == (said.code, said.error["where"])
        assert reason in said.error["message"]


def test_a_file_that_cannot_be_read_begins_no_ledger(ask, folder):
    """
    The file is read before the ledger is opened.
    """
    (folder / "commands.jsonl").write_bytes(b"{")

    assert 6 == ask("record", "commands.jsonl").code
    assert ["commands.jsonl"] == [path.name for path in folder.iterdir()]
