"""
An auditor verifies and proves from a shell; each verdict has its exit code.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.proofs.policy import parse_policy
from ledger.proofs.receipt import check_receipt, parse_receipt

ENTRIES = 15


@pytest.fixture
def policy(ask, kept) -> str:
    """
    Return the file of a policy that trusts the key of the story's ledger, which has signed it; the
    note is in the file `signed`.
    """
    key = ask("key", "generate", "log.key").out.strip()
    Path("signed").write_text(ask("checkpoint", "--key", "log.key").out)
    Path("policy").write_text(f"log {key}\nquorum none\n")
    assert kept.exists()
    return "policy"


def edited(path: Path, *statements: str) -> None:
    """
    Change the ledger by hand.
    """
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER entries_no_update")
        for statement in statements:
            connection.execute(statement)


def test_all_of_it_is_verified_by_what_the_notary_signed(ask, policy):
    """
    With a policy alone the note is the one in the notary's state; each question is told by itself.
    """
    said = ask("--json", "verify", "--policy", policy)
    page = ask("verify", "--policy", policy)

    document = said.document
    assert [0, 0, "verified"] == [said.code, page.code, document["verdict"]]
    assert list(document) == ["verdict", "prefix", "suffix", "scrub", "findings"]
    assert ["verified"] * 3 == [document[name]["verdict"] for name in ("prefix", "suffix", "scrub")]
    assert [{"log": 0, "size": ENTRIES, "holds": True}] == document["prefix"]["held"]
    assert (ENTRIES, 100) == (document["scrub"]["entries"], document["scrub"]["coverage"])
    assert 4 == page.out.count("verified")


@pytest.mark.usefixtures("kept")
def test_without_trust_it_cannot_be_verified(ask):
    """
    It exits 2, and says that it was not told whom to trust.
    """
    said = ask("verify")

    assert 2 == said.code
    assert ("unverifiable", "") == (said.out.splitlines()[0], said.err)
    assert "no checkpoint that is held outside was given" in said.out


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        (("--prefix", "signed"), "prefix"),
        (("--suffix", "signed"), "suffix"),
        (("--scrub",), "scrub"),
    ],
)
def test_one_question_alone_is_not_taken_for_all(ask, policy, question, asked):
    """
    What was not asked has no verdict, on the page as for programs.
    """
    said = ask("--json", "verify", "--policy", policy, *question)
    page = ask("verify", "--policy", policy, *question)

    reports = {name: said.document[name] for name in ("prefix", "suffix", "scrub")}
    assert (0, [asked]) == (said.code, [name for name, each in reports.items() if each])
    assert 2 == page.out.count("not asked")


def test_what_was_changed_is_told_with_its_place(ask, policy, kept):
    """
    It exits 1; the first bad position stands first, with its stream and version.
    """
    edited(
        kept,
        "UPDATE entries SET body = CAST(replace(body, 'op-417', 'op-418') AS BLOB)"
        " WHERE position = 9",
        "UPDATE restrictions SET opened_by = 'op-7'",
    )

    said = ask("--json", "verify", "--policy", policy)
    page = ask("verify", "--policy", policy)

    assert [1, 1, "tampered"] == [said.code, page.code, said.document["verdict"]]
    first, *_ = said.document["findings"]
    assert ["what", "why", "log", "position", "stream", "version"] == list(first)
    assert 9 == first["position"]
    assert {"checkpoint-differs", "leaf-differs", "restriction-differs"} <= {
        each["what"] for each in said.document["findings"]
    }
    for fact in ("tampered", "leaf-differs", "0:9", "the first bad position first"):
        assert fact in page.out


def test_a_receipt_stands_alone_on_standard_output(ask, policy, kept):
    """
    It is checked with the policy and the entry's bytes; with ``--json`` those are in it.
    """
    said = ask("prove", "--position", "9")
    document = ask("--json", "prove", "--action", "a-1", "--checkpoint", "signed").document

    with closing(sqlite3.connect(kept)) as connection:
        (body,) = connection.execute("SELECT body FROM entries WHERE position = 9").fetchone()
    trust = parse_policy(Path(policy).read_bytes())
    vouched = check_receipt(parse_receipt(said.out), body, trust, "eleven-minutes.invalid/0")
    assert (0, "", ENTRIES) == (said.code, said.err, vouched.checkpoint.size)
    (proof,) = document["proofs"]
    assert (0, 9, Path("signed").read_text()) == tuple(
        proof[name] for name in ("log", "position", "evidence")
    )


@pytest.mark.usefixtures("policy")
def test_both_ends_of_a_restriction_are_proved(ask):
    """
    Two receipts, one behind the other, of the entries that opened and closed it.
    """
    said = ask("prove", "--restriction", "a-1")

    parts = said.out.split("c2sp.org/tlog-proof@v1\n")[1:]
    assert ["index 8", "index 9"] == [part.splitlines()[0] for part in parts]


@pytest.mark.usefixtures("policy")
def test_growth_is_proved_from_a_size_and_from_a_file(ask):
    """
    To the notary's newest, to a file, or to a size; for programs the parts have names.
    """
    told = ask("prove", "--from-size", "3").out

    assert told == ask("prove", "--from-size", "3", "--to", "signed").out
    assert told.startswith("old 3\n")
    assert told.endswith(Path("signed").read_text())
    same = ask("prove", "--from", "signed").out
    assert same == f"old {ENTRIES}\n\n{Path('signed').read_text()}"
    document = ask("--json", "prove", "--from-size", "3", "--to-size", "7").document
    assert (3, 7, None) == (document["from"]["size"], document["to"]["size"], document["evidence"])


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("prove", "--position", "3"), 6, "there is no checkpoint that a proof could lead to"),
        (("prove",), 6, "it takes --position"),
        (("prove", "--from-size", "3", "--position", "3"), 6, "it takes --position"),
        (("prove", "--from-size", "3", "--from", "f"), 6, "say the same"),
        (("verify", "--policy", "nowhere"), 6, "nowhere cannot be read"),
        (("verify", "--prefix", "nowhere"), 6, "nowhere cannot be read"),
        (("verify", "--slack", "soon"), 6, "slack"),
    ],
)
def test_what_cannot_be_asked_is_said(ask, arguments, code, said):
    """
    No answer, an exit code, and what would work.
    """
    answered = ask(*arguments)

    assert (code, "") == (answered.code, answered.out)
    assert said in answered.err
