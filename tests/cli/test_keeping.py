"""
Keeping a ledger from the command line: made, looked at, copied, rebuilt, completed.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest

from ledger import Ledger
from ledger.cli.verbs import VERBS
from tests.cli.conftest import entries_in


def test_init_makes_an_empty_ledger(ask):
    """
    It has the origin and the number of logs that were asked for, and no entry.
    """
    said = ask("init", "--origin", "moderation.example", "--logs", "4")

    assert "sqlite:///ledger.db is a ledger now; its origin is moderation.example\n" == said.out
    with Ledger.open("sqlite:///ledger.db", create=False) as ledger:
        assert ("moderation.example", 4) == (ledger.settings.origin, ledger.settings.logs)
        assert 0 == ledger.status().entries


def test_init_answers_programs(ask):
    """
    With ``--json`` it answers with the settings.
    """
    settings = ask("--json", "init").document

    assert {"logs": 1, "sealed": False, "format": 3} == {
        name: settings[name] for name in ("logs", "sealed", "format")
    }


@pytest.mark.parametrize("origin", ["has space.example", "x+y", "a\N{NO-BREAK SPACE}b", ""])
@pytest.mark.parametrize(
    "how",
    [(), ("--sealed", "--keys", "sqlite:///keys.db", "--kek", "kek")],
    ids=["plain", "sealed"],
)
def test_init_refuses_an_origin_that_no_key_could_be_called(ask, folder, how, origin):
    """
    Its checkpoints could never be signed; an empty one is no wish for one that is made. Nothing is
    there afterwards.
    """
    said = ask("--json", "init", "--origin", origin, *how)

    assert (6, "origin") == (said.code, said.error["where"])
    assert [] == [*folder.iterdir()]


def test_init_says_that_printing_roles_makes_a_ledger(ask):
    """
    Whoever reads what `--roles` prints knows before that the tables are made for it.
    """
    page = " ".join(ask("init", "--help").out.split())

    assert "an empty database becomes a ledger" in page


@pytest.mark.usefixtures("kept")
def test_status_tells_how_far_a_ledger_is(ask):
    """
    It has the format, the number of entries, when the last was recorded, and each log's root.
    """
    status = ask("--json", "status").document
    page = ask("status").out

    (head,) = status["heads"]
    assert (3, 15, "2017-12-12T12:00:00Z", []) == tuple(
        status[name] for name in ("format", "entries", "recorded_at", "unfinished_imports")
    )
    assert (0, 15, 64) == (head["log"], head["size"], len(head["root"]))
    for fact in ("eleven-minutes.invalid", "15", "12 Dec 2017 12:00 UTC", head["root"]):
        assert fact in page


def test_backup_writes_a_copy(ask, kept, folder):
    """
    The copy has the same entries.
    """
    said = ask("backup", "copy.db")

    assert (0, "copy.db is a copy of sqlite:///ledger.db, checked\n", "") == said
    assert entries_in(kept) == entries_in(folder / "copy.db")
    assert {"backup": "second.db"} == ask("--json", "backup", "second.db").document


@pytest.mark.usefixtures("kept")
def test_rebuild_says_that_nothing_differed(ask):
    """
    On a sound ledger it changes nothing and exits 0.
    """
    said = ask("rebuild")

    assert (0, "nothing differed") == (said.code, said.out.splitlines()[-1])


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "page"])
def test_rebuild_exits_1_when_something_differed(ask, kept, as_json):
    """
    A restriction that somebody changed is put right, and the exit code says that it was wrong.
    """
    with closing(sqlite3.connect(kept)) as database, database:
        database.execute("UPDATE restrictions SET opened_by = 'op-1'")

    said = ask("rebuild", *(["--json"] if as_json else []))

    assert 1 == said.code
    if as_json:
        assert said.document["differed"]
        differed = [table["table"] for table in said.document["tables"] if table["differed"]]
        assert ["restrictions"] == differed
    else:
        assert "restrictions: 2 rows, 2 missing, 2 unfounded\n" in said.out
        assert said.out.endswith("put right\n")
    assert 0 == ask("rebuild").code
    assert "op-417" in ask("restrictions").out


def test_an_entry_that_was_changed_is_tampered(ask, kept):
    """
    Where the entries themselves do not hold, rebuild says which and exits 1.
    """
    with closing(sqlite3.connect(kept)) as database, database:
        for (trigger,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute(
            "UPDATE entries SET body = CAST(replace(body, 'parody', 'pariah') AS BLOB)"
            " WHERE position = 9"
        )

    said = ask("--json", "rebuild")

    assert (1, "Tampered") == (said.code, said.error["family"])
    assert "position 9" in said.error["message"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(ask, shell):
    """
    The script of each shell asks this program for its completions.
    """
    said = ask("completion", shell)

    assert 0 == said.code
    assert f"_LEDGER_COMPLETE={shell}_complete" in said.out


def test_a_shell_completes_verbs_and_options(started):
    """
    What the script asks for is answered: verbs by their beginning, and a verb's options.
    """

    def completed(words, current) -> list[str]:
        asked = {
            "COMP_WORDS": words,
            "COMP_CWORD": str(current),
            "_LEDGER_COMPLETE": "bash_complete",
        }
        with pytest.MonkeyPatch.context() as environment:
            for name, value in asked.items():
                environment.setenv(name, value)
            out, _ = started().communicate()
        return [line.partition(",")[2] for line in out.decode().splitlines()]

    assert {verb for verb in VERBS if verb.startswith("re")} == set(completed("ledger re", 1))
    assert ["--lasting"] == completed("ledger who --la", 2)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_the_script_of_bash_is_valid(ask, folder):
    """
    A shell can read it.
    """
    (folder / "script").write_text(ask("completion", "bash").out)

    assert 0 == subprocess.run(["bash", "-n", "script"], env=os.environ, check=False).returncode  # noqa: S607
