"""
The verbs that keep a ledger: create it, grant and migrate it, look at it, copy it, rebuild what is
derived.
"""

from pathlib import Path
from typing import Final

import click

from ledger.book import Ledger
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.source import assert_there
from ledger.cli.verbs import COMPLETION_VARIABLE, PROGRAM, Verb
from ledger.errors import Malformed
from ledger.store.roles import AUDITOR, WRITER, Roles, no_roles
from ledger.store.settings import check_origin
from ledger.store.url import is_server

FREE: Final = "a path that is free, in a folder that is there"
SHELLS: Final = ("bash", "zsh", "fish")
# What `rebuild` exits with when something differed (semantics, rule 12).
DIFFERED: Final = 1


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """
    return {
        "init": _init,
        "migrate": _migrate,
        "status": _status,
        "backup": _backup,
        "rebuild": _rebuild,
        "completion": _completion,
    }[verb.name]()


def _init() -> click.Command:
    @click.pass_obj
    def init(  # noqa: PLR0913, each is an option
        frame: Frame,
        /,
        *,
        origin: str | None,
        logs: int | None,
        sealed: bool,
        roles: bool,
        apply: bool,
        writer: str | None,
        auditor: str | None,
    ) -> None:
        if origin is not None:
            # An origin that is none is refused before there is anything.
            check_origin(origin)
        if sealed:
            if roles:
                raise click.UsageError("--roles are for a ledger that is there, behind --sealed")
            _init_sealed(frame, origin, logs)
            return
        if roles:
            named = {
                "writer": WRITER if writer is None else writer,
                "auditor": AUDITOR if auditor is None else auditor,
            }
            _init_roles(frame, origin, logs, named, apply=apply)
            return
        if apply or (writer, auditor) != (None, None):
            raise click.UsageError("--apply, --writer and --auditor go with --roles")
        with Ledger.create(frame.url, origin=origin, logs=1 if logs is None else logs) as ledger:
            settings = ledger.settings
        if frame.as_json:
            put(settings)
        else:
            click.echo(_made(frame, ledger))

    return FramedVerb(
        "init",
        [
            click.Option(
                ["--origin"], metavar="NAME", help="The name of its log; made if omitted."
            ),
            click.Option(["--logs"], metavar="N", type=click.INT, help="How many logs; 1."),
            click.Option(
                ["--sealed"],
                is_flag=True,
                help="Seal what is personal, for ever; with --keys, and --kek, made if it is not"
                " there.",
            ),
            click.Option(
                ["--roles"],
                is_flag=True,
                help="Print what each role is granted, on PostgreSQL; an empty database becomes a"
                " ledger.",
            ),
            click.Option(["--apply"], is_flag=True, help="Grant what --roles prints."),
            click.Option(
                ["--writer"], metavar="ROLE", help=f"Who records, with --roles; {WRITER}."
            ),
            click.Option(["--auditor"], metavar="ROLE", help=f"Who asks, with --roles; {AUDITOR}."),
        ],
        callback=init,
    )


def _init_sealed(frame: Frame, origin: str | None, logs: int | None) -> None:
    from ledger.store.keys_wrapping import FileKEK

    if frame.kek is not None and not Path(frame.kek).exists():
        assert_there(Path(frame.kek).parent, "kek", FREE)
        FileKEK.generate(frame.kek)
    keys = frame.key_store()
    with Ledger.create(
        frame.url, origin=origin, logs=1 if logs is None else logs, sealed=True, keys=keys
    ) as ledger:
        settings = ledger.settings
    if frame.as_json:
        put(settings)
    else:
        click.echo(f"{_made(frame, ledger)}; it is sealed, and nobody reads it without its keys")


def _made(frame: Frame, ledger: Ledger) -> str:
    return f"{frame.shown} is a ledger now; its origin is {ledger.settings.origin}"


def _init_roles(
    frame: Frame, origin: str | None, logs: int | None, named: dict[str, str], *, apply: bool
) -> None:
    if not is_server(frame.url):
        raise no_roles(frame.shown)
    # A name that is none is refused before there is a ledger.
    Roles(**named)
    ledger, is_new = _made_or_there(frame, origin, logs)
    with ledger:
        statements = ledger.grant(**named) if apply else ledger.grants(**named)
    if frame.as_json:
        put({"created": is_new, "applied": apply, "statements": statements})
        return
    # What is said beside the statements is a comment, so that all of it can be given to psql.
    if is_new:
        click.echo(f"-- {_made(frame, ledger)}")
    for statement in ("BEGIN", *statements, "COMMIT"):
        click.echo(f"{statement};")
    if apply:
        click.echo("-- granted")


def _made_or_there(frame: Frame, origin: str | None, logs: int | None) -> tuple[Ledger, bool]:
    """
    Return the ledger, and whether it is new; it may be there already where nothing else is asked.
    """
    try:
        return Ledger.create(frame.url, origin=origin, logs=1 if logs is None else logs), True
    except Malformed as error:
        if (origin, logs) != (None, None) or error.where != "ledger":
            raise
    return frame.open(), False


def _migrate() -> click.Command:
    @click.pass_obj
    def migrate(frame: Frame, /) -> None:
        with frame.open() as ledger:
            done = ledger.migrate()
        if frame.as_json:
            put(done)
        elif done.was_due:
            click.echo(f"{frame.shown} has format {done.after} now; it had format {done.before}")
        else:
            click.echo(f"{frame.shown} has format {done.after} already, the newest")

    return FramedVerb("migrate", [], callback=migrate)


def _status() -> click.Command:
    @click.pass_obj
    def status(frame: Frame, /) -> None:
        with frame.open() as ledger:
            answer = ledger.status()
        if frame.as_json:
            put(answer)
        else:
            from ledger.cli import pages

            pages.show(answer, "status")

    return FramedVerb("status", [], callback=status)


def _backup() -> click.Command:
    @click.pass_obj
    def backup(frame: Frame, /, path: str) -> None:
        assert_there(Path(path).parent, "path", FREE)
        with frame.open() as ledger:
            ledger.backup(path)
        if frame.as_json:
            put({"backup": path})
        else:
            click.echo(f"{path} is a copy of {frame.shown}, checked")

    return FramedVerb("backup", [click.Argument(["path"])], callback=backup)


def _rebuild() -> click.Command:
    @click.pass_context
    def rebuild(context: click.Context, /) -> None:
        frame: Frame = context.obj
        with frame.open() as ledger:
            tables = ledger.rebuild()
        differed = any(table.differed for table in tables)
        if frame.as_json:
            put({"differed": differed, "tables": tables})
        else:
            for table in tables:
                click.echo(
                    f"{table.table}: {table.rows} rows,"
                    f" {table.missing} missing, {table.unfounded} unfounded"
                )
            click.echo("put right" if differed else "nothing differed")
        context.exit(DIFFERED if differed else 0)

    return FramedVerb("rebuild", [], callback=rebuild)


def _completion() -> click.Command:
    @click.pass_context
    def completion(context: click.Context, /, shell: str) -> None:
        from click.shell_completion import get_completion_class

        made_for = get_completion_class(shell)
        assert made_for is not None
        group = context.find_root().command
        click.echo(made_for(group, {}, PROGRAM, COMPLETION_VARIABLE).source())

    chosen = click.Argument(["shell"], type=click.Choice(SHELLS))
    return FramedVerb("completion", [chosen], callback=completion)
