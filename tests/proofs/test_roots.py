"""
Several logs under one signature: what an entry of the log of roots is.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ledger.proofs
from ledger import Malformed, Tampered
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.roots import (
    encode_roots,
    log_origin,
    parse_roots,
    roots_origin,
    signed_origin,
)
from ledger.proofs.tree import EMPTY_ROOT

ORIGIN = "ledger.example"
TWO = (Checkpoint(f"{ORIGIN}/0", 7, b"\1" * 32), Checkpoint(f"{ORIGIN}/1", 0, EMPTY_ROOT))
WRITTEN = b"""\
ledger.example/0
7
AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=

ledger.example/1
0
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
"""


def test_an_entry_is_the_texts_with_an_empty_line_between():
    """
    Byte for byte; each part is a checkpoint of C2SP by itself.
    """
    assert WRITTEN == encode_roots(TWO)
    assert TWO == parse_roots(WRITTEN, ORIGIN)


def test_the_page_shows_such_an_entry():
    """
    The example of the page of the formats is these bytes.
    """
    page = Path(ledger.proofs.__file__).with_name("FORMAT.md").read_text("utf-8")

    assert f"```roots\n{WRITTEN.decode()}```" in page


def test_what_the_logs_are_called():
    """
    By number under the ledger's origin; several are signed through the log of roots.
    """
    assert ("o/3", "o/roots") == (log_origin("o", 3), roots_origin("o"))
    assert ["o/0", "o/roots", "o/roots"] == [signed_origin("o", logs) for logs in (1, 2, 256)]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", Malformed),
        (WRITTEN[:-1], Malformed),
        (WRITTEN + b"\n", Malformed),
        (b"\n" + WRITTEN, Malformed),
        (WRITTEN.replace(b"\n\n", b"\n\n\n"), Malformed),
        (WRITTEN.replace(b"\n\n", b"\n"), Tampered),
        (WRITTEN.replace(b"7\n", b"07\n"), Malformed),
        (WRITTEN.replace(b"7\n", b"7\r\n"), Malformed),
        (WRITTEN.replace(b"/0", b"/\xff"), Malformed),
        (WRITTEN.replace(b"/1", b"/2"), Tampered),
        (WRITTEN.replace(b"/1", b"/01"), Tampered),
        (WRITTEN.replace(b"example/1", b"example/0"), Tampered),
        (WRITTEN.replace(b"ledger", b"other"), Tampered),
        (WRITTEN + b"extension\n", Tampered),
    ],
)
def test_there_is_one_spelling_of_an_entry(body: bytes, error: type[Exception]):
    """
    Anything else is refused: what does not read as checkpoints, or not as those of logs 0, 1, 2 ….
    """
    with pytest.raises(error):
        parse_roots(body, ORIGIN)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 2**40), min_size=1, max_size=5), st.data())
def test_an_entry_is_read_as_it_was_written(sizes: list[int], data: st.DataObject):
    """
    And any change of a byte is refused, or states something else.
    """
    stated = tuple(
        Checkpoint(log_origin(ORIGIN, log), size, bytes([log + 1]) * 32)
        for log, size in enumerate(sizes)
    )
    body = encode_roots(stated)
    at = data.draw(st.integers(0, len(body) - 1))
    changed = body[:at] + data.draw(st.binary(min_size=1, max_size=2)) + body[at + 1 :]

    assert stated == parse_roots(body, ORIGIN)
    try:
        found = parse_roots(changed, ORIGIN)
    except (Malformed, Tampered):
        return
    assert changed == encode_roots(found)
