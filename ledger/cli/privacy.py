"""
The verb that deletes what is left of persons who were erased.
"""

import click

from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.verbs import Verb


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """

    @click.pass_obj
    def drop(frame: Frame, /) -> None:
        with frame.open() as ledger:
            dropped = ledger.drop_erased()
        if frame.as_json:
            put({"dropped": dropped})
        else:
            click.echo(f"{dropped} payloads deleted, which nobody could open")

    return FramedVerb(verb.name, [], callback=drop)
