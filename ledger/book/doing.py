"""
How a command of the front door is done, and what every one takes beside its own arguments.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from ledger.moderation.commands import Command, command_of
from ledger.store.order import Order
from ledger.store.writer import Writer

Time = datetime | str


class Surroundings(TypedDict, total=False):
    """
    What every command takes beside its own arguments.
    """

    request_id: str | None
    on_behalf_of: str | Iterable[str] | None
    session: str | None
    correlation_id: str | None


class Doing:
    """
    What can do a command.
    """

    _writer: Writer

    def _do(self, command: type[Command], **arguments: object) -> str:
        asked = command_of(command, arguments).complete()
        return self._writer.record_one(Order(asked))
