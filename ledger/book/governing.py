"""
The commands of the front door about who may do what: operators, protection, the policy.
"""

from collections.abc import Iterable, Mapping
from typing import Unpack

from ledger.book.doing import Doing, Surroundings, Time
from ledger.moderation.commands import UNCHANGED, Unchanged
from ledger.moderation.commands import account as about_account
from ledger.moderation.commands import operator as about_operator
from ledger.moderation.commands.policy import AdoptPolicy


class Governing(Doing):
    """
    What can be asked to be done about operators, protected accounts and the policy.
    """

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

    def mark_training(
        self,
        operator: str,
        training: str,
        *,
        by: str = "system",
        expires_at: Time | None = None,
        reason: str | None = None,
        effective_at: Time | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Say that an operator has completed a training and return the operator's id.

        Args:
            expires_at: Until when it counts; None for ever.
        """
        return self._do(
            about_operator.MarkTraining,
            operator=operator,
            training=training,
            by=by,
            expires_at=expires_at,
            reason=reason,
            effective_at=effective_at,
            **surroundings,
        )

    def revoke_training(
        self,
        operator: str,
        training: str,
        *,
        by: str = "system",
        reason: str | None = None,
        effective_at: Time | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Let a training of an operator count no more and return the operator's id.
        """
        return self._do(
            about_operator.RevokeTraining,
            operator=operator,
            training=training,
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
        pending: str = "let-stand",
        dispositions: Mapping[str, str] | Iterable[str] = (),
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Let an operator leave, now or at *effective_at*, and return the operator's id.

        Args:
            pending: What becomes of the requests and deferred acts that he answers for:
                ``let-stand``, ``withdraw`` or ``hand-over:OPERATOR``.

            dispositions: The same for single ones, by their ids: ``{"a-1": "withdraw"}``.
        """
        return self._do(
            about_operator.OffboardOperator,
            operator=operator,
            by=by,
            reason=reason,
            effective_at=effective_at,
            pending=pending,
            dispositions=dispositions,
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

    def adopt_policy(
        self,
        policy: Mapping[str, object] | str,
        *,
        by: str = "system",
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Adopt a policy, whole, in the place of the one in force, and return its version:
        ``default@3``.

        Args:
            policy: An object, or a text in JSON or TOML (`ledger/moderation/POLICY.md`).
        """
        return self._do(AdoptPolicy, policy=policy, by=by, **surroundings)
