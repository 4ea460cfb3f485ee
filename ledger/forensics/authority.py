"""
What an operator was entitled to: at any moment, and at the moments of one action.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import attrs

from ledger.forensics.witnesses import Witnesses
from ledger.moderation.account import Account
from ledger.moderation.account import fold as fold_account
from ledger.moderation.authority import Authority
from ledger.moderation.entry import Entry
from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.events.request import RequestApproved
from ledger.moderation.identity import SYSTEM, account_stream, operator_stream
from ledger.moderation.operator import Operator, Span, authority, fold
from ledger.store.reader import Question, Reader
from ledger.timeline.cut import Cut


@attrs.frozen
class OperatorAnswer:
    """
    An operator at a moment, as known at a cut.

    Args:
        account: The operator's own account on the platform.

        imported: Whether an import met the operator, so that nothing but the id is known.

        spans: The terms of every time, in order.
    """

    operator: str
    kind: OperatorKind
    name: str | None
    account: str | None
    imported: bool
    at: datetime
    cut: Cut
    authority: Authority
    spans: tuple[Span, ...]


@attrs.frozen
class Check:
    """
    An operator's authority at one moment of an action: as stored with it, and as computed now.

    Args:
        operator: Whose authority it is.

        stored: None where the entry holds none: at the effect, and for what was imported.
    """

    operator: str
    at: datetime
    stored: Authority | None
    computed: Authority

    @property
    def agree(self) -> bool | None:
        """
        Return whether the stored and the computed authority are the same; None where there is
        nothing to compare.
        """
        return None if self.stored is None else self.stored == self.computed

    @property
    def differs(self) -> tuple[str, ...]:
        """
        Return the names of the fields in which the stored and the computed authority differ.
        """
        if self.stored is None:
            return ()
        return tuple(
            field.name
            for field in attrs.fields(Authority)
            if getattr(self.stored, field.name) != getattr(self.computed, field.name)
        )


@attrs.frozen
class AuthorityAnswer:
    """
    What was permitted at the request, the approvals, the act and the effect of one action.

    Args:
        operator: As corrected at the cut.

        recorded_operator: As the entry has it.

        request: Of who asked for the act, who is another than its operator where the request was
            handed over.

        approvals: Of the request that it was granted on, in order; none where there was none.

        request, approvals, act: Computed from what each decision relied on.

        effect: Computed from what is known at the cut.
    """

    action: str
    account: str
    operator: str
    recorded_operator: str
    at: datetime
    cut: Cut
    request: Check
    approvals: tuple[Check, ...]
    act: Check
    effect: Check


def authority_of(
    reader: Reader, question: Question, account: str, action: str, at: datetime
) -> AuthorityAnswer | None:
    """
    Return the authority behind *action* of *account*; None when it was not on record at the cut.
    """
    entries = list(reader.entries(question, stream=account_stream(account)))
    folded = fold_account(Account(account), entries)
    known = folded.actions.get(action)
    if known is None:
        return None
    checks = _Checks(reader, question)
    taken, entry = known.taken, known.entry
    request = folded.requests.get(taken.request or "")
    asked, asked_by = (request.asked, request.entry) if request else (taken, entry)
    return AuthorityAnswer(
        action=action,
        account=account,
        operator=known.operator,
        recorded_operator=entry.operator,
        at=at,
        cut=question.cut,
        request=checks.as_relied_on(
            asked_by.operator,
            taken.requested_at,
            taken.authority_at_request or taken.authority,
            asked.relied_on,
        ),
        approvals=tuple(
            checks.as_relied_on(
                given.operator, given.recorded_at, approved.authority, approved.relied_on
            )
            for given, approved in _approvals(entries, entry, taken.request)
        ),
        act=checks.as_relied_on(
            entry.operator, entry.recorded_at, taken.authority, taken.relied_on
        ),
        effect=checks.as_known(known.operator, known.effective_at),
    )


def _approvals(
    entries: Iterable[Entry], act: Entry, request: str | None
) -> Iterator[tuple[Entry, RequestApproved]]:
    """
    Yield the entries that approved *request* before its act, and what each says.
    """
    for entry in entries:
        event = entry.event
        if entry.version >= act.version:
            return
        if isinstance(event, RequestApproved) and event.request == request:
            yield entry, event


class _Checks:
    """
    Makes the checks of one question.
    """

    def __init__(self, reader: Reader, question: Question) -> None:
        self._reader = reader
        self._question = question
        self._witnesses = Witnesses(reader, question)

    def as_known(self, operator: str, at: datetime) -> Check:
        """
        Return the check of an authority that was not stored.
        """
        return Check(operator, at, None, authority(self._witnesses.operator(operator), at))

    def as_relied_on(
        self, operator: str, at: datetime, stored: Authority | None, relied_on: tuple[str, ...]
    ) -> Check:
        """
        Return the check of an authority against the version of the operator that was read.
        """
        return Check(operator, at, stored, authority(self._read(operator, relied_on), at))

    def _read(self, name: str, relied_on: tuple[str, ...]) -> Operator:
        """
        Return the operator at the version that the decision read; all that is known without one.
        """
        stream = operator_stream(name)
        read = dict(each.rsplit("@", 1) for each in relied_on)
        if name == SYSTEM or stream not in read:
            return self._witnesses.operator(name)
        last = int(read[stream])
        entries = self._reader.entries(self._question, stream=stream)
        return fold(Operator(name), (entry for entry in entries if entry.version <= last))
