"""
The verbs of who vouches: keys that sign, the notary's checkpoints, a witness for other logs.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from ledger.book.notarising import STATE, Vouched
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.source import assert_there, content
from ledger.cli.verbs import Verb
from ledger.errors import Malformed, Unavailable
from ledger.proofs.note import Algorithm
from ledger.proofs.policy import TrustPolicy, parse_policy

HOST: Final = "127.0.0.1"
PORT: Final = 8017
KEY_FILE: Final = "a file with a private key; `ledger key generate FILE` makes one"

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
        "serve-witness": _serve_witness,
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

        assert_there(path, "path", KEY_FILE)
        keys = [str(key.verifier) for key in read_keys(Path(path))]
        if frame.as_json:
            put({"keys": keys})
        else:
            click.echo("\n".join(keys))

    return FramedVerb("show-key", [click.Argument(["path"])], callback=show_key)


def _checkpoint() -> click.Command:
    @click.pass_obj
    def checkpoint(  # noqa: PLR0913, each is an option
        frame: Frame,
        /,
        *,
        key: tuple[str, ...],
        state: str,
        policy: str | None,
        witness: tuple[str, ...],
        tsa: str | None,
        tsa_roots: str | None,
        receipt: str | None,
    ) -> None:
        for each in key:
            assert_there(each, "key", KEY_FILE)
        with frame.open() as ledger:
            vouched = ledger.checkpoint(
                keys=key,
                state=state,
                policy=None if policy is None else _policy(policy),
                witnesses=witness,
                tsa=tsa,
                tsa_roots=None
                if tsa_roots is None
                else content(tsa_roots, "tsa-roots", "certificates in PEM"),
            )
        if receipt is not None:
            _write_receipt(receipt, vouched)
        if vouched.began:
            click.echo(
                f"{state} is new: the ledger was read from its first entry on, and nothing that was"
                " signed before is known",
                err=True,
            )
        for error in vouched.failed:
            click.echo(str(error), err=True)
        if frame.as_json:
            put(vouched)
        else:
            click.echo(vouched.note.encode(), nl=False)

    return FramedVerb("checkpoint", _checkpoint_options(), callback=checkpoint)


def _checkpoint_options() -> list[click.Parameter]:
    return [
        _key("A private key that signs"),
        click.Option(
            ["--state"],
            metavar="FILE",
            default=STATE,
            help=f"Where the notary remembers what it signed; {STATE}.",
        ),
        click.Option(
            ["--policy"],
            metavar="FILE",
            help="Whose witnesses are asked, and how many must cosign.",
        ),
        click.Option(
            ["--witness"],
            metavar="URL",
            multiple=True,
            help="Only this witness of the policy; repeatable.",
        ),
        click.Option(
            ["--tsa"], metavar="URL", help="An authority that is asked for a timestamp too."
        ),
        click.Option(
            ["--tsa-roots"],
            metavar="FILE",
            help="In PEM, the certificates that it must hold by.",
        ),
        click.Option(
            ["--receipt"],
            metavar="FILE",
            help="Write there what is stated of each of several logs.",
        ),
    ]


def _key(what: str) -> click.Option:
    return click.Option(
        ["--key"],
        metavar="FILE",
        multiple=True,
        help=f"{what}; repeatable; $LEDGER_SIGNING_KEY if omitted.",
    )


def _policy(file: str) -> TrustPolicy:
    return parse_policy(content(file, "policy", "a policy of keys: log, witness, group, quorum"))


def _write_receipt(file: str, vouched: Vouched) -> None:
    if vouched.receipt is None:
        raise Malformed(
            "the ledger has one log, whose checkpoint says all",
            where="receipt",
            expected="a ledger of several logs",
        )
    try:
        Path(file).write_text(vouched.receipt.encode(), encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"it cannot be written: {error.strerror}", where=file) from None


def _serve_witness() -> click.Command:
    @click.pass_obj
    def serve_witness(  # noqa: PLR0913, each is an option
        frame: Frame,
        /,
        *,
        state: str,
        key: tuple[str, ...],
        policy: str,
        host: str,
        port: int,
        check: bool,
    ) -> None:
        from ledger.notary.keys import keys_of
        from ledger.notary.serving import PATH, server
        from ledger.notary.witness import Witness

        for each in key:
            assert_there(each, "key", KEY_FILE)
        trusted = _policy(policy)
        keys = keys_of(map(Path, key), os.environ)
        with Witness(Path(state), keys, trusted, lambda: datetime.now(UTC)) as witness:
            told = {"keys": [str(each.verifier) for each in keys], "logs": witness.sizes()}
            if frame.as_json:
                put(told)
            else:
                for origin, size in witness.sizes().items():
                    click.echo(f"{origin}: {size} entries seen")
            if not check:
                click.echo(f"a witness answers at http://{host}:{port}{PATH}", err=True)
                server(witness, host, port).run()

    return FramedVerb(
        "serve-witness",
        [
            click.Option(
                ["--state"],
                metavar="FOLDER",
                required=True,
                help="Where it keeps what it saw of each log.",
            ),
            _key("A private key that cosigns"),
            click.Option(
                ["--policy"], metavar="FILE", required=True, help="Whose lines `log` it knows."
            ),
            click.Option(["--host"], metavar="NAME", default=HOST, help=f"Where; {HOST}."),
            click.Option(
                ["--port"], metavar="N", type=click.INT, default=PORT, help=f"Where; {PORT}."
            ),
            click.Option(["--check"], is_flag=True, help="Say what it knows, and serve nobody."),
        ],
        callback=serve_witness,
    )
