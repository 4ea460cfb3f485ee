"""
Which policy was in force when, and what safeguards said of an act, then and now.
"""

from typing import Any

import pytest

from ledger import Ledger, NotFound, Refused
from ledger.book.document import document
from ledger.moderation.moment import moment
from ledger.moderation.policy_document import NamedRule
from ledger.moderation.rules import RULES, Rule
from tests.conftest import ACCOUNT, HandSetClock, file_report, take_action

FIRST = """
policy = 1
title = "first"

[[safeguards]]
rule = "ground-required"

[[safeguards]]
name = "last day"
rule = "last-day"
"""
SECOND: dict[str, Any] = {"policy": 1, "safeguards": [{"rule": "last-day"}]}


def at(text: str):
    """
    Return a moment of 2 November, "22:52".
    """
    return moment(f"2017-11-02T{text}:00Z", "at")


@pytest.fixture
def governed(staffed: Ledger, clock: HandSetClock) -> Ledger:
    """
    Return a ledger in which op-1 adopted one policy at 22:10, and the system another one at 22:20.
    """
    clock.set(at("22:10"))
    staffed.adopt_policy(FIRST, by="op-1")
    clock.set(at("22:20"))
    staffed.adopt_policy(SECOND)
    clock.set(at("22:30"))
    return staffed


def adopted(answer: Any) -> tuple[object, ...]:
    """
    Return which policy an answer is about, and who adopted it when.
    """
    return answer.policy.version, answer.policy.adopted_by, answer.policy.adopted_at


def test_the_policy_in_force_is_the_last_that_was_adopted(governed):
    """
    With its text, its safeguards, the rules that it leaves out, and all versions before it.
    """
    answer = governed.policy()

    assert ("default@2", "system", at("22:20")) == adopted(answer)
    assert (None, None, "json") == (answer.title, answer.in_force_until, answer.syntax)
    assert (NamedRule("last-day", "last-day"),) == answer.safeguards
    assert tuple(rule for rule in RULES if rule != "last-day") == answer.not_adopted
    assert [("default@1", "op-1", at("22:10")), ("default@2", "system", at("22:20"))] == [
        (known.version, known.adopted_by, known.adopted_at) for known in answer.versions
    ]


def test_a_policy_can_be_read_as_it_was_written(governed):
    """
    An earlier version has its text to the letter, and until when it was in force.
    """
    answer = governed.policy("default@1")

    assert ("default@1", "op-1", at("22:10")) == adopted(answer)
    assert (FIRST, "toml", "first") == (answer.text, answer.syntax, answer.title)
    assert at("22:20") == answer.in_force_until
    names = [NamedRule("ground-required", "ground-required"), NamedRule("last day", "last-day")]
    assert names == list(answer.safeguards)


def test_before_one_is_adopted_the_one_built_in_holds(governed):
    """
    Nobody wrote it and nobody adopted it; it was in force until the first one was.
    """
    then, named = governed.policy(known_at=at("22:05")), governed.policy("builtin@0")

    assert ("builtin@0", None, None) == adopted(then) == adopted(named)
    assert (None, None, None, ()) == (then.text, then.syntax, then.in_force_until, then.versions)
    assert ((), at("22:10"), 2) == (named.safeguards, named.in_force_until, len(named.versions))
    assert ("protected-account", "two-person", "last-day") == named.not_adopted


def test_the_policy_at_a_cut_is_the_one_that_was_known_then(governed):
    """
    Later versions are neither in force nor listed.
    """
    answer = governed.policy(known_at=at("22:15"))

    assert ("default@1", "op-1", at("22:10")) == adopted(answer)
    assert (None, 1) == (answer.in_force_until, len(answer.versions))


@pytest.mark.parametrize("version", ["default@3", "default@0", "default@x", "other@1", "default"])
def test_a_version_that_was_not_adopted_is_not_found(governed, version):
    """
    What there is is named.
    """
    with pytest.raises(NotFound) as raised:
        governed.policy(version)

    assert ("version", "one of builtin@0 to default@2") == (
        raised.value.where,
        raised.value.expected,
    )


def test_a_policy_can_be_read_without_the_rules_that_it_uses(clock, ledger_path):
    """
    A rule of a service that is not registered any more leaves the text and the names readable.
    """
    url, own = f"sqlite:///{ledger_path}", Rule("full-moon", lambda _considered, _asked: None)
    with Ledger.create(url, clock=clock, rules=[own]) as ledger:
        ledger.adopt_policy({"policy": 1, "safeguards": [{"rule": "full-moon", "name": "moon"}]})
    with Ledger.open(url, clock=clock) as ledger:
        assert (NamedRule("moon", "full-moon"),) == ledger.policy().safeguards


def test_safeguards_tell_what_was_said_and_what_would_be(staffed, clock):
    """
    An act under the one built in: authority alone was asked; today's policy would stop it.
    """
    staffed.protect_account(ACCOUNT, tier="head-of-state", by="op-1", reason="office")
    action = take_action(staffed, because_of=[file_report(staffed)])
    clock.set(at("22:10"))
    staffed.adopt_policy(FIRST, by="op-1")

    answer = staffed.safeguards(action)
    assert (ACCOUNT, "deactivate", "op-7", "op-7") == (
        answer.account,
        answer.measure,
        answer.operator,
        answer.recorded_operator,
    )
    assert ("builtin@0", None, None) == adopted(answer)
    assert [("authority", "builtin@0", "passed", False)] == [
        (told.name, told.policy, told.outcome, told.of_original) for told in answer.verdicts
    ]
    assert ["protected-account", "two-person", "last-day"] == [
        lacking.rule for lacking in answer.not_adopted
    ]
    assert ("default@1", "op-1", at("22:10")) == adopted(answer.today)
    assert ("stopped", ["passed", "stopped", "passed"]) == (
        answer.today.judgement,
        [verdict.outcome for verdict in answer.today.verdicts],
    )


def test_a_skipped_safeguard_names_whose_change_it_was(governed):
    """
    A rule that an earlier policy used was dropped by whoever adopted the one after it; another one
    was never there.
    """
    answer = governed.safeguards(take_action(governed))

    assert ("default@2", "system", at("22:20")) == adopted(answer)
    dropped = {lacking.rule: lacking.dropped_by for lacking in answer.not_adopted}
    assert ("default@2", "system") == (
        dropped["ground-required"].version,
        dropped["ground-required"].adopted_by,
    )
    assert dropped["two-person"] is None
    assert "last-day" not in dropped


def test_refused_attempts_before_an_act_are_told_with_it(governed, clock):
    """
    Those of the same measure on the same account, asked for in one way or the other, and only
    before it.
    """
    governed.adopt_policy(FIRST)
    wrong: list[dict[str, Any]] = [
        {},
        {"measure": "suspend"},
        {"account": "y"},
    ]
    for changes in wrong:
        with pytest.raises(Refused):
            take_action(governed, **changes)
    terms: dict[str, Any] = {"by": "op-7", "because_of": "own-initiative", "reason": "spam"}
    with pytest.raises(Refused):
        governed.request("deactivate", ACCOUNT, **terms)
    request = governed.request("deactivate", ACCOUNT, **terms, ground="law", action="a-1")
    with pytest.raises(Refused):
        governed.approve(request, by="op-7")
    clock.set(at("22:40"))
    governed.approve(request, by="op-1")
    governed.reverse("a-1", by="op-1", reason="error")
    with pytest.raises(Refused):
        take_action(governed)

    refused = governed.safeguards("a-1").refused
    assert ["act", "request", "approve"] == [attempt.command for attempt in refused]
    assert ["ground=<the law or rule that it rests on>"] * 2 == [
        attempt.expected for attempt in refused[:2]
    ]
    assert ("op-7", at("22:30")) == (
        refused[0].by,
        refused[0].recorded_at.replace(microsecond=0),
    )
    assert ["approver"] == [
        verdict.name for verdict in refused[2].verdicts if verdict.outcome == "stopped"
    ]


def test_verdicts_of_an_act_that_was_corrected_are_of_the_original(governed, clock):
    """
    They stay as they were given; today's are for whoever is held to have acted.
    """
    governed.adopt_policy(SECOND | {"title": "again"})
    action = take_action(governed)
    clock.set(at("22:40"))
    governed.correct(action, by="op-1", operator="op-417", reason="shared screen")

    answer = governed.safeguards(action)
    assert ("op-417", "op-7") == (answer.operator, answer.recorded_operator)
    assert {True} == {told.of_original for told in answer.verdicts}
    assert (["passed", "passed"], "stopped") == (
        [told.outcome for told in answer.verdicts],
        answer.today.judgement,
    )
    assert "allowed" == governed.safeguards(action, known_at=at("22:35")).today.judgement


def test_today_counts_the_acts_before(staffed, clock):
    """
    A limit of today counts the acts that lay within its window then, on whichever account, each as
    the operator's who is held to have taken it.
    """
    for number, by in enumerate(["op-7", "op-7", "op-1", "op-7"]):
        take_action(staffed, f"x-{number}", action=f"a-{number}", by=by)
        clock.advance(minutes=1)
    limit = {"rule": "rate-limit", "limit": 2, "window": "1h"}
    staffed.adopt_policy({"policy": 1, "safeguards": [limit]})

    def judgements() -> list[str]:
        return [staffed.safeguards(f"a-{number}").today.judgement for number in range(4)]

    assert ["allowed", "allowed", "allowed", "stopped"] == judgements()
    assert judgements() == [row.judgement for row in staffed.backtest().rows]
    staffed.correct("a-2", by="system", operator="op-7", reason="shared screen")
    assert ["allowed", "allowed", "stopped", "stopped"] == judgements()
    assert judgements() == [row.judgement for row in staffed.backtest().rows]


@pytest.mark.parametrize("known_at", [None, "2017-11-02T22:05:00Z"])
def test_an_action_that_is_not_on_record_has_no_safeguards(staffed, clock, known_at):
    """
    Unknown now, or not yet known then.
    """
    clock.set(at("22:10"))
    action = take_action(staffed)

    with pytest.raises(NotFound) as raised:
        staffed.safeguards("unheard-of" if known_at is None else action, known_at=known_at)
    assert "action" == raised.value.where


def test_history_has_no_verdicts_and_is_judged_all_the_same(file_ledger, tmp_path):
    """
    No policy was asked about an imported act; today's is, and the answer says where the act is
    from.
    """
    path = tmp_path / "log.jsonl"
    path.write_text(
        '{"command": "act", "measure": "suspend", "account": "x", "action": "a-1", "by": "ann",'
        ' "because_of": "own-initiative", "reason": null, "recorded_at": "2017-11-02T22:00:00Z"}'
    )
    file_ledger.import_history("actions", [path], as_late=True)
    file_ledger.adopt_policy(FIRST)

    answer = document(file_ledger.safeguards("a-1"))
    assert (None, [], [], "source") == (
        answer["policy"],
        answer["verdicts"],
        answer["not_adopted"],
        answer["recorded_by"],
    )
    assert "stopped" == answer["today"]["judgement"]
