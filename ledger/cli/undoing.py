"""
The verb that undoes: it shows the plan, and carries it out when it is told to.
"""

from typing import Any

import click

from ledger.book import Ledger
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.signature import Parameter, arguments, parameters
from ledger.cli.verbs import Verb
from ledger.errors import Refused
from ledger.forensics.undo import UndoAnswer
from ledger.timeline.plan import Plan
from ledger.timeline.undoing import NOTHING_TO_UNDO


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """
    selecting = list(parameters(Ledger.plan_undo))
    selected_by = {known.option for known in selecting}
    # ``--session`` says which actions; the session of the undo itself has no option.
    applying = [
        known
        for known in parameters(Ledger.undo)
        if not known.positional and known.option not in selected_by
    ]

    @click.pass_obj
    def undo(frame: Frame, /, *, apply: bool, **said: Any) -> None:
        _assert_applied(applying, said, apply=apply)
        selected, given = arguments(selecting, said), arguments(applying, said)
        with frame.open() as ledger:
            plan = ledger.plan_undo(**selected)
            answer = UndoAnswer(plan, _parent(ledger, plan, given) if apply else None)
        if frame.as_json:
            put(answer)
        else:
            from ledger.cli import pages

            pages.show(answer, "undo")

    return FramedVerb(
        verb.name,
        [
            *(known.on_command_line(verb.name) for known in selecting),
            click.Option(["--apply"], is_flag=True, help="Do what the plan says, or nothing."),
            *(known._replace(required=False).on_command_line(verb.name) for known in applying),
        ],
        callback=undo,
    )


def _parent(ledger: Ledger, plan: Plan, given: dict[str, Any]) -> str | None:
    """
    Return the id of the undo that carries *plan* out; None where there is nothing to undo.
    """
    try:
        return ledger.undo(plan, **given)
    except Refused as refusal:
        if refusal.rule == NOTHING_TO_UNDO:
            return None
        raise


def _assert_applied(applying: list[Parameter], said: dict[str, Any], *, apply: bool) -> None:
    """
    Assert that who does it and why are said exactly where it is done.
    """
    for known in applying:
        given = said[known.name] not in (None, ())
        if given and not apply:
            raise click.UsageError(f"--{known.option} goes with --apply.")
        if apply and known.required and not given:
            raise click.UsageError(f"--apply takes --{known.option}.")
