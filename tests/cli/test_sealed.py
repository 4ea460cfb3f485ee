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


NO_KEY_STORES = {
    "a file that is not there": ("sqlite:///none.db", 7, "there is no key store at"),
    "a folder that is not there": ("sqlite:///none/keys.db", 7, "there is no key store at"),
    "what is no database": ("sqlite:///kek", 7, "file is not a database"),
    "a directory": ("sqlite:///.", 6, "is a directory"),
    "no URL": ("keys.db", 6, "names no ledger"),
    "a server that cannot be reached": ("postgresql://me@127.0.0.1:1/keys", 7, "connection"),
    "a parameter that is none": ("postgresql://me@127.0.0.1:1/keys?pool_size=x", 6, "pool_size"),
}


@pytest.mark.usefixtures("told_nothing")
@pytest.mark.parametrize(("url", "code", "message"), NO_KEY_STORES.values(), ids=NO_KEY_STORES)
def test_what_is_said_of_a_key_store_names_it(ask, url: str, code: int, message: str):
    """
    Whoever mistakes the place of the keys is not told that the ledger is missing.
    """
    ask(*KEYS, "init", "--sealed")
    failed = ask("--json", "--keys", url, "--kek", "kek", "status")

    assert (code, "keys") == (failed.code, failed.error["where"])
    assert message in failed.error["message"]
    assert "there is no ledger" not in failed.error["message"]


@pytest.mark.usefixtures("told_nothing")
def test_a_key_cannot_be_made_in_a_folder_that_is_not_there(ask):
    """
    It is a path that is wrong, as for every other verb, and no ledger is made.
    """
    failed = ask("--json", "--keys", "sqlite:///keys.db", "--kek", "none/kek", "init", "--sealed")

    assert (6, "kek") == (failed.code, failed.error["where"])
    assert 7 == ask("status").code
