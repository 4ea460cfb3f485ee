"""
What can happen to a request: it is made, approved, denied, withdrawn or handed over.

That its last approval took effect is told by the action that names it; that it lapsed follows from
the time that it says.
"""

from datetime import datetime

import attrs

from ledger.moderation.authority import Authority
from ledger.moderation.events.record import Context, Verdict, event
from ledger.moderation.schema import personal
from ledger.moderation.vocabulary import Effect, Holding


@attrs.frozen(kw_only=True, slots=False)
class Need:
    """
    How many approvals a safeguard asks for, and of whom.

    Args:
        safeguard: The name of the safeguard. Of one safeguard's needs an approval serves one.

        approvals: 1 or more.

        role: Only holders of this role count; None for any operator.
    """

    safeguard: str
    approvals: int
    role: str | None = None


@event("account.act_requested")
class ActRequested:
    """
    An operator asked for approvals of an act.

    Args:
        action: The id that the act will have.

        needs: All of them must hold.

        effective_at: When the act is to take effect; None for with its last approval.

        lapses_at: When approvals come too late; None for never.

        tier: What the account was protected as.

        verdicts: Of every safeguard that could be evaluated before the approvals.
    """

    request: str
    action: str
    measure: str
    inverse: str | None
    effect: Effect | None
    holding: Holding
    scope: str | None = None
    because_of: tuple[str, ...] | str
    closes: tuple[str, ...] = ()
    reason: str | None = personal()
    ground: str | None = None
    requested_at: datetime
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    reversible_until: datetime | None = None
    supersedes: str | None = None
    override: str | None = personal(default=None)
    needs: tuple[Need, ...]
    lapses_at: datetime | None = None
    tier: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    authority_at_request: Authority | None = None
    context: Context | None = None


@event("account.request_approved")
class RequestApproved:
    """
    An operator approved a request.

    Args:
        lapses_at: Until when the approval counts; None for as long as the request does.
    """

    request: str
    lapses_at: datetime | None = None
    verdicts: tuple[Verdict, ...] = ()
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None


@event("account.request_denied")
class RequestDenied:
    """
    An operator denied a request, which ends it.
    """

    request: str
    reason: str | None = personal()
    verdicts: tuple[Verdict, ...] = ()
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None


@event("account.request_withdrawn")
class RequestWithdrawn:
    """
    A request was taken back before its act was granted.
    """

    request: str
    reason: str | None = personal()
    relied_on: tuple[str, ...] = ()
    context: Context | None = None


@event("account.handed_over")
class HandedOver:
    """
    Another operator answers for a pending request or a deferred action from here on.

    Args:
        id: The request's or the action's.
    """

    id: str
    to: str
    reason: str | None = personal()
    relied_on: tuple[str, ...] = ()
    context: Context | None = None
