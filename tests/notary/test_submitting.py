"""
Asking a witness: what it answers is looked at before it is kept.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import LedgerError, Malformed, Tampered, Unavailable
from ledger.notary.primitives import ml_dsa_44_holds
from ledger.notary.submitting import Place, Reply, cosigned, places, posted
from ledger.notary.witness import SIZE, Witness
from ledger.proofs.note import Note, open_note
from ledger.proofs.policy import TrustPolicy, parse_policy
from tests.conftest import HandSetClock
from tests.notary.conftest import key_of
from tests.notary.logs import Log
from tests.notary.test_witness import FORKED, KEYS, LOG, POLICY, spoil

URL = "https://witness.example/w1"
PLACE = Place("w1", KEYS[0].verifier, URL)


class Line:
    """
    A connection to a witness that is in the same process, and what was sent over it.
    """

    def __init__(self, witness: Witness) -> None:
        self.witness = witness
        self.sent: list[bytes] = []

    def __call__(self, url: str, body: bytes) -> Reply:
        """
        Ask the witness.
        """
        assert f"{URL}/add-checkpoint" == url
        self.sent.append(body)
        answer = self.witness.add(body)
        return Reply(answer.verdict, answer.content, answer.body.encode())


@pytest.fixture
def line(tmp_path: Path, clock: HandSetClock) -> Iterator[Line]:
    """
    Return a connection to a witness that has seen nothing.
    """
    with Witness(tmp_path / "seen", KEYS, POLICY, clock) as witness:
        yield Line(witness)


def ask(log: Log, old: int, size: int, post) -> Note:
    """
    Let the witness cosign a log of that size.
    """
    return cosigned(PLACE, log.note(size), old, lambda at: log.proof(at, size), post)


def test_a_cosignature_stands_under_the_note(line: Line):
    """
    That of the key that the policy has for this witness; its other key is nobody to this client.
    """
    note = ask(LOG, 0, 7, line)

    assert [LOG.origin, "witness.example/w1"] == [each.name for each in note.signatures]
    assert open_note(note, [PLACE.key], ml_dsa_44_holds)
    assert 1 == len(line.sent)


def test_the_witness_says_from_where_it_wants_proof(line: Line):
    """
    A client that has forgotten what was cosigned is told, and asks once more.
    """
    ask(LOG, 0, 7, line)
    assert 2 == len(ask(LOG, 0, 12, line).signatures)
    assert 2 == len(ask(LOG, 5, 12, line).signatures)

    assert 5 == len(line.sent)


@pytest.mark.parametrize(
    ("log", "old", "size", "why"),
    [
        (LOG, 0, 6, "it was cut off, or is a restored copy"),
        (FORKED, 0, 7, "another root at size 7"),
        (FORKED, 7, 7, "another root at size 7"),
        (FORKED, 0, 20, "another history"),
        (FORKED, 7, 20, "another history"),
    ],
)
def test_a_witness_that_saw_another_history_is_evidence(
    line: Line, log: Log, old: int, size: int, why: str
):
    """
    It is no failure to be tried again: the log is not what it was.
    """
    ask(LOG, 0, 7, line)

    with pytest.raises(Tampered, match=why):
        ask(log, old, size, line)


NOTE = LOG.note(7)
LINE = KEYS[0].signature(NOTE.text, 5)
OF_ANOTHER_TEXT = KEYS[0].signature(LOG.note(8).text, 5)
STRANGER = key_of(5, "witness.example/w1", KEYS[0].algorithm).signature(NOTE.text, 5)
LIES = {
    "nothing": (200, "", b"", Tampered),
    "junk": (200, "", b"\xff\0junk", Tampered),
    "a spoilt cosignature": (200, "", spoil(LINE).line().encode(), Tampered),
    "of another text": (200, "", OF_ANOTHER_TEXT.line().encode(), Tampered),
    "of another key": (200, "", STRANGER.line().encode(), Tampered),
    "a note of its own": (200, "", b"\nother text\n\n" + LINE.line().encode(), Tampered),
    "without a last newline": (200, "", LINE.line().encode()[:-1], Tampered),
    "not known": (404, "", b"no log of mine\n", Unavailable),
    "an error": (500, "", b"\x1b[31mfire", Unavailable),
    "moved": (301, "", b"", Unavailable),
    "a size that is none": (409, SIZE, b"7a\n", Unavailable),
    "a size without its type": (409, "text/plain", b"7\n", Unavailable),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_what_does_not_hold_is_not_kept(lie):
    """
    Whoever answers at that address, only what the witness's own key made of this text counts.
    """
    status, content, body, error = lie

    with pytest.raises(error) as raised:
        ask(LOG, 0, 7, lambda _url, _body: Reply(status, content, body))

    assert URL == raised.value.where
    assert "\x1b" not in str(raised.value)


def test_what_a_witness_says_beside_its_cosignature_is_passed_over():
    """
    Lines of keys that nobody knows are not kept.
    """
    body = STRANGER.line() + LINE.line()
    note = ask(LOG, 0, 7, lambda _url, _body: Reply(200, "", body.encode()))

    assert NOTE.signed_also(LINE) == note


POLICY_TEXT = f"""\
log {key_of(1).verifier}
witness w1 {KEYS[0].verifier} https://w1.example/
witness w2 {key_of(6, "w2.example", KEYS[0].algorithm).verifier}
witness w3 {key_of(7, "w3.example", KEYS[0].algorithm).verifier} http://w3.example:8017
quorum none
"""


def test_who_is_asked_stands_in_the_policy():
    """
    All that have an address, or those at the addresses that are named; no other can be checked.
    """
    policy = parse_policy(POLICY_TEXT)

    assert ["w1", "w3"] == [place.name for place in places(policy)]
    assert ["w1"] == [place.name for place in places(policy, ("https://w1.example",))]
    assert [] == places(TrustPolicy())
    with pytest.raises(Malformed, match=r"no witness at https://other\.example"):
        places(policy, ("https://w1.example", "https://other.example"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "w1.example",
        "ftp://w1.example",
        "file:///etc/passwd",
        "http://",
        "http://user:secret@w1.example",
        "http://w1.example?x=y",
        "http://w1.example#x",
        "http://w1.example:port",
        "http://[w1.example",
    ],
)
def test_only_plain_addresses_of_http_are_asked(url: str):
    """
    Nothing else is opened.
    """
    with pytest.raises(Malformed, match="cannot be asked") as raised:
        posted(url, b"")
    assert "secret" not in str(raised.value)


def test_nobody_at_the_address_is_unavailable():
    """
    In the ledger's own words, with the place.
    """
    with pytest.raises(LedgerError, match=r"http://127\.0\.0\.1:9: nobody answers") as raised:
        posted("http://127.0.0.1:9/x", b"")
    assert isinstance(raised.value, Unavailable)
