"""
The verbs that keep a ledger: create it, look at it, copy it, rebuild what is derived.
"""

from typing import Final

import click

from ledger.book import Ledger
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.verbs import COMPLETION_VARIABLE, PROGRAM, Verb

SHELLS: Final = ("bash", "zsh", "fish")
# What `rebuild` exits with when something differed (semantics, rule 12).
DIFFERED: Final = 1


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """
    return {
        "init": _init,
        "status": _status,
        "backup": _backup,
        "rebuild": _rebuild,
        "completion": _completion,
    }[verb.name]()


def _init() -> click.Command:
    @click.pass_obj
    def init(frame: Frame, /, origin: str | None, logs: int) -> None:
        with Ledger.create(frame.url, origin=origin, logs=logs) as ledger:
            settings = ledger.settings
        if frame.as_json:
            put(settings)
        else:
            click.echo(f"{frame.url} is a ledger now; its origin is {settings.origin}")

    return FramedVerb(
        "init",
        [
            click.Option(
                ["--origin"], metavar="NAME", help="The name of its log; made if omitted."
            ),
            click.Option(
                ["--logs"], metavar="N", type=click.INT, default=1, help="How many logs; 1."
            ),
        ],
        callback=init,
    )


def _status() -> click.Command:
    @click.pass_obj
    def status(frame: Frame, /) -> None:
        with frame.open() as ledger:
            answer = ledger.status()
        if frame.as_json:
            put(answer)
        else:
            from ledger.cli import pages

            pages.show(answer, "status")

    return FramedVerb("status", [], callback=status)


def _backup() -> click.Command:
    @click.pass_obj
    def backup(frame: Frame, /, path: str) -> None:
        with frame.open() as ledger:
            ledger.backup(path)
        if frame.as_json:
            put({"backup": path})
        else:
            click.echo(f"{path} is a copy of {frame.url}, checked")

    return FramedVerb("backup", [click.Argument(["path"])], callback=backup)


def _rebuild() -> click.Command:
    @click.pass_context
    def rebuild(context: click.Context, /) -> None:
        frame: Frame = context.obj
        with frame.open() as ledger:
            tables = ledger.rebuild()
        differed = any(table.differed for table in tables)
        if frame.as_json:
            put({"differed": differed, "tables": tables})
        else:
            for table in tables:
                click.echo(
                    f"{table.table}: {table.rows} rows,"
                    f" {table.missing} missing, {table.unfounded} unfounded"
                )
            click.echo("put right" if differed else "nothing differed")
        context.exit(DIFFERED if differed else 0)

    return FramedVerb("rebuild", [], callback=rebuild)


def _completion() -> click.Command:
    @click.pass_context
    def completion(context: click.Context, /, shell: str) -> None:
        from click.shell_completion import get_completion_class

        made_for = get_completion_class(shell)
        assert made_for is not None
        group = context.find_root().command
        click.echo(made_for(group, {}, PROGRAM, COMPLETION_VARIABLE).source())

    chosen = click.Argument(["shell"], type=click.Choice(SHELLS))
    return FramedVerb("completion", [chosen], callback=completion)
