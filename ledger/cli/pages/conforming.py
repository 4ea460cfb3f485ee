"""
The page of a conformance run: a verdict a property, and how fast the database was.
"""

from typing import TYPE_CHECKING, Final

from rich.text import Text

from ledger.cli.pages.parts import counted
from ledger.cli.paper import ALARM, BACK, CALM, HEAD, Page, columns

if TYPE_CHECKING:
    from ledger.store.conformance import Conformance

_VERDICTS: Final = {
    True: ("holds", CALM),
    False: ("does not hold", ALARM),
    None: ("cannot be told", BACK),
}


def check_store(answer: "Conformance") -> Page:
    """
    Yield what was found of a database.
    """
    yield Text(f"{answer.ledger} with {counted(answer.logs, 'log')}", HEAD)
    table = columns("property", "verdict", "what was tried, or what broke it")
    for verdict in answer.properties:
        said, style = _VERDICTS[verdict.holds]
        table.add_row(verdict.property, Text(said, style), verdict.what)
    yield table
    speed = answer.throughput
    if speed is None:
        yield Text("how fast it is could not be measured: acts failed")
        return
    yield Text(
        f"{speed.alone} acts a second by one writer who waits for each;"
        f" {speed.together} by {speed.writers} with {speed.outstanding} outstanding each,"
        f" in transactions of {speed.batch_median} at the median"
    )
