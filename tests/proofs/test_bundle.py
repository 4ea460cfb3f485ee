"""
A bundle has one spelling, and is read whole or not at all.
"""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from ledger.errors import Malformed, Unavailable
from ledger.proofs.bundle import BUNDLE_SIZE_MAX, Anchor, Bundle, parse_bundle
from tests.proofs.bundles import alike, good, told
from tests.strategies.evidence import bundles


def spelled(value: object) -> bytes:
    """
    Return a value as a bundle spells it.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def changed(**fields: object) -> bytes:
    """
    Return the good bundle with other fields, or without those that are given as `...`.
    """
    bundle = json.loads(good()) | fields
    return spelled({name: value for name, value in bundle.items() if value is not ...}) + b"\n"


def test_a_bundle_is_read_as_it_was_written():
    """
    What an auditor reads is what was put in, to the last byte.
    """
    read = parse_bundle(good())

    assert good() == read.encode()
    assert told().bodies == [leaf.body for leaf in read.leaves]


@settings(max_examples=40)
@given(bundles())
def test_every_bundle_is_read_as_it_was_written(bundle: Bundle):
    """
    Whatever a bundle holds, reading gives it back, and writing that gives the same bytes.
    """
    assert bundle == parse_bundle(bundle.encode())


SECOND_SPELLINGS = {
    "no newline at the end": good()[:-1],
    "two newlines": good() + b"\n",
    "a space": good().replace(b'"version":1', b'"version": 1'),
    "a number with a sign": good().replace(b'"version":1', b'"version":-0'),
    "a number with a fraction": good().replace(b'"version":1', b'"version":1.0'),
    "a number with an exponent": good().replace(b'"version":1', b'"version":1e0'),
    "no number": good().replace(b'"version":1', b'"version":NaN'),
    "true for 1": good().replace(b'"version":1', b'"version":true'),
    "a name twice": good().replace(b'"version":1', b'"version":1,"version":1'),
    "an escape": good().replace(b'"format"', b'"f\\u006frmat"'),
    "an escaped slash": good().replace(b"moderation-ledger/bundle", b"moderation-ledger\\/bundle"),
    "half of a pair": good().replace(b'"policy_hint":null', b'"policy_hint":"\\ud800"'),
    "names in another order": json.dumps(json.loads(good())).encode() + b"\n",
    "a byte order mark": b"\xef\xbb\xbf" + good(),
    "no UTF-8": good().replace(b'"policy_hint":null', b'"policy_hint":"\xff"'),
    "base64 with spare bits": good().replace(b'==","disclosures"', b'","disclosures"'),
}


@pytest.mark.parametrize("written", SECOND_SPELLINGS.values(), ids=SECOND_SPELLINGS)
def test_a_second_spelling_is_refused(written):
    """
    Two readers that read one file differently would be two verdicts: each bundle has one spelling.
    """
    assert written != good()
    with pytest.raises(Malformed):
        parse_bundle(written)


MALFORMED = {
    "nothing": b"",
    "another file": b"{}\n",
    "a list": b"[]\n",
    "deep": b"[" * 100_000 + b"]" * 100_000 + b"\n",
    "a long number": b'{"version":' + b"9" * 5000 + b"}\n",
    "an unknown field": changed(comment="trust me"),
    "a missing field": changed(anchors=...),
    "an unknown anchor": changed(anchors=[{"kind": "promise", "size": 1, "token": "AAAA"}]),
    "a subject that is a text": changed(subject="25073877"),
    "entries that are no list": changed(entries={}),
    "an entry that is no object": changed(entries=["entry"]),
    "a negative index": changed(entries=[json.loads(good())["entries"][0] | {"index": -1}]),
    "an index beyond all numbers": changed(
        entries=[json.loads(good())["entries"][0] | {"index": 2**53}]
    ),
    "an empty entry": changed(entries=[json.loads(good())["entries"][0] | {"body": ""}]),
    "too many hashes": changed(
        entries=[json.loads(good())["entries"][0] | {"hashes": ["A" * 43 + "="] * 64}]
    ),
    "a short hash": changed(entries=[json.loads(good())["entries"][0] | {"hashes": ["AAAA"]}]),
    "an entry twice": changed(entries=json.loads(good())["entries"][:1] * 2),
    "another order": changed(entries=json.loads(good())["entries"][::-1]),
    "one log and many": changed(roots={"body": "AAAA", "hashes": []}),
}


@pytest.mark.parametrize("written", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_bundle_is_refused(written):
    """
    A field that is missing, unknown or of another shape is never passed over.
    """
    with pytest.raises(Malformed):
        parse_bundle(written)


@pytest.mark.parametrize(
    "written",
    [*SECOND_SPELLINGS.values(), *MALFORMED.values()],
    ids=[*SECOND_SPELLINGS, *MALFORMED],
)
def test_the_checker_that_stands_alone_refuses_the_same(written):
    """
    What the ledger does not read as a bundle the other one does not either; both call it malformed.
    """
    answer = alike(written)

    assert ("unverifiable", ["malformed"]) == (
        answer["verdict"],
        [found["what"] for found in answer["findings"]],
    )


def test_a_bundle_of_a_later_version_is_said_to_be_one():
    """
    A later version is not read by guessing; the message says what knows it.
    """
    with pytest.raises(Unavailable, match="version 2"):
        parse_bundle(changed(version=2))


def test_a_bundle_has_a_largest_size():
    """
    What is too large is refused before it is read.
    """
    with pytest.raises(Malformed, match="at most"):
        parse_bundle(b" " * (BUNDLE_SIZE_MAX + 1))


def test_an_entry_longer_than_any_is_refused():
    """
    No entry of a ledger has more bytes than a C2SP entry bundle has room for.
    """
    bundle = parse_bundle(good())
    long = replace(bundle.leaves[0], body=b"x" * 65_536)

    with pytest.raises(Malformed, match="65535"):
        parse_bundle(replace(bundle, leaves=(long,)).encode())


def test_timestamps_are_carried():
    """
    Tokens of a third party travel with the checkpoint that they are over.
    """
    bundle = replace(parse_bundle(good()), anchors=(Anchor("rfc3161", 15, b"token"),))

    assert bundle == parse_bundle(bundle.encode())
