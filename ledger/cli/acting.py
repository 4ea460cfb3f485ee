"""
The verbs that record: one a command of the front door, and `record` for many at once.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from ledger.book import Ledger
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.signature import call, parameters
from ledger.cli.verbs import Verb
from ledger.errors import Malformed
from ledger.moderation.commands import command_from
from ledger.store.order import Order

STANDARD_INPUT: Final = "-"


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
        with frame.open(create=True) as ledger:
            recorded = call(getattr(ledger, name), taken, said)
        if frame.as_json:
            put({"id": recorded})
        else:
            click.echo(recorded)

    shown = [parameter.on_command_line(verb) for parameter in taken]
    return FramedVerb(verb, shown, callback=do)


def _record() -> click.Command:
    @click.pass_obj
    def record(frame: Frame, /, file: str) -> None:
        orders = list(_orders(_content(file)))
        with frame.open(create=True) as ledger:
            recorded = ledger.record_orders(orders)
        if frame.as_json:
            put({"ids": recorded})
        else:
            for name in recorded:
                click.echo(name)

    file = click.Argument(["file"], default=STANDARD_INPUT, required=False)
    return FramedVerb("record", [file], callback=record)


def _content(file: str) -> bytes:
    if file == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise Malformed(
            f"{file} cannot be read: {error.strerror}",
            where="file",
            expected="a file of commands, one JSON object a line",
        ) from None


def _orders(content: bytes) -> Iterator[Order]:
    """
    Yield an order for each line that is not blank; its place is ``line 17``.
    """
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            place = f"line {number}"
            try:
                yield Order(command_from(_fields(line)).complete(), place)
            except Malformed as error:
                raise error.at(place) from None


def _fields(line: bytes) -> dict[str, object]:
    try:
        line.decode("utf-8")
        return msgspec.json.decode(line, type=dict[str, object])
    except UnicodeDecodeError as error:
        raise Malformed(
            f"byte {error.start + 1} is not valid UTF-8", expected="text in UTF-8"
        ) from None
    except msgspec.MsgspecError as error:
        raise Malformed(
            f"it cannot be read: {error}",
            expected='a JSON object such as {"command": "act", "measure": …}',
        ) from None
