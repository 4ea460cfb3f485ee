"""
The policy: what its stream makes of it, and the one in force.

A policy is adopted whole and is in force until the next one is. Its text is kept as it was given,
so that what was asked for at any moment can be read, and asked again.
"""

from collections.abc import Iterable
from typing import Final

import attrs

from ledger.moderation.entry import Entry
from ledger.moderation.events.policy import PolicyAdopted

POLICY: Final = "default"
POLICY_STREAM: Final = f"policy/{POLICY}"


@attrs.define
class Policies:
    """
    The policies that were adopted.

    Args:
        adoptions: The entries that adopted them, in order; version n is the n-th.
    """

    adoptions: list[Entry] = attrs.field(factory=list)

    @property
    def version(self) -> int:
        """
        Return the version of the stream.
        """
        return len(self.adoptions)

    @property
    def latest(self) -> Entry | None:
        """
        Return the entry that adopted the policy in force; None before the first one.
        """
        return self.adoptions[-1] if self.adoptions else None

    def numbered(self, version: str) -> Entry | None:
        """
        Return the entry that adopted *version*, such as ``default@3``; None for one of no entry.
        """
        name, _, number = version.partition("@")
        if name != POLICY or not 1 <= int(number) <= self.version:
            return None
        return self.adoptions[int(number) - 1]


def advance(policies: Policies, entry: Entry) -> None:
    """
    Take *entry* into *policies*, in place.
    """
    assert isinstance(entry.event, PolicyAdopted)
    policies.adoptions.append(entry)


def fold(entries: Iterable[Entry]) -> Policies:
    """
    Return the policies of *entries* in order.
    """
    policies = Policies()
    for entry in entries:
        advance(policies, entry)
    return policies


def version_name(version: int) -> str:
    """
    Return what a version of the policy is called: ``default@3``.
    """
    return f"{POLICY}@{version}"
