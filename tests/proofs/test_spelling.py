"""
Numbers, bytes and text have one spelling each: the traps that Python's own parsers set.
"""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.note import parse_note
from ledger.proofs.receipt import Receipt
from ledger.proofs.spelling import (
    COUNT_MAX,
    encode_octets,
    parse_count,
    parse_hash,
    parse_octets,
    parse_text,
)
from ledger.proofs.statement import cosigned_message
from ledger.proofs.tile import Tile, tile_path
from tests.proofs.definition import ORIGIN, checkpoint_at
from tests.proofs.signing import LOG, signed

# Each is taken by `int`, if not by `parse_count`.
LENIENT_NUMBERS = ["+1", " 1", "1 ", "1_0", "\uff11", "01", "-0", "\n1", "1\n", "\u0661", "00"]
REFUSED_NUMBERS = ["", "-1", "0x1", "1.0", "1e3", "\u00b2", str(2**63), str(2**64), "9" * 10_000]


@pytest.mark.parametrize("text", LENIENT_NUMBERS)
def test_what_int_takes_is_refused(text: str) -> None:
    """
    Python reads signs, spaces, underscores and the digits of all scripts; a size may have none.
    """
    int(text)
    with pytest.raises(Malformed, match="not a whole number"):
        parse_count(text, "size")


@pytest.mark.parametrize("text", REFUSED_NUMBERS)
def test_what_is_no_number_is_refused(text: str) -> None:
    """
    Neither nothing, nor fractions, nor numbers that no log can have are sizes.
    """
    with pytest.raises(Malformed, match=r"size: .*not a whole number"):
        parse_count(text, "size")


@given(st.integers(0, COUNT_MAX))
def test_a_number_is_read_as_it_is_written(number: int) -> None:
    """
    Every size that a log can have is read back.
    """
    assert number == parse_count(str(number), "size")


@given(st.text(max_size=20))
def test_a_number_has_one_spelling(text: str) -> None:
    """
    Of all texts only the one that would be written is read as a number.
    """
    try:
        number = parse_count(text, "size")
    except Malformed:
        return
    assert text == str(number)


def test_a_truth_value_is_written_as_the_number_that_it_is() -> None:
    """
    In Python True is 1, and no text may say True where a size stands.
    """
    root, note = checkpoint_at(1).root, signed(checkpoint_at(1))

    assert checkpoint_at(1).text() == Checkpoint(ORIGIN, size=True, root=root).text()
    assert cosigned_message(1, "x") == cosigned_message(time=True, text="x")
    assert "tile/1/000.p/1" == tile_path(Tile(level=True, index=False, width=True))
    assert "\nindex 0\n" in Receipt(index=False, proof=(), checkpoint=note).encode()


def test_base64_with_spare_bits_is_refused() -> None:
    """
    Python's strict decoder takes three spellings of one byte more than there should be; one counts.
    """
    spellings = [f"{first}{second}==" for first in "A" for second in "QRST"]

    assert {b"\x01"} == {base64.b64decode(text, validate=True) for text in spellings[:1]}
    with pytest.raises(Malformed, match="not base64"):
        parse_octets("AR==", "root")
    assert b"\x01" == parse_octets("AQ==", "root")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "AQ",
        "AQ=",
        "AQ==\n",
        " AQ==",
        "A Q==",
        "_w==",
        "-w==",
        "AQ==AQ==",
        "A\u00e9==",
        "=",
    ],
)
def test_base64_has_one_alphabet_and_one_padding(text: str) -> None:
    """
    The alphabet for URLs, missing padding, spaces, joined pieces and nothing at all are refused.
    """
    with pytest.raises(Malformed, match=r"root: .*not base64"):
        parse_octets(text, "root")


@given(st.binary(min_size=1, max_size=100))
def test_bytes_are_read_as_they_are_written(octets: bytes) -> None:
    """
    All bytes are read back, and their length is asked for where it is known.
    """
    assert octets == parse_octets(encode_octets(octets), "root")
    if len(octets) != 32:
        with pytest.raises(Malformed, match="are not a hash"):
            parse_hash(encode_octets(octets), 32, "root")


@given(st.text("AQRSTgw+/=_- ", max_size=8))
def test_bytes_have_one_spelling(text: str) -> None:
    """
    Of all texts only the one that would be written is read as bytes.
    """
    try:
        octets = parse_octets(text, "root")
    except Malformed:
        return
    assert text == encode_octets(octets)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"\xff", "not UTF-8"),
        (b"\xed\xa0\x80", "not UTF-8"),
        (b"\xc0\xaf", "not UTF-8"),
        ("\ud800", "not UTF-8"),
        ("a\tb", "character 9 stands at offset 1"),
        ("a\r\n", "character 13"),
        ("\x00", "character 0"),
        ("\x1f", "character 31"),
        ("x" * 101, "101 bytes are too many"),
        ("\u2028" * 34, "102 bytes are too many"),
    ],
)
def test_text_is_utf8_without_control_characters(text: str | bytes, problem: str) -> None:
    """
    A text that is not UTF-8, is too long, or holds a control character other than the newline is
    refused, and the error says where.
    """
    with pytest.raises(Malformed, match=problem):
        parse_text(text, 100, "note")


@pytest.mark.parametrize("separator", ["\x85", "\u2028", "\u2029", "\x7f", "\u00a0"])
def test_a_line_ends_at_a_newline_and_nowhere_else(separator: str) -> None:
    """
    Python splits lines at a dozen characters; a log whose origin holds one is still one line, and
    its size is not what stands behind it.
    """
    origin = f"{ORIGIN}{separator}7"
    text = checkpoint_at(300).text().replace(ORIGIN, origin)

    assert (origin, 300) == (parse_checkpoint(text).origin, parse_checkpoint(text).size)


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e"])
def test_the_other_line_ends_are_control_characters(separator: str) -> None:
    """
    What Python takes for the end of a line and is a control character stands in no note.
    """
    assert 2 == len(f"a{separator}b".splitlines())
    with pytest.raises(Malformed, match=f"character {ord(separator)}"):
        parse_note(f"a{separator}b\n\n{LOG.sign('x').line()}")


def test_signatures_begin_at_the_last_empty_line() -> None:
    """
    A text with an empty line in it is all signed: nobody can put another head in front.
    """
    text = checkpoint_at(7).text() + "\n" + checkpoint_at(300).text()
    note = parse_note(f"{text}\n{LOG.sign(text).line()}")

    assert text == note.text
    assert 1 == len(note.signatures)
    with pytest.raises(Malformed, match="checkpoint extension 1"):
        parse_checkpoint(note.text)
