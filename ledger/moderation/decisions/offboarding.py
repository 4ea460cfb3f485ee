"""
The decision to let an operator leave, and what becomes of what is pending of him.

A deferred act takes effect whether its author has left or not (semantics, rule 13). So offboarding
lists everything that its subject answers for, and says of each whether it stands, is withdrawn or
is handed over.
"""

from collections.abc import Iterator

from ledger.errors import NotFound, Refused
from ledger.moderation.commands.operator import OffboardOperator
from ledger.moderation.commands.told import ToldOffboarding
from ledger.moderation.decisions.operator import enrolled
from ledger.moderation.decisions.request import assert_may_answer
from ledger.moderation.decisions.situation import Decision, Situation, permission, refused
from ledger.moderation.entry import Draft
from ledger.moderation.events import Event
from ledger.moderation.events.account import ActionWithdrawn
from ledger.moderation.events.operator import Disposition, OperatorOffboarded, PendingAct
from ledger.moderation.events.request import HandedOver, RequestWithdrawn
from ledger.moderation.identity import account_stream, operator_stream
from ledger.moderation.pending import Pending, pending


def offboard_operator(command: OffboardOperator, situation: Situation) -> Decision:
    """
    Return the decision to let an operator leave.

    In history what became of what was pending is told by itself.

    Raises:
        NotFound: When *dispositions* names what is not pending of him.

        Refused: When something is handed over to an operator who may not act.
    """
    subject = enrolled(situation)
    waiting = list(_answered_for(subject.operator, situation))
    told = dict(command.dispositions)
    unknown = told.keys() - {known.id for known in waiting}
    if unknown and not situation.imported:
        raise NotFound(
            f"nothing of operator {subject.operator!r} is pending under the id {min(unknown)!r}",
            where="dispositions",
            expected=", ".join(known.id for known in waiting) or "no dispositions",
        )
    disposed = [(known, told.get(known.id, command.pending)) for known in waiting]
    if not situation.imported:
        for said in {said for _, said in disposed}:
            if to := said.partition(":")[2]:
                _assert_stays(to, subject.operator)
                assert_may_answer(situation.operators[to], situation.now)
    found = permission(situation, administers=True)
    stream = operator_stream(subject.operator)
    if found.denied:
        return refused(command, situation, found, stream)
    source = situation.told(command, ToldOffboarding)
    listed = tuple(_listed(known, said) for known, said in disposed)
    event = OperatorOffboarded(
        reason=command.reason,
        pending=listed if source is None or source.listed is None else source.listed,
        context=situation.context(command),
    )
    drafts = [Draft(stream, event, command.by, command.effective_at or situation.now)]
    if not situation.imported:
        for known, said in disposed:
            drafts.extend(_disposal(known, said, command))
    return Decision(subject.operator, tuple(drafts))


def _assert_stays(to: str, subject: str) -> None:
    if to == subject:
        raise Refused(
            f"operator {to!r} cannot answer for it: he is the one who leaves",
            rule="not-permitted",
            by=to,
            expected="an operator who may act",
        )


def _answered_for(operator: str, situation: Situation) -> Iterator[Pending]:
    for _, account in sorted(situation.others.items()):
        for known in pending(account, situation.now):
            if known.keeper == operator:
                yield known


def _listed(known: Pending, said: str) -> PendingAct:
    disposition, _, to = said.partition(":")
    return PendingAct(
        id=known.id,
        account=known.account,
        effective_at=known.effective_at,
        disposition=Disposition(disposition),
        to=to or None,
    )


def _disposal(known: Pending, said: str, command: OffboardOperator) -> Iterator[Draft]:
    """
    Yield what is recorded on the account of what is pending; nothing where it stands.
    """
    disposition, _, to = said.partition(":")
    reason = command.reason or f"{known.keeper} was offboarded"
    event: Event
    if disposition == Disposition.LET_STAND:
        return
    if disposition == Disposition.HAND_OVER:
        event = HandedOver(id=known.id, to=to, reason=reason)
    elif known.is_request:
        event = RequestWithdrawn(request=known.id, reason=reason)
    else:
        event = ActionWithdrawn(action=known.id, reason=reason)
    yield Draft(account_stream(known.account), event, command.by)
