"""
Which accounts a question about operators or actions is about.
"""

from collections.abc import Iterable

from ledger.errors import NotFound
from ledger.forensics.witnesses import Witnesses, no_operator
from ledger.moderation.claims import ACTION
from ledger.store.reader import Question, Reader


def assert_enrolled(reader: Reader, question: Question, operators: Iterable[str]) -> None:
    """
    Raise unless all *operators* are enrolled.

    Raises:
        NotFound: When one is not; the closest one who is enrolled is named.
    """
    witnesses = Witnesses(reader, question)
    for operator in sorted(operators):
        if not witnesses.operator(operator).enrolled:
            raise no_operator(reader, question, operator)


def accounts_of_actions(reader: Reader, question: Question, actions: Iterable[str]) -> set[str]:
    """
    Return the accounts that *actions* were taken on.

    Raises:
        NotFound: When there is no such action.
    """
    streams = reader.streams_of(question, ACTION, actions)
    for action in sorted(actions):
        if action not in streams:
            raise no_action(action)
    return {stream.partition("/")[2] for stream in streams.values()}


def no_action(action: str, account: str | None = None) -> NotFound:
    """
    Return the error for an action that is not on record, or not on that account.
    """
    if account is not None:
        return NotFound(
            f"account {account!r} has no action {action!r}",
            where="action",
            expected="the id of an action on this account that was on record then",
        )
    return NotFound(
        f"there is no action {action!r}",
        where="action",
        expected="the id of an action that was on record then",
    )
