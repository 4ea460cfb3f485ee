"""
The commands about personal data: erase, suppress, redact, hold, retain, and record who read.

They concern the ledger that they are given to and none other, so no import and no export has them.
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar, Final

from ledger.errors import Malformed
from ledger.moderation.commands.command import (
    ABOUT_LEDGER,
    Command,
    checked,
    command,
    optional_id,
    required_id,
    required_text,
    shared,
)
from ledger.moderation.events import KINDS
from ledger.moderation.events.privacy import SubjectKind
from ledger.moderation.identity import identifier, identifiers
from ledger.moderation.moment import duration
from ledger.moderation.number import whole
from ledger.moderation.privacy import MEASURE
from ledger.moderation.sealing import Kind, is_alias, kind_of_alias

_SECOND: Final = timedelta(seconds=1)
# All of time, as no duration is longer.
_SECONDS_MAX: Final = 3_652_059 * 86_400
_SHA256: Final = re.compile("[0-9a-f]{64}").fullmatch
_COVERING: Final = ("account.", "operator.")


@shared
class PrivacyCommand(Command):
    """
    What every command about personal data is.
    """

    ABOUT: ClassVar[str] = ABOUT_LEDGER


def _alias_or_none(value: object, name: str) -> str | None:
    if value is None:
        return None
    alias = identifier(value, name)
    if is_alias(alias) and kind_of_alias(alias) is not Kind.LEDGER:
        return alias
    raise Malformed(
        f"{alias!r} is no alias of a person", where=name, expected="an alias such as acct-… has it"
    )


@shared
class SubjectCommand(PrivacyCommand):
    """
    A command about one subject: an account, an operator or a reporter.

    Args:
        subject: The alias of any of them in a sealed ledger, where that is what is known; any other
            id is that of an account, which is the subject of moderation.
    """

    account: str | None = optional_id()
    operator: str | None = optional_id()
    reporter: str | None = optional_id()
    subject: str | None = checked(_alias_or_none, default=None)

    def __attrs_post_init__(self) -> None:
        """
        Check the arguments, and that there is one subject.

        Raises:
            Malformed: When none is named, or more than one.
        """
        fields = self.__dict__
        subject = fields["subject"]
        if fields["account"] is None and isinstance(subject, str) and not is_alias(subject):
            fields["account"], fields["subject"] = subject, None
        super().__attrs_post_init__()
        if len([*self._named()]) != 1:
            raise Malformed(
                f"{self.NAME} is about one subject",
                where="account",
                expected="account, operator, reporter or subject",
            )

    def _named(self) -> Iterable[tuple[SubjectKind, str]]:
        for kind in SubjectKind:
            name = getattr(self, kind.value)
            if name is not None:
                yield kind, name
        if self.subject is not None:
            yield SubjectKind(kind_of_alias(self.subject)), self.subject

    def about(self) -> tuple[SubjectKind, str]:
        """
        Return the kind of the subject, and the subject.
        """
        (found,) = self._named()
        return found


@command("erase")
class Erase(SubjectCommand):
    """
    Destroy the key of a subject, and with it all personal data of the subject.

    Args:
        basis: The legal basis, which is kept; it names no person.
    """

    basis: str = required_text()


def _position(value: object, name: str) -> int | None:
    return None if value is None else whole(value, name, least=int(name == "position"))


@command("suppress", "reader")
class Suppress(PrivacyCommand):
    """
    Hide the personal fields of an account, or of one entry, from a class of reader.

    Args:
        reader: The class of reader, as questions name it.

        suppression: The id of the suppression; made if omitted.

        log, position: The entry; log 0 where only the position is said.
    """

    reader: str = required_id()
    account: str | None = optional_id()
    log: int | None = checked(_position, default=None)
    position: int | None = checked(_position, default=None)
    suppression: str | None = optional_id()
    reason: str = required_text()

    def __attrs_post_init__(self) -> None:
        """
        Check the arguments, and that there is one thing to hide.

        Raises:
            Malformed: When none is named, or more than one.
        """
        super().__attrs_post_init__()
        if (self.account is None) == (self.position is None) or (
            self.log is not None and self.position is None
        ):
            raise Malformed(
                "suppress hides an account or one entry",
                where="account",
                expected="account, or position and log",
            )


@command("unsuppress", "suppression")
class Unsuppress(PrivacyCommand):
    """
    Show again what a suppression hid.
    """

    suppression: str = required_id()
    reason: str = required_text()


def _digest(value: object, name: str) -> str:
    if isinstance(value, str) and _SHA256(value):
        return value
    raise Malformed(
        f"{value!r} is no digest", where=name, expected="SHA-256 in 64 lower-case hex digits"
    )


def _some(value: object, name: str) -> tuple[str, ...]:
    if found := tuple(sorted(identifiers(value, name))):
        return found
    raise Malformed("no field is named", where=name, expected="the fields that are left out")


@command("redact", "bundle")
class Redact(PrivacyCommand):
    """
    Put on record that fields were left out of a bundle that goes out.

    Args:
        bundle: SHA-256 of the bundle in hex.

        fields: The names of the fields.
    """

    bundle: str = checked(_digest)
    fields: tuple[str, ...] = checked(_some)
    reason: str = required_text()


def _covers(value: object, name: str) -> str:
    told = identifier(value, name)
    if (
        told in list(SubjectKind)
        or (told.startswith(MEASURE) and told != MEASURE)
        or (told in KINDS and told.startswith(_COVERING))
    ):
        return told
    raise Malformed(
        f"{told!r} is nothing that a retention rule can cover",
        where=name,
        expected=f"{', '.join(SubjectKind)}, {MEASURE}NAME, or a kind of entry such as"
        " account.report_filed",
    )


def _seconds(value: object, name: str) -> int:
    if type(value) is int and 0 <= value <= _SECONDS_MAX:
        return value
    seconds, parts = divmod(duration(value, name), _SECOND)
    if parts:
        raise Malformed(f"{value!r} has parts of a second", where=name, expected="whole seconds")
    return seconds


@command("set_retention", "covers")
class SetRetention(PrivacyCommand):
    """
    Have something kept for so long from its recording on; zero ends the rule.

    Args:
        covers: A kind of subject, ``measure:`` and a measure, or a kind of entry.

        period: A duration, which is kept in seconds.
    """

    covers: str = checked(_covers)
    period: int = checked(_seconds)
    reason: str = required_text()


@command("place_hold", "reference")
class PlaceHold(SubjectCommand):
    """
    Forbid that anything of a subject is erased.

    Args:
        reference: What it is for: a case, an order.

        hold: The id of the hold; made if omitted.
    """

    reference: str = required_text()
    hold: str | None = optional_id()
    reason: str = required_text()


@command("release_hold", "hold")
class ReleaseHold(PrivacyCommand):
    """
    Let a hold stand no more.
    """

    hold: str = required_id()
    reason: str = required_text()


@command("record_read", "question")
class RecordRead(PrivacyCommand):
    """
    Put on record that an operator is shown personal data in plain, and what for.

    Args:
        reader: The class of reader as which it is asked.
    """

    question: str = required_id()
    purpose: str = required_text()
    account: str | None = optional_id()
    operator: str | None = optional_id()
    reader: str | None = optional_id()
