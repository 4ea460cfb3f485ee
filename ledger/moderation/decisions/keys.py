"""
Decisions about the keys that sign what the ledger is: only the system or the role ``admin`` may
take them.
"""

from ledger.errors import Malformed, NotFound, Refused
from ledger.moderation.commands.keys import RevokeKey, RotateKey
from ledger.moderation.decisions.situation import Decision, Situation, permission, refused
from ledger.moderation.entry import Draft
from ledger.moderation.events.keys import KeyRevoked, KeyRotated
from ledger.moderation.keys import KEYS_STREAM, Keys
from ledger.moderation.moment import shortest


def rotate_key(command: RotateKey, situation: Situation) -> Decision:
    """
    Return the decision that a key signs from here on; nothing when that is on record so already.

    Raises:
        Malformed: When the old key is missing, is the new one, or is of another log.

        NotFound: When the old key is not on record, though others are.

        Refused: When the new key is on record already: none that was replaced returns.
    """
    keys = situation.keys
    found = permission(situation, administers=True)
    if found.denied:
        return refused(command, situation, found, KEYS_STREAM)
    if _is_so(command, keys) and command.request_id is None:
        return Decision(command.new)
    _assert_follows(command, keys)
    event = KeyRotated(
        new=command.new,
        old=command.old,
        from_size=command.from_size,
        reason=command.reason,
        relied_on=situation.relied_on(),
        authority=found.now,
        context=situation.context(command),
    )
    return Decision(command.new, (Draft(KEYS_STREAM, event, command.by),))


def _is_so(command: RotateKey, keys: Keys) -> bool:
    known = keys.known.get(command.new)
    if known is None or known.introduced is None or known.replaced or known.revoked:
        return False
    event = known.introduced.event
    assert isinstance(event, KeyRotated)
    return (event.old, event.from_size) == (command.old, command.from_size)


def _assert_follows(command: RotateKey, keys: Keys) -> None:
    if command.old is None and keys.known:
        raise Malformed(
            "there are keys on record", where="old", expected="the key whose place it takes"
        )
    if command.old is not None:
        if command.old.partition("+")[0] != command.new.partition("+")[0]:
            raise Malformed(
                f"the keys are of two logs, {command.old.partition('+')[0]!r} and"
                f" {command.new.partition('+')[0]!r}",
                where="new",
                expected="a key under the same name",
            )
        if command.old == command.new:
            raise Malformed("the keys are the same", where="new", expected="another key")
        _assert_known(command.old, keys, "old")
    if command.new in keys.known:
        raise Refused(
            f"the key {_short(command.new)} is on record already",
            rule="known-key",
            expected="a key that was never used: `ledger key generate` makes one",
        )


def revoke_key(command: RevokeKey, situation: Situation) -> Decision:
    """
    Return the decision that a key counts no more; nothing when it does not.

    Raises:
        NotFound: When the key is not on record, though others are.

        Refused: When it was revoked with another last size.
    """
    keys = situation.keys
    found = permission(situation, administers=True)
    if found.denied:
        return refused(command, situation, found, KEYS_STREAM)
    _assert_known(command.key, keys, "key")
    known = keys.known.get(command.key)
    if known is not None and known.revoked is not None:
        revoked = known.revoked.event
        assert isinstance(revoked, KeyRevoked)
        if revoked.last_size != command.last_size:
            raise Refused(
                f"the key {_short(command.key)} was revoked at"
                f" {shortest(known.revoked.recorded_at)} with last size {revoked.last_size}",
                rule="already-revoked",
                by=known.revoked.operator,
                at=shortest(known.revoked.recorded_at),
            )
        if command.request_id is None:
            return Decision(command.key)
    event = KeyRevoked(
        key=command.key,
        last_size=command.last_size,
        reason=command.reason,
        relied_on=situation.relied_on(),
        authority=found.now,
        context=situation.context(command),
    )
    return Decision(command.key, (Draft(KEYS_STREAM, event, command.by),))


def _assert_known(key: str, keys: Keys, name: str) -> None:
    if keys.known and key not in keys.known:
        raise NotFound(
            f"the key {_short(key)} is not on record",
            where=name,
            expected="one of " + ", ".join(map(_short, keys.known)),
        )


def _short(key: str) -> str:
    """
    Return what a key is called: its name and its id.
    """
    return "+".join(key.split("+")[:2])
