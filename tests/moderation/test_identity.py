"""
Identifiers and texts: what is accepted, where an id lives, and how the ledger makes its own.
"""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.moderation.identity import (
    LOGS_MAX,
    account_stream,
    identifier,
    identifier_or_none,
    identifiers,
    log_of_id,
    log_of_stream,
    made_id,
    operator_stream,
    stable_hash,
    text,
    text_or_none,
)
from tests.strategies import AWKWARD_IDS, ids, texts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOV_2 = datetime(2017, 11, 2, 22, 52, tzinfo=UTC)
SINCE_1970 = st.datetimes(EPOCH.replace(tzinfo=None), timezones=st.just(UTC))


@given(ids())
def test_an_id_is_kept_verbatim(value):
    """
    Nothing is trimmed, folded or normalised: the id that is asked for is the one that was given.
    """
    assert value == identifier(value, "account")
    assert value == identifier_or_none(value, "account")


@pytest.mark.parametrize("value", AWKWARD_IDS)
def test_awkward_ids_are_ids(value):
    """
    Emoji, slashes, quotes and 255 characters are fine.
    """
    assert value == identifier(value, "account")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "is empty"),
        ("x" * 256, "256 characters"),
        ("x" * 300, "300 characters"),
        ("a\x00b", "not allowed"),
        ("a\nb", "not allowed"),
        ("a\x7fb", "not allowed"),
        ("a\x85b", "not allowed"),
        ("\ud800", "not allowed"),
        (7, "int is not an id"),
        (None, "NoneType is not an id"),
        (b"x", "bytes is not an id"),
    ],
)
def test_what_may_not_serve_as_an_id_is_refused(value, reason):
    """
    The message says what is wrong with the id and which argument it was given for.
    """
    with pytest.raises(Malformed, match=reason) as raised:
        identifier(value, "account")

    assert "account" == raised.value.where
    assert "1 to 255 characters, none of them a control character" == raised.value.expected


def test_a_list_of_ids_keeps_its_order_and_a_set_is_sorted():
    """
    What a set holds is told in one order on every machine; repetition means nothing.
    """
    assert ("b", "a") == identifiers(["b", "a", "b"], "because_of")
    assert ("a", "b", "c") == identifiers({"c", "a", "b"}, "because_of")
    assert ("a", "b") == identifiers(frozenset("ba"), "because_of")
    assert ("b", "a") == identifiers(iter("ba"), "because_of")


@pytest.mark.parametrize("value", ["r-1", None, 7, ["r-1", ""], b"ab"])
def test_what_is_no_list_of_ids_is_refused(value):
    """
    One id is not a list of its letters.
    """
    with pytest.raises(Malformed):
        identifiers(value, "because_of")


@given(texts())
def test_a_text_is_kept_verbatim(value):
    """
    Line ends, quotes and control characters of a text are the writer's own.
    """
    assert value == text(value, "reason")
    assert value == text_or_none(value, "reason")


@pytest.mark.parametrize("value", ["", " ", "\n\t", "\u2003", "\ud800", None, 7, b"why"])
def test_a_text_that_says_nothing_is_refused(value):
    """
    An empty reason is no reason, and half a character is no text.
    """
    with pytest.raises(Malformed) as raised:
        text(value, "reason")

    assert "reason" == raised.value.where


@given(SINCE_1970, st.binary(min_size=8, max_size=8), st.integers(0, LOGS_MAX - 1))
def test_a_made_id_is_a_uuid_of_version_7_that_ends_in_its_log(now, noise, log):
    """
    Milliseconds since 1970, version, variant and log stand where RFC 9562 and rule 14 put them.
    """
    made = made_id(now, noise, log)
    parsed = uuid.UUID(made)

    assert made == str(parsed)
    assert 7 == parsed.version
    assert uuid.RFC_4122 == parsed.variant
    assert (now - EPOCH) // timedelta(milliseconds=1) == parsed.int >> 80
    assert log == parsed.int & 0xFFFF
    assert made == identifier(made, "action")


def test_a_made_id_is_these_digits():
    """
    One id worked out by hand: time, then noise without six of its bits, then the log.
    """
    noise = bytes.fromhex("abcfffff01234567")

    assert "015f7eef-1a80-7abc-bfff-012345670007" == made_id(NOV_2, noise, 7)


@given(st.lists(SINCE_1970, min_size=2, max_size=6), st.data())
def test_made_ids_sort_by_time(times, data):
    """
    Of two moments a millisecond or more apart, the later one's id sorts behind.
    """
    noise = st.binary(min_size=8, max_size=8)
    made = [made_id(now, data.draw(noise), data.draw(st.integers(0, 255))) for now in times]
    milliseconds = [(now - EPOCH) // timedelta(milliseconds=1) for now in times]

    by_id = [time for _, time in sorted(zip(made, milliseconds, strict=True))]
    assert sorted(milliseconds) == by_id


@given(st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8))
def test_the_noise_of_two_ids_tells_them_apart(one, other):
    """
    58 bits of noise are in the id: ids of one moment differ when those differ.
    """
    kept = ~(0x3F << 46) & (2**64 - 1)
    same = int.from_bytes(one, "big") & kept == int.from_bytes(other, "big") & kept

    assert same == (made_id(NOV_2, one, 0) == made_id(NOV_2, other, 0))


@given(st.binary(min_size=8, max_size=8), st.integers(0, 255))
def test_a_made_id_is_looked_up_in_the_log_that_it_names(noise, log):
    """
    Without asking any other log, an id of ours is found where it was made.
    """
    made = made_id(NOV_2, noise, log)

    assert log == log_of_id(made, 256)
    assert 0 == log_of_id(made, 1)


@given(ids(), st.integers(1, LOGS_MAX))
def test_every_id_and_stream_has_a_log(value, logs):
    """
    Whatever the id, its claims and its stream have one place.
    """
    assert 0 <= log_of_id(value, logs) < logs
    assert 0 <= log_of_stream(account_stream(value), logs) < logs


@pytest.mark.parametrize("log", [16, 17, 255])
def test_an_id_that_names_a_log_too_many_is_placed_by_its_hash(log):
    """
    An id from a ledger with more logs is like any id of a caller's.
    """
    foreign = made_id(NOV_2, bytes(8), log)

    assert stable_hash(foreign) % 16 == log_of_id(foreign, 16)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", 0xE3B0C44298FC1C14),
        ("account/25073877", 0xBA7C19515D1DB18C),
        ("operator/op-417", 0xE9FA62CC42E7B756),
        ("account/\U0001f984", 0x129107C083FAAF8C),
    ],
)
def test_the_hash_that_places_streams_is_pinned(value, expected):
    """
    A stream's log is fixed for ever: these numbers, from `sha256sum`, may never change.
    """
    assert expected == stable_hash(value)


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("account/25073877", 140),
        ("operator/op-417", 86),
        ("ledger/settings", 0),
        ("ledger/imports", 0),
        ("policy/default", 0),
    ],
)
def test_the_log_of_a_stream_among_256_is_pinned(stream, expected):
    """
    The ledger's own streams and policies live in log 0, others where their hash puts them.
    """
    assert expected == log_of_stream(stream, 256)
    assert 0 == log_of_stream(stream, 1)


def test_streams_are_named_after_what_they_are_about():
    """
    The id stands behind the first slash, whatever slashes it has itself.
    """
    assert "account/a/b" == account_stream("a/b")
    assert "operator/op-417" == operator_stream("op-417")
    assert "a/b" == account_stream("a/b").partition("/")[2]
