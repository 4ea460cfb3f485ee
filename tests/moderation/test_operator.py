"""
The operator: on what terms he worked, and what he was entitled to, at any moment.
"""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.moderation.authority import LAST_DAY, Authority, is_last_day
from ledger.moderation.entry import Entry
from ledger.moderation.events.operator import (
    ContractChanged,
    OperatorBarred,
    OperatorCommandRefused,
    OperatorEnrolled,
    OperatorKind,
    OperatorOffboarded,
    OperatorUnbarred,
    RoleGranted,
    RoleRevoked,
    TrainingMarked,
    TrainingRevoked,
)
from ledger.moderation.operator import (
    BEGINNING,
    Operator,
    authority,
    fold,
    system_operator,
    terms,
    turns,
)
from tests.moderation.by_hand import Line, at, recorded
from tests.strategies import moments, operators

ENROLLED = OperatorEnrolled(kind=OperatorKind.HUMAN, roles=("support",))
TICK = timedelta(microseconds=1)


def staff(*lines: Line) -> list[Entry]:
    """
    Return the entries of operator "op-417", enrolled at 00:00 on that day.
    """
    return recorded(("00:00", ENROLLED), *lines, stream="operator/op-417")


def operator(*lines: Line) -> Operator:
    """
    Return operator "op-417" after those lines.
    """
    return fold(Operator("op-417"), staff(*lines))


def why(known: Operator, *times: str) -> list[str | None]:
    """
    Return at each time why acting was not permitted; None where it was.
    """
    return [authority(known, at(time)).why for time in times]


def test_roles_are_a_function_of_the_moment():
    """
    A role is held from its grant to its revocation, half-open, whoever asks and whenever.
    """
    known = operator(
        ("01:00", RoleGranted(role="admin")),
        ("05:00", RoleRevoked(role="admin")),
        ("06:00", RoleRevoked(role="never-held")),
    )

    times = [at("00:00"), at("01:00"), at("05:00") - TICK, at("05:00")]
    assert [
        ("support",),
        ("admin", "support"),
        ("admin", "support"),
        ("support",),
    ] == [authority(known, time).roles for time in times]


def test_a_change_recorded_late_counts_from_when_it_took_effect():
    """
    A bar that was recorded at noon and held from two o'clock was in force at three.
    """
    known = operator(
        ("10:00", OperatorUnbarred(reason="cleared")),
        ("12:00", OperatorBarred(reason="under review"), {"effective_at": "02:00"}),
    )

    assert [None, "is barred: under review", "is barred: under review", None] == why(
        known, "01:59", "02:00", "03:00", "10:00"
    )
    assert [2, 1] == [entry.version - 1 for _, _, entry in known.changes[1:]]


def test_of_changes_at_one_moment_the_later_position_holds():
    """
    Barred and unbarred at once is unbarred.
    """
    known = operator(
        ("01:00", OperatorBarred(reason="under review")),
        ("02:00", OperatorUnbarred(reason="cleared"), {"effective_at": "01:00"}),
    )

    assert [None] == why(known, "01:00")


def test_presence_is_half_open():
    """
    An operator is there from the moment he starts, and gone at the very moment he leaves.
    """
    known = operator(
        (
            "00:00",
            ContractChanged(
                contract="contractor", vendor="Acme", starts_at=at("08:00"), leaves_at=at("23:00")
            ),
        )
    )

    assert [
        "starts at 2017-11-02T08:00:00Z",
        None,
        None,
        "left at 2017-11-02T23:00:00Z",
    ] == why(known, "07:59", "08:00", "22:59", "23:00")


def test_enrolment_makes_known_and_begins_nothing():
    """
    Who was enrolled today and not told when he started was entitled yesterday too.
    """
    known = operator()

    assert authority(known, at("00:00") - timedelta(days=3000)).permitted
    assert authority(known, at("23:59")).permitted


def test_offboarding_sets_the_leaving_time_and_a_contract_may_move_it():
    """
    Offboarded means gone from that moment; a later contract says otherwise from its own.
    """
    again = ContractChanged(contract="contractor", vendor=None, starts_at=None, leaves_at=None)
    known = operator(
        ("01:00", OperatorOffboarded(), {"effective_at": "05:00"}),
        ("06:00", again),
    )

    assert [None, None, "left at 2017-11-02T05:00:00Z", None] == why(
        known, "00:30", "04:59", "05:59", "06:00"
    )


def test_an_offboarding_to_come_is_known_from_its_recording():
    """
    Whoever is to leave tonight is on his last day as soon as that is on record, and acts until
    then, whatever contract he is given meanwhile.
    """
    longer = ContractChanged(contract=None, vendor=None, starts_at=None, leaves_at=None)
    known = operator(
        ("01:00", OperatorOffboarded(), {"effective_at": "23:00"}),
        ("02:00", longer),
    )

    held = [authority(known, at(time)) for time in ("00:59", "01:00", "22:59", "23:00")]
    assert [None, *[at("23:00")] * 3] == [answer.leaves_at for answer in held]
    assert [False, True, True, False] == [answer.last_day for answer in held]
    assert [True, True, True, False] == [answer.permitted for answer in held]


def test_of_two_offboardings_to_come_the_first_is_known():
    """
    In whatever order they are recorded; whom a contract brings back at once leaves with the other.
    """
    again = ContractChanged(contract=None, vendor=None, starts_at=None, leaves_at=None)
    known = operator(
        ("01:00", OperatorOffboarded(), {"effective_at": "23:00"}),
        ("02:00", OperatorOffboarded(), {"effective_at": "22:00"}),
        ("03:00", again, {"effective_at": "22:00"}),
        ("04:00", OperatorOffboarded(), {"effective_at": "23:30"}),
        ("05:00", again, {"effective_at": "23:30"}),
    )

    times = ["01:00", "02:00", "21:59", "22:00", "23:00", "23:30"]
    expected = ["23:00", "22:00", "22:00", "23:00", "23:00", None]
    assert [time and at(time) for time in expected] == [
        authority(known, at(time)).leaves_at for time in times
    ]


def test_an_offboarding_to_come_does_not_put_off_an_earlier_leaving():
    """
    Whoever leaves by his contract before he is offboarded leaves by his contract.
    """
    leaving = ContractChanged(contract=None, vendor=None, starts_at=None, leaves_at=at("05:00"))
    known = operator(("00:00", leaving), ("01:00", OperatorOffboarded(), {"effective_at": "23:00"}))

    assert [None, "left at 2017-11-02T05:00:00Z", "left at 2017-11-02T23:00:00Z"] == why(
        known, "04:59", "05:00", "23:00"
    )


@given(operators(), moments())
def test_an_offboarding_to_come_changes_who_is_known_to_leave_and_not_who_has_left(known, moment):
    """
    He has left when the last change by then says so, and is known to leave with the first
    offboarding on record that is to come, or earlier.
    """
    told: datetime | None = None
    for from_, _, entry in known.changes:
        if from_ <= moment and isinstance(entry.event, OperatorOffboarded):
            told = from_
        elif from_ <= moment and isinstance(entry.event, OperatorEnrolled | ContractChanged):
            told = entry.event.leaves_at
    to_come = [
        from_
        for from_, _, entry in known.changes
        if isinstance(entry.event, OperatorOffboarded) and entry.recorded_at <= moment < from_
    ]

    expected = min((at for at in (told, *to_come) if at is not None), default=None)
    assert expected == terms(known, moment).leaves_at
    assert (told is not None and told <= moment) == (expected is not None and expected <= moment)


def test_the_last_day_is_the_24_hours_before_leaving():
    """
    It begins 24 hours before to the microsecond, and is over when the operator has left.
    """
    leaves_at = at("23:00")

    edges = [leaves_at - LAST_DAY - TICK, leaves_at - LAST_DAY, leaves_at - TICK, leaves_at]
    assert [False, True, True, False] == [is_last_day(leaves_at, edge) for edge in edges]
    assert not is_last_day(None, leaves_at)


@given(moments(), moments())
def test_the_last_day_is_known_in_all_years(leaves_at, moment):
    """
    At the beginning and at the end of time there is a last day too.
    """
    remaining = leaves_at - moment

    assert (timedelta(0) < remaining <= LAST_DAY) == is_last_day(leaves_at, moment)


def test_whoever_was_never_enrolled_is_entitled_to_nothing():
    """
    Authority of a stranger is told, and says why.
    """
    expected = Authority(kind=OperatorKind.UNKNOWN, permitted=False, why="not enrolled")

    assert expected == authority(Operator("stranger"), at("01:00"))
    assert not Operator("stranger").enrolled


def test_the_system_may_always_act():
    """
    The reserved operator is enrolled, never leaves and cannot be barred.
    """
    assert authority(system_operator(), at("01:00")).permitted
    assert system_operator().enrolled


def test_an_import_makes_an_operator_known_until_he_is_enrolled():
    """
    Enrolling whom an import met replaces what was not known of him, and keeps his bars.
    """
    met = OperatorEnrolled(kind=OperatorKind.UNKNOWN, account="User:B")
    told = recorded(
        ("00:00", met, {"import_id": "i-1"}),
        ("01:00", OperatorBarred(reason="under review")),
        ("02:00", ENROLLED),
        stream="operator/op-417",
    )
    before, after = fold(Operator("op-417"), told[:1]), fold(Operator("op-417"), told)

    assert (OperatorKind.UNKNOWN, True, "User:B") == (before.kind, before.imported, before.account)
    assert (OperatorKind.HUMAN, False, None) == (after.kind, after.imported, after.account)
    assert ["is barred: under review"] == why(after, "03:00")


def test_a_refused_command_changes_no_terms():
    """
    That somebody tried to grant a role is on record; it granted nothing.
    """
    refused = OperatorCommandRefused(command="grant_role", arguments={}, verdicts=())
    known = operator(("01:00", refused))

    assert ("support",) == authority(known, at("02:00")).roles
    assert [refused] == [entry.event for entry in known.refusals]
    assert 2 == known.version


def test_what_was_known_then_is_what_was_folded():
    """
    The same moment under an earlier state of knowledge has the answer of that time.
    """
    told = staff(("12:00", OperatorBarred(reason="found out"), {"effective_at": "02:00"}))

    answers = [authority(fold(Operator("op-417"), told[:size]), at("03:00")) for size in (1, 2)]
    assert [True, False] == [answer.permitted for answer in answers]


@given(operators(), moments())
def test_authority_says_what_the_terms_say(known, moment):
    """
    Roles, contract and dates are those of the last change by then, and whoever is barred, away or
    unknown is not permitted.
    """
    held, answer = terms(known, moment), authority(known, moment)

    assert tuple(sorted(held.roles)) == answer.roles
    assert (held.contract, held.vendor, held.starts_at, held.leaves_at) == (
        answer.contract,
        answer.vendor,
        answer.starts_at,
        answer.leaves_at,
    )
    away = held.starts_at is not None and moment < held.starts_at
    away |= held.leaves_at is not None and held.leaves_at <= moment
    assert (known.enrolled and not away and held.barred is None) == answer.permitted
    assert answer.permitted == (answer.why is None)
    assert answer == authority(known, moment)


@given(operators(), st.lists(moments(), min_size=2, max_size=4))
def test_one_question_does_not_answer_another(known, times):
    """
    Asking about one moment never changes the answer about another, nor just before and at a turn.
    """
    for turn in turns(known):
        times += [max(turn, BEGINNING + TICK) - TICK, turn]
    alone = [authority(fold(known, ()), time) for time in times]

    assert alone == [authority(known, time) for time in times]
    assert alone[::-1] == [authority(known, time) for time in reversed(times)]


@pytest.mark.parametrize("kind", OperatorKind)
def test_only_the_role_admin_administers(kind):
    """
    What an operator is gives him no right to enrol and bar; the role does.
    """
    assert not Authority(kind=kind, roles=("support",)).administers
    assert Authority(kind=kind, roles=("admin", "support")).administers


@given(operators(), moments())
def test_the_spans_of_an_operator_are_his_terms_at_every_moment(known, moment):
    """
    They follow each other without a gap, and the one that covers a moment has the terms held then.
    """
    told = known.spans

    assert [span.until for span in told[:-1]] == [span.from_ for span in told[1:]]
    covering = [
        span.terms
        for span in told
        if (span.from_ is None or span.from_ <= moment)
        and (span.until is None or moment < span.until)
    ]
    begun = bool(told) and (told[0].from_ is None or told[0].from_ <= moment)
    assert ([terms(known, moment)] if begun else []) == covering
    assert not told or told[-1].until is None


def test_a_training_is_held_between_its_two_ends():
    """
    It counts from its mark until it expires or is revoked, and each span says until when.
    """
    known = operator(
        ("01:00", TrainingMarked(training="minors", expires_at=at("03:00"))),
        ("02:00", TrainingMarked(training="appeals")),
        ("04:00", TrainingRevoked(training="appeals")),
    )

    held = [authority(known, at(time)).trainings for time in ("00:59", "01:00", "02:00", "03:00")]
    assert [(), ("minors",), ("appeals", "minors"), ("appeals",)] == held
    assert () == authority(known, at("04:00")).trainings
    assert [set(), {"minors"}, {"minors", "appeals"}, {"minors"}] == [
        set(span.terms.trainings) for span in known.spans
    ]
