"""
Answers as pages for people: one function a question.
"""

from collections.abc import Callable
from typing import Any, Final

from ledger.cli.pages.accounts import account, entries, follow, restrictions, standing, timeline
from ledger.cli.pages.conforming import check_store
from ledger.cli.pages.evidence import check
from ledger.cli.pages.operators import authority, operator
from ledger.cli.pages.policing import backtest, check_policy, policy, safeguards
from ledger.cli.pages.privacy import privacy
from ledger.cli.pages.reviewing import review
from ledger.cli.pages.status import status
from ledger.cli.pages.triage import compare, pending, report, strikes
from ledger.cli.pages.undoing import plan, replay, undo
from ledger.cli.pages.verifying import verify
from ledger.cli.pages.who import who
from ledger.cli.paper import Page, print_page


def show(answer: Any, name: str) -> None:
    """
    Print the page of an *answer* to the question *name*.
    """
    print_page(PAGES[name](answer))


# By the verb that asks.
PAGES: Final[dict[str, Callable[[Any], Page]]] = {
    "account": account,
    "authority": authority,
    "backtest": backtest,
    "check": check,
    "check-policy": check_policy,
    "check-store": check_store,
    "compare": compare,
    "entries": entries,
    "follow": follow,
    "operator": operator,
    "pending": pending,
    "plan-undo": plan,
    "policy": policy,
    "privacy": privacy,
    "replay": replay,
    "report": report,
    "restrictions": restrictions,
    "review": review,
    "safeguards": safeguards,
    "standing": standing,
    "status": status,
    "strikes": strikes,
    "timeline": timeline,
    "undo": undo,
    "verify": verify,
    "who": who,
}
