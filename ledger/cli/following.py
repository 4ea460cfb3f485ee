"""
The verb that follows: a line for each entry, as soon as it is there.
"""

import select
import sys
import threading
from collections.abc import Iterator
from typing import Any

import click

from ledger.book import Ledger
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.signature import arguments, parameters
from ledger.cli.verbs import Verb
from ledger.moderation.entry import Entry
from ledger.store.follow import Follower


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """
    taken = list(parameters(Ledger.follow))

    @click.pass_obj
    def follow(frame: Frame, /, *, once: bool, **said: Any) -> None:
        given = arguments(taken, {"once": once, **said})
        with frame.open() as ledger, ledger.follow(**given) as follower:
            if not once:
                threading.Thread(target=_stop_unread, args=[follower], daemon=True).start()
            entries = _shown(follower)
            if frame.as_json:
                from ledger.book.document import document

                for entry in entries:
                    put(document(entry) | {"cursor": follower.cursor})
            else:
                from ledger.cli import pages

                pages.show(entries, verb.name)

    return FramedVerb(
        verb.name,
        [parameter.on_command_line(verb.name) for parameter in taken],
        callback=follow,
    )


def _stop_unread(follower: Follower) -> None:
    """
    Stop *follower* once nobody reads standard output any more: it may wait long for the entry
    that could not be written.
    """
    output = select.poll()
    output.register(sys.stdout.fileno(), 0)
    output.poll()
    follower.stop()


def _shown(follower: Follower) -> Iterator[Entry]:
    """
    Yield the entries, and see to it that one is shown before the next is waited for.
    """
    for entry in follower:
        yield entry
        sys.stdout.flush()
