"""
What a decision is made from, and what it returns.
"""

from collections.abc import Callable, Sequence
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
from ledger.moderation.events.operator import OperatorCommandRefused
from ledger.moderation.identity import SYSTEM, account_stream, operator_stream
from ledger.moderation.moment import shortest
from ledger.moderation.operator import Operator, authority
from ledger.moderation.safeguards import AUTHORITY, BUILT_IN_POLICY, PASSED
from ledger.moderation.vocabulary import Vocabulary

C = TypeVar("C", bound=Command)


@attrs.frozen(slots=False)
class Situation:
    """
    All that a decision may look at.

    Args:
        now: The moment of recording.

        account: The account that the command is about; None for a command about an operator.

        by: Who acts.

        subject: The operator that the command is about or names, where it names one.

        new_id: Returns a new id of the log that the entry will stand in.

        imported: Whether the command is history: then nothing is refused that a live command
            would be, for it happened.

        digest: The digest of the command, where its caller gave an id.

        source_id, source_recorded_at: Where it came from, kept in the context.
    """

    now: datetime
    account: Account | None
    by: Operator
    subject: Operator | None
    new_id: Callable[[], str]
    measures: Vocabulary
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
        Return the operators' streams and versions that the decision read.
        """
        if self.subject is None and self.by.version:
            return (f"operator/{self.by.operator}@{self.by.version}",)
        read = [operator for operator in (self.by, self.subject) if operator and operator.version]
        return tuple(dict.fromkeys(f"operator/{o.operator}@{o.version}" for o in read))


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
    What a check of authority found at each moment that it looked at.

    Args:
        now: Authority at the moment of recording.

        failing: The authority at the first moment at which acting was not permitted.
    """

    now: Authority | None
    failing: Authority | None = None
    verdicts: tuple[Verdict, ...] = PASSED


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
        return Permission(None, verdicts=())
    now = authority(situation.by, situation.now)
    failing = None if now.permitted else now
    for at in moments:
        if failing is None and at < situation.now:
            then = authority(situation.by, at)
            failing = None if then.permitted else then
    system = situation.by.operator == SYSTEM
    if failing is None and administers and not (system or now.administers):
        failing = attrs.evolve(now, permitted=False, why="does not have the role 'admin'")
    if failing is None:
        return Permission(now)
    stopped = Verdict(
        name=AUTHORITY, policy=BUILT_IN_POLICY, outcome=Outcome.STOPPED, why=failing.why
    )
    return Permission(now, failing, (stopped,))


def refused(
    command: Command,
    situation: Situation,
    found: Permission,
    *,
    about_operator: str | None = None,
) -> Decision:
    """
    Return the decision that records *command* as refused for lack of authority.

    Args:
        about_operator: The operator that the command is about; None for one about an account.
    """
    assert found.failing is not None
    cls: type[AccountCommandRefused | OperatorCommandRefused]
    if about_operator is None:
        cls, stream = AccountCommandRefused, account_stream(situation.the_account.account)
    else:
        cls, stream = OperatorCommandRefused, operator_stream(about_operator)
    event = cls(
        command=command.NAME,
        arguments=command.arguments(),
        verdicts=found.verdicts,
        relied_on=situation.relied_on(),
        authority=found.failing,
        context=situation.context(command),
    )
    refusal = claims.refusal(event, command.by)
    return Decision(refusal.rule, (Draft(stream, event, command.by),), refusal)


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
