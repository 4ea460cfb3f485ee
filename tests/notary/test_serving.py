"""
A witness over HTTP: the protocol on a real socket, and whoever sends too much.
"""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.notary.request import REQUEST_SIZE_MAX
from ledger.notary.serving import server
from ledger.notary.submitting import Place, Reply, cosigned, posted
from ledger.notary.witness import SIZE, Witness
from tests.conftest import HandSetClock
from tests.notary.test_witness import FORKED, KEYS, LOG, POLICY


@pytest.fixture
def address(tmp_path: Path, clock: HandSetClock) -> Iterator[str]:
    """
    Return the URL of a witness that answers on this machine.
    """
    with Witness(tmp_path / "seen", KEYS, POLICY, clock) as witness, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        served = server(witness, "127.0.0.1", 0)
        thread = threading.Thread(target=served.run, args=([listening],))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        served.should_exit = True
        thread.join(timeout=30)
        assert not thread.is_alive()


def test_the_protocol_over_http(address: str):
    """
    200 with a cosignature, 409 with the size in its own type, and the other refusals by their
    status.
    """

    def ask(body: bytes, path: str = "/add-checkpoint") -> Reply:
        return posted(f"{address}{path}", body)

    assert 200 == ask(LOG.body(0, 7)).status
    stale = ask(LOG.body(0, 9))
    assert (409, SIZE, b"7\n") == (stale.status, stale.content, stale.body)
    assert 422 == ask(FORKED.body(7, 20)).status
    assert 400 == ask(b"hello").status
    assert 400 == ask(b"").status
    assert 404 == ask(LOG.body(7, 9), "/other").status
    assert 413 == ask(b"x" * (REQUEST_SIZE_MAX + 1)).status
    assert 405 == got(address)


def got(address: str) -> int:
    """
    Return the status of a GET where only a POST is answered.
    """
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"GET /add-checkpoint HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return int(connection.recv(4096).split(b" ")[1])


def test_a_client_collects_a_cosignature_over_http(address: str):
    """
    The client and the witness speak the same protocol.
    """
    place = Place("w1", KEYS[0].verifier, f"{address}/")

    for old, size in [(0, 5), (0, 6), (6, 20)]:
        proof = [LOG.proof(at, size) for at in range(size + 1)]
        note = cosigned(place, LOG.note(size), old, proof.__getitem__, posted)
        assert 2 == len(note.signatures)


def test_a_client_that_goes_away_does_no_harm(address: str):
    """
    A request that is cut off in the middle changes nothing, and the next one is answered.
    """
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\nold 0\n"
        )

    assert 200 == posted(f"{address}/add-checkpoint", LOG.body(0, 7)).status
