"""
The verbs: the same names and arguments as the front door, and examples that work.
"""

import inspect
import re
import shlex
from collections.abc import Callable

import attrs
import click
import pytest

from ledger.book import Ledger
from ledger.book.acting import Acting
from ledger.book.bundling import Bundling
from ledger.book.doing import Surroundings
from ledger.book.history import Histories
from ledger.book.notarising import Notarising
from ledger.book.verifying import Verifying
from ledger.cli.shell import run, shell
from ledger.cli.verbs import NOUNS, VERBS, Verb, help_page
from ledger.moderation.commands import COMMANDS
from tests.cli.examples import WARNED, prepare

# The verbs of the command line alone, and those of the methods of `Ledger` itself.
OTHERS = {
    "demo",
    "init",
    "record",
    "import",
    "export",
    "migrate",
    "status",
    "backup",
    "rebuild",
    "completion",
    "drop-erased",
    "bundle",
    "check",
    "check-policy",
    "check-store",
    "checkpoint",
    "generate-key",
    "show-key",
    "serve-witness",
    "verify",
    "prove",
}
# It plans first: its options are those of two methods.
UNDO = "undo"
# The one method without a verb of its own: it is `restrictions` with ``--count``.
COUNT = "count_restrictions"


def methods(*classes: type) -> list[str]:
    """
    Return the names of the public methods of some classes.
    """
    return [
        name
        for cls in classes
        for name, _ in inspect.getmembers(cls, inspect.isfunction)
        if name[0] != "_" and name not in (COUNT, UNDO)
    ]


ACTS = methods(Acting)
QUESTIONS = methods(
    *(
        base
        for base in Ledger.__bases__
        if base not in (Acting, Bundling, Histories, Notarising, Verifying)
    )
)
# What a method takes many of, a verb is given one at a time.
ONE_AT_A_TIME = {"actions", "checks", "operators", "sessions"}


def made(name: str) -> click.Command:
    """
    Return the verb of that name.
    """
    command = shell.get_command(click.Context(shell), name)
    assert command is not None
    return command


def shown(name: str) -> tuple[list[str], dict[str, bool]]:
    """
    Return the arguments of a verb in order, and its own options with whether each is required.
    """
    params = [param for param in made(name).params if not getattr(param, "hidden", False)]
    return (
        [param.name or "" for param in params if isinstance(param, click.Argument)],
        {param.opts[0]: param.required for param in params if isinstance(param, click.Option)},
    )


def taken(method: Callable[..., object]) -> tuple[list[str], dict[str, bool]]:
    """
    Return the same of a method: what stands without a name, and what has one.

    A policy is a file; who and why have names wherever the method takes them.
    """
    arguments, options = [], {}
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        name = parameter.name
        required = parameter.default is parameter.empty
        if parameter.kind is parameter.VAR_KEYWORD:
            options.update({spelled(each): False for each in Surroundings.__annotations__})
        elif name == "policy":
            arguments.append(name)
        elif parameter.kind is parameter.KEYWORD_ONLY or not required or name in ("by", "reason"):
            options[spelled(name)] = required
        else:
            arguments.append(name)
    return arguments, options


def spelled(name: str) -> str:
    """
    Return a parameter's name as an option is spelled.
    """
    one = name.removesuffix("s") if name.removeprefix("without_") in ONE_AT_A_TIME else name
    return f"--{one.replace('_', '-')}"


def test_there_is_a_verb_for_each_command_and_question():
    """
    The verbs are the methods of the front door and the few that only a shell needs, no others.
    """
    named = {name.replace("_", "-") for name in (*ACTS, *QUESTIONS, UNDO)}

    assert sorted(COMMANDS) == sorted(ACTS)
    assert named | OTHERS == set(VERBS)


@pytest.mark.parametrize("name", [*ACTS, *QUESTIONS])
def test_a_verb_takes_what_its_method_takes(name):
    """
    Arguments and options have the names of the method's, and the same ones are required.
    """
    arguments, options = taken(getattr(Ledger, name))
    if name == "restrictions":
        options["--count"] = False

    assert (arguments, options) == shown(name)


def test_undo_takes_what_is_to_be_undone_and_who_does_it():
    """
    It takes what `plan_undo` takes and, to apply it, what `undo` takes, which is required then.
    """
    _, planned = taken(Ledger.plan_undo)
    plan, applied = taken(Ledger.undo)

    assert ["plan"] == plan
    assert ([], {"--apply": False} | dict.fromkeys(applied, False) | planned) == shown(UNDO)


def test_restrictions_are_listed_or_counted():
    """
    What is counted can be filtered by all that is listed, but is no page of a list.
    """
    _, listed = taken(Ledger.restrictions)
    _, counted = taken(Ledger.count_restrictions)

    assert {"--after", "--limit"} == set(listed) - set(counted)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_verb_takes_what_a_line_of_record_takes(name):
    """
    A command has the same arguments on the command line, in Python and in a line of ``record``.
    """
    arguments, options = shown(name)
    named = {option.removeprefix("--").replace("-", "_") for option in options}

    assert list(COMMANDS[name].POSITIONAL) == arguments
    assert {field.name for field in attrs.fields(COMMANDS[name])} == {*arguments, *named}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_every_verb_has_a_page_with_an_example(ask, verb: Verb):
    """
    The page says what it does, what each option is for, and how it is used; it fits 80 columns.
    """
    said = ask(verb.name, "--help")

    assert (0, "") == (said.code, said.err)
    assert f"  {verb.line}.\n" in said.out
    assert "\nExample" in said.out
    assert 80 >= max(map(len, said.out.splitlines()))
    assert [] == re.findall(r"^  --\S+( [A-Z.|]+)?$\n^  --", said.out, re.MULTILINE)


def test_the_help_page_lists_every_verb_on_one_line(ask):
    """
    ``ledger --help`` fits 80 columns.
    """
    said = ask("--help")

    assert (0, help_page() + "\n", "") == said
    assert 80 > max(map(len, said.out.splitlines()))
    _, _, listed = said.out.partition("Begin:")
    verbs, _, nouns = listed.partition("by noun:")
    assert list(VERBS) == re.findall(r"^  ([a-z-]+)  ", verbs, re.MULTILINE)
    assert list(NOUNS) == re.findall(r"^  ([a-z-]+)  ", nouns, re.MULTILINE)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_every_example_works(ask, folder, verb: Verb):
    """
    The examples of the help pages are command lines that succeed on the demo's ledger.
    """
    prepare(ask, folder)

    for example in verb.examples:
        program, *arguments = shlex.split(example)
        assert ("ledger", 0) == (program, run(arguments))
        assert ask("status").err.partition(":")[0] in ("", WARNED.get(verb.name))


def test_examples_are_folded_where_a_shell_reads_on(ask):
    """
    A long example can be copied as it stands: a line that goes on ends with a backslash.
    """
    page = ask("withdraw", "--help").out.partition("Example, line by line:\n")[2]

    unfolded = [" ".join(line.split()) for line in page.replace("\\\n", "").splitlines()]
    assert list(VERBS["withdraw"].examples) == unfolded


@pytest.mark.usefixtures("kept")
def test_underscores_are_read_as_hyphens(ask):
    """
    The name of a Python method is understood.
    """
    assert 0 == ask("file_report", "25073877", "--category", "spam", "--source", "user").code


@pytest.mark.parametrize("place", ["before", "behind"])
def test_the_frame_may_stand_before_the_verb_or_behind_it(ask, kept, place):
    """
    ``--ledger`` and ``--json`` are understood on both sides.
    """
    frame, verb = ("--ledger", f"sqlite:///{kept}", "--json"), ("standing", "25073877")

    said = ask(*frame, *verb) if place == "before" else ask(*verb, *frame)

    assert "active" == said.document["standing"]


def test_the_ledger_is_taken_from_the_environment(ask, kept, monkeypatch):
    """
    ``$LEDGER_URL`` names the ledger where no option does.
    """
    kept.rename(kept.with_name("other.db"))
    monkeypatch.setenv("LEDGER_URL", "sqlite:///other.db")

    assert 0 == ask("status").code
    assert 7 == ask("status", "--ledger", "sqlite:///ledger.db").code
