"""
The verbs that ask: one a question of the front door.

With ``--json`` an answer is one document, or one line each where it is a list; without, it is a
page for people.
"""

from typing import Any, Final

import click

from ledger.book import Ledger
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.signature import call, parameters
from ledger.cli.verbs import Verb

LISTS: Final = ("timeline", "restrictions", "entries")
# What `restrictions` lists and cannot count.
_PAGING: Final = ("after", "limit")


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """
    name = verb.name
    taken = list(parameters(getattr(Ledger, name)))
    shown = [parameter.on_command_line(name) for parameter in taken]
    if name == "restrictions":
        shown.append(click.Option(["--count"], is_flag=True, help="Only how many there are."))

    @click.pass_obj
    def ask(frame: Frame, /, *, count: bool = False, **said: Any) -> None:
        with frame.open() as ledger:
            if count:
                _count(frame, ledger, said)
                return
            answer = call(getattr(ledger, name), taken, said)
            if not frame.as_json:
                from ledger.cli import pages

                pages.show(answer, name)
            elif name in LISTS:
                for line in answer:
                    put(line)
            else:
                put(answer)

    return FramedVerb(name, shown, callback=ask)


def _count(frame: Frame, ledger: Ledger, said: dict[str, Any]) -> None:
    for name in _PAGING:
        if said[name] is not None:
            raise click.UsageError(f"--count counts all, and takes no --{name}.")
    taken = parameters(Ledger.count_restrictions)
    number = call(ledger.count_restrictions, taken, said)
    if frame.as_json:
        put({"count": number})
    else:
        click.echo(number)
