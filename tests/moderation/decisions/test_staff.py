"""
Decisions about operators: who is made known, and what nobody may do to himself.
"""

from typing import Any

import pytest

from ledger.errors import LedgerError, Malformed, NotFound, Refused
from ledger.moderation.events import kind_of
from ledger.moderation.events.operator import ContractChanged, OperatorEnrolled, OperatorKind
from tests.moderation.by_hand import at
from tests.moderation.decisions.desk import decided, event

ABOUT_STAFF: dict[str, dict[str, Any]] = {
    "grant_role": {"role": "lead"},
    "revoke_role": {"role": "lead"},
    "bar_operator": {"reason": "why"},
    "unbar_operator": {"reason": "why"},
    "change_contract": {"vendor": "A"},
    "offboard_operator": {},
}


def line(command: str, operator: str, by: str = "root", **terms: Any) -> dict[str, Any]:
    """
    Return a command about an operator by another one.
    """
    told = {"command": command, "operator": operator, "by": by}
    return {**told, **ABOUT_STAFF.get(command, {"kind": "human"}), **terms}


def test_an_operator_is_enrolled_with_what_is_known_of_him():
    """
    Kind, contract, vendor, roles, dates, name and his own account.
    """
    told: dict[str, Any] = {
        "contract": "contractor",
        "vendor": "Acme Support",
        "roles": ["support", "lead"],
        "starts_at": at("00:00"),
        "leaves_at": at("23:00"),
        "name": "B.",
        "account": "User:B",
    }
    (draft,) = decided(line("enrol_operator", "new", **told)).drafts

    roles = ("lead", "support")
    expected = OperatorEnrolled(kind=OperatorKind.HUMAN, **{**told, "roles": roles})
    assert (expected, None) == (draft.event, draft.effective_at)


@pytest.mark.parametrize(
    ("operator", "rule"), [("ann", "enrolled-already"), ("system", "reserved")]
)
def test_an_operator_is_enrolled_once_and_the_system_never(operator, rule):
    """
    A second enrolment is refused, and says what to do instead; whom an import met is enrolled.
    """
    with pytest.raises(Refused) as raised:
        decided(line("enrol_operator", operator))

    assert rule == raised.value.rule
    assert isinstance(event(decided(line("enrol_operator", "met"))), OperatorEnrolled)


@pytest.mark.parametrize("command", ABOUT_STAFF)
def test_the_reserved_operator_is_not_changed(command):
    """
    Nobody grants to, bars or offboards `system`: a record of it would say what is not so.
    """
    with pytest.raises(Refused, match="'system' is reserved"):
        decided(line(command, "system"))


@pytest.mark.parametrize("command", ABOUT_STAFF)
@pytest.mark.parametrize("by", ["root", "gone"])
def test_who_is_not_enrolled_is_not_found(command, by):
    """
    A command about a stranger records nothing, whoever gives it.
    """
    with pytest.raises(NotFound, match="'stranger' is not enrolled") as raised:
        decided(line(command, "stranger", by))

    assert "operator" == raised.value.where


@pytest.mark.parametrize(
    ("command", "operator"), [("enrol_operator", "new"), ("change_contract", "ann")]
)
@pytest.mark.parametrize("leaves_at", ["08:00", "07:59"])
def test_nobody_leaves_before_he_starts(command, operator, leaves_at):
    """
    A presence that would be empty is malformed.
    """
    times: dict[str, Any] = {"starts_at": at("08:00"), "leaves_at": at(leaves_at)}
    with pytest.raises(Malformed) as raised:
        decided(line(command, operator, **times))

    assert "leaves_at" == raised.value.where


SO_ALREADY: list[tuple[str, str, dict[str, Any]]] = [
    ("grant_role", "root", {"role": "admin", "by": "system"}),
    ("revoke_role", "ann", {"role": "admin"}),
    ("unbar_operator", "ann", {}),
    ("change_contract", "ann", {"vendor": None}),
    ("change_contract", "gone", {"leaves_at": "2017-11-02T12:00Z", "vendor": None}),
]


@pytest.mark.parametrize(("command", "operator", "terms"), SO_ALREADY)
def test_what_is_so_already_records_nothing(command, operator, terms):
    """
    The command succeeds, returns the operator, and leaves no entry that says nothing.
    """
    decision = decided(line(command, operator, **terms))

    assert (operator, (), None) == (decision.result, decision.drafts, decision.refusal)


@pytest.mark.parametrize(("command", "operator", "terms"), SO_ALREADY)
def test_rule_15_what_is_so_already_is_recorded_where_an_id_must_be(command, operator, terms):
    """
    Under a request id, and of a source's history, the entry stands: when the command comes again,
    it gets the first answer, whatever has changed since.
    """
    asked = line(command, operator, **terms)
    for decision in (decided({**asked, "request_id": "q"}), decided(asked, imported=True)):
        assert operator == decision.result
        assert 1 == len(decision.drafts)


@pytest.mark.parametrize(
    ("command", "operator", "terms"),
    [
        ("grant_role", "barred", {"role": "lead"}),
        ("unbar_operator", "barred", {"effective_at": "2017-11-02T11:59Z"}),
        ("bar_operator", "barred", {}),
        ("offboard_operator", "gone", {}),
        ("grant_role", "ann", {"role": "lead", "effective_at": "2017-11-02T15:00Z"}),
    ],
)
def test_changes_have_an_effective_time(command, operator, terms):
    """
    Now, or when it is said to be: before, as was found out late, or to come.
    """
    (draft,) = decided(line(command, operator, **terms)).drafts

    asked = terms.get("effective_at", "2017-11-02T12:00Z")
    assert at(asked[11:16]) == draft.effective_at


def test_unbarring_looks_at_the_moment_it_is_for():
    """
    Before he was barred there was nothing to unbar.
    """
    decision = decided(line("unbar_operator", "barred", effective_at="2017-11-02T11:58Z"))

    assert () == decision.drafts


@pytest.mark.parametrize(
    ("command", "terms", "why"),
    [
        ("grant_role", {"role": "lead"}, "may not grant a role to himself"),
        ("grant_role", {"role": "admin"}, "may not grant a role to himself"),
        ("unbar_operator", {}, "may not unbar himself"),
    ],
)
def test_rule_17_nobody_grants_to_or_unbars_himself(command, terms, why):
    """
    Not even an admin; the attempt is on record, also where it would have changed nothing.
    """
    decision = decided(line(command, "root", "root", **terms))

    assert decision.refusal is not None
    assert why in str(decision.refusal)
    assert "operator.command_refused" == kind_of(event(decision))


@pytest.mark.parametrize("command", ["revoke_role", "bar_operator", "offboard_operator"])
def test_rule_17_an_admin_may_take_from_himself(command):
    """
    Giving up a right is no abuse of it.
    """
    role = {"role": "admin"} if command == "revoke_role" else {}
    assert None is decided(line(command, "root", "root", **role)).refusal


def test_a_changed_contract_says_again_what_did_not_change():
    """
    Omitted stays, null removes, and the event can be read without the one before it.
    """
    told: dict[str, Any] = {"contract": "contractor", "starts_at": at("01:00"), "vendor": None}
    changed = event(decided(line("change_contract", "gone", **told)))

    assert ContractChanged(leaves_at=at("12:00"), **told) == changed


def test_a_contract_change_that_changes_nothing_is_malformed():
    """
    At least one of the four terms is to be given.
    """
    with pytest.raises(LedgerError, match="nothing is changed"):
        decided({"command": "change_contract", "operator": "ann", "by": "root"})
