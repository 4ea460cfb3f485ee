"""
Which policy was in force, and what safeguards said of one act, then and as they are now.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import attrs

from ledger.errors import NotFound
from ledger.forensics.who import PolicyThen, Safeguard
from ledger.forensics.witnesses import Witnesses
from ledger.moderation.account import Account, Action, fold
from ledger.moderation.entry import Entry
from ledger.moderation.events import Verdict
from ledger.moderation.events.account import AccountCommandRefused
from ledger.moderation.events.policy import PolicyAdopted, Syntax
from ledger.moderation.identity import account_stream
from ledger.moderation.moment import MICROSECOND
from ledger.moderation.policy import Policies, version_name
from ledger.moderation.policy_document import NamedRule, outline
from ledger.moderation.rulebook import Rulebook
from ledger.moderation.safeguards import BUILT_IN, BUILT_IN_POLICY, Policy
from ledger.store.reader import Question, Reader
from ledger.store.sweep import of_kinds
from ledger.timeline.backtest import (
    ACT,
    CORRECTION,
    JUDGED_BY,
    Hindsight,
    Judged,
    Judgement,
    corrected_operators,
)
from ledger.timeline.cut import Cut

# The commands that a measure can be asked for by.
_ASKING: Final = ("act", "request")


@attrs.frozen
class PolicyAnswer:
    """
    A policy as known at a cut.

    Args:
        title, text, syntax: None for the one built in, which nobody wrote.

        in_force_until: When the next one was adopted; None while it is in force.

        not_adopted: The rules that were known when it was adopted and that it does not use.

        versions: Every policy that was adopted, in order.

        imported: Whether its adoption came from a source's history.
    """

    policy: PolicyThen
    title: str | None
    text: str | None
    syntax: Syntax | None
    in_force_until: datetime | None
    safeguards: tuple[NamedRule, ...]
    not_adopted: tuple[str, ...]
    versions: tuple[PolicyThen, ...]
    imported: bool
    at: datetime
    cut: Cut


@attrs.frozen
class NotAdopted:
    """
    A rule that the policy of an act did not use.

    Args:
        dropped_by: The policy that no longer used it; None where none had used it by then.
    """

    rule: str
    dropped_by: PolicyThen | None


@attrs.frozen
class RefusedAttempt:
    """
    An attempt to use the measure on the account that was refused before the act.

    Args:
        expected: What would have made it pass.
    """

    by: str
    recorded_at: datetime
    command: str
    verdicts: tuple[Verdict, ...]
    expected: str | None


@attrs.frozen
class Today:
    """
    What the policy in force at the cut would say of an act.
    """

    policy: PolicyThen
    judgement: Judgement
    verdicts: tuple[Verdict, ...]


@attrs.frozen
class SafeguardsAnswer:
    """
    What safeguards said of one act.

    Args:
        operator: As corrected at the cut; `recorded_operator` is as the entry has it.

        policy: The one under which it was decided; None where no verdict is on record.

        verdicts: As they were stored.

        refused: Attempts to the same before it, in recorded order.

        today: What would be said of it now, or at the cut.

        imported: Whether the act came from a source's history.
    """

    action: str
    account: str
    measure: str
    operator: str
    recorded_operator: str
    policy: PolicyThen | None
    verdicts: tuple[Safeguard, ...]
    not_adopted: tuple[NotAdopted, ...]
    refused: tuple[RefusedAttempt, ...]
    today: Today
    imported: bool
    at: datetime
    cut: Cut


def policy_of(reader: Reader, question: Question, version: str | None) -> PolicyAnswer:
    """
    Return a policy, the one in force at the cut without a *version*.

    Raises:
        NotFound: When no such version was adopted by then.
    """
    policies = Witnesses(reader, question).policies()
    numbers = {_version(number): number for number in range(policies.version + 1)}
    number = policies.version if version is None else numbers.get(version)
    if number is None:
        raise NotFound(
            f"there is no policy {version!r}",
            where="version",
            expected=f"one of {BUILT_IN_POLICY} to {_version(policies.version)}"
            if policies.version
            else f"{BUILT_IN_POLICY}, since none was adopted",
        )
    later = policies.adoptions[number:]
    event = _adopted(policies, number)
    title, safeguards = (None, ()) if event is None else outline(event.text, event.syntax)
    return PolicyAnswer(
        policy=_then(policies, number),
        title=title,
        text=None if event is None else event.text,
        syntax=None if event is None else event.syntax,
        in_force_until=later[0].recorded_at if later else None,
        safeguards=safeguards,
        not_adopted=BUILT_IN.not_adopted if event is None else event.not_adopted,
        versions=tuple(_then(policies, each) for each in numbers.values() if each),
        imported=bool(number) and policies.adoptions[number - 1].import_id is not None,
        at=question.cut.known_at,
        cut=question.cut,
    )


def safeguards_of(
    reader: Reader, question: Question, rulebook: Rulebook, account: str, action: str
) -> SafeguardsAnswer | None:
    """
    Return what safeguards said of *action* of *account*; None when it was not on record at the cut.

    Raises:
        Unavailable: When the policy in force uses a rule that this process does not know.
    """
    entries = list(reader.entries(question, stream=account_stream(account)))
    folded = fold(Account(account), entries)
    known = folded.actions.get(action)
    if known is None:
        return None
    taken, entry = known.taken, known.entry
    policies = Witnesses(reader, question).policies()
    number = _number(taken.verdicts)
    moved = known.operator != entry.operator or known.effective_at != entry.took_effect_at
    in_force = rulebook.in_force(policies)
    said = _judged(reader, question, in_force, entries, known)
    return SafeguardsAnswer(
        action=action,
        account=account,
        measure=taken.measure,
        operator=known.operator,
        recorded_operator=entry.operator,
        policy=None if number is None else _then(policies, number),
        verdicts=tuple(
            Safeguard(told.name, told.policy, told.outcome, told.why, moved)
            for told in taken.verdicts
        ),
        not_adopted=() if number is None else tuple(_lacking(policies, number)),
        refused=tuple(_refused(folded, known)),
        today=Today(_then(policies, policies.version), said.judgement, said.verdicts),
        imported=entry.import_id is not None,
        at=question.cut.known_at,
        cut=question.cut,
    )


def _version(number: int) -> str:
    return version_name(number) if number else BUILT_IN_POLICY


def _number(verdicts: Sequence[Verdict]) -> int | None:
    """
    Return the number of the version that gave *verdicts*; None where there are none.
    """
    return int(verdicts[0].policy.rpartition("@")[2]) if verdicts else None


def _adopted(policies: Policies, number: int) -> PolicyAdopted | None:
    entry = policies.numbered(_version(number))
    if entry is None:
        return None
    assert isinstance(entry.event, PolicyAdopted)
    return entry.event


def _then(policies: Policies, number: int) -> PolicyThen:
    """
    Return which policy a version was, and who adopted it when.
    """
    entry = policies.numbered(_version(number))
    return PolicyThen(_version(number), entry and entry.operator, entry and entry.recorded_at)


def _lacking(policies: Policies, number: int) -> Iterator[NotAdopted]:
    """
    Yield the rules that a version did not use, and by whose adoption it was so.
    """
    event = _adopted(policies, number)
    used = [
        {safeguard.rule for safeguard in outline(adopted.text, adopted.syntax)[1]}
        for adopted in (_adopted(policies, each) for each in range(1, number + 1))
        if adopted is not None
    ]
    for rule in BUILT_IN.not_adopted if event is None else event.not_adopted:
        last = max((at for at, rules in enumerate(used, start=1) if rule in rules), default=None)
        yield NotAdopted(rule, None if last is None else _then(policies, last + 1))


def _refused(account: Account, known: Action) -> Iterator[RefusedAttempt]:
    for entry in account.refusals:
        event = entry.event
        assert isinstance(event, AccountCommandRefused)
        if entry.version < known.entry.version and _asked(account, event) == known.taken.measure:
            yield RefusedAttempt(
                entry.operator, entry.recorded_at, event.command, event.verdicts, event.expected
            )


def _asked(account: Account, event: AccountCommandRefused) -> object:
    """
    Return the measure that a refused command asked for; None where it was about something else.
    """
    if event.command in _ASKING:
        return event.arguments["measure"]
    request = account.requests.get(str(event.arguments.get("request")))
    return request and request.asked.measure


def _judged(
    reader: Reader, question: Question, policy: Policy, entries: Sequence[Entry], known: Action
) -> Judged:
    """
    Return what *policy* would say of an action.

    Args:
        entries: Those of the action's account, in order.
    """
    last = known.entry
    corrections: Iterator[Entry] = (each for each in entries if each.kind == CORRECTION)
    acts: Iterator[Entry] = iter(())
    if policy.rated:
        since = last.recorded_at - max(each.rate.window for each in policy.rated if each.rate)
        corrections = of_kinds(question, (CORRECTION,), after=since)
        acts = of_kinds(question, (ACT,), after=since, before=last.recorded_at + MICROSECOND)
    hindsight = Hindsight(
        policy, Witnesses(reader, question).operator, corrected_operators(corrections)
    )
    for entry in entries:
        if entry.version < last.version and entry.kind in JUDGED_BY and entry.kind != ACT:
            hindsight.take(entry)
    for entry in acts:
        if (entry.log, entry.position) == (last.log, last.position):
            break
        hindsight.take(entry)
    return hindsight.judge(last, known.taken)
