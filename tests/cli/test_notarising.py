"""
The verbs of who vouches: keys, checkpoints, and a witness for other logs.
"""

import base64
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from ledger import Ledger
from ledger.notary.keys import VARIABLE, SigningKey
from ledger.notary.submitting import Reply
from ledger.proofs.note import Algorithm, open_note, parse_note, parse_verifier_key
from ledger.proofs.receipt import parse_receipt
from ledger.proofs.roots import parse_roots
from tests.notary.authority import Authority, needs_openssl

NAME = "eleven-minutes.invalid/0"
NEW = "ledger.notary is new: the ledger was read from its first entry on"
pytestmark = pytest.mark.usefixtures("kept")


@pytest.fixture
def key(ask) -> str:
    """
    Return the key of the ledger's log, whose private part is in ``log.key``.
    """
    vkey: str = ask("key", "generate", "log.key").out.strip()
    return vkey


def test_a_key_is_made_and_shown(ask, folder, key):
    """
    Under the name of the log that it signs, in a file that only its owner reads; what is printed is
    what others check by.
    """
    assert NAME == parse_verifier_key(key).name
    assert 0o600 == (folder / "log.key").stat().st_mode & 0o777
    assert (0, f"{key}\n", "") == ask("key", "show", "log.key")
    assert {"keys": [key]} == ask("--json", "key", "show", "log.key").document
    assert 6 == ask("key", "generate", "log.key").code


@pytest.mark.parametrize(("word", "algorithm"), [("ml-dsa-44", 6), ("cosignature", 4)])
def test_a_key_of_another_algorithm(ask, word, algorithm):
    """
    A second line that outlives Ed25519, and the key of a witness.
    """
    said = ask(
        "--json", "key", "generate", "w.key", "--name", "witness.example/w1", "--algorithm", word
    )

    assert algorithm == parse_verifier_key(said.document["key"]).algorithm


def test_a_checkpoint_is_alone_on_standard_output(ask, key):
    """
    The signed note, and nothing else; the first time it is said that there was nothing before.
    """
    first, again = (ask("checkpoint", "--key", "log.key") for _ in range(2))

    assert (0, 0) == (first.code, again.code)
    assert first.err.startswith(NEW)
    assert ("", first.out) == (again.err, again.out)
    assert open_note(parse_note(first.out), [parse_verifier_key(key)])


def test_a_checkpoint_as_json(ask, key):
    """
    The note with its parts, for a program.
    """
    said = ask("--json", "checkpoint", "--key", "log.key").document

    assert (NAME, 15, True) == (said["origin"], said["size"], said["began"])
    assert 64 == len(said["root"])
    assert [{"name": NAME, "key": key.split("+")[1]}] == said["signatures"]
    assert ([], []) == (said["witnesses"], said["failed"])
    assert (None, None) == (said["stamped_at"], said["receipt"])
    assert said["note"].startswith(f"{NAME}\n15\n")


def test_the_key_is_taken_from_the_environment(ask, folder, key, monkeypatch):
    """
    Where no file is named.
    """
    assert 6 == ask("checkpoint").code
    monkeypatch.setenv(VARIABLE, (folder / "log.key").read_text())

    assert open_note(parse_note(ask("checkpoint").out), [parse_verifier_key(key)])


def test_a_cut_ledger_is_not_signed(ask, folder, key):
    """
    A copy from before is noticed: exit 1, the position, and no note.
    """
    assert key
    ask("backup", "copy.db")
    ask("note", "25073877", "seen", "--by", "op-7")
    ask("checkpoint", "--key", "log.key")

    said = ask("--ledger", "sqlite:///copy.db", "--json", "checkpoint", "--key", "log.key")

    assert (1, "") == (said.code, said.out)
    assert "has 15 entries, and had 16" in said.error["message"]
    assert (folder / "ledger.notary").exists()


def test_a_revoked_key_signs_nothing(ask, key):
    """
    Once it is on record that it counts no more; the key in its place signs.
    """
    old = ask("key", "rotate", key, "--reason", "the first key")
    new = ask("key", "generate", "new.key").out.strip()
    rotated = ask("key", "rotate", new, "--old", key, "--reason", "a year is over")
    assert [0, 0] == [old.code, rotated.code]
    both = ask("checkpoint", "--key", "log.key", "--key", "new.key")
    revoked = ask("key", "revoke", key, "--last-size", "17", "--reason", "a year is over")

    assert 2 == len(parse_note(both.out).signatures)
    assert f"{key}\n" == revoked.out
    assert "was revoked" in ask("checkpoint", "--key", "log.key").err
    assert 0 == ask("checkpoint", "--key", "new.key").code


def test_several_logs_have_one_note_and_a_receipt(ask, folder):
    """
    The receipt has what is stated of each log; one log needs none.
    """
    url = "sqlite:///many.db"
    with Ledger.create(url, origin="many.example", logs=3) as ledger:
        ledger.enrol_operator("op-7", kind="human")
    ask("--ledger", url, "key", "generate", "roots.key")
    said = ask(
        "--ledger", url, "checkpoint", "--key", "roots.key", "--state", "m", "--receipt", "r"
    )

    receipt = parse_receipt((folder / "r").read_text())
    assert said.out == receipt.checkpoint.encode()
    assert 2 == sum(log.size for log in parse_roots(receipt.extra or b"", "many.example"))
    ask("key", "generate", "log.key")
    assert 6 == ask("checkpoint", "--key", "log.key", "--receipt", "x").code


def test_no_secret_is_in_any_answer(ask, folder, key, monkeypatch):
    """
    Whatever fails, nothing of a private key is printed: not from a file, not from the environment.
    """
    text = (folder / "log.key").read_text()
    written = text.strip().split("+", 4)[4]
    seed = base64.b64decode(written)[1:]
    (folder / "spoilt.key").write_text(text[:-3])
    (folder / "spoilt.key").chmod(0o600)
    (folder / "open.key").write_text(text)
    monkeypatch.setenv(VARIABLE, text[:-4] + "\n" + text)
    asked = [
        ("key", "show", "spoilt.key"),
        ("key", "show", "open.key"),
        ("key", "generate", "log.key"),
        ("checkpoint", "--key", "spoilt.key"),
        ("checkpoint", "--key", "open.key"),
        ("checkpoint",),
        ("checkpoint", "--key", "log.key", "--key", "log.key"),
        ("key", "rotate", text.strip(), "--reason", "a slip"),
        ("status",),
        ("entries",),
    ]
    for arguments in asked:
        for said in (ask(*arguments), ask("--json", *arguments)):
            for secret in (written[:20], seed.hex(), repr(seed)[2:20]):
                assert secret not in said.out + said.err, arguments
    assert key
    assert seed not in (folder / "ledger.db").read_bytes() + (folder / "spoilt.key").read_bytes()


@pytest.fixture
def witness(ask, folder, key) -> Iterator[str]:
    """
    Return the line of a policy of a witness that runs in a process of its own.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    vkey = ask(
        "key", "generate", "w.key", "--name", "w.example", "--algorithm", "cosignature"
    ).out.strip()
    (folder / "logs.policy").write_text(f"log {key}\nquorum none\n")
    serving = [sys.executable, "-m", "ledger", "witness", "serve", "--state", "seen"]
    serving += ["--key", "w.key", "--policy", "logs.policy", "--port", str(port)]
    with subprocess.Popen(
        serving,
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background has them ignore Ctrl-C, and what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as running:
        for _ in range(200):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"witness w1 {vkey} http://127.0.0.1:{port}"
        running.send_signal(signal.SIGINT)
        # As a shell says it of whatever Ctrl-C ends.
        assert 130 == running.wait(timeout=30)


def test_a_witness_cosigns(ask, folder, key, witness):
    """
    In a process of its own, over HTTP: what it cosigned is under the note, and a ledger that was
    cut off since is caught even where the notary has lost its state.
    """
    (folder / "policy").write_text(f"log {key}\n{witness}\nquorum w1\n")
    arguments = ("checkpoint", "--key", "log.key", "--policy", "policy")
    ask("backup", "copy.db")
    ask("note", "25073877", "seen", "--by", "op-7")

    said = ask(*arguments)
    assert 0 == said.code
    assert [NAME, "w.example"] == [line.name for line in parse_note(said.out).signatures]
    again = ask("--json", *arguments, "--witness", witness.split()[-1])
    assert ["w1"] == again.document["witnesses"]

    (folder / "ledger.notary").unlink()
    cut = ask("--ledger", "sqlite:///copy.db", *arguments)
    assert (1, "") == (cut.code, cut.out)
    assert "has cosigned 16 entries of this log, which has 15" in cut.err


def test_a_quorum_that_is_not_reached(ask, folder, key):
    """
    The note is signed and kept, exit 7 says that it is not enough, and without a quorum it is a
    warning.
    """
    other = SigningKey("w.example", Algorithm.COSIGNATURE, b"7" * 32).verifier
    line = f"log {key}\nwitness w1 {other} http://127.0.0.1:9\n"
    (folder / "strict").write_text(f"{line}quorum w1\n")
    (folder / "mild").write_text(f"{line}quorum none\n")

    said = ask("checkpoint", "--key", "log.key", "--policy", "strict")
    assert (7, "") == (said.code, said.out)
    assert re.search(r"signed and kept.*nobody answers", said.err)
    said = ask("checkpoint", "--key", "log.key", "--policy", "mild")
    assert 0 == said.code
    assert "nobody answers" in said.err
    assert 6 == ask("checkpoint", "--key", "log.key", "--witness", "http://127.0.0.1:9").code
    assert 6 == ask("checkpoint", "--key", "log.key", "--policy", "missing").code


@needs_openssl
def test_a_timestamp_is_kept_beside_the_state(ask, folder, key, monkeypatch):
    """
    It is asked for once, holds by the certificate that is given, and needs one.
    """
    authority = Authority(folder / "tsa")
    (folder / "roots.pem").write_bytes(authority.pem())
    asked: list[str] = []

    def post(url: str, body: bytes, _content: str) -> Reply:
        asked.append(url)
        return Reply(200, "", authority.answer(body))

    monkeypatch.setattr("ledger.notary.submitting.posted", post)
    arguments = ("--json", "checkpoint", "--key", "log.key", "--tsa", "https://tsa.example")
    first, again = (ask(*arguments, "--tsa-roots", "roots.pem").document for _ in range(2))

    assert key
    assert first["stamped_at"] == again["stamped_at"] is not None
    assert ["https://tsa.example"] == asked
    assert (folder / "ledger.notary.15.tsr").stat().st_size > 100
    assert 6 == ask(*arguments).code
