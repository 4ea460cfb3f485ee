"""
The command line on a ledger in PostgreSQL: every verb, and what is said when there is no answer.
"""

import json
import shlex
import shutil
import subprocess
import time

import pytest

from ledger import Ledger
from ledger.cli.shell import run
from ledger.cli.story import played_at
from ledger.cli.verbs import VERBS, Verb
from ledger.store import settings
from ledger.store import url as urls
from ledger.store.settings import Settings
from tests.cli.examples import WARNED, prepare
from tests.store.golden import make_format_1
from tests.store.granted import House
from tests.store.silence import silent_port

AT_ONCE = 3


@pytest.fixture
def served(postgres_url, folder, monkeypatch) -> str:  # noqa: ARG001, a command line is given in a folder
    """
    Return the URL of the ledger of the story, which is the default ledger.
    """
    with played_at(postgres_url):
        pass
    monkeypatch.setenv("LEDGER_URL", postgres_url)
    url: str = postgres_url
    return url


@pytest.fixture
def older(postgres_url, folder, monkeypatch) -> str:  # noqa: ARG001, a command line is given in a folder
    """
    Return the URL of an empty ledger of format 1, which is the default ledger.
    """
    database = urls.connect(postgres_url, create=True)
    settings.create(database, Settings(origin="example.org/log", format=1))
    database.close()
    monkeypatch.setenv("LEDGER_URL", postgres_url)
    url: str = postgres_url
    return url


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_every_example_works(ask, folder, verb: Verb):
    """
    The examples of the help pages succeed on the same story in PostgreSQL.
    """
    prepare(ask, folder)

    for example in verb.examples:
        _, *arguments = shlex.split(example)
        assert 0 == run(arguments)
        assert ask("status").err.partition(":")[0] in ("", WARNED.get(verb.name))
    assert not (folder / "ledger.db").exists()


def test_a_backup_is_a_file(served, ask):
    """
    It is a copy in SQLite that answers what the ledger answers.
    """
    assert 0 == ask("backup", "copy.db").code

    for question in (["status"], ["restrictions"], ["timeline", "25073877"], ["entries"]):
        said = ask("--json", *question)
        assert (0, said.out) == ask("--json", "--ledger", "sqlite:///copy.db", *question)[:2]
        assert served not in said.out


def test_init_makes_a_ledger_once(ask, postgres_url):
    """
    A second time it is a ledger already.
    """
    frame = ("--ledger", postgres_url, "--json", "init")
    first, second = ask(*frame, "--logs", "4"), ask(*frame)

    assert (0, 4) == (first.code, first.document["logs"])
    assert (6, "Malformed") == (second.code, second.error["family"])
    assert "is a ledger already" in second.error["message"]


def test_of_those_who_init_at_once_one_does(started, postgres_url):
    """
    The others are told that it is a ledger already.
    """
    processes = [
        started("--ledger", postgres_url, "init", "--origin", f"number-{number}")
        for number in range(AT_ONCE)
    ]
    said = [(*process.communicate(), process.wait()) for process in processes]

    ((out, _, _),) = [each for each in said if each[2] == 0]
    assert [6] * (AT_ONCE - 1) == [code for _, _, code in said if code]
    assert AT_ONCE - 1 == sum(b"is a ledger already" in error for _, error, _ in said)
    with Ledger.open(postgres_url) as ledger:
        assert f"its origin is {ledger.settings.origin}\n" in out.decode()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_of_those_who_migrate_at_once_one_does(started, folder, request, engine):
    """
    The others find it done, say so, and exit 0 too.
    """
    if engine == "sqlite":
        shutil.copy(make_format_1.DATABASE, folder / "ledger.db")
        url = "sqlite:///ledger.db"
    else:
        url = request.getfixturevalue("older")
    processes = [started("--ledger", url, "migrate") for _ in range(AT_ONCE)]
    said = [(*process.communicate(), process.wait()) for process in processes]

    assert [(b"", 0)] * AT_ONCE == [(error, code) for _, error, code in said]
    assert 1 == sum(b"has format 3 now; it had format 1" in out for out, _, _ in said)
    assert AT_ONCE - 1 == sum(b"has format 3 already" in out for out, _, _ in said)


@pytest.mark.usefixtures("older")
def test_status_says_that_a_migration_is_open(ask):
    """
    On the page and to programs, until it is done.
    """
    assert "1; `ledger migrate` brings it to 3" in ask("status").out
    assert [1, 3] == [ask("--json", "status").document[name] for name in ("format", "migrates_to")]
    assert {"before": 1, "after": 3} == ask("--json", "migrate").document
    assert "migrate" not in ask("status").out
    assert [3, None] == [
        ask("--json", "status").document[name] for name in ("format", "migrates_to")
    ]


def test_roles_are_printed_and_granted(ask, postgres_url):
    """
    Printed they are statements and comments, ready for psql; applied, each role has what it should.
    """
    with House.built(postgres_url) as house:
        frame = ("--ledger", house.url_of(house.owner), "init", "--roles")
        named = ("--writer", house.writer, "--auditor", house.auditor)

        first = ask(*frame, *named)
        assert [] == [
            line for line in first.out.splitlines() if not line.startswith("--") and line[-1] != ";"
        ]
        assert "is a ledger now" in first.out.splitlines()[0]
        assert [] == house.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", value=house.writer)

        second = ask(*frame, *named, "--apply")
        assert first.out.splitlines()[1:] == second.out.splitlines()[:-1]
        assert "SI" == house.privileges(house.writer)["entries"]
        assert {"S"} == set(house.privileges(house.auditor).values())

        third = ask("--json", *frame, *named).document
        assert (False, False) == (third["created"], third["applied"])
        assert not any("CREATE ROLE" in statement for statement in third["statements"])


def test_roles_of_a_new_ledger_come_with_its_origin(ask, postgres_url):
    """
    Who says what the ledger is to be is told where it is one already.
    """
    frame = ("--json", "--ledger", postgres_url, "init", "--roles", "--origin", "example.org/x")
    first, second = ask(*frame), ask(*frame)

    assert (0, True) == (first.code, first.document["created"])
    assert (6, "Malformed") == (second.code, second.error["family"])


@pytest.mark.parametrize(
    "arguments",
    [["--writer", "pg_monitor"], ["--auditor", ""], ["--writer", "a", "--auditor", "a"]],
    ids=" ".join,
)
def test_a_role_that_cannot_be_makes_no_ledger(ask, postgres_url, arguments):
    """
    What is wrong with a name is found before anything is made.
    """
    said = ask("--json", "--ledger", postgres_url, "init", "--roles", *arguments)

    assert (6, "Malformed") == (said.code, said.error["family"])
    assert 7 == ask("--ledger", postgres_url, "status").code


def test_a_server_that_is_silent_is_unavailable_in_time(ask):
    """
    It takes the connection and never answers: after the time that the URL says it is given up.
    """
    with silent_port() as port:
        begun = time.monotonic()
        said = ask(
            "--json", "--ledger", f"postgresql://127.0.0.1:{port}/x?connect_timeout=2", "status"
        )

    assert (7, "Unavailable") == (said.code, said.error["family"])
    assert "a server that can be reached" in said.error["expected"]
    assert 8 > time.monotonic() - begun


def test_a_server_that_is_not_there_is_unavailable(ask):
    """
    Nobody listens: it is said at once, and where.
    """
    with silent_port() as port:
        pass
    said = ask("--ledger", f"postgresql://127.0.0.1:{port}/x", "status")

    first, second = said.err.splitlines()
    assert (7, "") == (said.code, said.out)
    assert first.startswith(f"unavailable: ledger: postgresql://127.0.0.1:{port}/x: ")
    assert "a server that can be reached" in second


def test_a_reader_that_has_seen_enough_ends_a_stream(started, served):
    """
    A closed pipe is no error on PostgreSQL either.
    """
    with started("--ledger", served, "--json", "entries", stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.stdout.close()
        assert (b"", 0) == (process.stderr.read(), process.wait())
    assert 1 == json.loads(line)["position"]
