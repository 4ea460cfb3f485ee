"""
The verbs of the auditor: whether the ledger is what it was, and proofs of it.
"""

from pathlib import Path
from typing import Final

import click

from ledger.book import Ledger
from ledger.book.notarising import STATE
from ledger.book.verifying import SLACK, ProvenEntry, ProvenGrowth
from ledger.cli import source
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.verbs import Verb
from ledger.errors import Malformed
from ledger.notary.state import read_state
from ledger.proofs.verdict import Verdict

NOTE: Final = "a signed note, as `ledger checkpoint` prints it"
POLICY: Final = "a policy of keys and witnesses (C2SP tlog-policy)"
EXITS: Final = {Verdict.VERIFIED: 0, Verdict.TAMPERED: 1, Verdict.UNVERIFIABLE: 2}


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """
    return {"verify": _verify, "prove": _prove}[verb.name]()


def _verify() -> click.Command:
    @click.pass_context
    def verify(  # noqa: PLR0913, each is an option
        context: click.Context,
        /,
        *,
        policy: str | None,
        prefix: tuple[str, ...],
        suffix: str | None,
        scrub: bool,
        anchor: tuple[str, ...],
        state: str | None,
        slack: str,
    ) -> None:
        frame: Frame = context.obj
        trusted = None if policy is None else source.content(policy, "policy", POLICY)
        anchors: list[str | bytes] = [_note(file, "anchor") for file in anchor]
        if trusted is not None and not (anchors or prefix or suffix or scrub):
            anchors = _signed_last(state)
        with frame.open() as ledger:
            answer = ledger.verify(
                policy=trusted,
                prefix=[_note(file, "prefix") for file in prefix],
                suffix=None if suffix is None else _note(suffix, "suffix"),
                scrub=scrub,
                anchors=anchors,
                slack=slack,
            )
        if frame.as_json:
            put(answer)
        else:
            from ledger.cli import pages

            pages.show(answer, "verify")
        context.exit(EXITS[answer.verdict])

    return FramedVerb(
        "verify",
        [
            _file("--policy", "Whose checkpoints are trusted; without it none is."),
            _file("--prefix", "Is this checkpoint its beginning? Repeatable.", multiple=True),
            _file("--suffix", "Does what came after this checkpoint follow from it?"),
            click.Option(
                ["--scrub"], is_flag=True, help="Does all that is stored agree with itself?"
            ),
            _file("--anchor", "A cosigned checkpoint, for its times; repeatable.", multiple=True),
            _state(),
            click.Option(
                ["--slack"],
                metavar="DURATION",
                default=SLACK,
                help=f"How far clocks may be apart; {SLACK}.",
            ),
        ],
        callback=verify,
    )


def _prove() -> click.Command:
    @click.pass_obj
    def prove(  # noqa: PLR0913, each is an option
        frame: Frame,
        /,
        *,
        log: int,
        position: int | None,
        action: str | None,
        restriction: str | None,
        checkpoint: str | None,
        state: str | None,
        from_: str | None,
        to: str | None,
        from_size: int | None,
        to_size: int | None,
    ) -> None:
        entry = (position, action, restriction)
        old = _end(from_, from_size, "from")
        if (old is None) is (entry == (None, None, None)):
            raise click.UsageError(
                "it takes --position, --action or --restriction, or --from or --from-size"
            )
        with frame.open() as ledger:
            if old is not None:
                new = _end(to, to_size, "to")
                grown = ledger.prove_growth(
                    log=log, old=old, new=_newest(checkpoint, state) if new is None else new
                )
                _tell_growth(frame, grown)
            else:
                newest = _newest(checkpoint, state)
                _tell_entries(frame, _proven(ledger, newest, log, entry))

    return FramedVerb(
        "prove",
        [
            click.Option(["--log"], metavar="N", type=click.INT, default=0, help="Which log; 0."),
            click.Option(["--position"], metavar="N", type=click.INT, help="The entry there."),
            click.Option(["--action"], metavar="ID", help="The entry that took this action."),
            click.Option(
                ["--restriction"],
                metavar="ID",
                help="Both ends of what this action brought about.",
            ),
            _file("--checkpoint", "The note that proofs lead to; the notary's last if omitted."),
            _state(),
            _file("--from", "It only grew since this older checkpoint.", "from_"),
            _file("--to", "The newer checkpoint; --checkpoint if omitted."),
            click.Option(
                ["--from-size"], metavar="N", type=click.INT, help="It only grew since this size."
            ),
            click.Option(["--to-size"], metavar="N", type=click.INT, help="The newer size."),
        ],
        callback=prove,
    )


def _file(option: str, text: str, *names: str, multiple: bool = False) -> click.Option:
    return click.Option([option, *names], metavar="FILE", multiple=multiple, help=text)


def _state() -> click.Option:
    return _file("--state", f"Where the notary remembers what it signed; {STATE}.")


def _note(file: str, name: str) -> bytes:
    return source.content(file, name, NOTE)


def _signed_last(state: str | None) -> list[str | bytes]:
    """
    Return the note that the notary signed last, if there is one.
    """
    found = read_state(Path(STATE if state is None else state))
    return [] if found is None or found.note is None else [found.note.encode()]


def _newest(checkpoint: str | None, state: str | None) -> str | bytes:
    """
    Return the checkpoint that was given, or the one that the notary signed last.

    Raises:
        Malformed: When there is neither.
    """
    if checkpoint is not None:
        return _note(checkpoint, "checkpoint")
    signed = _signed_last(state)
    if not signed:
        raise Malformed(
            "there is no checkpoint that a proof could lead to",
            where="checkpoint",
            expected="--checkpoint FILE, or the notary's state, which `ledger checkpoint` writes",
        )
    return signed[0]


def _end(file: str | None, size: int | None, name: str) -> bytes | int | None:
    if file is not None and size is not None:
        raise click.UsageError(f"--{name} and --{name}-size say the same")
    return size if file is None else _note(file, name)


def _proven(
    ledger: Ledger,
    checkpoint: str | bytes,
    log: int,
    entry: tuple[int | None, str | None, str | None],
) -> list[ProvenEntry]:
    position, action, restriction = entry
    return ledger.prove(
        checkpoint, log=log, position=position, action=action, restriction=restriction
    )


def _tell_entries(frame: Frame, proven: list[ProvenEntry]) -> None:
    if frame.as_json:
        put({"proofs": proven})
    else:
        click.echo("".join(proof.receipt().encode() for proof in proven), nl=False)


def _tell_growth(frame: Frame, grown: ProvenGrowth) -> None:
    if frame.as_json:
        put(grown)
    else:
        click.echo(grown.encode(), nl=False)
