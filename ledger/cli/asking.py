"""
The verbs that ask: one a question of the front door.

With ``--json`` an answer is one document, or one line each where it is a list; without, it is a
page for people.
"""

from typing import Any, Final

import click

from ledger.book import Ledger
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.signature import arguments, parameters
from ledger.cli.verbs import Verb

LISTS: Final = ("timeline", "restrictions", "entries", "review")
# What `restrictions` lists and cannot count.
_PAGING: Final = ("after", "limit")


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """
    name = verb.name.replace("-", "_")
    taken = list(parameters(getattr(Ledger, name)))
    shown = [parameter.on_command_line(verb.name) for parameter in taken]
    if name == "restrictions":
        shown.append(click.Option(["--count"], is_flag=True, help="Only how many there are."))

    @click.pass_obj
    def ask(frame: Frame, /, *, count: bool = False, **said: Any) -> None:
        given = arguments(taken, said)
        with frame.open() as ledger:
            if count:
                _count(frame, ledger, said)
                return
            answer = getattr(ledger, name)(**given)
            if not frame.as_json:
                from ledger.cli import pages

                pages.show(answer, verb.name)
            elif name in LISTS:
                for line in answer:
                    put(line)
            else:
                put(answer)

    return FramedVerb(verb.name, shown, callback=ask)


def _count(frame: Frame, ledger: Ledger, said: dict[str, Any]) -> None:
    for name in _PAGING:
        if said[name] is not None:
            raise click.UsageError(f"--count counts all, and takes no --{name}.")
    given = arguments(parameters(Ledger.count_restrictions), said)
    number = ledger.count_restrictions(**given)
    if frame.as_json:
        put({"count": number})
    else:
        click.echo(number)
