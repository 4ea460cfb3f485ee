"""
A note says who signed it only to whoever brings the keys, and a bad signature spoils it.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Malformed, Tampered
from ledger.proofs.note import (
    NOTE_SIZE_MAX,
    SIGNATURES_MAX,
    Algorithm,
    Note,
    Signature,
    Unvouched,
    VerifierKey,
    open_note,
    parse_note,
    parse_verifier_key,
    signers,
)
from tests import strategies
from tests.proofs.definition import ORIGIN, checkpoint_at, flipped
from tests.proofs.signing import COSIGNER, LOG, Signer, published, signed, verify_mldsa

TEXT = "This is text.\n\nIt has an empty line.\n"
STRANGER = Signer(9, "stranger.example/s")
POST_QUANTUM = Signer(6, ORIGIN, Algorithm.ML_DSA_44)
VKEY = str(LOG.key)


@given(strategies.of(Note))
def test_a_note_is_read_as_it_is_written(note: Note) -> None:
    """
    Any note is read back, from text and from bytes.
    """
    assert note == parse_note(note.encode()) == parse_note(note.encode().encode())


@given(strategies.of(VerifierKey))
def test_a_key_is_read_as_it_is_written(key: VerifierKey) -> None:
    """
    Any key is read back from its text.
    """
    assert key == parse_verifier_key(str(key))


def test_every_piece_and_every_change_of_a_key_is_refused() -> None:
    """
    No part of a key's text is a key, nor is the text with any character the next one.
    """
    pieces = [
        VKEY[start:end]
        for start in range(len(VKEY))
        for end in range(start + 1, len(VKEY) + 1)
        if (start, end) != (0, len(VKEY)) and end - start > 20
    ]
    pieces += [
        VKEY[:place] + chr(ord(VKEY[place]) + 1) + VKEY[place + 1 :] for place in range(len(VKEY))
    ]
    for piece in pieces:
        with pytest.raises(Malformed):
            parse_verifier_key(piece)


@pytest.mark.parametrize(
    "vkey",
    [
        VKEY.replace("d2684154", "D2684154"),
        f"{VKEY}\n",
        f" {VKEY}",
        VKEY.replace(ORIGIN, "a b"),
        VKEY.replace(ORIGIN, "a\u2003b"),
        VKEY.replace(ORIGIN, ""),
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_a_key_has_one_spelling(vkey: str) -> None:
    """
    Upper-case digits, spaces, a wrong length and an unknown algorithm are refused.

    Source of the last two: golang/mod, sumdb/note/note_test.go.
    """
    with pytest.raises(Malformed):
        parse_verifier_key(vkey)


def test_a_key_of_low_order_is_no_key() -> None:
    """
    A key with which one signature holds for many messages cannot be brought along.
    """
    with pytest.raises(Malformed, match="not a public key"):
        VerifierKey(ORIGIN, Algorithm.ED25519, bytes(32))


@pytest.mark.parametrize(
    "note",
    [
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}\n{LOG.sign(TEXT).line()}"[:-1],
        f"{TEXT}{LOG.sign(TEXT).line()}",
        f"{TEXT}\n{LOG.sign(TEXT).line()}\n",
        f"{TEXT}\n{LOG.sign(TEXT).line()}Unexpected line.\n",
        f"{TEXT}\n\u2014 Bad Name 0mhBVETQXrA=\n",
        f"{TEXT}\n\u2014 {ORIGIN} 0mhBVA==\n",
        f"{TEXT}\n\u2014 {ORIGIN}\n",
        f"{TEXT}\n\u2014  0mhBVETQXrA=\n",
        f"{TEXT}\n\u2014 a+b 0mhBVETQXrA=\n",
        f"{TEXT}\n\u2014 a\u00a0b 0mhBVETQXrA=\n",
        f"{TEXT}\n\u2014{ORIGIN} 0mhBVETQXrA=\n",
        LOG.sign(TEXT).line(),
        f"\n{LOG.sign(TEXT).line()}",
        f"\x01{TEXT}\n{LOG.sign(TEXT).line()}",
        f"{TEXT}\n{LOG.sign(TEXT).line() * (SIGNATURES_MAX + 1)}",
        f"{'x' * NOTE_SIZE_MAX}\n\n{LOG.sign(TEXT).line()}",
    ],
    ids=lambda note: repr(note[-40:]),
)
def test_what_is_no_note_is_refused(note: str) -> None:
    """
    Missing and stray lines, spaces in names, empty signatures and too many of them are refused.
    """
    with pytest.raises(Malformed):
        parse_note(note)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n", "a\x1f", "a\u2003", "\ud800"])
def test_a_name_that_could_not_be_read_back_is_refused(name: str) -> None:
    """
    Neither a key nor a signature is made with a name that a note cannot hold.
    """
    with pytest.raises(Malformed):
        VerifierKey(name, Algorithm.ED25519, LOG.key.public_key)
    with pytest.raises(Malformed):
        Signature(name, LOG.key.key_id, bytes(64))


def test_a_note_that_could_not_be_read_back_is_not_made() -> None:
    """
    A note without its last newline, without signatures, with too many, or longer than is read.
    """
    line = LOG.sign(TEXT)
    for text, lines in (
        ("text", (line,)),
        (TEXT, ()),
        (TEXT, (line,) * (SIGNATURES_MAX + 1)),
        ("\x00\n", (line,)),
        ("x" * (NOTE_SIZE_MAX - 1) + "\n", (line,)),
        (TEXT, (Signature(ORIGIN, line.key_id, bytes(NOTE_SIZE_MAX)),)),
    ):
        with pytest.raises(Malformed):
            Note(text, lines)


def test_a_note_may_have_as_many_signatures_as_others_take() -> None:
    """
    A note with the most signatures is read, and each of them is checked.
    """
    line = LOG.sign(TEXT).line()

    assert (LOG.key,) == open_note(parse_note(f"{TEXT}\n{line * SIGNATURES_MAX}"), [LOG.key])


def test_a_note_names_those_who_signed_it() -> None:
    """
    Of the keys that are brought, those are named whose signatures hold, in the order brought.
    """
    note = published()

    assert (COSIGNER.key, LOG.key) == open_note(note, [COSIGNER.key, STRANGER.key, LOG.key])
    assert (LOG.key,) == open_note(note, [LOG.key, LOG.key])
    assert () == signers(note, [STRANGER.key])
    with pytest.raises(Unvouched, match="none of the known keys"):
        open_note(note, [STRANGER.key])
    with pytest.raises(Unvouched):
        open_note(note, [])


@settings(max_examples=20)
@given(st.integers(0, 511))
def test_a_signature_of_a_known_key_that_does_not_hold_spoils_the_note(bit: int) -> None:
    """
    Whatever else is under it, a note with a bad signature of a known key is refused.
    """
    good = LOG.sign(checkpoint_at(300).text())
    bad = Signature(good.name, good.key_id, flipped(good.value, bit))
    for lines in ((bad,), (good, bad), (bad, good)):
        with pytest.raises(Tampered, match="does not hold"):
            open_note(Note(checkpoint_at(300).text(), lines), [LOG.key])


@pytest.mark.parametrize("length", [1, 63, 65, 72, 2428])
def test_a_signature_of_another_length_spoils_the_note(length: int) -> None:
    """
    A known key's signature of a length that its algorithm does not have is refused, not ignored.
    """
    text = checkpoint_at(300).text()
    for signer in (LOG, COSIGNER, POST_QUANTUM):
        line = Signature(signer.key.name, signer.key.key_id, bytes(length))
        with pytest.raises(Tampered, match="does not hold"):
            open_note(Note(text, (line,)), [signer.key], verify_mldsa)


def test_a_key_of_the_same_name_is_another_key() -> None:
    """
    A rotated key has the name of the old one; each vouches for what it signed.
    """
    old, new = Signer(7), Signer(8)
    note = signed(checkpoint_at(7), old, new)

    assert (old.key, new.key) == open_note(note, [old.key, new.key])
    assert (new.key,) == open_note(note, [new.key])
    with pytest.raises(Unvouched):
        open_note(signed(checkpoint_at(7), old), [new.key])


def test_a_cosigners_signature_is_no_signature_of_a_log() -> None:
    """
    One key under two algorithms has two ids, and what it signs under one does not hold under the
    other.
    """
    log, cosigner = Signer(7), Signer(7, ORIGIN, Algorithm.COSIGNATURE)
    text = checkpoint_at(7).text()
    lent = Signature(ORIGIN, log.key.key_id, cosigner.sign(text).value)

    assert log.key.public_key == cosigner.key.public_key
    assert () == signers(signed(checkpoint_at(7), cosigner), [log.key])
    with pytest.raises(Tampered):
        open_note(Note(text, (lent,)), [log.key])


def test_a_post_quantum_key_vouches_where_it_can_be_checked() -> None:
    """
    A second line of ML-DSA-44 counts for whoever can check it; for others it is an unknown key's.
    """
    note = signed(checkpoint_at(300), LOG, POST_QUANTUM)
    keys = [LOG.key, POST_QUANTUM.key]

    assert tuple(keys) == open_note(note, keys, verify_mldsa)
    assert (LOG.key,) == open_note(note, keys)
    forged = Note(checkpoint_at(299).text(), note.signatures[1:])
    with pytest.raises(Tampered):
        open_note(forged, keys, verify_mldsa)
    with pytest.raises(Unvouched):
        open_note(forged, keys)


def test_a_post_quantum_signature_is_of_a_checkpoint_only() -> None:
    """
    What ML-DSA-44 signs is a tree, so under any other text its signature does not hold.
    """
    signature = POST_QUANTUM.sign(checkpoint_at(300).text())
    with pytest.raises(Tampered):
        open_note(Note(TEXT, (signature,)), [POST_QUANTUM.key], verify_mldsa)
