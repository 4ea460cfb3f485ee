"""
Sets of numbers that take few bytes a member, for telling a million rows apart in little memory.
"""

from array import array
from typing import Final

BITS: Final = 63
_MASK: Final = (1 << BITS) - 1
_SLOTS_MIN: Final = 1024
# An odd number close to 2**64 over the golden ratio: it scatters numbers that follow each other.
_SCATTER: Final = 0x9E3779B97F4A7C15


class Numbers:
    """
    A set of whole numbers from 0 to 2**63 - 1, at 12 to 24 bytes a member.
    """

    def __init__(self) -> None:
        self._count = 0
        # Slot by slot 0 for free, else a member plus one; a power of two of them.
        self._slots = array("Q", bytes(8 * _SLOTS_MIN))

    def __len__(self) -> int:
        """
        Return how many members there are.
        """
        return self._count

    def __contains__(self, number: int) -> bool:
        """
        Return whether *number* is a member.
        """
        return bool(self._slots[self._slot(number + 1)])

    def add(self, number: int) -> bool:
        """
        Add *number*, and return whether it is new.
        """
        member = number + 1
        slot = self._slot(member)
        if self._slots[slot]:
            return False
        self._slots[slot] = member
        self._count += 1
        if self._count * 3 > len(self._slots) * 2:
            self._grow()
        return True

    def _slot(self, member: int) -> int:
        """
        Return the slot that holds *member*, or the free one where it belongs.
        """
        slots, last = self._slots, len(self._slots) - 1
        slot = (member * _SCATTER >> 32) & last
        while (held := slots[slot]) and held != member:
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        members = self._slots
        self._slots = array("Q", bytes(16 * len(members)))
        for member in members:
            if member:
                self._slots[self._slot(member)] = member


def number_of(name: object) -> int:
    """
    Return a number for *name*, the same one for equal names within this process.

    Two of a million names share a number with a chance of 1 to 10 million, and nobody can choose
    names that do: the hash is keyed anew in each process.
    """
    return hash(name) & _MASK
