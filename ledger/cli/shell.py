"""
The command line: verbs that are made when they are named, and errors that become exit codes.
"""

import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from ledger.cli.frame import Frame, FramedNoun
from ledger.cli.verbs import (
    COMPLETION_VARIABLE,
    KEK_VARIABLE,
    KEYS_VARIABLE,
    LEDGER_DEFAULT,
    LEDGER_VARIABLE,
    NOUNS,
    PROGRAM,
    VERBS,
    help_page,
)
from ledger.errors import LedgerError, Malformed, Unavailable

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# What a shell says of a program that was ended by Ctrl-C: 128 and the number of SIGINT.
INTERRUPTED: Final = 130


class Shell(click.Group):
    """
    The verbs of the table, each made by its room when it is named.
    """

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """
        Return the names of all verbs, in the order of the help page.
        """
        return list(VERBS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """
        Return the verb that *args* name, in one word or as a noun and a word, and what is left.
        """
        noun, *others = args
        words = NOUNS.get(noun, {})
        if others and others[0] in words:
            return f"{noun} {others[0]}", self.get_command(ctx, words[others[0]]), others[1:]
        if noun in VERBS or not others or others[0].startswith("-"):
            return super().resolve_command(ctx, args)
        if words and not ctx.resilient_parsing:
            raise _no_verb(f"{noun} {others[0]}", [f"{noun} {word}" for word in words])
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """
        Return the verb of that name; underscores are read as hyphens.

        Raises:
            Malformed: When there is none; the closest one is named.
        """
        verb = VERBS.get(cmd_name.replace("_", "-"))
        if verb is not None:
            room = import_module(f"ledger.cli.{verb.room}")
            made: click.Command = room.made(verb)
            return made
        if cmd_name in NOUNS:
            return FramedNoun(cmd_name)
        if ctx.resilient_parsing or cmd_name.startswith("-"):
            return None
        raise _no_verb(cmd_name, [*VERBS, *NOUNS])

    def format_help(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """
        Write the help page.
        """
        formatter.write(help_page() + "\n")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[Any]]":
        """
        Return the verbs that *incomplete* may become, without making them.
        """
        from click.shell_completion import CompletionItem

        lines = {noun: ", ".join(words) for noun, words in NOUNS.items()}
        lines |= {verb.name: verb.line for verb in VERBS.values()}
        found: list[CompletionItem[Any]] = [
            CompletionItem(name, help=line)
            for name, line in lines.items()
            if name.startswith(incomplete)
        ]
        return found or click.Command.shell_complete(self, ctx, incomplete)


def _no_verb(said: str, known: Sequence[str]) -> Malformed:
    import difflib

    from ledger.store.url import concealed

    closest = difflib.get_close_matches(said, known, n=1)
    return Malformed(
        f"there is no verb {concealed(said)!r}",
        where=PROGRAM,
        expected=f"{closest[0]!r}" if closest else f"a verb that `{PROGRAM} --help` lists",
    )


@click.command(PROGRAM, cls=Shell)
@click.option("--ledger", "url", envvar=LEDGER_VARIABLE, default=LEDGER_DEFAULT)
@click.option("--json", "as_json", is_flag=True)
@click.option("--keys", envvar=KEYS_VARIABLE)
@click.option("--kek", envvar=KEK_VARIABLE)
@click.option("--purpose")
@click.option("--as", "reads_as")
@click.option("--as-reader")
@click.pass_context
def shell(  # noqa: PLR0913, each is an option
    context: click.Context,
    /,
    url: str,
    *,
    as_json: bool,
    keys: str | None,
    kek: str | None,
    purpose: str | None,
    reads_as: str | None,
    as_reader: str | None,
) -> None:
    """
    Keep what was said before the verb.
    """
    context.obj = frame = Frame(url, as_json=as_json, keys=keys, kek=kek)
    frame.purpose, frame.reads_as, frame.as_reader = purpose, reads_as, as_reader


def run(arguments: Sequence[str]) -> int:
    """
    Do what *arguments* ask for and return the exit code.

    Answers go to standard output, errors to standard error: two lines for people, one document
    with ``--json``.
    """
    as_json = "--json" in arguments
    try:
        if not arguments:
            raise click.UsageError("a verb is missing")
        with shell.make_context(PROGRAM, list(arguments)) as context:
            shell.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except click.ClickException as error:
        return _said(_in_our_words(error), as_json=as_json)
    except LedgerError as error:
        return _said(error, as_json=as_json)
    except BrokenPipeError:
        raise
    except OSError as error:
        # What could not be written is dropped, so that it is not tried once more at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        unwritten = Unavailable(f"the answer cannot be written: {error.strerror}")
        return _said(unwritten, as_json=as_json)
    return 0


def _in_our_words(error: click.ClickException) -> Malformed:
    from ledger.store.url import concealed

    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else PROGRAM
    # It may quote a URL that stands where none is expected.
    message = concealed(error.format_message())
    return Malformed(message, where=where, expected=f"what `{where} --help` shows")


def _said(error: LedgerError, *, as_json: bool) -> int:
    if as_json:
        import msgspec

        from ledger.book.document import document

        click.echo(msgspec.json.encode(document(error), enc_hook=document), err=True)
    else:
        place = f"{error.where}: " if error.where else ""
        family = re.sub("(?<=[a-z])(?=[A-Z])", " ", error.family).lower()
        click.echo(f"{family}: {place}{error.message}", err=True)
        if error.expected:
            click.echo(f"expected {error.expected}", err=True)
    return error.exit_code


def completed(instruction: str) -> int:
    """
    Answer a shell that asks for completions and return the exit code.
    """
    from click.shell_completion import shell_complete

    return shell_complete(shell, {}, PROGRAM, COMPLETION_VARIABLE, instruction)
