"""
Claims: which id stands for what, and what a command that was given before returns again.
"""

import json

import pytest
from hypothesis import given

from ledger.errors import Refused
from ledger.moderation.claims import (
    ACT_REQUEST,
    ACTION,
    APPEAL,
    ERASURE,
    EXTERNAL_REPORT,
    FINDING,
    HOLD,
    REPORT,
    REQUEST,
    REVERSAL,
    SOURCE,
    SUPPRESSION,
    TARGETS,
    UNDO,
    Claim,
    claims,
    result,
)
from ledger.moderation.claims import (
    given as given_ids,
)
from ledger.moderation.codec import CODEC
from ledger.moderation.commands import COMMANDS, command_from
from ledger.moderation.events import KINDS
from ledger.moderation.events.account import ActionTaken
from tests.moderation import samples
from tests.moderation.golden_leaves import leaves
from tests.moderation.keys_samples import NEW, OLD
from tests.moderation.privacy_samples import ALIAS
from tests.strategies import commands, entries, fields

SAMPLES = {kind: leaf for kind, _, leaf in reversed([*leaves()])}
GIVEN = {
    "request_id": REQUEST,
    "action": ACTION,
    "request": ACT_REQUEST,
    "report": REPORT,
    "external_id": EXTERNAL_REPORT,
    "appeal": APPEAL,
    "hold": HOLD,
    "suppression": SUPPRESSION,
}
# Which ids a caller may choose, by command, in the order in which they are claimed.
CHOSEN = {
    "act": ["action"],
    "request": ["action", "request"],
    "file_report": ["report", "external_id"],
    "file_appeal": ["appeal"],
    "place_hold": ["hold"],
    "suppress": ["suppression"],
}

# Of every kind: the ids that its entry claims beside those of request and source, and its result.
TOLD: dict[str, tuple[list[tuple[str, str]], str]] = {
    "account.report_filed": ([(REPORT, "r-1"), (EXTERNAL_REPORT, '["user","T-17"]')], "r-1"),
    "account.report_assigned": ([], "r-1"),
    "account.report_resolved": ([], "r-1"),
    "account.report_reopened": ([], "r-1"),
    "account.protected": ([], "25073877"),
    "account.unprotected": ([], "25073877"),
    # Granted on a request, which claimed its id.
    "account.action_taken": ([], "a-1"),
    "account.action_reversed": ([(REVERSAL, "v-1")], "v-1"),
    "account.action_withdrawn": ([], "a-1"),
    "account.reversal_withdrawn": ([], "v-1"),
    "account.action_amended": ([], "a-1"),
    "account.record_corrected": ([], "v-1"),
    "account.finding_asserted": ([(FINDING, "f-1")], "f-1"),
    "account.finding_revised": ([(FINDING, "f-2")], "f-2"),
    "account.finding_retracted": ([], "f-1"),
    "account.noted": ([], "n-1"),
    "account.anomaly_recorded": ([], "25073877"),
    "account.act_requested": ([(ACT_REQUEST, "q-1"), (ACTION, "a-1")], "q-1"),
    "account.request_approved": ([], "q-1"),
    "account.request_denied": ([], "q-1"),
    "account.request_withdrawn": ([], "q-1"),
    "account.handed_over": ([], "q-1"),
    "account.notified": ([], "n-1"),
    "account.appeal_filed": ([(APPEAL, "p-1")], "p-1"),
    "account.appeal_decided": ([], "p-1"),
    "account.override_reviewed": ([], "a-1"),
    "operator.enrolled": ([], "25073877"),
    "operator.role_granted": ([], "25073877"),
    "operator.role_revoked": ([], "25073877"),
    "operator.barred": ([], "25073877"),
    "operator.unbarred": ([], "25073877"),
    "operator.contract_changed": ([], "25073877"),
    "operator.offboarded": ([], "25073877"),
    "operator.training_marked": ([], "25073877"),
    "operator.training_revoked": ([], "25073877"),
    "policy.adopted": ([], "default@1"),
    "ledger.opened": ([], "25073877"),
    "ledger.import_began": ([], "25073877"),
    "ledger.import_ended": ([], "25073877"),
    "ledger.undo_applied": ([(UNDO, "u-2")], "u-2"),
    "ledger.subject_erased": ([(ERASURE, ALIAS)], ALIAS),
    "ledger.key_rotated": ([], NEW),
    "ledger.key_revoked": ([], OLD),
    "ledger.suppressed": ([(SUPPRESSION, "s-1")], "s-1"),
    "ledger.suppression_ended": ([], "s-1"),
    "ledger.redacted": ([], samples.HASH),
    "ledger.retention_set": ([], "measure:suspend"),
    "ledger.hold_placed": ([(HOLD, "h-1")], "h-1"),
    "ledger.hold_released": ([], "h-1"),
    "ledger.personal_data_read": ([], "d-1"),
}
REFUSALS = ["account.command_refused", "operator.command_refused", "ledger.command_refused"]
# The kinds of ids that no caller gives: no command can be repeated under one.
MADE = {REVERSAL: "", FINDING: "", SOURCE: "", ERASURE: ""}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_claims_its_ids(kind):
    """
    The request, what the entry brings into being, and the row of the source: in this order.
    """
    entry = CODEC.decode_entry(SAMPLES[kind], 7)
    brought = TOLD[kind][0] if kind in TOLD else []

    expected = [(REQUEST, "q-1"), *brought, (SOURCE, "actions:17")]
    assert expected == [(claim.kind, claim.id) for claim in claims(entry)]


@pytest.mark.parametrize("kind", TOLD)
def test_every_kind_returns_the_id_of_what_it_recorded(kind):
    """
    A command that is given again under its id gets the first answer.
    """
    assert TOLD[kind][1] == result(CODEC.decode_entry(SAMPLES[kind], 7))


@pytest.mark.parametrize("kind", REFUSALS)
def test_rule_15_a_repeated_refusal_raises_it_again(kind):
    """
    Whoever repeats a refused command is refused as before, from what is on record.
    """
    entry = CODEC.decode_entry(SAMPLES[kind], 7)

    with pytest.raises(Refused, match="left at") as raised:
        result(entry)

    refusal = raised.value
    assert ("authority", "op-417", True) == (refusal.rule, refusal.by, refusal.recorded)
    assert {"authority": "stopped"} == refusal.verdicts
    assert entry.event.expected == refusal.expected  # type: ignore[attr-defined]
    assert set(KINDS) == {*TOLD, *REFUSALS}


def test_the_digest_stands_with_the_ids_that_a_caller_gave():
    """
    Ids that only the ledger makes have none: no command can be repeated under them.
    """
    digests = {
        claim.kind: claim.digest
        for kind in KINDS
        for claim in claims(CODEC.decode_entry(SAMPLES[kind], 7))
    }

    chosen = {*GIVEN.values(), UNDO}
    assert dict.fromkeys(chosen, samples.HASH) | MADE == digests


def test_an_act_claims_its_id_unless_its_request_did():
    """
    Taken at once it claims the id itself; whoever repeats it gets the action.
    """
    told = [event for event in samples.EVENTS if isinstance(event, ActionTaken)]
    taken = [CODEC.decode_entry(samples.leaf_of(event), 7) for event in told]

    assert [(ACTION, "a-1"), (ACTION, "a-2")] == [
        (claim.kind, claim.id)
        for entry in taken
        for claim in claims(entry)
        if claim.kind not in (REQUEST, SOURCE)
    ]


@given(entries())
def test_claims_follow_from_the_entry_alone(entry):
    """
    Read back from its bytes, an entry claims the same, no id of a kind twice.
    """
    found = list(claims(entry))

    assert found == list(claims(CODEC.decode_entry(entry.body, entry.position)))
    assert len(found) == len({(claim.kind, claim.id) for claim in found})
    assert all(isinstance(claim, Claim) for claim in found)


@given(commands())
def test_a_command_gives_the_ids_that_its_caller_chose(command):
    """
    The request id, and the ids of what it brings into being; not what it names. What a source
    calls a report is unique within the source.
    """
    names = ["request_id", *CHOSEN.get(command.NAME, [])]

    expected = [(GIVEN[name], getattr(command, name)) for name in names]
    assert [
        (kind, name if kind != EXTERNAL_REPORT else external(command.source, name))
        for kind, name in expected
        if name is not None
    ] == list(given_ids(command))


def external(source: str, name: str) -> str:
    """
    Return an id of a source as it is claimed.
    """
    return json.dumps([source, name], ensure_ascii=False, separators=(",", ":"))


def test_every_command_about_something_on_record_says_which_argument_names_it():
    """
    Every other command names the account or operator that it is about, or is about the policy or
    the ledger.
    """
    for name, cls in COMMANDS.items():
        if name in TARGETS:
            assert TARGETS[name].argument == cls.POSITIONAL[0]
        elif cls.ABOUT != "ledger":
            assert cls.ABOUT in ("account", "operator", "policy")
            assert (name == "adopt_policy") == (cls.ABOUT == "policy")
            assert cls.ABOUT in fields(cls)
    assert set(TARGETS) <= set(COMMANDS)


def test_rule_15_a_refused_act_does_not_use_its_action_up():
    """
    The request is answered for; the action id that it would have had is free.
    """
    entry = CODEC.decode_entry(SAMPLES["account.command_refused"], 7)
    act = {"command": "act", "measure": "warn", "account": "x", "action": "a-9", "request_id": "q"}

    assert ACTION not in {claim.kind for claim in claims(entry)}
    assert [(REQUEST, "q"), (ACTION, "a-9")] == list(given_ids(command_from(act)))
