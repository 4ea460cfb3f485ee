"""
The verbs of who vouches: keys that sign, the notary's checkpoints, a witness for other logs.
"""

from pathlib import Path
from typing import Final

import click

from ledger.book.notarising import STATE
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.verbs import Verb
from ledger.proofs.note import Algorithm

ALGORITHMS: Final = {
    "ed25519": Algorithm.ED25519,
    "ml-dsa-44": Algorithm.ML_DSA_44,
    "cosignature": Algorithm.COSIGNATURE,
}


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """
    return {
        "checkpoint": _checkpoint,
        "generate-key": _generate_key,
        "show-key": _show_key,
    }[verb.name]()


def _generate_key() -> click.Command:
    @click.pass_obj
    def generate_key(frame: Frame, /, path: str, *, name: str | None, algorithm: str) -> None:
        from ledger.notary.keys import generate

        if name is None:
            with frame.open() as ledger:
                name = ledger.signed_origin
        key = generate(Path(path), name, ALGORITHMS[algorithm]).verifier
        if frame.as_json:
            put({"key": str(key), "path": path})
        else:
            click.echo(str(key))

    return FramedVerb(
        "generate-key",
        [
            click.Argument(["path"]),
            click.Option(
                ["--name"], metavar="NAME", help="Whose it is; the ledger's signed log if omitted."
            ),
            click.Option(
                ["--algorithm"],
                type=click.Choice(list(ALGORITHMS)),
                default="ed25519",
                help="What it signs with; a witness's is a cosignature.",
            ),
        ],
        callback=generate_key,
    )


def _show_key() -> click.Command:
    @click.pass_obj
    def show_key(frame: Frame, /, path: str) -> None:
        from ledger.notary.keys import read_keys

        keys = [str(key.verifier) for key in read_keys(Path(path))]
        if frame.as_json:
            put({"keys": keys})
        else:
            click.echo("\n".join(keys))

    return FramedVerb("show-key", [click.Argument(["path"])], callback=show_key)


def _checkpoint() -> click.Command:
    @click.pass_obj
    def checkpoint(frame: Frame, /, *, key: tuple[str, ...], state: str) -> None:
        with frame.open() as ledger:
            vouched = ledger.checkpoint(keys=key, state=state)
        if vouched.began:
            click.echo(
                f"{state} is new: the ledger was read from its first entry on, and nothing that was"
                " signed before is known",
                err=True,
            )
        if frame.as_json:
            put(vouched)
        else:
            click.echo(vouched.note.encode(), nl=False)

    return FramedVerb(
        "checkpoint",
        [
            click.Option(
                ["--key"],
                metavar="FILE",
                multiple=True,
                help="A private key that signs; repeatable; $LEDGER_SIGNING_KEY if omitted.",
            ),
            click.Option(
                ["--state"],
                metavar="FILE",
                default=STATE,
                help=f"Where the notary remembers what it signed; {STATE}.",
            ),
        ],
        callback=checkpoint,
    )
