"""
Timestamps over a checkpoint, by an authority that is trusted and by others.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Malformed, Tampered, Unavailable
from ledger.notary.state import token_path
from ledger.notary.submitting import Reply
from ledger.notary.timestamps import QUERY, authorities, stamped, stamped_at
from tests.notary.authority import Authority, needs_openssl
from tests.notary.logs import Log

URL = "https://tsa.example"
TEXT, OTHER = Log().note(7).text, Log().note(8).text
pytestmark = needs_openssl


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    """
    Return an authority of timestamps.
    """
    return Authority(tmp_path_factory.mktemp("tsa") / "authority")


@pytest.fixture(scope="module")
def other(tmp_path_factory) -> Authority:
    """
    Return another one, under the same name.
    """
    return Authority(tmp_path_factory.mktemp("tsa") / "other")


@pytest.fixture(scope="module")
def token(authority: Authority) -> bytes:
    """
    Return a timestamp over `TEXT`.
    """
    return stamped(URL, TEXT, [authority.root], answering(authority))


def answering(authority: Authority, status: int = 200):
    """
    Return what sends a request to an authority in this process.
    """

    def post(url: str, body: bytes, content: str) -> Reply:
        assert (URL, QUERY) == (url, content)
        return Reply(status, "application/timestamp-reply", authority.answer(body))

    return post


def test_a_timestamp_says_when_a_checkpoint_was_seen(authority: Authority, token: bytes):
    """
    Checked without a network, by the certificate of its authority alone.
    """
    at = stamped_at(token, TEXT, authorities(authority.pem()))

    assert abs(datetime.now(UTC) - at) < timedelta(minutes=5)
    assert Path("a/state.7.tsr") == token_path(Path("a/state"), 7)


def test_a_timestamp_is_of_one_text(authority: Authority, token: bytes):
    """
    That of another checkpoint is none.
    """
    with pytest.raises(Tampered, match="does not hold"):
        stamped_at(token, OTHER, [authority.root])


def test_an_authority_that_is_not_trusted_counts_for_nothing(other: Authority, token: bytes):
    """
    Even under the same name.
    """
    with pytest.raises(Tampered, match="does not hold"):
        stamped_at(token, TEXT, [other.root])


@settings(max_examples=60)
@given(data=st.data())
def test_a_timestamp_that_was_changed_is_refused(
    authority: Authority, token: bytes, data: st.DataObject
):
    """
    Any byte of it: it does not hold any more, or states the same; it never makes another time.
    """
    at = data.draw(st.integers(0, len(token) - 1))
    changed = token[:at] + bytes([token[at] ^ data.draw(st.integers(1, 255))]) + token[at + 1 :]
    try:
        found = stamped_at(changed, TEXT, [authority.root])
    except Tampered:
        return
    assert stamped_at(token, TEXT, [authority.root]) == found


@pytest.mark.parametrize("junk", [b"", b"0", b"\x30\x80", b"x" * 70_000])
def test_what_is_no_timestamp_is_refused(authority: Authority, junk: bytes):
    """
    It is told so, and nothing else goes wrong.
    """
    with pytest.raises(Tampered, match="does not hold"):
        stamped_at(junk, TEXT, [authority.root])


def test_an_old_answer_is_not_taken_for_a_new_one(authority: Authority, token: bytes):
    """
    What is asked for has a number of its own, which the answer must have.
    """
    with pytest.raises(Tampered, match="Nonce"):
        stamped(URL, TEXT, [authority.root], lambda *_: Reply(200, "", token))


def test_an_authority_that_does_not_answer(authority: Authority):
    """
    It is unavailable, which says nothing of the log.
    """
    with pytest.raises(Unavailable, match="status 500"):
        stamped(URL, TEXT, [authority.root], answering(authority, 500))


@pytest.mark.parametrize("pem", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_refused(pem: bytes):
    """
    Without one nothing could be checked.
    """
    with pytest.raises(Malformed, match="no certificates"):
        authorities(pem)
