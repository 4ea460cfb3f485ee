"""
The commands of the front door: one method a command, no logic of its own.

Every command also takes `request_id` (the same id again returns the first result),
`on_behalf_of`, `session` and `correlation_id`, and returns the id of what it recorded.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict, Unpack

from ledger.moderation.commands import UNCHANGED, Command, Unchanged, command_of
from ledger.moderation.commands import account as about_account
from ledger.moderation.commands import operator as about_operator
from ledger.store.order import Order
from ledger.store.writer import Writer

Time = datetime | str


class Surroundings(TypedDict, total=False):
    """
    What every command takes beside its own arguments.
    """

    request_id: str | None
    on_behalf_of: str | None
    session: str | None
    correlation_id: str | None


class Acting:
    """
    What can be asked to be done. Whoever is named in *by* is taken at his word: the service that
    calls has authenticated him.

    Raises:
        Refused, Conflict, NotFound, Malformed, Unavailable: From every method, as `ledger.errors`
            tells them apart.
    """

    _writer: Writer

    def _do(self, command: type[Command], **arguments: object) -> str:
        asked = command_of(command, arguments).complete()
        (recorded,) = self._writer.record([Order(asked)])
        return recorded.result

    def enrol_operator(
        self,
        operator: str,
        *,
        kind: str,
        contract: str | None = None,
        vendor: str | None = None,
        roles: Iterable[str] = (),
        starts_at: Time | None = None,
        leaves_at: Time | None = None,
        name: str | None = None,
        account: str | None = None,
        by: str = "system",
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Make an operator known and return its id.

        Args:
            kind: ``human``, ``service``, ``automation`` or ``system``.

            account: The operator's own account on the platform.
        """
        return self._do(
            about_operator.EnrolOperator,
            operator=operator,
            kind=kind,
            contract=contract,
            vendor=vendor,
            roles=roles,
            starts_at=starts_at,
            leaves_at=leaves_at,
            name=name,
            account=account,
            by=by,
            **surroundings,
        )

    def grant_role(
        self,
        operator: str,
        role: str,
        *,
        by: str = "system",
        reason: str | None = None,
        effective_at: Time | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Give an operator a role and return the operator's id.
        """
        return self._do(
            about_operator.GrantRole,
            operator=operator,
            role=role,
            by=by,
            reason=reason,
            effective_at=effective_at,
            **surroundings,
        )

    def revoke_role(
        self,
        operator: str,
        role: str,
        *,
        by: str = "system",
        reason: str | None = None,
        effective_at: Time | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Take a role from an operator and return the operator's id.
        """
        return self._do(
            about_operator.RevokeRole,
            operator=operator,
            role=role,
            by=by,
            reason=reason,
            effective_at=effective_at,
            **surroundings,
        )

    def bar_operator(
        self,
        operator: str,
        *,
        reason: str,
        by: str = "system",
        effective_at: Time | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Forbid an operator to act until unbarred and return the operator's id.
        """
        return self._do(
            about_operator.BarOperator,
            operator=operator,
            reason=reason,
            by=by,
            effective_at=effective_at,
            **surroundings,
        )

    def unbar_operator(
        self,
        operator: str,
        *,
        reason: str,
        by: str = "system",
        effective_at: Time | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Let a barred operator act again and return the operator's id.
        """
        return self._do(
            about_operator.UnbarOperator,
            operator=operator,
            reason=reason,
            by=by,
            effective_at=effective_at,
            **surroundings,
        )

    def change_contract(
        self,
        operator: str,
        *,
        contract: str | Unchanged | None = UNCHANGED,
        vendor: str | Unchanged | None = UNCHANGED,
        starts_at: Time | Unchanged | None = UNCHANGED,
        leaves_at: Time | Unchanged | None = UNCHANGED,
        by: str = "system",
        reason: str | None = None,
        effective_at: Time | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Change an operator's contract and return the operator's id; None removes, omitted leaves.
        """
        return self._do(
            about_operator.ChangeContract,
            operator=operator,
            contract=contract,
            vendor=vendor,
            starts_at=starts_at,
            leaves_at=leaves_at,
            by=by,
            reason=reason,
            effective_at=effective_at,
            **surroundings,
        )

    def offboard_operator(
        self,
        operator: str,
        *,
        by: str = "system",
        reason: str | None = None,
        effective_at: Time | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Let an operator leave, now or at *effective_at*, and return the operator's id.
        """
        return self._do(
            about_operator.OffboardOperator,
            operator=operator,
            by=by,
            reason=reason,
            effective_at=effective_at,
            **surroundings,
        )

    def protect_account(
        self,
        account: str,
        *,
        tier: str,
        by: str,
        reason: str,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Put an account under the protection of a tier and return the account's id.
        """
        return self._do(
            about_account.ProtectAccount,
            account=account,
            tier=tier,
            by=by,
            reason=reason,
            **surroundings,
        )

    def unprotect_account(
        self, account: str, *, by: str, reason: str, **surroundings: Unpack[Surroundings]
    ) -> str:
        """
        End the protection of an account and return the account's id.
        """
        return self._do(
            about_account.UnprotectAccount, account=account, by=by, reason=reason, **surroundings
        )

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
        by: str = "system",
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Put a complaint about an account on record and return the report's id.

        Args:
            source: Who complains: ``user``, ``trusted-flagger``, ``authority``, ``automation``.

            evidence: The hash of what was reported; the content itself is not kept here.
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
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Close a report and return its id.

        Args:
            outcome: ``actioned``, ``no-action``, ``duplicate`` or ``invalid``.
        """
        return self._do(
            about_account.ResolveReport,
            report=report,
            outcome=outcome,
            by=by,
            reason=reason,
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
        *,
        by: str,
        reason: str,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Take back a deferred action or a scheduled reversal before its effect; return its id.
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

    def assert_finding(
        self,
        action: str,
        *,
        cause: str,
        by: str,
        source: str,
        statement: str,
        confidence: int | None = None,
        stated_at: Time | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Claim what an action came from and return the finding's id.

        Args:
            cause: ``error``, ``deliberate``, ``compromised``, ``automated-fault``, ``correct`` or
                ``undetermined``.

            confidence: Percent, 0 to 100.
        """
        return self._do(
            about_account.AssertFinding,
            action=action,
            cause=cause,
            by=by,
            source=source,
            statement=statement,
            confidence=confidence,
            stated_at=stated_at,
            **surroundings,
        )

    def revise_finding(
        self,
        finding: str,
        *,
        cause: str,
        by: str,
        source: str,
        statement: str,
        confidence: int | None = None,
        stated_at: Time | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Replace a finding by another one, whose id is returned; both stay on record.
        """
        return self._do(
            about_account.ReviseFinding,
            finding=finding,
            cause=cause,
            by=by,
            source=source,
            statement=statement,
            confidence=confidence,
            stated_at=stated_at,
            **surroundings,
        )

    def retract_finding(
        self, finding: str, *, by: str, reason: str, **surroundings: Unpack[Surroundings]
    ) -> str:
        """
        Take a finding back and return its id; it stays on record.
        """
        return self._do(
            about_account.RetractFinding, finding=finding, by=by, reason=reason, **surroundings
        )

    def note(
        self, account: str, text: str, *, by: str, **surroundings: Unpack[Surroundings]
    ) -> str:
        """
        Write a note about an account and return its id.
        """
        return self._do(about_account.Note, account=account, text=text, by=by, **surroundings)
