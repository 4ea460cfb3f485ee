"""
The verbs that bring history in and write it out.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import click

from ledger.book.history import FORMATS
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.verbs import Verb
from ledger.errors import Malformed
from ledger.moderation.identity import SYSTEM

# What another ledger can import.
EXPORTS: Final = ("actions",)

_NAME_WIDTH: Final = 22

Advance = Callable[[int, int], None]


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """
    return _import() if verb.name == "import" else _export()


def _import() -> click.Command:
    @click.pass_obj
    def import_history(
        frame: Frame, /, source: str, files: tuple[str, ...], by: str, **how: bool
    ) -> None:
        with frame.open(create=True) as ledger, _progress_bar() as progress:
            summary = ledger.import_history(source, files, by=by, progress=progress, **how)
        for skipped in summary.skipped:
            click.echo(f"skipped: {skipped.place}: {skipped.reason}", err=True)
        if frame.as_json:
            put(summary.document())
        else:
            for name, number in _counts(summary.document()):
                click.echo(f"{name:{_NAME_WIDTH}}  {number:>9}")

    return FramedVerb(
        "import",
        [
            click.Argument(["source"], metavar="FORMAT", type=click.Choice(sorted(FORMATS))),
            click.Argument(["files"], metavar="FILE...", nargs=-1, required=True),
            click.Option(["--by"], metavar="ID", default=SYSTEM, help="The operator who imports."),
            click.Option(
                ["--skip-bad"],
                is_flag=True,
                help="Leave out lines that cannot be imported, and report each.",
            ),
            click.Option(
                ["--as-late"],
                is_flag=True,
                help="Record now what is older than the ledger's last entry.",
            ),
        ],
        callback=import_history,
    )


def _counts(document: dict[str, Any]) -> Iterator[tuple[str, int]]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _counts(value)
        else:
            yield name.replace("_", " "), value


@contextmanager
def _progress_bar() -> Iterator[Advance | None]:
    """
    Give what shows progress on a terminal's standard error, or None where there is none.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    said = TextColumn("{task.description}")
    counted = MofNCompleteColumn(), TimeElapsedColumn()
    terminal = Console(stderr=True)
    with Progress(said, BarColumn(), *counted, console=terminal, transient=True) as bar:
        task = bar.add_task("reading and checking", total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, description="recording", completed=done, total=total)

        yield advance


def _export() -> click.Command:
    @click.pass_obj
    def export(frame: Frame, /, target: str, out: str | None) -> None:
        assert target == "actions"
        with frame.open() as ledger:
            lines = ledger.export_actions()
            if out is None:
                sys.stdout.buffer.writelines(lines)
            else:
                _write(Path(out), lines)
        left_out = dict(lines.left_out)
        if out is not None and frame.as_json:
            put({"out": out, "lines": lines.lines, "left_out": left_out})
        elif not frame.as_json:
            others = ", ".join(f"{number} {kind}" for kind, number in left_out.items())
            told = f"{lines.lines} lines; left out, being no commands: {others or 'nothing'}"
            click.echo(told, err=out is None)

    return FramedVerb(
        "export",
        [
            click.Argument(["target"], metavar="FORMAT", type=click.Choice(EXPORTS)),
            click.Option(["--out"], metavar="PATH", help="A new file; standard output if omitted."),
        ],
        callback=export,
    )


def _write(out: Path, lines: Iterator[bytes]) -> None:
    """
    Write *lines* to the new file *out*, which is there afterwards with all of them or not at all.
    """
    try:
        file = out.open("xb")
    except OSError as error:
        raise Malformed(
            f"{out} cannot be written: {error.strerror}",
            where="out",
            expected="a path that is free, in a folder that is writable",
        ) from None
    with ExitStack() as on_failure:
        on_failure.callback(out.unlink)
        with file:
            file.writelines(lines)
        on_failure.pop_all()
