"""
Commands: checked when they are made, whoever makes them, and told apart by their digest.
"""

import hashlib
import json
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given

from ledger.errors import Malformed
from ledger.moderation.commands import COMMANDS, UNCHANGED, Command, command_from, command_of
from ledger.moderation.commands.account import ActTerms, Amend, FileReport, Note
from ledger.moderation.commands.operator import ChangeContract, EnrolOperator
from ledger.moderation.commands.policy import AdoptPolicy
from tests.moderation.by_hand import at
from tests.strategies import commands, fields

SURROUNDINGS = {"request_id", "session", "correlation_id"}
ACT: dict[str, Any] = {
    "command": "act",
    "measure": "suspend",
    "account": "x",
    "by": "ann",
    "because_of": "own-initiative",
    "reason": "spam",
}

APPEALED = {"command": "decide_appeal", "appeal": "p", "outcome": "upheld", "reason": "r"}
NOTICE = {"command": "notify", "action": "a", "channel": "mail", "text_hash": "h"}
LEAVING = {"command": "offboard_operator", "operator": "o"}


def line(command: Command) -> dict[str, object]:
    """
    Return *command* as a line of `ledger record`.
    """
    kept = {name: getattr(command, name) for name in SURROUNDINGS}
    if isinstance(command, AdoptPolicy):
        kept["policy"] = command.policy.text
    return {"command": command.NAME, **command.arguments(), **kept}


@given(commands().filter(lambda command: command.NAME in COMMANDS))
def test_a_command_is_read_from_json_as_it_was_made(command):
    """
    What a service calls and what a script writes into a file is the same command.
    """
    written = json.loads(json.dumps(line(command)))

    assert command == command_from(written)


@given(commands())
def test_rule_15_the_digest_leaves_out_what_surrounds_a_command(command):
    """
    The same command in another session, flow or attempt is the same command.
    """
    elsewhere = attrs.evolve(command, request_id="q-2", session="s-2", correlation_id="c-2")

    assert command.digest() == elsewhere.digest()


@given(commands(), commands())
def test_rule_15_the_digest_covers_every_argument(one, other):
    """
    Two commands have one digest exactly when they ask for the same thing by the same operator.
    """
    same = (one.NAME, one.arguments()) == (other.NAME, other.arguments())

    assert same == (one.digest() == other.digest())


@pytest.mark.parametrize("command", ["act", "request"])
@pytest.mark.parametrize("name", sorted(set(fields(ActTerms)) - SURROUNDINGS))
def test_rule_15_no_argument_of_an_act_is_outside_the_digest(command, name):
    """
    Each argument alone, `by` and `on_behalf_of` included, makes it another command, whether the
    act is taken or asked for.
    """
    act = command_from({**ACT, "command": command})
    others: dict[str, Any] = {
        "because_of": "order:17",
        "closes": ["r-1"],
        "reversible_until": at("09:00"),
    }
    other = others.get(name, at("09:00") if name.endswith("_at") else "another")
    changed: dict[str, Any] = {name: other}

    assert act.digest() != attrs.evolve(act, **changed).digest()


def test_rule_15_the_digest_is_this():
    """
    SHA-256 over name and arguments in JSON, sorted, times in their canonical spelling.
    """
    note = command_from({"command": "note", "account": "x", "text": "seen", "session": "s"})
    told = '["note",{"account":"x","by":"system","on_behalf_of":null,"text":"seen"}]'

    assert hashlib.sha256(told.encode()).hexdigest() == note.digest()


def test_rule_15_spelling_makes_no_difference():
    """
    A moment in another offset, a set in another order, an argument given as its default: the same.
    """
    plain = command_from({**ACT, "because_of": ["r-1", "r-2"], "effective_at": at("09:00")})
    spelled = {"because_of": {"r-2", "r-1"}, "effective_at": "2017-11-02T10:00+01:00"}
    roles = {"command": "enrol_operator", "operator": "o", "kind": "human"}

    assert plain.digest() == command_from({**ACT, **spelled, "scope": None}).digest()
    assert (
        command_from({**roles, "roles": ["b", "a"]}).digest()
        == command_from({**roles, "roles": frozenset("ab")}).digest()
    )


def test_rule_11_omitted_and_null_are_two_things():
    """
    An absent expiry leaves it as it is, null removes it; the two have two digests.
    """
    omitted = command_from({"command": "amend", "action": "a", "reason": "r"})
    removed = command_from({"command": "amend", "action": "a", "reason": "r", "expires_at": None})

    assert isinstance(omitted, Amend)
    assert isinstance(removed, Amend)
    assert (UNCHANGED, None) == (omitted.expires_at, removed.expires_at)
    assert omitted.digest() != removed.digest()
    assert "expires_at" not in omitted.arguments()


def test_nobody_named_is_the_system():
    """
    No `by`, or null in JSON, means the system (rule 17).
    """
    assert "system" == Note(account="x", text="seen").by
    assert "system" == command_from({"command": "note", "account": "x", "text": "t", "by": None}).by


@pytest.mark.parametrize(
    ("given_line", "where"),
    [
        ({}, "command"),
        ({"command": "banish"}, "command"),
        ({"command": None}, "command"),
        ({"command": ["act"]}, "command"),
        ({"command": "reverse_in_force", "measure": "suspend", "account": "x"}, "command"),
        ({**ACT, "severity": "high"}, "severity"),
        ({"command": "act", "measure": "suspend"}, "account"),
        ({**ACT, "account": ""}, "account"),
        ({**ACT, "account": "x" * 300}, "account"),
        ({**ACT, "account": 25073877}, "account"),
        ({**ACT, "by": ""}, "by"),
        ({**ACT, "reason": " "}, "reason"),
        ({**ACT, "effective_at": "2017-11-02T22:52:00"}, "effective_at"),
        ({**ACT, "because_of": "whim"}, "because_of"),
        ({**ACT, "because_of": "order:"}, "because_of"),
        ({**ACT, "because_of": "order: "}, "because_of"),
        ({**ACT, "because_of": [""]}, "because_of"),
        ({**ACT, "request_id": ""}, "request_id"),
        ({**ACT, "session": "a\nb"}, "session"),
        ({"command": "enrol_operator", "operator": "o", "kind": "unknown"}, "kind"),
        ({"command": "enrol_operator", "operator": "o", "kind": "robot"}, "kind"),
        ({"command": "enrol_operator", "operator": "o", "kind": []}, "kind"),
        ({"command": "enrol_operator", "operator": "o", "kind": "human", "roles": "a"}, "roles"),
        ({"command": "resolve_report", "report": "r", "outcome": "whatever"}, "outcome"),
        ({"command": "correct", "id": "a", "reason": "r", "operator": None}, "operator"),
        ({"command": "correct", "id": "a", "reason": "r", "effective_at": None}, "effective_at"),
        ({"command": "protect_account", "account": "x", "tier": "t", "reason": ""}, "reason"),
        ({**ACT, "closes": "r-1"}, "closes"),
        ({**ACT, "command": "request", "lapses_at": "tomorrow"}, "lapses_at"),
        ({"command": "approve"}, "request"),
        ({**ACT, "on_behalf_of": [""]}, "on_behalf_of"),
        ({"command": "file_appeal", "action": "a", "appeal": ""}, "appeal"),
        ({**APPEALED, "outcome": "reversed"}, "outcome"),
        ({**APPEALED, "reason": " "}, "reason"),
        ({**NOTICE, "delivered_at": "2017-11-02T22:52:00"}, "delivered_at"),
        (NOTICE, "delivered_at"),
        ({**NOTICE, "delivered_at": at("09:00"), "text_hash": ""}, "text_hash"),
        ({**LEAVING, "pending": "keep"}, "pending"),
        ({**LEAVING, "pending": "hand-over"}, "pending"),
        ({**LEAVING, "pending": "withdraw:op-7"}, "pending"),
        ({**LEAVING, "dispositions": "a-1=withdraw"}, "dispositions"),
        ({**LEAVING, "dispositions": ["a-1"]}, "dispositions"),
        ({**LEAVING, "dispositions": [5]}, "dispositions"),
        ({**LEAVING, "dispositions": {"a-1": "keep"}}, "dispositions.a-1"),
        ({"command": "adopt_policy", "policy": 1}, "policy"),
        ({"command": "adopt_policy", "policy": " "}, "policy"),
        ({"command": "adopt_policy", "policy": "#" + "x" * 48 * 1024}, "policy"),
    ],
)
def test_what_has_the_wrong_shape_is_refused_and_says_where(given_line, where):
    """
    An unknown command or argument, a missing or a bad one: the message names it.
    """
    with pytest.raises(Malformed) as raised:
        command_from(given_line)

    assert where == raised.value.where


FINDING = {"command": "assert_finding", "action": "a", "source": "press", "statement": "said so"}


@pytest.mark.parametrize("confidence", [-1, 101, 50.0, "50", True])
def test_a_confidence_is_an_integer_percent(confidence):
    """
    There are no floats in the ledger: a confidence is 0 to 100, and None where none was given.
    """
    with pytest.raises(Malformed, match="no percentage"):
        command_from({**FINDING, "cause": "error", "confidence": confidence})

    sure = [command_from({**FINDING, "cause": "error", "confidence": c}) for c in (None, 0, 100)]
    assert [None, 0, 100] == [finding.arguments()["confidence"] for finding in sure]


def test_the_known_words_are_told():
    """
    Whoever mistypes a cause is told which ones there are.
    """
    with pytest.raises(Malformed) as raised:
        command_from({**FINDING, "cause": "malice"})

    expected = "automated-fault, compromised, correct, deliberate, error, undetermined"
    assert f"one of {expected}" == raised.value.expected


@pytest.mark.parametrize(
    ("name", "missing"),
    [("because_of", ()), ("because_of", []), ("reason", None)],
)
def test_only_imported_commands_may_lack_cause_and_reason(name, missing):
    """
    An act without a reason can be read, since a source may have none, and is not complete.
    """
    told = command_from({**ACT, name: missing})

    with pytest.raises(Malformed, match=f"act needs '{name}'") as raised:
        told.complete()
    assert name == raised.value.where
    assert command_from(ACT) == command_from(ACT).complete()


def test_what_each_command_needs_when_it_is_live():
    """
    The commands whose cause or reason only a source may leave out.
    """
    needed = {name: cls.NEEDED for name, cls in COMMANDS.items() if cls.NEEDED}

    assert {
        "act": ("because_of", "reason"),
        "request": ("because_of", "reason"),
        "deny": ("reason",),
        "reverse": ("reason",),
        "withdraw": ("reason",),
        "amend": ("reason",),
        "correct": ("reason",),
    } == needed


@pytest.mark.parametrize("name", COMMANDS)
def test_positional_arguments_are_arguments(name):
    """
    What the front door takes by position is what the command needs first.
    """
    cls = COMMANDS[name]

    assert cls.POSITIONAL or name == "erase"
    assert set(cls.POSITIONAL) <= set(fields(cls))
    assert name == cls.NAME


def test_a_command_is_a_value():
    """
    Equal arguments make equal commands, and none can be changed afterwards.
    """
    report = FileReport(account="x", category="spam", source="user")

    assert report == command_of(FileReport, {"account": "x", "category": "spam", "source": "user"})
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        report.account = "y"  # type: ignore[misc]


def test_times_are_kept_in_utc_and_roles_sorted_once():
    """
    What is recorded of a command does not depend on how it was given.
    """
    enrolment = EnrolOperator(
        operator="o",
        kind="human",  # type: ignore[arg-type]
        roles=["b", "a", "b"],  # type: ignore[arg-type]
        leaves_at=at("23:00").astimezone(tz=None),
    )
    changed = ChangeContract(operator="o", vendor=None)

    assert ("a", "b") == enrolment.roles
    assert timedelta(0) == enrolment.leaves_at.utcoffset()  # type: ignore[union-attr]
    assert (None, UNCHANGED) == (changed.vendor, changed.contract)
