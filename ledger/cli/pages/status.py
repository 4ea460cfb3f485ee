"""
The page about the ledger itself.
"""

from rich.text import Text

from ledger.book.status import Status, UnfinishedImport
from ledger.cli.pages.parts import counted
from ledger.cli.paper import HEAD, Page, facts
from ledger.cli.wording import listed, when


def status(answer: Status) -> Page:
    """
    Yield what a ledger is, and how far it is.
    """
    fixed = answer.settings
    recorded_at = answer.recorded_at
    yield Text(fixed.origin, HEAD)
    yield facts(
        [
            ("format", _format(answer)),
            ("entries", str(answer.entries)),
            ("last one", "none yet" if recorded_at is None else f"{when(recorded_at)} UTC"),
            *((f"root {log.log}", log.root.hex()) for log in answer.logs if log.size),
            *(("unfinished", _unfinished(begun)) for begun in answer.unfinished_imports),
            *([("held", counted(answer.holds, "legal hold"))] if answer.holds else []),
            *([("erased", counted(answer.erased, "subject"))] if answer.erased else []),
        ]
    )


def _format(answer: Status) -> str:
    if answer.migrates_to is None:
        return str(answer.settings.format)
    return f"{answer.settings.format}; `ledger migrate` brings it to {answer.migrates_to}"


def _unfinished(begun: UnfinishedImport) -> str:
    files = listed(begun.files)
    return (
        f"import of {begun.format} from {files}, begun {when(begun.began_at)} UTC;"
        " run it again to resume it"
    )
