"""
The verbs of evidence: a bundle for an auditor, and its check, which takes no ledger.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import click

from ledger.book.bundling import CHECKER, check_bundle
from ledger.book.notarising import STATE
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.verbs import Verb
from ledger.errors import Malformed
from ledger.proofs.bundle import BUNDLE_SIZE_MAX
from ledger.proofs.verdict import Verdict

EXIT_CODES: Final = {Verdict.VERIFIED: 0, Verdict.TAMPERED: 1, Verdict.UNVERIFIABLE: 2}


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """
    return {"bundle": _bundle, "check": _check}[verb.name]()


def _bundle() -> click.Command:
    @click.pass_obj
    def bundle(frame: Frame, /, *, out: str, with_checker: bool, **asked: Any) -> None:
        checkpoint, hint = asked.pop("checkpoint"), asked.pop("policy_hint")
        since = [_read(file, "since") for file in asked.pop("since")]
        redacted, reason = asked["redact"], asked.pop("reason")
        if bool(redacted) is not (reason is not None):
            raise click.UsageError("--redact and --reason go together: what is left out, and why.")
        with frame.open() as ledger:
            gathered = ledger.bundle(
                None if checkpoint is None else _read(checkpoint, "checkpoint"),
                since=since,
                policy_hint=None if hint is None else _text(hint, "policy-hint"),
                **asked,
            )
            written = {out: gathered.encode()}
            if redacted:
                digest = sha256(written[out]).hexdigest()
                ledger.redact(digest, fields=redacted, by=frame.reads_as or "", reason=reason)
        if with_checker:
            written[str(Path(out).with_name(CHECKER.name))] = CHECKER.read_bytes()
        for path, octets in written.items():
            _write(Path(path), octets)
        if frame.as_json:
            files = [
                {"path": path, "sha256": sha256(octets).hexdigest()}
                for path, octets in written.items()
            ]
            put({"entries": len(gathered.leaves), "files": files})
        else:
            click.echo(f"{len(gathered.leaves)} entries, SHA-256 of what was written:")
            for path, octets in written.items():
                click.echo(f"{sha256(octets).hexdigest()}  {path}")

    return FramedVerb("bundle", _bundle_options(), callback=bundle)


def _bundle_options() -> list[click.Parameter]:
    time, text = "TIME", "FILE"
    return [
        click.Option(
            ["--account", "--who", "account"],
            metavar="ID",
            help="Whom it is about; narrowed as `who` is.",
        ),
        click.Option(["--action"], metavar="ID", help="The action that it is about."),
        click.Option(["--measure"], metavar="ID", help="Tell of this measure only."),
        click.Option(["--at"], metavar=time, help="Tell of what was in force at this moment."),
        click.Option(
            ["--lasting"], metavar="A..B", help="Tell of what lasted A or longer, shorter than B."
        ),
        click.Option(
            ["--during"], metavar="A..B", help="Tell of what was in force in this window."
        ),
        click.Option(
            ["--checkpoint"],
            metavar=text,
            help="What the proofs lead to; what the notary signed last if omitted.",
        ),
        click.Option(
            ["--since"],
            metavar=text,
            multiple=True,
            help="An earlier checkpoint, such as the auditor's last; repeatable.",
        ),
        click.Option(
            ["--disclose"],
            metavar="FIELD",
            multiple=True,
            help="Of a sealed ledger, show this personal field; repeatable.",
        ),
        click.Option(
            ["--redact"],
            metavar="FIELD",
            multiple=True,
            help="Show all personal fields but this one; repeatable; put on record.",
        ),
        click.Option(["--reason"], metavar="TEXT", help="Why fields are left out."),
        click.Option(
            ["--state"], metavar=text, default=STATE, help=f"The notary's state; {STATE}."
        ),
        click.Option(
            ["--policy-hint"],
            metavar=text,
            help="A policy to show the auditor, who trusts his own.",
        ),
        click.Option(
            ["--with-checker"],
            is_flag=True,
            help=f"Write {CHECKER.name} beside it, which checks it by itself.",
        ),
        click.Option(["--out"], metavar="PATH", required=True, help="A new file."),
    ]


def _check() -> click.Command:
    @click.pass_context
    def check(context: click.Context, /, *, bundle: str, policy: str, since: str | None) -> None:
        answer = check_bundle(
            _read(bundle, "bundle"),
            _read(policy, "policy"),
            None if since is None else _read(since, "since"),
        )
        frame = context.find_object(Frame)
        assert frame is not None
        if frame.as_json:
            put(answer)
        else:
            from ledger.cli import pages

            pages.show(answer, "check")
        context.exit(EXIT_CODES[answer.verdict])

    return FramedVerb(
        "check",
        [
            click.Argument(["bundle"]),
            click.Option(
                ["--policy"],
                metavar="FILE",
                required=True,
                help="Whom you trust: logs, witnesses, quorum (C2SP tlog-policy).",
            ),
            click.Option(
                ["--since"], metavar="FILE", help="A checkpoint that you have held since."
            ),
        ],
        callback=check,
    )


def _read(name: str, where: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(BUNDLE_SIZE_MAX + 1)
    except OSError as error:
        raise Malformed(
            f"{name} cannot be read: {error.strerror}", where=where, expected="a file"
        ) from None


def _text(name: str, where: str) -> str:
    try:
        return _read(name, where).decode()
    except UnicodeDecodeError:
        raise Malformed(f"{name} is no text", where=where, expected="UTF-8") from None


def _write(path: Path, octets: bytes) -> None:
    """
    Write a new file; the checker may be there already, if it is the same.
    """
    if path.name == CHECKER.name and path.exists() and path.read_bytes() == octets:
        return
    try:
        with path.open("xb") as file:
            file.write(octets)
    except OSError as error:
        raise Malformed(
            f"{path} cannot be written: {error.strerror}",
            where="out",
            expected="a path that is free, in a folder that is writable",
        ) from None
