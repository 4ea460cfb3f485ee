"""
Whom a question about an account must ask beside it: operators and policies, as known at its cut.
"""

import difflib

from ledger.errors import NotFound
from ledger.moderation.identity import SYSTEM, account_stream, operator_stream
from ledger.moderation.operator import Operator, fold, system_operator
from ledger.moderation.policy import POLICY_STREAM, Policies
from ledger.moderation.policy import fold as fold_policies
from ledger.moderation.vocabulary import Vocabulary
from ledger.store.reader import Question, Reader
from ledger.store.search import Filters


class Witnesses:
    """
    The operators and policies as known at the cut of *question*, each folded once.
    """

    def __init__(self, reader: Reader, question: Question) -> None:
        self._reader = reader
        self._question = question
        self._folded: dict[str, Operator] = {}
        self._policies: Policies | None = None

    def operator(self, name: str) -> Operator:
        """
        Return the operator *name*, who may not be enrolled.
        """
        if name == SYSTEM:
            return system_operator()
        known = self._folded.get(name)
        if known is None:
            entries = self._reader.entries(self._question, stream=operator_stream(name))
            known = self._folded[name] = fold(Operator(name), entries)
        return known

    def policies(self) -> Policies:
        """
        Return the policies that were adopted.
        """
        if self._policies is None:
            self._policies = fold_policies(
                self._reader.entries(self._question, stream=POLICY_STREAM)
            )
        return self._policies


def no_account(reader: Reader, question: Question, account: str) -> NotFound:
    """
    Return the error for an account without entries, which names the closest known operator.
    """
    return NotFound(
        f"account {account!r} has no entry{_closest(reader, question, account)}",
        where="account",
        expected="an account that something was recorded on",
    )


def no_operator(reader: Reader, question: Question, operator: str) -> NotFound:
    """
    Return the error for an operator who is not enrolled, which names the closest one who is.
    """
    return NotFound(
        f"operator {operator!r} is not enrolled{_closest(reader, question, operator)}",
        where="operator",
        expected="an enrolled operator",
    )


def assert_known(reader: Reader, question: Question, asked: Filters, measures: Vocabulary) -> None:
    """
    Raise unless everything that *asked* names is known: an empty answer would hide a slip.

    Raises:
        NotFound: When the account has no entry, or an operator is not enrolled.

        Malformed: When the measure is neither in *measures* nor on record.
    """
    if asked.account is not None and not reader.exists(question, account_stream(asked.account)):
        raise no_account(reader, question, asked.account)
    witnesses = Witnesses(reader, question)
    for operator in (asked.opened_by, asked.closed_by):
        if operator is not None and not witnesses.operator(operator).enrolled:
            raise no_operator(reader, question, operator)
    if asked.measure is not None and not reader.has_measure(question, asked.measure):
        measures[asked.measure]


def _closest(reader: Reader, question: Question, name: str) -> str:
    operators = reader.shown_names(reader.operators(question))
    closest = difflib.get_close_matches(name, operators, n=1, cutoff=0)
    return f"; the closest known operator is {closest[0]!r}" if closest else ""
