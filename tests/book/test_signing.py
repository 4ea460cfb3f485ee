"""
Signing keys at the front door: who may put them on record, and where they stand.
"""

import pytest

from ledger import Ledger, Refused
from ledger.moderation.keys import KEYS_STREAM
from tests.moderation.keys_samples import NEW, OLD


def test_a_rotation_and_a_revocation_are_entries(staffed: Ledger):
    """
    On the ledger's own stream in log 0, by whoever did it; each returns its key.
    """
    assert OLD == staffed.rotate_key(OLD, reason="the first key")
    assert NEW == staffed.rotate_key(NEW, old=OLD, from_size=9, by="op-1", reason="a year")
    assert OLD == staffed.revoke_key(OLD, by="op-1", reason="a year")

    told = list(staffed.entries(stream=KEYS_STREAM))
    assert [(0, 1, "system"), (0, 2, "op-1"), (0, 3, "op-1")] == [
        (entry.log, entry.version, entry.operator) for entry in told
    ]
    kinds = ["ledger.key_rotated", "ledger.key_rotated", "ledger.key_revoked"]
    assert kinds == [entry.kind for entry in told]
    assert not any(table.differed for table in staffed.rebuild())


def test_only_the_system_or_an_admin_may(staffed: Ledger):
    """
    Anybody else is refused, which is on record and changes nothing.
    """
    with pytest.raises(Refused) as raised:
        staffed.rotate_key(OLD, by="op-7", reason="mine now")

    assert ("authority", True) == (raised.value.rule, raised.value.recorded)
    assert ["ledger.command_refused"] == [e.kind for e in staffed.entries(stream=KEYS_STREAM)]
    assert OLD == staffed.rotate_key(OLD, by="op-1", reason="the first key")


def test_the_same_request_is_one_rotation(staffed: Ledger):
    """
    Asked again under its id it returns the key, and nothing more is recorded.
    """
    for _ in range(2):
        assert OLD == staffed.rotate_key(OLD, reason="the first key", request_id="r-1")

    assert 1 == len(list(staffed.entries(stream=KEYS_STREAM)))


def test_a_ledger_that_is_opened_again_knows_its_keys(staffed: Ledger):
    """
    In a batch and one by one: the second decision sees what the first one recorded.
    """
    staffed.record_many(
        [
            {"command": "rotate_key", "new": OLD, "reason": "the first key"},
            {"command": "rotate_key", "new": NEW, "old": OLD, "reason": "a year"},
        ]
    )

    with pytest.raises(Refused, match="on record already"):
        staffed.rotate_key(OLD, old=NEW, reason="back again")
