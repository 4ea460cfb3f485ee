"""
The key store: aliases, keys and names, wrapped, found again, and destroyed for good.
"""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import EnvironmentKEK, FileKEK, Keys, Malformed, Tampered, Unavailable
from ledger.moderation.commands.sealed import ACCOUNT, APPELLANT, OPERATOR, REPORTER, Person
from ledger.moderation.sealing import Kind, kind_of_alias
from ledger.store import url as urls
from ledger.store.keys import KeyStore, Place

ORIGIN = "example.org/log"
JANE = Person(ACCOUNT, "jane \N{SNOWMAN} doe")


@pytest.fixture
def store(sealing_keys: Keys) -> Iterator[KeyStore]:
    """
    Return a new key store in a SQLite file.
    """
    made = sealing_keys.create(ORIGIN)
    yield made
    made.close()


def stored(tmp_path: Path) -> bytes:
    """
    Return every byte of the key store's files.
    """
    return b"".join(path.read_bytes() for path in sorted(tmp_path.glob("keys.db*")))


def test_an_alias_is_made_once_and_found_again(store: KeyStore, sealing_keys: Keys):
    """
    The same person of the same kind is one alias, for whoever opens the store with its KEK.
    """
    made = store.aliases_made([JANE, Person(OPERATOR, JANE.name)])
    other = sealing_keys.open(ORIGIN)

    assert made == other.aliases_made([*made])
    assert made[JANE] == other.alias_of("account", JANE.name)
    assert [Kind.ACCOUNT, Kind.OPERATOR] == [kind_of_alias(alias) for alias in made.values()]
    assert {made[JANE]: JANE} == other.people([made[JANE], "acct-of-nobody"])
    assert store.alias_of("reporter", JANE.name) is None
    other.close()


def test_whoever_may_be_several_is_what_he_is_known_as(store: KeyStore):
    """
    An appellant is the operator or the account of that name, and else somebody new.
    """
    known = store.aliases_made([Person(APPELLANT, "amy"), Person(ACCOUNT, "amy")])
    stranger = store.aliases_made([Person(APPELLANT, "bob")])

    assert 1 == len({*known.values()})
    assert stranger == {Person(APPELLANT, "bob"): store.alias_of("reporter", "bob")}


def test_nothing_in_the_store_is_in_plain(store: KeyStore, tmp_path: Path):
    """
    Neither names nor keys stand in its files, and no message and no repr shows where they are.
    """
    store.aliases_made([Person(kinds, "planted") for kinds in (ACCOUNT, OPERATOR, REPORTER)])

    assert b"planted" not in stored(tmp_path)
    kek = (tmp_path / "kek").read_text().strip()
    assert kek not in repr(FileKEK(tmp_path / "kek"))
    assert bytes.fromhex(kek) not in stored(tmp_path)
    secret = repr(Keys.at("postgresql://me:hunter2@host/keys", kek=FileKEK(tmp_path / "kek")))
    assert "hunter2" not in secret


def test_who_is_destroyed_is_gone_for_every_process(
    store: KeyStore, sealing_keys: Keys, tmp_path: Path
):
    """
    Name, key and how to find the row are overwritten; another process that had them has them not.
    """
    other = sealing_keys.open(ORIGIN)
    alias = other.aliases_made([JANE])[JANE]
    assert {alias} == {*other.ciphers([alias])}
    assert {alias: JANE} == other.people([alias])
    held = urls.connect(sealing_keys.url, create=False)
    with held.reading() as connection:
        before = [bytes(each) for each in _row(connection, alias)]
    assert all(each in stored(tmp_path) for each in before)
    store.destroy(alias, 0, 17)
    store.destroy(alias, 0, 18)

    assert not any(each in stored(tmp_path) for each in before)
    assert {alias: Place(0, 17)} == other.erased([alias])
    assert not other.people([alias])
    assert not other.ciphers([alias])
    assert not other.aliases([JANE])
    assert alias != other.aliases_made([JANE])[JANE]
    other.close()
    held.close()


def _row(connection, alias: str) -> tuple[bytes, ...]:
    row: tuple[bytes, ...] = connection.execute(
        "SELECT lookup, named, dek FROM subjects WHERE alias = ?", (alias,)
    ).fetchone()
    return row


def test_another_kek_takes_the_place_of_the_first(
    store: KeyStore, sealing_keys: Keys, tmp_path: Path
):
    """
    Every key is wrapped anew and none is another one: what was sealed is still read.
    """
    alias = store.aliases_made([JANE])[JANE]
    sealed = store.ciphers([alias])[alias].encrypt(bytes(12), b"text", None)
    anew = FileKEK.generate(tmp_path / "another")

    assert 2 == sealing_keys.rewrap(anew)
    assert JANE == store.people([alias])[alias]
    with pytest.raises(Unavailable, match="another key"):
        sealing_keys.open(ORIGIN)
    other = Keys.at(sealing_keys.url, kek=anew).open(ORIGIN)
    assert b"text" == other.ciphers([alias])[alias].decrypt(bytes(12), sealed, None)
    other.close()


def test_keys_are_of_one_ledger(store: KeyStore, sealing_keys: Keys):
    """
    Keys of another ledger are refused; a store that nobody is in yet may be taken over.
    """
    with pytest.raises(Malformed, match=ORIGIN):
        sealing_keys.open("example.org/other")
    sealing_keys.create("example.org/other").close()
    sealing_keys.open("example.org/other").close()
    store.aliases_made([JANE])
    with pytest.raises(Malformed, match="holds the keys"):
        sealing_keys.create(ORIGIN)


def test_what_is_no_key_store_is_told(sealing_keys: Keys, tmp_path: Path):
    """
    A path without one, and a ledger's own file, are refused.
    """
    with pytest.raises(Unavailable):
        sealing_keys.open(ORIGIN)
    urls.connect(f"sqlite:///{tmp_path / 'empty.db'}", create=True).close()
    with pytest.raises(Unavailable, match="no key store"):
        Keys.at(f"sqlite:///{tmp_path / 'empty.db'}", kek=sealing_keys.kek).open(ORIGIN)


def test_a_name_that_was_changed_is_tampering(store: KeyStore, sealing_keys: Keys):
    """
    A name that stands behind another alias than it was written for is nobody's.
    """
    first, second = store.aliases_made([JANE, Person(ACCOUNT, "joe")]).values()
    database = urls.connect(sealing_keys.url, create=False)
    with database.writing() as connection:
        (named,) = connection.execute(
            "SELECT named FROM subjects WHERE alias = ?", (first,)
        ).fetchone()
        connection.execute("UPDATE subjects SET named = ? WHERE alias = ?", (named, second))
    with pytest.raises(Tampered, match=second):
        store.people([second])
    database.close()


def test_threads_that_meet_somebody_make_one_alias(store: KeyStore, sealing_keys: Keys):
    """
    Whoever comes second finds the alias of the first.
    """
    people = [Person(ACCOUNT, f"account-{number}") for number in range(20)]
    found: list[dict[Person, str]] = []
    others = [store, sealing_keys.open(ORIGIN)]
    threads = [
        threading.Thread(target=lambda each=each: found.append(each.aliases_made(people)))
        for each in others * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [found[0]] * 4 == found
    others[1].close()


class Service:
    """
    A key management service, as the interface asks for one.
    """

    def wrap(self, key: bytes) -> bytes:
        """
        Return *key* backwards.
        """
        return key[::-1]

    def unwrap(self, wrapped: bytes) -> bytes:
        """
        Return what was wrapped.
        """
        return wrapped[::-1]


def test_a_service_may_wrap_keys():
    """
    Any object with ``wrap`` and ``unwrap`` is a KEK.
    """
    store = Keys.at("memory:", kek=Service()).create(ORIGIN)

    assert JANE == store.people([*store.aliases_made([JANE]).values()]).popitem()[1]
    store.close()


def test_a_kek_is_its_owner_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """
    A file that others may read, that holds no key or is not there is refused, and so is a variable;
    no message repeats what was read.
    """
    path = tmp_path / "kek"
    kek = FileKEK.generate(path)
    assert 0o600 == path.stat().st_mode & 0o777
    assert kek.wrap(bytes(32)) == FileKEK(path).wrap(bytes(32))
    with pytest.raises(Malformed, match="exists"):
        FileKEK.generate(path)
    os.chmod(path, 0o640)  # noqa: PTH101
    with pytest.raises(Malformed, match="mode 0640"):
        FileKEK(path)
    (tmp_path / "none").touch(mode=0o600)
    with pytest.raises(Malformed, match="holds no key"):
        FileKEK(tmp_path / "none")
    with pytest.raises(Unavailable, match="cannot be read"):
        FileKEK(tmp_path / "nowhere")
    with pytest.raises(Unavailable, match="is not set"):
        EnvironmentKEK("LEDGER_TEST_KEK")
    monkeypatch.setenv("LEDGER_TEST_KEK", "hunter2")
    with pytest.raises(Malformed) as caught:
        EnvironmentKEK("LEDGER_TEST_KEK")
    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv("LEDGER_TEST_KEK", path.read_text())
    assert kek.wrap(bytes(32)) == EnvironmentKEK("LEDGER_TEST_KEK").wrap(bytes(32))


def test_the_library_that_encrypts_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """
    Where it is not installed a sealed ledger says what installs it.
    """
    monkeypatch.setitem(__import__("sys").modules, "cryptography", None)
    with pytest.raises(Unavailable, match="not installed") as caught:
        FileKEK.generate(tmp_path / "kek")
    assert "moderation-ledger[sign]" in str(caught.value)


def test_wrapping_is_that_of_the_standard():
    """
    256 bits under 256 bits, as the standard has it.

    Source: RFC 3394, section 4.6.
    """
    os.environ["LEDGER_TEST_KEK"] = bytes(range(32)).hex()
    key = bytes.fromhex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f")
    wrapped = bytes.fromhex(
        "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"
    )
    kek = EnvironmentKEK("LEDGER_TEST_KEK")
    del os.environ["LEDGER_TEST_KEK"]

    assert wrapped == kek.wrap(key)
    assert key == kek.unwrap(wrapped)
    with pytest.raises(Unavailable, match="another key"):
        kek.unwrap(wrapped[::-1])
