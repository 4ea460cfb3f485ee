"""
Arguments: whatever is given to the ledger, it is answered or refused as one of the six families.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from inspect import Parameter, getmembers, isfunction, signature
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger, LedgerError, Malformed, NotFound, Unavailable
from ledger.notary.keys import generate
from tests.conftest import ACCOUNT, action_command, take_action

# What no argument of any method is meant to be, or only few are.
STRANGE: list[Any] = [
    5,
    2**70,
    -1,
    1.5,
    None,
    b"x",
    "\ud800",
    "{\ud800}",
    "a\0b",
    [5],
    {0: None},
    {0: "5"},
    ("1m", "\ud800"),
]
# They take nothing, or end what is asked.
NOT_ASKED = {"open", "create", "close", "migrate", "rebuild", "conceal", "drop_erased", "status"}
SURROUNDINGS = ("request_id", "on_behalf_of", "session", "correlation_id")
METHODS = [name for name, _ in getmembers(Ledger, isfunction) if name[0] != "_"]
# What is given where nothing strange is, so that each argument is reached.
USUAL: dict[str, Any] = {
    "account": ACCOUNT,
    "accounts": [ACCOUNT, "another"],
    "at": "2017-11-02T22:00:00Z",
    "because_of": "own-initiative",
    "by": "op-7",
    "category": "impersonation",
    "cause": "human-error",
    "channel": "mail",
    "delivered_at": "2017-11-02T22:00:00Z",
    "fields": ["reason"],
    "files": [],
    "format": "actions",
    "kind": "human",
    "measure": "warn",
    "old": 1,
    "new": 2,
    "operator": "op-417",
    "outcome": "upheld",
    "policy": '{"policy": 1}',
    "pending": "let-stand",
    "period": "1d",
    "source": "user",
}


def usual(ledger: Ledger, method: str, key: Path) -> dict[str, Any]:
    """
    Return what *method* needs.
    """
    told = {**USUAL, "action": take_action(ledger), "id": take_action(ledger, measure="warn")}
    if method in ("checkpoint", "bundle", "prove"):
        state = key.with_name("state")
        told["checkpoint"] = ledger.checkpoint(keys=[key], state=state).note.encode()
        told |= {"keys": [key], "state": state}
    if method == "undo":
        told["plan"] = ledger.plan_undo(actions=[told["action"]])
    parameters = signature(getattr(Ledger, method)).parameters
    needed = {
        name: told.get(name, "a word")
        for name, parameter in parameters.items()
        if parameter.default is Parameter.empty and name not in ("self", "surroundings")
    }
    also = {"checkpoint": ["keys", "state"], "bundle": ["account", "state"], "prove": ["position"]}
    return needed | {name: told.get(name, 2) for name in also.get(method, ())}


def asked(ask: Callable[..., object], given: dict[str, Any]) -> None:
    """
    Ask, to the end of the answer; what is refused is refused as the ledger does.
    """
    with suppress(LedgerError):
        answer = ask(**given)
        if isinstance(answer, AbstractContextManager) and ask.__name__ == "reading":
            with answer:
                pass
        elif isinstance(answer, Iterator) and ask.__name__ != "follow":
            list(answer)
        elif isinstance(answer, Future):
            answer.result()


@pytest.mark.parametrize("method", sorted({*METHODS} - NOT_ASKED - {"record_orders"}))
def test_nothing_that_is_given_trips_the_ledger(
    file_ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
):
    """
    Each argument of each method, with values of every wrong kind: who gave them is told what is
    wrong, and nothing that is derived from the entries is wrong afterwards.
    """
    monkeypatch.chdir(tmp_path)
    key = tmp_path / "key"
    generate(key, file_ledger.signed_origin)
    told = usual(file_ledger, method, key)
    parameters = signature(getattr(Ledger, method)).parameters
    names = [name for name in parameters if name not in ("self", "surroundings")]
    for name in [*names, *(SURROUNDINGS if "surroundings" in parameters else ())]:
        for strange in STRANGE:
            asked(getattr(file_ledger, method), {**told, name: strange})

    assert not any(table.differed for table in file_ledger.rebuild())


@pytest.mark.parametrize("limit", [-1, 1.5, True, "5", 2**53, 2**70])
def test_a_limit_is_a_number_that_can_be_counted_to(file_ledger: Ledger, limit: Any):
    """
    Another one is refused, and none of them reaches the database.
    """
    with pytest.raises(Malformed, match="is no limit") as caught:
        file_ledger.restrictions(limit=limit)

    assert "limit" == caught.value.where
    assert [] == list(file_ledger.restrictions(limit=2**53 - 1))


@pytest.mark.parametrize("stream", [5, b"account/x", "", "\ud800/x", "account/\ud800", "a\0/x"])
def test_what_is_no_stream_is_malformed(file_ledger: Ledger, stream: Any):
    """
    Nor is one whose first part holds what no id may hold.
    """
    with pytest.raises(Malformed) as caught:
        file_ledger.entries(stream=stream)

    assert "stream" == caught.value.where


@pytest.mark.parametrize("command", [5, None, b"note", "note", [5], ["note"], object()])
def test_what_is_no_command_is_malformed(file_ledger: Ledger, command: Any):
    """
    A command is told apart from what is none when it is given, and a list of them says which.
    """
    size = file_ledger.status().entries
    with pytest.raises(Malformed, match="is no command") as caught:
        file_ledger.submit(command)
    assert "command" == caught.value.where

    with pytest.raises(Malformed, match="is no command") as caught:
        file_ledger.record_many([action_command(), command])
    assert "command 2, command" == caught.value.where
    assert size == file_ledger.status().entries


@pytest.mark.parametrize("commands", [5, None, b"note", "note", {"command": "note"}])
def test_what_is_no_list_of_commands_is_malformed(file_ledger: Ledger, commands: Any):
    """
    One command alone is no list either.
    """
    with pytest.raises(Malformed, match="is no list of commands") as caught:
        file_ledger.record_many(commands)

    assert "commands" == caught.value.where


def test_a_proof_is_of_a_log_that_there_is(file_ledger: Ledger, tmp_path: Path):
    """
    A log that the ledger does not have is not found, whether a checkpoint is given as a note or as
    a size; and no log ever had fewer entries than none.
    """
    key = tmp_path / "key"
    generate(key, file_ledger.signed_origin)
    note = file_ledger.checkpoint(keys=[key], state=tmp_path / "state").note.encode()
    for old in (note, 1):
        with pytest.raises(NotFound, match="there is no log 1"):
            file_ledger.prove_growth(log=1, old=old, new=note)

    with pytest.raises(Malformed, match="has never had -1 entries"):
        file_ledger.prove_growth(old=-1, new=note)


@pytest.mark.parametrize("url", [5, None, b"memory:", "sqlite:///", "sqlite:///\ud800", "a\0b"])
@pytest.mark.parametrize("create", [True, False])
def test_what_names_no_ledger_is_malformed(url: Any, create):
    """
    Also a file that cannot be called so.
    """
    with pytest.raises(Malformed) as caught:
        Ledger.open(url, create=create)

    assert "ledger" == caught.value.where


@pytest.mark.parametrize("create", [True, False])
def test_a_file_that_cannot_be_reached_is_unavailable(file_ledger: Ledger, create):
    """
    A name that is too long for the disk is told, where a ledger is opened and where one is copied.
    """
    with pytest.raises(Unavailable, match="cannot be looked at"):
        Ledger.open("sqlite:///" + "x" * 5000, create=create)
    with pytest.raises(Unavailable, match="cannot be written"):
        file_ledger.backup("x" * 5000)


@pytest.mark.parametrize("position", [0, -1, True, "1", 2**53])
def test_what_is_no_position_is_malformed(sealed_ledger: Ledger, position: Any):
    """
    Of an entry that is to be hidden as well, before anything is looked up.
    """
    with pytest.raises(Malformed, match="is no position") as caught:
        sealed_ledger.suppress("press", position=position, by="op-1", reason="a court order")

    assert "position" == caught.value.where
