"""
What a decision is made from, and what it returns.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import attrs

from ledger.errors import Malformed, Refused
from ledger.moderation import claims
from ledger.moderation.account import Account
from ledger.moderation.authority import Authority
from ledger.moderation.commands import Command
from ledger.moderation.entry import Draft
from ledger.moderation.events import Context, Outcome, Verdict
from ledger.moderation.events.account import AccountCommandRefused
from ledger.moderation.events.book import BookCommandRefused
from ledger.moderation.events.operator import OperatorCommandRefused
from ledger.moderation.identity import SYSTEM
from ledger.moderation.keys import Keys
from ledger.moderation.moment import shortest
from ledger.moderation.operator import Operator, authority
from ledger.moderation.policy import POLICY_STREAM, Policies
from ledger.moderation.privacy import NOTHING, OnRecord, Privacy
from ledger.moderation.rules import RULES, Rule
from ledger.moderation.safeguards import AUTHORITY, BUILT_IN, Policy, Stop
from ledger.moderation.vocabulary import Vocabulary

C = TypeVar("C", bound=Command)


@attrs.frozen(slots=False)
class Situation:
    """
    All that a decision may look at.

    Args:
        now: The moment of recording.

        account: The account that the command is about; None for a command about something else.

        by: Who acts.

        subject: The operator that the command is about or names, where it names one.

        operators: Operators that it concerns beside: who answers for a request, who is to.

        others: Accounts that a command about an operator or the ledger concerns, by id.

        new_id: Returns a new id of the log that the entry will stand in, another one each time; of
            another stream's log where it is given that.

        policy, policies: The policy in force, and all that were adopted.

        privacy, on_record: What was decided about personal data, and what is asked of the entries
            of a subject, for a command about personal data.

        sealed: Whether personal fields are sealed.

        keys: The keys that are on record, for a command about one.

        rules: The rules that a policy may use.

        acts_within: Returns, by the name of a safeguard that counts, how many acts of an operator
            there were in its time until now.

        imported: Whether the command is history: then nothing is refused that a live command
            would be, for it happened.

        digest: The digest of the command, where its caller gave an id.

        source_id, source_recorded_at: Where it came from, kept in the context.
    """

    now: datetime
    account: Account | None
    by: Operator
    subject: Operator | None
    new_id: Callable[..., str]
    measures: Vocabulary
    operators: Mapping[str, Operator] = attrs.field(factory=dict)
    others: Mapping[str, Account] = attrs.field(factory=dict)
    policy: Policy = BUILT_IN
    policies: Policies = attrs.field(factory=Policies)
    privacy: Privacy = attrs.field(factory=Privacy)
    on_record: OnRecord = NOTHING
    sealed: bool = False
    keys: Keys = attrs.field(factory=Keys)
    rules: Mapping[str, Rule] = RULES
    acts_within: Callable[[str], Mapping[str, int]] = lambda _operator: {}
    imported: bool = False
    digest: str | None = None
    source_id: str | None = None
    source_recorded_at: datetime | None = None

    @property
    def the_account(self) -> Account:
        """
        Return the account of a command that has one.
        """
        assert self.account is not None
        return self.account

    @property
    def the_subject(self) -> Operator:
        """
        Return the operator of a command that is about one.
        """
        assert self.subject is not None
        return self.subject

    @property
    def happened_at(self) -> datetime:
        """
        Return when it happens: now, or when the source of late history recorded it.
        """
        return self.source_recorded_at or self.now

    def told(self, command: Command, kind: type[C]) -> C | None:
        """
        Return *command* when it is history that tells what no live command may.
        """
        return command if self.imported and isinstance(command, kind) else None

    def context(self, command: Command) -> Context | None:
        """
        Return what surrounded *command*, or None when nothing did.
        """
        if not (
            self.digest
            or self.source_id
            or command.session
            or command.correlation_id
            or command.on_behalf_of
            or self.source_recorded_at
        ):
            return None
        return Context(
            correlation_id=command.correlation_id,
            digest=self.digest,
            on_behalf_of=command.on_behalf_of,
            session=command.session,
            source_id=self.source_id,
            source_recorded_at=self.source_recorded_at,
        )

    def relied_on(self) -> tuple[str, ...]:
        """
        Return the streams and versions of the operators and the policy that the decision read.
        """
        known = [self.by]
        if self.subject is not None or self.operators:
            known += [o for o in (self.subject, *self.operators.values()) if o is not None]
        read = [f"operator/{o.operator}@{o.version}" for o in known if o.version]
        if self.policies.version:
            read.append(f"{POLICY_STREAM}@{self.policies.version}")
        return tuple(dict.fromkeys(read)) if len(read) > 1 else tuple(read)


@attrs.frozen(slots=False)
class Decision:
    """
    What is to be recorded, and what the caller gets.

    Args:
        result: The id that the command returns.

        drafts: In order; none when it is so already.

        refusal: What the caller is told when the drafts record a refusal.
    """

    result: str
    drafts: tuple[Draft, ...] = ()
    refusal: Refused | None = None


@attrs.frozen(slots=False)
class Permission:
    """
    What authority and safeguards said of a command.

    Args:
        now: Authority at the moment of recording; None for history.

        failing: The authority at the first moment at which acting was not permitted.

        verdicts: Of authority, then of the safeguards that were asked.

        stops: Of the safeguards that stopped it, why and what would make it pass.
    """

    now: Authority | None
    failing: Authority | None = None
    verdicts: tuple[Verdict, ...] = ()
    stops: tuple[Stop, ...] = ()

    @property
    def denied(self) -> bool:
        """
        Return whether anything stopped it.
        """
        return self.failing is not None or bool(self.stops)


def permission(
    situation: Situation, moments: Sequence[datetime] = (), *, administers: bool = False
) -> Permission:
    """
    Return whether the operator may act now, and was present and not barred at *moments*.

    Args:
        moments: Other times that the command names and that are not later than now.

        administers: Whether it takes the role ``admin`` or the system.
    """
    if situation.imported:
        return Permission(None)
    now = authority(situation.by, situation.now)
    failing = None if now.permitted else now
    for at in moments:
        if failing is None and at < situation.now:
            then = authority(situation.by, at)
            failing = None if then.permitted else then
    system = situation.by.operator == SYSTEM
    if failing is None and administers and not (system or now.administers):
        failing = attrs.evolve(now, permitted=False, why="does not have the role 'admin'")
    policy = situation.policy
    if failing is None:
        return Permission(now, None, (policy.passed(AUTHORITY),))
    return Permission(now, failing, (policy.stopped(AUTHORITY, failing.why),))


def stopped(found: Permission, situation: Situation, name: str, stop: Stop) -> Permission:
    """
    Return *found* with a check of the house added that stopped the command, whatever the policy.
    """
    verdict = Verdict(
        name=name, policy=situation.policy.version, outcome=Outcome.STOPPED, why=stop.why
    )
    return attrs.evolve(found, verdicts=(*found.verdicts, verdict), stops=(*found.stops, stop))


def refused(command: Command, situation: Situation, found: Permission, stream: str) -> Decision:
    """
    Return the decision that records on *stream* that *command* was refused, and by what.
    """
    assert found.denied
    event = _REFUSALS[stream.partition("/")[0]](
        command=command.NAME,
        arguments=command.arguments(),
        verdicts=found.verdicts,
        relied_on=situation.relied_on(),
        authority=found.failing or found.now,
        expected="; ".join(dict.fromkeys(stop.remedy for stop in found.stops)) or None,
        context=situation.context(command),
    )
    refusal = claims.refusal(event, command.by)
    return Decision(refusal.rule, (Draft(stream, event, command.by),), refusal)


# What a refusal is recorded as, by what the stream is about.
_REFUSALS: Mapping[str, type[claims.CommandRefused]] = {
    "account": AccountCommandRefused,
    "operator": OperatorCommandRefused,
    "ledger": BookCommandRefused,
}


def assert_not_later(moment: datetime | None, now: datetime, name: str) -> None:
    """
    Raise when *moment* lies after *now*, for times that only the past can have.

    Raises:
        Malformed: When it does.
    """
    if moment is not None and moment > now:
        raise Malformed(
            f"{shortest(moment)} is later than the recording at {shortest(now)}",
            where=name,
            expected="a time that has come",
        )
