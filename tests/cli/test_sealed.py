"""
A sealed ledger on the command line: made with its keys, and of no use to who has none.
"""

from pathlib import Path

import pytest

ENROL = ("enrol-operator", "op-1", "--kind", "human", "--name", "Jane Doe")
KEYS = ("--keys", "sqlite:///keys.db", "--kek", "kek")


@pytest.fixture
def told_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    Return the folder, where no variable says where keys are.
    """
    for name in ("LEDGER_KEYS", "LEDGER_KEK_FILE"):
        monkeypatch.delenv(name, raising=False)
    return folder


def test_keys_are_made_with_the_ledger_and_asked_for_ever_after(ask, told_nothing: Path):
    """
    The key that encrypts keys is its owner's alone; before the verb or behind it, both are said.
    Whoever forgets them is told so, and not that nothing is on record.
    """
    assert 0 == ask(*KEYS, "init", "--sealed").code
    assert 0o600 == (told_nothing / "kek").stat().st_mode & 0o777
    assert "op-1\n" == ask(*ENROL, *KEYS).out
    refused = ask("--json", *ENROL)

    assert (7, "keys") == (refused.code, refused.error["where"])
    assert "--keys and --kek" in refused.error["expected"]
    for question in (("operator", "op-1"), ("standing", "ann"), ("timeline", "ann")):
        assert (7, "keys") == ((said := ask("--json", *question)).code, said.error["where"])
        assert 5 == ask(*KEYS, "standing", "ann").code
    assert 0 == ask("status").code
    assert not any(b"Jane" in path.read_bytes() for path in told_nothing.glob("ledger.db*"))


@pytest.mark.parametrize(
    ("said", "where"),
    [
        (["init", "--sealed"], "keys"),
        ([*KEYS[:2], "init", "--sealed"], "kek"),
        ([*KEYS[2:], "init", "--sealed"], "keys"),
        ([*KEYS, "init", "--sealed", "--roles"], None),
        (["--keys", "keys.db", *KEYS[2:], "init", "--sealed"], "keys"),
    ],
)
def test_what_does_not_go_together_makes_no_ledger(ask, told_nothing: Path, said, where):
    """
    Without keys, with one of two, or with roles at once, nothing is made.
    """
    failed = ask("--json", *said)

    assert 6 == failed.code
    assert where in (failed.error["where"], None)
    assert not (told_nothing / "ledger.db").exists()


def test_keys_of_another_ledger_are_refused(ask, told_nothing: Path, monkeypatch):
    """
    A ledger that is not sealed takes none, and no message shows a secret.
    """
    ask("init")
    ask("--ledger", "sqlite:///sealed.db", *KEYS, "init", "--sealed")
    assert 6 == ask(*KEYS, "status").code
    monkeypatch.setenv("LEDGER_KEYS", "postgresql://me:hunter2@nowhere.invalid/keys")
    monkeypatch.setenv("LEDGER_KEK_FILE", "kek")
    failed = ask("--ledger", "sqlite:///sealed.db", "status")
    assert 7 == failed.code
    assert "hunter2" not in failed.err
    assert (told_nothing / "kek").read_text().strip() not in failed.err
