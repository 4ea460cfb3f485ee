"""
What is found where evidence does not hold.
"""

from collections.abc import Iterable
from enum import StrEnum
from types import NoneType
from typing import Final

import attrs

from ledger.errors import LedgerError, Tampered
from ledger.proofs.verdict import Verdict

_NUMBERED: Final = (int, NoneType)

FINDINGS_MAX: Final = 1000
"""How many are told; what an attacker did to every row needs no more of them."""


class What(StrEnum):
    """
    What does not hold.
    """

    CHECKPOINT_FORGED = "checkpoint-forged"
    CHECKPOINT_LONGER = "checkpoint-longer"
    CHECKPOINT_DIFFERS = "checkpoint-differs"
    ENTRY_MISSING = "entry-missing"
    ENTRY_UNREADABLE = "entry-unreadable"
    LEAF_DIFFERS = "leaf-differs"
    TREE_DIFFERS = "tree-differs"
    HEAD_DIFFERS = "head-differs"
    COLUMNS_DIFFER = "columns-differ"
    VERSION_MISSING = "version-missing"
    TIME_DECREASES = "time-decreases"
    TIME_OUTSIDE = "time-outside"
    CLAIM_DIFFERS = "claim-differs"
    RESTRICTION_DIFFERS = "restriction-differs"
    SNAPSHOT_DIFFERS = "snapshot-differs"
    TILE_DIFFERS = "tile-differs"
    SETTINGS_DIFFER = "settings-differ"
    PAYLOAD_MISSING = "payload-missing"
    PAYLOAD_DIFFERS = "payload-differs"
    PAYLOAD_UNFOUNDED = "payload-unfounded"


# What changes the root of the tree, or is how it shows that somebody changed it.
_OF_THE_TREE: Final = frozenset(
    {What.ENTRY_MISSING, What.LEAF_DIFFERS, What.TREE_DIFFERS, What.VERSION_MISSING}
)


@attrs.frozen
class Finding:
    """
    One place that does not hold.

    Args:
        why: What was found there, for people.

        log, position, stream, version: The place, as far as it is known: the first that can be
            meant, where it may be one of several.
    """

    what: What
    why: str
    log: int | None = None
    position: int | None = None
    stream: str | None = None
    version: int | None = None


class Findings:
    """
    What was found so far, each place once for each thing that is wrong there.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Finding] = {}

    def __len__(self) -> int:
        """
        Return how many there are.
        """
        return len(self._found)

    def add(self, finding: Finding) -> None:
        """
        Take note of *finding*, unless it is known or there are very many.
        """
        if not all(type(each) in _NUMBERED for each in (finding.position, finding.version)):
            # SQLite keeps in a column whatever is put there.
            told = f"{finding.why} (position {finding.position!r}, version {finding.version!r})"
            finding = attrs.evolve(finding, why=told, position=None, version=None)
        place = (finding.what, finding.log, finding.position, finding.stream, finding.version)
        if len(self._found) < FINDINGS_MAX:
            self._found.setdefault(place, finding)

    def add_error(self, what: What, error: LedgerError, log: int, position: int | None) -> None:
        """
        Take note of an error that was raised while something was read.
        """
        stream = version = None
        if isinstance(error, Tampered):
            stream, version = error.stream, error.version
            position = error.position or position
        self.add(Finding(what, str(error), log, position, stream, version))

    def take(self, others: "Findings") -> None:
        """
        Take note of what was found elsewhere, too.
        """
        for finding in others.in_order():
            self.add(finding)

    def is_between(self, log: int, first: int, last: int) -> bool:
        """
        Return whether something was found at one of the positions from *first* to *last*.
        """
        return any(
            found.log == log and found.position is not None and first <= found.position <= last
            for found in self._found.values()
        )

    def first_changed(self, log: int, first: int, last: int) -> int | None:
        """
        Return the first position from *first* to *last* at which the tree of a log was changed, as
        far as that was found.
        """
        changed = (
            found.position
            for found in self._found.values()
            if found.log == log and found.what in _OF_THE_TREE and found.position is not None
        )
        return min((each for each in changed if first <= each <= last), default=None)

    def in_order(self) -> tuple[Finding, ...]:
        """
        Return them, the first bad position first, and behind those what has no position.
        """
        return tuple(sorted(self._found.values(), key=_place))


def _place(found: Finding) -> tuple[bool, int, int, str]:
    return (found.position is None, found.log or 0, found.position or 0, found.what)


def verdict_of(verdicts: Iterable[Verdict]) -> Verdict:
    """
    Return what several verdicts come to: one that is bad spoils all, and so does one that could not
    be reached; of none nothing is known.
    """
    every = {*verdicts}
    if Verdict.TAMPERED in every:
        return Verdict.TAMPERED
    return Verdict.VERIFIED if every == {Verdict.VERIFIED} else Verdict.UNVERIFIABLE
