"""
What a notary remembers, written and read.
"""

import json
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Tampered, Unavailable
from ledger.notary.state import (
    FORMAT,
    NotaryState,
    beginning,
    encode_state,
    held,
    parse_state,
    read_state,
    write_state,
)
from tests.strategies.notary import notary_states


@settings(max_examples=30)
@given(notary_states())
def test_a_state_is_read_as_it_was_written(state: NotaryState):
    """
    Nothing of it is lost, and its note is of what was read.
    """
    assert state == parse_state(encode_state(state), "a file")
    assert state.note is None or state.signed.text() == state.note.text


@settings(max_examples=30)
@given(notary_states(), st.data())
def test_a_state_that_contradicts_itself_is_refused(state: NotaryState, data: st.DataObject):
    """
    A size, a hash of a frontier or the note that is another one is noticed before anything is
    signed.
    """
    written = json.loads(encode_state(state))
    log = data.draw(st.sampled_from(written["logs"]))
    log["size"] += data.draw(st.integers(1, 3))
    spoilt = json.dumps(written).encode()
    found = attrs.evolve(state, witnessed={})

    if log["size"].bit_count() == len(log["frontier"]) and state.note is None:
        assert found != parse_state(spoilt, "a file")
    elif state.roots is None or log["size"].bit_count() != len(log["frontier"]):
        with pytest.raises(Tampered, match="state does not hold"):
            parse_state(spoilt, "a file")


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        encode_state(beginning("o", 2)).replace(b'"roots":{', b'"roots":null,"other":{'),
        encode_state(beginning("o", 1)).replace(b'"logs":[{"size":0,"frontier":[]}]', b'"logs":[]'),
        encode_state(beginning("o", 1)).replace(b'"size":0', b'"size":-1'),
        encode_state(beginning("o", 1)).replace(
            b'"size":0,"frontier":[]', b'"size":1,"frontier":[""]'
        ),
        encode_state(beginning("o", 1)).replace(b'"note":null', b'"note":"x"'),
    ],
)
def test_what_is_no_state_is_refused(written: bytes):
    """
    It is evidence that somebody changed it, and never taken for a new notary.
    """
    with pytest.raises(Tampered, match="state does not hold"):
        parse_state(written, "a file")


def test_a_state_of_a_newer_format_is_left_alone():
    """
    Code that does not know it signs nothing with it.
    """
    written = encode_state(beginning("o", 1)).replace(FORMAT.encode(), b"ledger-notary-state/2")

    with pytest.raises(Unavailable, match="newer code"):
        parse_state(written.replace(b'"logs"', b'"trees"'), "a file")


def test_a_state_is_written_whole(tmp_path: Path):
    """
    What another one began to write and did not end is passed over.
    """
    path = tmp_path / "state"
    assert None is read_state(path)
    write_state(path, beginning("o", 1))
    (tmp_path / "state.new").write_bytes(b'{"half')

    assert beginning("o", 1) == read_state(path)
    write_state(path, beginning("o", 2))
    assert beginning("o", 2) == read_state(path)
    assert ["state"] == [each.name for each in tmp_path.iterdir()]


def test_one_at_a_time_has_a_state(tmp_path: Path):
    """
    A second one is told so, and may try again when the first has ended.
    """
    path = tmp_path / "state"
    with held(path), pytest.raises(Unavailable, match="another notary"), held(path):
        pass
    with held(path):
        pass


def test_a_state_that_cannot_be_written_is_unavailable(tmp_path: Path):
    """
    A folder that is not there is named, in the ledger's own words.
    """
    with pytest.raises(Unavailable, match="cannot be written: No such file"):
        write_state(tmp_path / "missing" / "state", beginning("o", 1))
    with pytest.raises(Unavailable, match="cannot be written"), held(tmp_path / "missing" / "s"):
        pass
    with pytest.raises(Unavailable, match="cannot be read: Is a directory"):
        read_state(tmp_path)
