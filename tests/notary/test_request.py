"""
What a witness is asked, written and read.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Malformed
from ledger.notary.request import REQUEST_SIZE_MAX, AddCheckpoint, parse_request
from tests.notary.logs import Log
from tests.strategies.notary import requests

GOOD = Log().body(3, 7)
HASH = b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
HOSTILE = {
    "nothing": b"",
    "no old size": GOOD.partition(b"\n")[2],
    "a sign": GOOD.replace(b"old 3", b"old +3"),
    "a leading zero": GOOD.replace(b"old 3", b"old 03"),
    "a negative size": GOOD.replace(b"old 3", b"old -3"),
    "two spaces": GOOD.replace(b"old 3", b"old  3"),
    "another word": GOOD.replace(b"old 3", b"new 3"),
    "a huge size": GOOD.replace(b"old 3", b"old 9999999999999999999"),
    "other digits": GOOD.replace(b"old 3", "old \N{FULLWIDTH DIGIT THREE}".encode()),
    "a carriage return": GOOD.replace(b"old 3\n", b"old 3\r\n"),
    "a short hash": GOOD.replace(b"old 3\n", b"old 3\nAAAA\n"),
    "another alphabet": GOOD.replace(b"old 3\n", b"old 3\n" + HASH.replace(b"A", b"-")),
    "spare bits": GOOD.replace(b"old 3\n", b"old 3\n" + HASH.replace(b"A=", b"B=")),
    "64 hashes": GOOD.replace(b"old 3\n", b"old 3\n" + 64 * HASH),
    "no empty line": GOOD.replace(b"\n\nlog.example", b"\nlog.example"),
    "no checkpoint": b"old 3\n\n",
    "a note that is no checkpoint": b"old 0\n\nhello\n\n\xe2\x80\x94 x AAAAAAA=\n",
    "no signature": GOOD.rpartition(b"\n\n")[0] + b"\n\n",
    "no last newline": GOOD[:-1],
    "a NUL": GOOD.replace(b"log.example", b"log\0example"),
    "no UTF-8": GOOD.replace(b"log.example", b"log\xffexample"),
    "too long": GOOD + b"x" * REQUEST_SIZE_MAX,
}


@settings(max_examples=50)
@given(requests())
def test_a_request_is_read_as_it_was_written(request_: AddCheckpoint):
    """
    Any number of hashes up to 63, and any checkpoint.
    """
    written = request_.encode().encode()

    if len(written) <= REQUEST_SIZE_MAX:
        assert request_ == parse_request(written)
        assert request_.checkpoint.text() == request_.note.text


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_request_is_refused(body: bytes):
    """
    It is read in its one spelling or not at all.
    """
    with pytest.raises(Malformed):
        parse_request(body)


@settings(max_examples=200)
@given(st.data())
def test_there_is_one_spelling_of_a_request(data: st.DataObject):
    """
    Any byte changed, left out or put in: it is refused, or is another request, written just so.
    """
    at = data.draw(st.integers(0, len(GOOD)))
    changed = (
        GOOD[:at] + data.draw(st.binary(max_size=2)) + GOOD[at + data.draw(st.integers(0, 1)) :]
    )
    try:
        found = parse_request(changed)
    except Malformed:
        return
    assert changed == found.encode().encode()
