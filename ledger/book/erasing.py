"""
The commands of the front door about personal data: erase, suppress, redact, retain, hold.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Unpack

from ledger.book.doing import Doing, Surroundings
from ledger.moderation.commands import privacy as about_privacy


class Erasing(Doing):
    """
    What can be asked to be done about personal data.

    Reasons, references, bases and purposes are kept as they are said, for ever and in every ledger:
    they name cases and rules, never persons.
    """

    def erase(
        self,
        *,
        account: str | None = None,
        operator: str | None = None,
        reporter: str | None = None,
        subject: str | None = None,
        basis: str,
        by: str,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Destroy the key of one subject, and with it all personal data of the subject, and return the
        subject's alias. Every entry stays, is proved and answers as before.

        That it is so is recorded first. Where the key could not be destroyed then, the same command
        again destroys it, and so does the next opening of the ledger with its keys.

        Args:
            account, operator, reporter, subject: One of them: an id; as the subject, the alias that
                stands for it, or the id of an account.

            basis: The legal basis.

        Raises:
            Refused: While a legal hold stands, or a retention rule has something kept.

            Malformed: When the ledger is not sealed.

            Unavailable: When nothing was written; or when the key could not be destroyed, and then
                it says that the erasure is on record.
        """
        return self._do(
            about_privacy.Erase,
            account=account,
            operator=operator,
            reporter=reporter,
            subject=subject,
            basis=basis,
            by=by,
            **surroundings,
        )

    def suppress(
        self,
        reader: str,
        *,
        account: str | None = None,
        log: int | None = None,
        position: int | None = None,
        suppression: str | None = None,
        by: str,
        reason: str,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Hide the personal fields of an account, or of one entry, from a class of reader, and return
        the id of the suppression.

        Args:
            reader: The class of reader, as `revealed` takes it.

            log, position: The entry; log 0 where only the position is said.
        """
        return self._do(
            about_privacy.Suppress,
            reader=reader,
            account=account,
            log=log,
            position=position,
            suppression=suppression,
            by=by,
            reason=reason,
            **surroundings,
        )

    def unsuppress(
        self, suppression: str, *, by: str, reason: str, **surroundings: Unpack[Surroundings]
    ) -> str:
        """
        Show again what a suppression hid, and return its id.
        """
        return self._do(
            about_privacy.Unsuppress,
            suppression=suppression,
            by=by,
            reason=reason,
            **surroundings,
        )

    def redact(
        self,
        bundle: str,
        *,
        fields: Iterable[str],
        by: str,
        reason: str,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Put on record that fields were left out of a bundle that goes out, and return its digest.

        Args:
            bundle: SHA-256 of the bundle in hex.

            fields: The names of the fields.
        """
        return self._do(
            about_privacy.Redact,
            bundle=bundle,
            fields=fields,
            by=by,
            reason=reason,
            **surroundings,
        )

    def set_retention(
        self,
        covers: str,
        *,
        period: str | timedelta,
        by: str,
        reason: str,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Have something kept for so long from its recording on, and return what it is.

        Args:
            covers: ``account`` or ``operator``: the entries of their streams; ``reporter``: his
                reports; ``measure:suspend``: the acts of a measure on an account;
                ``account.report_filed``: a kind of entry. The last rule for each is in force.

            period: ``90d``; ``0d`` ends the rule.
        """
        return self._do(
            about_privacy.SetRetention,
            covers=covers,
            period=period,
            by=by,
            reason=reason,
            **surroundings,
        )

    def place_hold(
        self,
        reference: str,
        *,
        account: str | None = None,
        operator: str | None = None,
        reporter: str | None = None,
        subject: str | None = None,
        hold: str | None = None,
        by: str,
        reason: str,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Forbid that anything of one subject is erased, and return the id of the hold.

        Args:
            reference: What it is for: a case, an order.
        """
        return self._do(
            about_privacy.PlaceHold,
            reference=reference,
            account=account,
            operator=operator,
            reporter=reporter,
            subject=subject,
            hold=hold,
            by=by,
            reason=reason,
            **surroundings,
        )

    def release_hold(
        self, hold: str, *, by: str, reason: str, **surroundings: Unpack[Surroundings]
    ) -> str:
        """
        Let a hold stand no more, and return its id.
        """
        return self._do(about_privacy.ReleaseHold, hold=hold, by=by, reason=reason, **surroundings)

    def record_read(
        self,
        question: str,
        *,
        purpose: str,
        account: str | None = None,
        operator: str | None = None,
        reader: str | None = None,
        by: str,
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Put on record that an operator is shown personal data in plain, and return the id of the
        reading. The command line and the pages do it for what they show.

        Args:
            question: What is asked: ``timeline``.

            account, operator: Whom it is about, where it is about one.

            reader: The class of reader as which it is asked.
        """
        return self._do(
            about_privacy.RecordRead,
            question=question,
            purpose=purpose,
            account=account,
            operator=operator,
            reader=reader,
            by=by,
            **surroundings,
        )
