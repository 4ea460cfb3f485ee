"""
What holds of every command: allowed it is one draft, refused for lack of authority it is recorded,
and of history nothing is refused.
"""

from itertools import product

import pytest

from ledger.moderation.account import Account
from ledger.moderation.account import evolve as evolve_account
from ledger.moderation.claims import CommandRefused
from ledger.moderation.commands import COMMANDS, command_from
from ledger.moderation.decisions import DECISIONS
from ledger.moderation.events import Event, Outcome, kind_of
from ledger.moderation.events.account import AnomalyRecorded
from ledger.moderation.keys import KEYS_STREAM, Keys
from ledger.moderation.keys import fold as fold_keys
from ledger.moderation.operator import evolve as evolve_operator
from ledger.moderation.policy import POLICY_STREAM
from ledger.moderation.privacy import PRIVACY_STREAM, Privacy
from ledger.moderation.privacy import fold as fold_privacy
from tests.moderation.by_hand import at
from tests.moderation.decisions.allowed import (
    ALLOWED,
    READ,
    STREAMS,
    decided,
    history,
    line,
    stream,
)
from tests.moderation.decisions.desk import HISTORICAL, entries, operator
from tests.strategies import entry_of

every_command = pytest.mark.parametrize("name", ALLOWED)


def test_every_command_has_a_decision():
    """
    The table of decisions knows what may be asked, and what an import may say beside it.
    """
    assert set(COMMANDS) == set(ALLOWED)
    assert {*COMMANDS, *HISTORICAL} == set(DECISIONS)


@every_command
@pytest.mark.parametrize("by", ["root", "system"])
def test_an_allowed_command_is_one_draft(name, by):
    """
    An admin and the system may do it: one event on the right stream, by whoever asked.
    """
    _, kind, result = ALLOWED[name]
    decision = decided(line(name, by), *history(name))

    (draft,) = decision.drafts
    assert (kind, result, by) == (kind_of(draft.event), decision.result, draft.operator)
    assert stream(name) == draft.stream
    assert None is decision.refusal


UNFIT = {
    "gone": "left at 2017-11-02T12:00:00Z",
    "late": "starts at 2017-11-02T12:01:00Z",
    "barred": "is barred: under review",
    "stranger": "not enrolled",
}
# Whoever appeals need be no operator.
APPELLANT = ("file_appeal", "stranger")


@pytest.mark.parametrize(
    ("name", "by"), [pair for pair in product(ALLOWED, UNFIT) if pair != APPELLANT]
)
def test_rule_16_a_refusal_for_lack_of_authority_is_what_is_recorded(name, by):
    """
    Nothing of the command happens; what was asked, by whom and why it was stopped is on record.
    """
    asked, why = line(name, by), UNFIT[by]
    decision = decided(asked, *history(name))

    (draft,) = decision.drafts
    refused, refusal = draft.event, decision.refusal
    assert isinstance(refused, CommandRefused)
    assert stream(name, refused=True) == draft.stream
    assert (name, command_from(asked).arguments()) == (refused.command, refused.arguments)
    assert [("authority", Outcome.STOPPED, why)] == [
        (verdict.name, verdict.outcome, verdict.why) for verdict in refused.verdicts
    ]
    assert refused.authority is not None
    assert (False, why) == (refused.authority.permitted, refused.authority.why)
    assert refusal is not None
    assert (True, "authority", by) == (refusal.recorded, refusal.rule, refusal.by)
    assert {"authority": "stopped"} == refusal.verdicts
    assert why in str(refusal)


@every_command
def test_a_recorded_refusal_changes_nothing(name):
    """
    Folded into the account or the operator, a refusal is kept and nothing else is different.
    """
    (draft,) = decided(line(name, "gone"), *history(name)).drafts
    entry = entry_of(draft.event, draft.stream, 99, recorded_at=at("12:00"))
    if draft.stream == "account/x":
        before = Account("x")
        for known in entries(*history(name)):
            before = evolve_account(before, known)
        after = evolve_account(before, entry)
        assert [entry] == after.refusals
        after.refusals, after.version = [], before.version
        assert before == after
    elif draft.stream.startswith("operator/"):
        subject = operator(draft.stream.partition("/")[2])
        changed = evolve_operator(subject, entry)
        assert [entry] == changed.refusals
        assert (subject.changes, subject.spans) == (changed.changes, changed.spans)
    elif draft.stream == PRIVACY_STREAM:
        assert Privacy(version=99) == fold_privacy([entry])
    elif draft.stream == KEYS_STREAM:
        assert Keys(version=99) == fold_keys([entry])
    else:
        # Nothing is folded from it: versions of the policy's own stream are policies.
        assert STREAMS[name][1] == draft.stream not in (PRIVACY_STREAM, POLICY_STREAM)


@every_command
@pytest.mark.parametrize("by", ["ann", "cron", "newcomer", "met"])
def test_rule_17_who_may_do_what_without_a_policy(name, by):
    """
    Anybody enrolled and present may act; only the role `admin` enrols, grants, bars, protects and
    adopts.
    """
    about_ledger = name == "adopt_policy" or COMMANDS[name].ABOUT == "ledger"
    takes_admin = "operator" in ALLOWED[name][0] or "protect" in name or about_ledger
    if name == "record_read":
        # Whoever may act may read: it is on record.
        takes_admin = False
    decision = decided(line(name, by), *history(name))

    assert takes_admin == (decision.refusal is not None)
    if decision.refusal is not None:
        assert "does not have the role 'admin'" in str(decision.refusal)


NOT_PERMITTED = {
    "gone": "acted_after_leaving",
    "late": "acted_before_starting",
    "barred": "acted_while_barred",
}


def anomaly(event: Event) -> str:
    """
    Return the name of the anomaly that an event records.
    """
    assert isinstance(event, AnomalyRecorded)
    return event.anomaly


@pytest.mark.parametrize("name", [each for each in ALLOWED if COMMANDS[each].ABOUT != "ledger"])
@pytest.mark.parametrize("by", ["gone", "late", "barred", "ann"])
def test_of_history_nothing_is_refused(name, by):
    """
    What a source says has happened: no safeguard is asked, no authority computed, none stored but
    the one that an approval counts by. What was not permitted is followed by an anomaly.
    """
    decision = decided(line(name, by), *history(name), imported=True)

    draft, *beside = decision.drafts
    assert None is decision.refusal
    assert ALLOWED[name][1] == kind_of(draft.event)
    assert (name == "approve") == (getattr(draft.event, "authority", None) is not None)
    assert () == getattr(draft.event, "verdicts", ())
    expected = NOT_PERMITTED.get(by) if name in ("act", "reverse") else None
    assert [expected] * (expected is not None) == [anomaly(behind.event) for behind in beside]


@every_command
def test_what_surrounds_a_command_is_kept_with_its_event(name):
    """
    Session, flow, principal, digest and source stand in the context; without any there is none.
    """
    surroundings = {"session": "s", "correlation_id": "c", "on_behalf_of": "p"}
    asked = {**line(name, "root"), **surroundings}
    told = {"digest": "d", "source_id": "i:17", "source_recorded_at": at("11:00")}
    (draft,) = decided(asked, *history(name), **told).drafts
    (bare,) = decided(line(name, "root"), *history(name)).drafts

    context = draft.event.context
    assert context is not None
    assert {**surroundings, **told} == vars(context)
    assert None is bare.event.context


@every_command
def test_what_was_read_of_operators_is_kept_with_a_decision(name):
    """
    An event that says what it relied on names the version of every operator that was read.
    """
    (draft,) = decided(line(name, "root"), *history(name)).drafts

    expected = ("operator/root@1", *READ.get(name, ()))
    assert expected == getattr(draft.event, "relied_on", expected)
