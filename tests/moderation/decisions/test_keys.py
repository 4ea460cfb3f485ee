"""
Decisions about signing keys: a chain of keys, none of which returns.
"""

from typing import Any

import pytest

from ledger.errors import Malformed, NotFound, Refused
from ledger.moderation.commands import command_from
from ledger.moderation.decisions import Decision
from ledger.moderation.events.keys import KeyRevoked, KeyRotated
from ledger.moderation.keys import KEYS_STREAM, Keys, fold
from tests.moderation.by_hand import Line, recorded
from tests.moderation.decisions.desk import decided
from tests.moderation.keys_samples import NEW, OLD

THIRD = "moderation.example/0+49665f01+Ae1JKMYo0cLG6ukDOJBZlWEpWSc6XGP5NjbBRhSshzfR"
OF_ANOTHER_LOG = "b/0+ae1d7a3a+Ae1JKMYo0cLG6ukDOJBZlWEpWSc6XGP5NjbBRhSshzfR"
FIRST: Line = ("01:00", KeyRotated(new=OLD, reason="the first key"))
SECOND: Line = ("02:00", KeyRotated(new=NEW, old=OLD, from_size=9, reason="a year is over"))
REVOKED: Line = ("03:00", KeyRevoked(key=OLD, last_size=8, reason="lost"))


def keys(*lines: Line) -> Keys:
    """
    Return the keys that are on record.
    """
    return fold(recorded(*lines, stream=KEYS_STREAM))


def rotate(*lines: Line, **told: Any) -> Decision:
    """
    Return the decision about a rotation where that is on record.
    """
    line = {"command": "rotate_key", "reason": "why", "by": "root", **told}
    return decided(line, keys=keys(*lines))


def revoke(*lines: Line, **told: Any) -> Decision:
    """
    Return the decision about a revocation where that is on record.
    """
    line = {"command": "revoke_key", "reason": "why", "by": "root", **told}
    return decided(line, keys=keys(*lines))


def events(decision: Decision) -> list[object]:
    """
    Return what is to be recorded.
    """
    return [draft.event for draft in decision.drafts]


def test_keys_follow_each_other():
    """
    The first one has none before it; each later one names the one whose place it takes.
    """
    (first,) = events(rotate(new=OLD))
    (second,) = events(rotate(FIRST, new=NEW, old=OLD, from_size=9))

    assert isinstance(first, KeyRotated)
    assert isinstance(second, KeyRotated)
    assert (OLD, None, None) == (first.new, first.old, first.from_size)
    assert (NEW, OLD, 9) == (second.new, second.old, second.from_size)
    # A ledger that began to say so late may name the key that signed before.
    assert events(rotate(new=NEW, old=OLD))


def test_what_is_so_already_is_not_recorded():
    """
    Unless the command has an id of its own.
    """
    same = {"new": NEW, "old": OLD, "from_size": 9}

    assert [] == events(rotate(FIRST, SECOND, **same))
    assert [] == events(revoke(FIRST, SECOND, REVOKED, key=OLD, last_size=8))
    assert [KeyRevoked] == list(
        map(type, events(revoke(FIRST, REVOKED, key=OLD, last_size=8, request_id="r")))
    )


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ({"new": THIRD}, "old"),
        ({"new": NEW, "old": NEW}, "new"),
        ({"new": OF_ANOTHER_LOG, "old": NEW}, "new"),
    ],
)
def test_a_rotation_that_makes_no_sense_is_malformed(told, where):
    """
    Without the old key, to itself, or to the key of another log.
    """
    with pytest.raises(Malformed) as raised:
        rotate(FIRST, SECOND, **told)
    assert where == raised.value.where


def test_a_key_does_not_return():
    """
    One that was replaced or revoked is refused by name: whoever has the old private key could sign.
    """
    for lines in ((FIRST, SECOND), (FIRST, SECOND, REVOKED)):
        with pytest.raises(Refused, match=r"7fb02777 is on record already") as raised:
            rotate(*lines, new=OLD, old=NEW)
        assert ("known-key", False) == (raised.value.rule, raised.value.recorded)


def test_an_unknown_key_is_not_found():
    """
    Where others are on record, the key that is named must be.
    """
    with pytest.raises(NotFound, match="19dfcc6b is not on record"):
        rotate(FIRST, new=THIRD, old=NEW)
    with pytest.raises(NotFound, match="49665f01 is not on record"):
        revoke(FIRST, key=THIRD)
    assert events(revoke(key=THIRD))


def test_a_revocation_is_not_changed():
    """
    The last size that counts was said once.
    """
    with pytest.raises(Refused, match=r"was revoked at .* with last size 8") as raised:
        revoke(FIRST, REVOKED, key=OLD, last_size=5)
    assert "already-revoked" == raised.value.rule


def test_a_revoked_key_can_be_replaced():
    """
    The one that comes after a stolen key names it.
    """
    assert events(rotate(FIRST, REVOKED, new=NEW, old=OLD))


@pytest.mark.parametrize(
    "key",
    [
        "",
        7,
        "moderation.example/0",
        OLD[:-1],
        OLD + "=",
        OLD.replace("7fb02777", "7fb02778"),
        OLD.replace("moderation", "other"),
        OLD.replace("+AYqI", "+BIqI"),
        OLD.replace("moderation.example", "moderation example"),
        f"PRIVATE+KEY+{OLD}",
        OLD + "\n",
    ],
)
def test_only_a_key_of_a_log_is_one(key):
    """
    In its one spelling, with the id of its bytes; nothing of it is told: it may be private.
    """
    for line in (
        {"command": "rotate_key", "new": key, "reason": "why"},
        {"command": "revoke_key", "key": key, "reason": "why"},
    ):
        with pytest.raises(Malformed) as raised:
            command_from(line)
        assert str(key)[20:] not in str(raised.value) or len(str(key)) <= 20


@pytest.mark.parametrize("size", [-1, 2**53, 1.5, "9", True])
def test_a_size_is_a_whole_number(size):
    """
    Not below zero, and one that JSON holds.
    """
    with pytest.raises(Malformed, match="no size of a log"):
        command_from({"command": "revoke_key", "key": OLD, "last_size": size, "reason": "why"})
