"""
The same verbs by noun: another spelling, and nothing that is written twice.
"""

import pytest

from ledger.cli.shell import completed
from ledger.cli.verbs import NOUNS, VERBS

WORDS = [(noun, word, verb) for noun, words in NOUNS.items() for word, verb in words.items()]
APART = sorted(set(NOUNS) - set(VERBS))

pytestmark = pytest.mark.usefixtures("kept")


@pytest.mark.parametrize(("noun", "word", "verb"), WORDS)
def test_a_noun_and_a_word_are_a_verb(ask, noun, word, verb):
    """
    The page is the verb's own but for the spelling in its first line.
    """
    usage, page = ask(noun, word, "--help").out.split("\n", 1)
    own_usage, own_page = ask(verb, "--help").out.split("\n", 1)

    assert own_page == page
    assert own_usage.replace(f"ledger {verb}", f"ledger {noun} {word}") == usage


@pytest.mark.parametrize("noun", NOUNS)
def test_a_noun_has_a_page_with_its_words(ask, noun):
    """
    ``--help`` behind a noun says what may follow it, within 80 columns.
    """
    said = ask(noun, "--help")

    assert (0, "") == (said.code, said.err)
    assert 80 >= max(map(len, said.out.splitlines()))
    assert "sss" not in said.out
    for word, verb in NOUNS[noun].items():
        assert f"{noun} {word}  " in said.out
        assert VERBS[verb].line in said.out


def test_a_report_is_filed_given_closed_opened_and_shown_by_its_noun(ask):
    """
    The frame may stand before the noun and behind the verb.
    """
    by = ["--by", "op-7"]
    kind = ["--category", "spam", "--source", "user"]

    assert {"id": "r-2"} == ask(
        "--json", "report", "file", "eve", *kind, "--report", "r-2"
    ).document
    assert {"id": "r-2"} == ask("report", "assign", "r-2", "--to", "queue", *by, "--json").document
    assert 0 == ask("report", "resolve", "r-2", "--outcome", "no-action", *by).code
    assert 0 == ask("report", "reopen", "r-2", "--reason", "there is more", *by).code
    assert "open" == ask("--json", "report", "show", "r-2").document["state"]


def test_a_noun_that_is_a_verb_too_is_that_verb(ask):
    """
    What follows it and is none of its words is what the verb is about; ``show`` says so.
    """
    for name in ("r-1", "show"):
        ask("file-report", "eve", "--category", "spam", "--source", "user", "--report", name)
        document = ask("--json", "report", "show", name).document
        assert name == document["report"]

    del document["at"]
    again = ask("--json", "report", "show", "show").document
    del again["at"]
    assert document == again
    assert "r-1" == ask("--json", "report", "r-1").document["report"]
    assert "builtin@0" == ask("--json", "policy").document["version"]


@pytest.mark.parametrize("noun", APART)
def test_a_noun_that_is_no_verb_takes_a_word(ask, noun):
    """
    Alone it is malformed, and so is a word that it does not have; the closest one is named.
    """
    first = next(iter(NOUNS[noun]))

    alone = ask("--json", noun)
    wrong = ask("--json", noun, f"{first}x", "a-1")

    assert (6, f"ledger {noun}") == (alone.code, alone.error["where"])
    assert f"ledger {noun} {first}" in alone.error["message"]
    assert (6, "ledger") == (wrong.code, wrong.error["where"])
    assert f"'{noun} {first}'" == wrong.error["expected"]


@pytest.mark.parametrize("noun", NOUNS)
def test_a_shell_completes_the_words_of_a_noun(capfd, monkeypatch, noun):
    """
    What may follow a noun is offered, by its beginning.
    """
    word = next(iter(NOUNS[noun]))

    def offered(incomplete: str) -> set[str]:
        monkeypatch.setenv("COMP_WORDS", f"ledger {noun} {incomplete}")
        monkeypatch.setenv("COMP_CWORD", "2")
        completed("bash_complete")
        return {line.partition(",")[2] for line in capfd.readouterr().out.splitlines()}

    assert set(NOUNS[noun]) == offered("")
    assert {word} == offered(word)
