"""
The verb that tries whether a database does what a ledger relies on.
"""

from typing import Final

import click

from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.verbs import Verb
from ledger.store.conformance import LOGS, SECONDS, check_store

# What it exits with when a property does not hold: that is evidence.
BROKEN: Final = 1


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """

    @click.pass_context
    def check(context: click.Context, /, *, logs: int, seconds: float, keep: bool) -> None:
        frame: Frame = context.obj
        answer = check_store(frame.url, logs=logs, seconds=seconds, keep=keep)
        if frame.as_json:
            put(answer)
        else:
            from ledger.cli import pages

            pages.show(answer, verb.name)
        context.exit(0 if answer.holds() else BROKEN)

    return FramedVerb(
        verb.name,
        [
            click.Option(
                ["--logs"],
                metavar="N",
                type=click.INT,
                default=LOGS,
                help=f"How many logs; {LOGS}.",
            ),
            click.Option(
                ["--seconds"],
                metavar="SECONDS",
                type=click.FLOAT,
                default=SECONDS,
                help=f"How long it may take, about; {SECONDS:g}.",
            ),
            click.Option(["--keep"], is_flag=True, help="Leave the ledger that it made there."),
        ],
        callback=check,
    )
