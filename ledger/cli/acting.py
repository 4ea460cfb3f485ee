"""
The verbs that record: one a command of the front door, and `record` for many at once.
"""

from collections.abc import Iterator
from typing import Any

import attrs
import click
import msgspec

from ledger.book import Ledger
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.signature import arguments, parameters
from ledger.cli.source import STANDARD_INPUT, Lines, decoded, lines_of
from ledger.cli.verbs import Verb
from ledger.errors import Malformed
from ledger.moderation.commands import command_from
from ledger.store.order import Order


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """
    return _record() if verb.name == "record" else _command(verb.name)


def _command(verb: str) -> click.Command:
    name = verb.replace("-", "_")
    taken = list(parameters(getattr(Ledger, name)))

    @click.pass_obj
    def do(frame: Frame, /, **said: Any) -> None:
        given = arguments(taken, said)
        with frame.open(create=True) as ledger:
            recorded = getattr(ledger, name)(**given)
        if frame.as_json:
            put({"id": recorded})
        else:
            click.echo(recorded)

    shown = [parameter.on_command_line(verb) for parameter in taken]
    return FramedVerb(verb, shown, callback=do)


def _record() -> click.Command:
    @click.pass_obj
    def record(frame: Frame, /, file: str) -> None:
        with lines_of(file, "file", "a file of commands, one JSON object a line") as lines:
            orders = _Orders(lines)
            for _ in orders:
                # All is looked at before a ledger is made or a head held.
                pass
            with frame.open(create=True) as ledger:
                recorded = ledger.record_orders(orders)
        if frame.as_json:
            put({"ids": recorded})
        else:
            for name in recorded:
                click.echo(name)

    file = click.Argument(["file"], default=STANDARD_INPUT, required=False)
    return FramedVerb("record", [file], callback=record)


@attrs.frozen
class _Orders:
    """
    An order for each line that is not blank, made anew whenever they are read.
    """

    lines: Lines

    def __iter__(self) -> Iterator[Order]:
        """
        Yield them in order; the place of one is ``line 17``.
        """
        for number, line in enumerate(self.lines, start=1):
            if line.strip():
                place = f"line {number}"
                try:
                    yield Order(command_from(_fields(line)).complete(), place)
                except Malformed as error:
                    raise error.at(place) from None


def _fields(line: bytes) -> dict[str, object]:
    decoded(line)
    try:
        return msgspec.json.decode(line, type=dict[str, object])
    except msgspec.MsgspecError as error:
        raise Malformed(
            f"it cannot be read: {error}",
            expected='a JSON object such as {"command": "act", "measure": …}',
        ) from None
