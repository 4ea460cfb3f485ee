"""
Evidence of a sealed ledger on the command line: what is disclosed is read for a purpose, and what
is left out is put on record.
"""

import json
import shlex
from hashlib import sha256
from pathlib import Path

import pytest

ACCOUNT = "25073877"
REASON = "the likeness of John Smith"
READ = ("--purpose", "appeal 12", "--as", "op-1")
BUNDLE = ("bundle", "--account", ACCOUNT, "--out", "evidence.json")


@pytest.fixture
def asked(ask, folder, monkeypatch):
    """
    Return what asks a sealed ledger with its keys, in which one account is suspended, and signed.
    """
    monkeypatch.setenv("LEDGER_URL", "sqlite:///sealed.db")
    monkeypatch.setenv("LEDGER_KEYS", "sqlite:///keys.db")
    monkeypatch.setenv("LEDGER_KEK_FILE", "kek.hex")
    for line in (
        "init --sealed --origin sealed.example",
        "enrol-operator op-1 --kind human --roles admin",
        f"act suspend {ACCOUNT} --by op-1 --because-of own-initiative --reason '{REASON}'",
        "generate-key log.key",
        "checkpoint --key log.key",
    ):
        assert 0 == ask(*shlex.split(line)).code
    key = ask("show-key", "log.key").out.strip()
    (folder / "trusted.policy").write_text(f"log {key}\nquorum none\n")
    return ask


def checked(asked) -> str:
    """
    Return the page of the check of the bundle.
    """
    said = asked("check", "evidence.json", "--policy", "trusted.policy")
    assert 0 == said.code
    out: str = said.out
    return out


def test_nothing_personal_leaves_unless_it_is_asked_for(asked):
    """
    Without ``--disclose`` a bundle proves what was done, and neither to whom nor why.
    """
    said = asked(*BUNDLE)

    assert 0 == said.code
    assert not any(name in Path("evidence.json").read_text() for name in (REASON, ACCOUNT, "op-1"))
    assert "sealed:" in checked(asked)


def test_a_field_is_disclosed_for_a_purpose_that_is_on_record(asked):
    """
    Who shows personal data to an auditor says what for; without that nothing is written.
    """
    refused = asked(*BUNDLE, "--disclose", "reason")
    written = Path("evidence.json").exists()
    shown = asked(*READ, *BUNDLE, "--disclose", "reason")

    assert (7, False, 0) == (refused.code, written, shown.code)
    assert REASON in checked(asked)
    (read,) = asked("--json", "entries", "--stream", "ledger/reads").documents
    assert ("bundle", "appeal 12") == (read["data"]["question"], read["data"]["purpose"])


def test_what_is_left_out_is_on_record_with_the_digest_of_the_bundle(asked):
    """
    A redaction names the fields, the reason and the very file that went out.
    """
    said = asked(*READ, *BUNDLE, "--redact", "reason", "--reason", "a third person")

    assert 0 == said.code
    assert REASON not in Path("evidence.json").read_text()
    (left_out,) = (
        line["data"]
        for line in asked("--json", "entries", "--stream", "ledger/privacy").documents
        if line["kind"] == "ledger.redacted"
    )
    digest = sha256(Path("evidence.json").read_bytes()).hexdigest()
    assert (digest, ["reason"], "a third person") == (
        left_out["bundle"],
        left_out["fields"],
        left_out["reason"],
    )
    assert json.loads(Path("evidence.json").read_bytes())["version"] == 1


def test_a_redaction_says_why(asked):
    """
    What is left out, and why, go together.
    """
    assert 6 == asked(*READ, *BUNDLE, "--redact", "reason").code
    assert 6 == asked(*READ, *BUNDLE, "--reason", "a third person").code
