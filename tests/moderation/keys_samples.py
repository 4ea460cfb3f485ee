"""
One of each kind of event about signing keys, and one with the least that it needs.
"""

from ledger.moderation.events import Event, keys
from tests.moderation.privacy_samples import DECIDED

OLD = "moderation.example/0+7fb02777+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
NEW = "moderation.example/0+19dfcc6b+AYE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU"

KEYS: tuple[Event, ...] = (
    keys.KeyRotated(new=NEW, old=OLD, from_size=300, reason="a year is over", **DECIDED),
    keys.KeyRotated(new=NEW, reason="the first key"),
    keys.KeyRevoked(key=OLD, last_size=299, reason="a lost laptop", **DECIDED),
    keys.KeyRevoked(key=OLD, reason="a year is over"),
)
