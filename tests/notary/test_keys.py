"""
Signing keys: nobody but the owner reads them, and nothing tells what is secret in them.
"""

import base64
import traceback
from pathlib import Path

import pytest
from hypothesis import given, settings

from ledger import LedgerError, Malformed, Unavailable
from ledger.notary.keys import VARIABLE, SigningKey, generate, keys_of, parse_keys, read_keys
from ledger.notary.primitives import ml_dsa_44_holds
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.note import Algorithm, Note, open_note, parse_note
from ledger.proofs.tree import EMPTY_ROOT
from tests.notary.conftest import key_of
from tests.strategies.notary import signing_keys

TEXT = Checkpoint("ledger.example/0", 0, EMPTY_ROOT).text()
# Published with Go's package for notes (golang.org/x/mod/sumdb/note, "Signing Notes").
PUBLISHED = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLISHED_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PUBLISHED_SIGNATURE = (
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)
SPOILT = [
    "",
    "no key",
    "PRIVATE+KEY+",
    PUBLISHED[:-1],
    PUBLISHED + "=",
    PUBLISHED.replace("c74f20a3", "c74f20a4"),
    PUBLISHED.replace("PeterNeumann", "Peter Neumann"),
    PUBLISHED.replace("+AYE", "+AIE"),
    PUBLISHED.replace("PRIVATE", "private"),
    PUBLISHED.replace("DFz", "DF"),
    PUBLISHED + "\r",
    PUBLISHED + "\nno key",
    "é" + PUBLISHED,
    PUBLISHED + " ",
    "x" * 70_000,
]


def test_a_key_that_go_wrote_signs_as_go_does():
    """
    The published private key makes the published signature, byte for byte.
    """
    (key,) = parse_keys(f"{PUBLISHED}\n".encode(), "published")

    line = key.signature(PUBLISHED_TEXT, 0).line()

    assert f"\N{EM DASH} PeterNeumann {PUBLISHED_SIGNATURE}\n" == line
    assert f"{PUBLISHED}\n" == key.private_text()


@settings(max_examples=20)
@given(signing_keys())
def test_what_a_key_signs_others_can_check(key: SigningKey):
    """
    Whatever the algorithm: the line that a private key makes holds by its public key.
    """
    note = Note(TEXT, (key.signature(TEXT, 1_700_000_000),))

    assert (key.verifier,) == open_note(parse_note(note.encode()), [key.verifier], ml_dsa_44_holds)
    assert [key] == parse_keys(key.private_text().encode(), "a key")


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_key_is_made_for_its_owner_alone(tmp_path: Path, algorithm: Algorithm):
    """
    The file has mode 0600 whatever the umask says, and holds the key; no two are the same.
    """
    key = generate(tmp_path / "a.key", "ledger.example/0", algorithm)
    other = generate(tmp_path / "b.key", "ledger.example/0", algorithm)

    assert 0o600 == (tmp_path / "a.key").stat().st_mode & 0o777
    assert [key] == read_keys(tmp_path / "a.key")
    assert key.verifier != other.verifier


def test_a_key_is_never_overwritten(tmp_path: Path):
    """
    A path where there is something is refused, and the key that is there stays.
    """
    kept = generate(tmp_path / "a.key", "ledger.example/0")

    with pytest.raises(Malformed, match="exists already"):
        generate(tmp_path / "a.key", "ledger.example/0")

    assert [kept] == read_keys(tmp_path / "a.key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o610])
def test_a_key_that_others_may_read_or_change_is_refused(tmp_path: Path, mode: int):
    """
    The message names the mode and the command that mends it.
    """
    path = tmp_path / "a.key"
    generate(path, "ledger.example/0")
    path.chmod(mode)

    with pytest.raises(Malformed, match=rf"mode {mode:o}.*chmod 600"):
        read_keys(path)


def test_what_is_no_file_of_keys_is_refused(tmp_path: Path):
    """
    A missing file, a folder, and a file that holds something else.
    """
    (tmp_path / "other").write_text("nothing")
    (tmp_path / "other").chmod(0o600)

    with pytest.raises(Unavailable, match="No such file"):
        read_keys(tmp_path / "missing")
    with pytest.raises(Unavailable, match="Is a directory"):
        read_keys(tmp_path)
    with pytest.raises(Malformed, match="holds no private keys"):
        read_keys(tmp_path / "other")


@pytest.mark.parametrize("text", SPOILT)
def test_there_is_one_spelling_of_a_key(text: str):
    """
    Whatever else it is, it is refused, and nothing of it is told.
    """
    with pytest.raises(Malformed) as raised:
        parse_keys(text.encode(), "a file")

    assert "AYEKFALVFGyN" not in "".join(traceback.format_exception(raised.value))


def test_nothing_tells_what_is_secret():
    """
    Neither the representation of a key, nor its text, nor that of a note that it signed.
    """
    key = key_of(7)
    told = f"{key!r} {key} {[key]} {key.verifier} {key.signature(TEXT, 0)!r}"

    for secret in (key.seed.hex(), base64.b64encode(key.seed).decode()[:20], repr(key.seed)):
        assert secret not in told
    assert key.seed.hex() not in str(vars(LedgerError))


def test_keys_come_from_files_or_from_the_environment(tmp_path: Path):
    """
    The variable may hold several; files that are named take its place.
    """
    environment = {VARIABLE: key_of(1).private_text() + key_of(2).private_text()}
    named = generate(tmp_path / "a.key", "ledger.example/0")

    assert [key_of(1), key_of(2)] == keys_of([], environment)
    assert [named] == keys_of([tmp_path / "a.key"], environment)
    with pytest.raises(Malformed, match=rf"no key to sign with.*\${VARIABLE}"):
        keys_of([], {})
    with pytest.raises(Malformed, match="twice"):
        keys_of([tmp_path / "a.key"] * 2, {})
