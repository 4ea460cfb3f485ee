"""
The bytes of sealing: aliases, tokens, disclosures, and the leaf that speaks of them.
"""

import base64
import hashlib
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import proofs
from ledger.errors import Tampered, Unavailable
from ledger.moderation import sealing
from ledger.moderation.codec import CODEC, compose_leaf, encode_event, sealed_parts
from ledger.moderation.events import Context
from ledger.moderation.events.account import NoteAdded
from ledger.moderation.sealing import Kind, Part, Token
from tests.strategies import NEAR, aliases, disclosures, ids, texts, tokens

NOISE, SALT = bytes(range(16)), bytes(range(16, 32))
ALIAS = "acct-aaaqeayeaudaocajbifqydiob4"
DISCLOSED = '["101112131415161718191a1b1c1d1e1f","text","séen \\"it\\"\\u0001"]'.encode()
TOKEN = "sealed:9fo5n1We8GzpMg3ZAAjmwLe5CLpl99zGX_ZlB7rsQBM"  # noqa: S105, it is no password
PLACED = f"{TOKEN}@0.17"
CT = "bjQLnP-zepicpUTmu3gKLHiQHT-zNzh2hRGjBhevoB0"
LEAF = (
    b'{"data":{"context":null,"note":"n-1","text":"%s"},"effective_at":null,"import":null,'
    b'"kind":"account.noted","log":0,"operator":"oper-aaaqeayeaudaocajbifqydiob4",'
    b'"recorded_at":"2017-11-02T00:00:00.000000Z","request_id":null,"schema":3,'
    b'"sealed":[{"ct":"%s","subject":"%s"}],"stream":"account/%s","version":1,"written_at":null}'
) % (TOKEN.encode(), CT.encode(), ALIAS.encode(), ALIAS.encode())


def test_the_bytes_of_sealing_are_for_ever():
    """
    An alias, a disclosure, its token, what binds a payload, and the leaf are these bytes.
    """
    assert ALIAS == sealing.made_alias(Kind.ACCOUNT, NOISE)
    assert DISCLOSED == sealing.disclosure(SALT, "text", 'séen "it"\x01')
    assert TOKEN == sealing.commitment(DISCLOSED)
    assert b"[%s,%s]" % (DISCLOSED, DISCLOSED) == sealing.payload([DISCLOSED, DISCLOSED])
    bound = sealing.bound_to(f"account/{ALIAS}", 1, "account.noted", ALIAS)
    assert f'["account/{ALIAS}",1,"account.noted","{ALIAS}"]'.encode() == bound
    assert Part(CT, ALIAS) == sealing.part_of(ALIAS, b"\x00")
    assert LEAF == leaf(NoteAdded(note="n-1", text=TOKEN), [Part(CT, ALIAS)])


def test_the_page_shows_these_bytes():
    """
    What a second implementation is told is what is written here.
    """
    page = Path(proofs.__file__).with_name("FORMAT.md").read_text("utf-8")
    bound = sealing.bound_to(f"account/{ALIAS}", 1, "account.noted", ALIAS).decode()

    for shown in (ALIAS, DISCLOSED.decode(), TOKEN, bound):
        assert shown in page


def leaf(event: NoteAdded, parts: list[Part]) -> bytes:
    """
    Return the leaf of a note on the account of the golden bytes.
    """
    return compose_leaf(
        encode_event(event),
        log=0,
        stream=f"account/{ALIAS}",
        version=1,
        kind="account.noted",
        recorded_at=NEAR,
        operator=sealing.made_alias(Kind.OPERATOR, NOISE),
        sealed=parts,
    )


def test_a_sealed_leaf_is_read_with_its_place():
    """
    The event says in its token where the disclosure is; the bytes stay as they were hashed.
    """
    entry = CODEC.decode_entry(LEAF, 17)

    assert NoteAdded(note="n-1", text=PLACED) == entry.event
    assert LEAF == entry.body
    assert [Part(CT, ALIAS)] == sealed_parts(LEAF)


SPELLINGS = [
    (b'"schema":3', b'"schema":2', Tampered),
    (b'"schema":3', b'"schema":4', Unavailable),
    (LEAF[LEAF.index(b"[{") : LEAF.index(b"}]") + 2], b"[]", Tampered),
    (LEAF[LEAF.index(b"[{") : LEAF.index(b"}]") + 2], b"null", Tampered),
    (b'"sealed":[{', b'"sealed":[ {', Tampered),
    (b'"sealed":[{', b'"sealed":[{"more":1,', Unavailable),
    (b'}],"stream"', b'},{"ct":"x","subject":"a"}],"stream"', Tampered),
    (b'}],"stream"', b'},{"ct":"x","subject":"%s"}],"stream"' % ALIAS.encode(), Tampered),
]


@pytest.mark.parametrize(("part", "other", "error"), SPELLINGS)
def test_a_sealed_leaf_has_one_spelling(part, other, error):
    """
    Nothing sealed under schema 3, something under 2, a person twice or out of order: none is read.
    """
    assert part in LEAF
    with pytest.raises(error):
        CODEC.decode_entry(LEAF.replace(part, other), 17)


@given(st.lists(aliases(), unique=True, max_size=4), disclosures(), st.integers(1, 2**53))
def test_what_is_sealed_is_read_as_it_was_written(subjects, disclosed, position):
    """
    Whoever is spoken of, the parts come back by alias, and the token with its place.
    """
    token = sealing.commitment(disclosed)
    parts = [sealing.part_of(subject, disclosed) for subject in subjects]
    event = NoteAdded(note="n-1", text=token, context=Context(session=token))
    body = leaf(event, parts)
    entry = CODEC.decode_entry(body, position)

    assert sorted(parts, key=lambda part: part.subject) == sealed_parts(body)
    expected = f"{token}@0.{position}" if parts else token
    assert NoteAdded(note="n-1", text=expected, context=Context(session=expected)) == entry.event
    assert body == entry.body


@given(st.binary(min_size=16, max_size=16), st.sampled_from(Kind))
def test_an_alias_is_base32_of_its_noise(noise, kind):
    """
    An alias is told by its shape, says its kind, and is found wherever it is mentioned.
    """
    alias = sealing.made_alias(kind, noise)

    assert base64.b32encode(noise).decode().rstrip("=").lower() == alias.partition("-")[2]
    assert sealing.is_alias(alias)
    assert kind is sealing.kind_of_alias(alias)
    assert [alias] == sealing.aliases(f"{kind}/{alias}@5 was there")
    assert not sealing.is_alias(alias[:-1])
    assert [] == sealing.aliases(f"x{alias} {alias}x")


@given(st.binary(min_size=16, max_size=16), ids(), texts())
def test_a_disclosure_is_its_own_canonical_form(salt, name, value):
    """
    Its bytes are those of RFC 8785, so whoever writes the same says the same digest.
    """
    written = sealing.disclosure(salt, name, value)

    again = json.dumps([salt.hex(), name, value], ensure_ascii=False, separators=(",", ":"))
    assert again.encode() == written
    assert (name, value) == sealing.read_disclosure(written)
    digest = hashlib.sha256(written).digest()
    assert digest == base64.urlsafe_b64decode(sealing.commitment(written)[7:] + "=")


@given(st.lists(disclosures(), max_size=4))
def test_a_payload_gives_its_disclosures_back(some):
    """
    Byte for byte, since it is the bytes that were hashed.
    """
    assert some == sealing.disclosures(sealing.payload(some))


@pytest.mark.parametrize("written", [b"", b"{}", b"[1]", b'["s","n",1]', b"\xff", b'["s","n"]'])
def test_what_is_no_disclosure_is_tampering(written):
    """
    What a key opened and is none is evidence that does not hold, not an error of the reader.
    """
    with pytest.raises(Tampered):
        sealing.read_disclosure(written)
    with pytest.raises(Tampered):
        [*map(sealing.read_disclosure, sealing.disclosures(written))]


@given(tokens(), tokens(), texts())
def test_a_place_is_given_to_what_has_none(token, other, text):
    """
    What an entry copies keeps the place that it has; placing twice changes nothing.
    """
    bare = sealing.bare(str(token))
    data = msgspec.json.encode({"a": bare, "b": str(other), "c": text})
    placed = sealing.placed(data, token.log, token.position)

    assert {"a": str(token), "b": str(other), "c": text} == msgspec.json.decode(placed)
    assert placed == sealing.placed(placed, 0, 1)
    assert [bare] == sealing.bare_tokens(data)
    assert [token, other] == sealing.tokens(f"{token} {other}")
    assert str(token) == sealing.placed_token(bare, token.log, token.position)
    assert sealing.is_token(bare)
    assert sealing.is_token(str(token))


@given(texts())
def test_no_other_text_is_a_token(text):
    """
    What people write stays as it is.
    """
    assert not sealing.is_token(text)
    assert text == sealing.bare(text)


def test_a_token_says_where_it_stands():
    """
    The spelling that an event has is the one that a reader takes apart.
    """
    assert PLACED == str(Token(TOKEN.partition(":")[2], 0, 17))
