"""
Of thirty-two hostile checkpoints the three good ones are accepted and the others refused.
"""

import pytest

from ledger.errors import Malformed, Tampered
from ledger.proofs.checkpoint import parse_checkpoint
from ledger.proofs.note import open_note, parse_note
from tests.proofs.hostile import CASES
from tests.proofs.signing import LOG


def accepted(octets: bytes) -> bool:
    """
    Tell whether the bytes are trusted as a checkpoint of the log.
    """
    try:
        note = parse_note(octets)
        open_note(note, [LOG.key])
        parse_checkpoint(note.text)
    except (Malformed, Tampered):
        return False
    return True


def test_there_are_thirty_two_of_them() -> None:
    """
    The corpus is whole, and no two of its notes are the same.
    """
    assert 32 == len(CASES) == len({note for note, _ in CASES.values()})


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_checkpoint_has_its_verdict(name: str) -> None:
    """
    A second spelling, a stray character or a doubtful signature is refused; what is only unknown is
    passed over.
    """
    note, expected = CASES[name]

    assert expected == accepted(note)
