"""
Whom a question about an account must ask beside it: operators and policies, as known at its cut.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher

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
    closest = most_alike(name, reader.shown_names(reader.operators(question)))
    return "" if closest is None else f"; the closest known operator is {closest!r}"


def most_alike(name: str, names: Iterable[str]) -> str | None:
    """
    Return the first of *names* that is most like *name*; None where there are none.

    `difflib.get_close_matches` compares every one of them to the last letter where no cutoff is
    known before; what can be no better than the best so far is told by its length, or its letters.
    """
    matcher: SequenceMatcher[str] = SequenceMatcher(b=name)
    found, alike = None, -1.0
    for each in names:
        matcher.set_seq1(each)
        if matcher.real_quick_ratio() > alike and matcher.quick_ratio() > alike:
            ratio = matcher.ratio()
            if ratio > alike:
                found, alike = each, ratio
    return found
