"""
The commands of the front door about what follows an action: findings, notices, appeals, notes.
"""

from typing import Unpack

from ledger.book.doing import Doing, Surroundings, Time
from ledger.moderation.commands import account as about_account
from ledger.moderation.commands import appeal as about_appeal


class Answering(Doing):
    """
    What can be asked to be done about an action that was taken.
    """

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
        evidence: str | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Claim what an action came from and return the finding's id.

        Args:
            cause: ``error``, ``deliberate``, ``compromised``, ``automated-fault``, ``correct`` or
                ``undetermined``.

            confidence: Percent, 0 to 100.

            evidence: What it rests on: a hash, a reference.
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
            evidence=evidence,
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
        evidence: str | None = None,
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
            evidence=evidence,
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

    def notify(
        self,
        action: str,
        *,
        channel: str,
        delivered_at: Time,
        text_hash: str,
        by: str = "system",
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Put on record that the account's owner was told of an action; return the notice's id.

        Args:
            delivered_at: When, which starts the clock of appeals.

            text_hash: The hash of what was told.
        """
        return self._do(
            about_appeal.Notify,
            action=action,
            channel=channel,
            delivered_at=delivered_at,
            text_hash=text_hash,
            by=by,
            **surroundings,
        )

    def file_appeal(
        self,
        action: str,
        *,
        by: str,
        statement: str | None = None,
        appeal: str | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Appeal against an action and return the appeal's id.

        Args:
            by: Who appeals: the account's owner, a notifier, an operator.

            appeal: The appeal's id; made if omitted.
        """
        return self._do(
            about_appeal.FileAppeal,
            action=action,
            by=by,
            statement=statement,
            appeal=appeal,
            **surroundings,
        )

    def decide_appeal(
        self,
        appeal: str,
        *,
        outcome: str,
        by: str,
        reason: str,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Decide an appeal and return its id; one that is overturned reverses the action with it.

        Args:
            outcome: ``upheld``, ``overturned`` or ``dismissed``.

            by: Another operator than the one whose act it is about.
        """
        return self._do(
            about_appeal.DecideAppeal,
            appeal=appeal,
            outcome=outcome,
            by=by,
            reason=reason,
            **surroundings,
        )

    def review_override(
        self,
        action: str,
        *,
        outcome: str,
        by: str,
        reason: str,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Say whether an act that overrode a safeguard was justified, and return the action's id.

        Args:
            outcome: ``justified`` or ``unjustified``.

            by: Another operator than the one whose act it is.
        """
        return self._do(
            about_appeal.ReviewOverride,
            action=action,
            outcome=outcome,
            by=by,
            reason=reason,
            **surroundings,
        )

    def note(
        self, account: str, text: str, *, by: str, **surroundings: Unpack[Surroundings]
    ) -> str:
        """
        Write a note about an account and return its id.
        """
        return self._do(about_account.Note, account=account, text=text, by=by, **surroundings)
