"""
The keys that sign what a ledger is, as its own stream tells of them.

That a key is on record proves nothing by itself, since whoever can write the ledger can write this
too: it tells an auditor, who trusts keys that he has from elsewhere, which one comes next.
"""

from collections.abc import Iterable
from typing import Final

import attrs

from ledger.moderation.entry import Entry
from ledger.moderation.events.keys import KeyRevoked, KeyRotated

KEYS_STREAM: Final = "ledger/keys"


@attrs.define
class KnownKey:
    """
    What is on record of one key.

    Args:
        introduced: The entry since which it signs; None of a key that is known only because
            another one took its place, or because it was revoked.

        replaced: The entry by which another one took its place.

        revoked: The entry since which it counts no more.
    """

    introduced: Entry | None = None
    replaced: Entry | None = None
    revoked: Entry | None = None


@attrs.define
class Keys:
    """
    The keys that are on record.

    Args:
        version: The version of the stream.

        known: By the text of the key, in the order in which they are named first.
    """

    version: int = 0
    known: dict[str, KnownKey] = attrs.field(factory=dict)


def advance(keys: Keys, entry: Entry) -> None:
    """
    Take *entry* into *keys*, in place.
    """
    keys.version = entry.version
    match entry.event:
        case KeyRotated(new=new, old=old):
            if old is not None:
                _known(keys, old).replaced = entry
            _known(keys, new).introduced = entry
        case KeyRevoked(key=key):
            _known(keys, key).revoked = entry


def _known(keys: Keys, key: str) -> KnownKey:
    return keys.known.setdefault(key, KnownKey())


def fold(entries: Iterable[Entry]) -> Keys:
    """
    Return the keys of *entries* of the stream, in order.
    """
    keys = Keys()
    for entry in entries:
        advance(keys, entry)
    return keys
