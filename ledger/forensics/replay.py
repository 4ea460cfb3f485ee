"""
What would have been: the history of every account that is touched, without some of it.
"""

from datetime import datetime

import attrs

from ledger.forensics.touched import accounts_of_actions, assert_enrolled, no_action
from ledger.forensics.witnesses import no_account
from ledger.moderation.identity import account_stream
from ledger.store.reader import Question, Reader
from ledger.timeline.cut import Cut
from ledger.timeline.replay import StandingDifference, Without, replayed


@attrs.frozen
class Replay:
    """
    A history without some operators or actions, told by what it changes.

    Args:
        removed: The ids of the actions that are not in it, in recorded order.

        differences: Each time in which an account would have stood otherwise, by beginning and
            account.

        at: The moment that the differences hold at, where one was asked about.
    """

    removed: tuple[str, ...]
    differences: tuple[StandingDifference, ...]
    at: datetime
    cut: Cut


def replay_of(  # noqa: PLR0913, the question and what it reads
    reader: Reader,
    question: Question,
    without: Without,
    *,
    account: str | None,
    at: datetime | None,
    now: datetime,
) -> Replay:
    """
    Return what would have been at the cut of *question*.

    Args:
        account: Only this account; None for all that are touched.

        at: Only the differences that hold at this moment; None for all.

    Raises:
        NotFound: When the account has no entry, an operator is not enrolled, or there is no such
            action, on that account where one is given.
    """
    assert_enrolled(reader, question, without.operators)
    if account is None:
        touched = accounts_of_actions(reader, question, without.actions)
        touched.update(reader.accounts_by(question, without.operators))
    elif reader.exists(question, account_stream(account)):
        touched = {account}
    else:
        raise no_account(reader, question, account)
    # Of each only its place and its id, since there may be very many.
    removed: list[tuple[datetime, int, int, str]] = []
    differences: list[StandingDifference] = []
    for name in sorted(touched):
        entries = reader.entries(question, stream=account_stream(name))
        found = replayed(name, entries, without)
        removed.extend(
            (a.entry.recorded_at, a.entry.log, a.entry.position, a.action) for a in found.removed
        )
        differences.extend(d for d in found.differences if at is None or d.covers(at))
    ids = [action for _, _, _, action in sorted(removed)]
    for missing in sorted(without.actions.difference(ids)):
        raise no_action(missing, account)
    differences.sort(key=lambda difference: (difference.from_, difference.account))
    return Replay(tuple(ids), tuple(differences), at or now, question.cut)
