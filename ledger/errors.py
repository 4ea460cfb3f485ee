"""
The errors of the ledger: one root, six families, told apart by whose turn it is.

The caller broke a rule (`Refused`), lost a race (`Conflict`), named something that is not
there (`NotFound`) or gave something of the wrong shape (`Malformed`); the evidence does not
hold (`Tampered`); the database cannot answer (`Unavailable`). Every error carries its data
as attributes, and its message says what, where, what was expected and what would work.
"""

from collections.abc import Mapping
from typing import ClassVar, Self


class LedgerError(Exception):
    """
    The root of every error of the ledger; never raised itself.

    Args:
        message: What is wrong and what would work; lower case, no full stop.

        where: The place in the input: ``line 17``, a field, a file.

        expected: What would have been accepted.
    """

    family: ClassVar[str]
    exit_code: ClassVar[int]

    def __init__(
        self, message: str, *, where: str | None = None, expected: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.expected = expected

    def __str__(self) -> str:
        """
        Return the message, its place before it and what was expected behind it.
        """
        place = f"{self.where}: " if self.where else ""
        hint = f" (expected {self.expected})" if self.expected else ""
        return f"{place}{self.message}{hint}"

    def at(self, where: str) -> Self:
        """
        Return this error with *where* in front of the place that it already names.
        """
        self.where = f"{where}, {self.where}" if self.where else where
        return self


class Refused(LedgerError):
    """
    The rules forbid it.

    Args:
        rule: The rule that refused: ``authority``, ``already-reversed``, ``in-force-already``,
            ``before-effect``, ``irreversible`` …

        by: The operator of the entry that stands in the way, where there is one.

        at: The time of that entry, canonical text.

        action: The action that stands in the way, where there is one.

        verdicts: The outcome of every safeguard that was evaluated, by name.

        recorded: True when the refusal itself is on record (semantics, rule 16).
    """

    family = "Refused"
    exit_code = 3

    def __init__(  # noqa: PLR0913, each is data of the refusal
        self,
        message: str,
        *,
        rule: str,
        where: str | None = None,
        expected: str | None = None,
        by: str | None = None,
        at: str | None = None,
        action: str | None = None,
        verdicts: Mapping[str, str] | None = None,
        recorded: bool = False,
    ) -> None:
        super().__init__(message, where=where, expected=expected)
        self.rule = rule
        self.by = by
        self.at_time = at
        self.action = action
        self.verdicts = dict(verdicts or {})
        self.recorded = recorded


class Conflict(LedgerError):
    """
    Someone wrote first, or an id stands for something else already.
    """

    family = "Conflict"
    exit_code = 4


class NotFound(LedgerError):
    """
    A named operator, action, report or finding does not exist, or an account has no entry.
    """

    family = "NotFound"
    exit_code = 5


class Malformed(LedgerError):
    """
    The input has the wrong shape; nothing was written.
    """

    family = "Malformed"
    exit_code = 6


class Tampered(LedgerError):
    """
    The evidence does not hold.

    Args:
        log, position, stream, version: The first place that does not hold, where known.
    """

    family = "Tampered"
    exit_code = 1

    def __init__(  # noqa: PLR0913, each is data of the finding
        self,
        message: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        log: int | None = None,
        position: int | None = None,
        stream: str | None = None,
        version: int | None = None,
    ) -> None:
        super().__init__(message, where=where, expected=expected)
        self.log = log
        self.position = position
        self.stream = stream
        self.version = version


class Unavailable(LedgerError):
    """
    The database cannot answer: locked, full, of a newer format, not a ledger, not initialised.
    """

    family = "Unavailable"
    exit_code = 7
