"""
The commands of the front door: one method a command, no logic of its own.

Every command also takes `request_id` (the same id again returns the first result),
`on_behalf_of`, `session` and `correlation_id`, and returns the id of what it recorded.
"""

from collections.abc import Iterable
from typing import Unpack

from ledger.book.answering import Answering
from ledger.book.doing import Surroundings, Time
from ledger.book.erasing import Erasing
from ledger.book.governing import Governing
from ledger.book.signing import Signing
from ledger.moderation.commands import UNCHANGED, Unchanged
from ledger.moderation.commands import account as about_account
from ledger.moderation.commands import request as about_request


class Acting(Governing, Answering, Erasing, Signing):
    """
    What can be asked to be done. Whoever is named in *by* is taken at his word: the service that
    calls has authenticated him.

    Raises:
        Refused, Conflict, NotFound, Malformed, Unavailable: From every method, as `ledger.errors`
            tells them apart.
    """

    def file_report(
        self,
        account: str,
        *,
        category: str,
        source: str,
        report: str | None = None,
        reporter: str | None = None,
        filed_at: Time | None = None,
        evidence: str | None = None,
        external_id: str | None = None,
        by: str = "system",
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Put a complaint about an account on record and return the report's id.

        Args:
            source: Who complains: ``user``, ``trusted-flagger``, ``authority``, ``automation``.

            evidence: The hash of what was reported; the content itself is not kept here.

            external_id: What the source calls it; the same one again returns the first report.
        """
        return self._do(
            about_account.FileReport,
            account=account,
            category=category,
            source=source,
            report=report,
            reporter=reporter,
            filed_at=filed_at,
            evidence=evidence,
            external_id=external_id,
            by=by,
            **surroundings,
        )

    def assign_report(
        self, report: str, *, to: str, by: str, **surroundings: Unpack[Surroundings]
    ) -> str:
        """
        Give a report to an operator or put it into a queue, and return the report's id.
        """
        return self._do(about_account.AssignReport, report=report, to=to, by=by, **surroundings)

    def resolve_report(
        self,
        report: str,
        *,
        outcome: str,
        by: str,
        reason: str | None = None,
        duplicate_of: str | None = None,
        action: str | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Close a report and return its id.

        Args:
            outcome: ``actioned``, ``no-action``, ``duplicate`` or ``invalid``.

            duplicate_of: The report that it repeats.

            action: The action that closed it.
        """
        return self._do(
            about_account.ResolveReport,
            report=report,
            outcome=outcome,
            by=by,
            reason=reason,
            duplicate_of=duplicate_of,
            action=action,
            **surroundings,
        )

    def reopen_report(
        self, report: str, *, by: str, reason: str, **surroundings: Unpack[Surroundings]
    ) -> str:
        """
        Open a closed report again and return its id.
        """
        return self._do(
            about_account.ReopenReport, report=report, by=by, reason=reason, **surroundings
        )

    def act(
        self,
        measure: str,
        account: str,
        *,
        by: str,
        because_of: Iterable[str] | str,
        reason: str,
        closes: Iterable[str] = (),
        ground: str | None = None,
        scope: str | None = None,
        requested_at: Time | None = None,
        effective_at: Time | None = None,
        expires_at: Time | None = None,
        reversible_until: Time | None = None,
        action: str | None = None,
        supersedes: str | None = None,
        override: str | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Use a measure on an account and return the action's id.

        Args:
            because_of: Report ids, or ``own-initiative``, or ``order:<reference>``.

            closes: Reports that it closes, as actioned.

            effective_at: When it takes effect; later than now for a deferred act.

            supersedes: The action in force whose place this one takes.

            override: The justification of a break-glass act.
        """
        return self._do(
            about_account.Act,
            measure=measure,
            account=account,
            by=by,
            because_of=because_of,
            reason=reason,
            closes=closes,
            ground=ground,
            scope=scope,
            requested_at=requested_at,
            effective_at=effective_at,
            expires_at=expires_at,
            reversible_until=reversible_until,
            action=action,
            supersedes=supersedes,
            override=override,
            **surroundings,
        )

    def request(
        self,
        measure: str,
        account: str,
        *,
        by: str,
        because_of: Iterable[str] | str,
        reason: str,
        closes: Iterable[str] = (),
        ground: str | None = None,
        scope: str | None = None,
        requested_at: Time | None = None,
        effective_at: Time | None = None,
        expires_at: Time | None = None,
        reversible_until: Time | None = None,
        action: str | None = None,
        supersedes: str | None = None,
        override: str | None = None,
        request: str | None = None,
        lapses_at: Time | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Ask for the approvals that an act needs and return the request's id.

        The act takes effect with the last approval, or at *effective_at* where that is later.

        Args:
            action: The id that the act will have.

            request: The id of the request itself; made if omitted.

            lapses_at: When approvals come too late.
        """
        return self._do(
            about_request.RequestAct,
            measure=measure,
            account=account,
            by=by,
            because_of=because_of,
            reason=reason,
            closes=closes,
            ground=ground,
            scope=scope,
            requested_at=requested_at,
            effective_at=effective_at,
            expires_at=expires_at,
            reversible_until=reversible_until,
            action=action,
            supersedes=supersedes,
            override=override,
            request=request,
            lapses_at=lapses_at,
            **surroundings,
        )

    def approve(self, request: str, by: str, **surroundings: Unpack[Surroundings]) -> str:
        """
        Approve a request; return the id of its act with the last approval, else the request's.
        """
        return self._do(about_request.Approve, request=request, by=by, **surroundings)

    def deny(self, request: str, by: str, reason: str, **surroundings: Unpack[Surroundings]) -> str:
        """
        Deny a request, which ends it, and return its id; an act that it was granted is taken back
        before the effect.
        """
        return self._do(about_request.Deny, request=request, by=by, reason=reason, **surroundings)

    def hand_over(
        self,
        id: str,  # noqa: A002, as withdraw has it
        *,
        to: str,
        by: str,
        reason: str | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Let another operator answer for a pending request or a deferred action; return its id.
        """
        return self._do(about_request.HandOver, id=id, to=to, by=by, reason=reason, **surroundings)

    def reverse(
        self,
        action: str,
        *,
        by: str,
        reason: str,
        effective_at: Time | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Reverse an action and return the reversal's id.
        """
        return self._do(
            about_account.Reverse,
            action=action,
            by=by,
            reason=reason,
            effective_at=effective_at,
            **surroundings,
        )

    def withdraw(
        self,
        id: str,  # noqa: A002, the contract's name
        by: str,
        reason: str,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Take back a deferred action, a scheduled reversal or a request before its effect; return
        its id.
        """
        return self._do(about_account.Withdraw, id=id, by=by, reason=reason, **surroundings)

    def amend(
        self,
        action: str,
        *,
        by: str,
        reason: str,
        expires_at: Time | Unchanged | None = UNCHANGED,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Change when an action expires (None: never) and return its id.
        """
        return self._do(
            about_account.Amend,
            action=action,
            by=by,
            reason=reason,
            expires_at=expires_at,
            **surroundings,
        )

    def correct(
        self,
        id: str,  # noqa: A002, the contract's name
        *,
        by: str,
        reason: str,
        effective_at: Time | Unchanged = UNCHANGED,
        operator: str | Unchanged = UNCHANGED,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Say that the record of an action or a reversal was wrong and what was right; return its id.
        """
        return self._do(
            about_account.Correct,
            id=id,
            by=by,
            reason=reason,
            effective_at=effective_at,
            operator=operator,
            **surroundings,
        )
