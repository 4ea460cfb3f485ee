"""
What an operator was entitled to: at any moment, and at the moments of one action.
"""

from datetime import datetime

import attrs

from ledger.forensics.witnesses import Witnesses
from ledger.moderation.account import Account, fold
from ledger.moderation.authority import Authority
from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.identity import SYSTEM, account_stream, operator_stream
from ledger.moderation.operator import Operator, authority
from ledger.moderation.operator import fold as fold_operator
from ledger.store.reader import Question, Reader
from ledger.timeline.cut import Cut


@attrs.frozen
class OperatorAnswer:
    """
    An operator at a moment, as known at a cut.

    Args:
        account: The operator's own account on the platform.

        imported: Whether an import met the operator, so that nothing but the id is known.
    """

    operator: str
    kind: OperatorKind
    name: str | None
    account: str | None
    imported: bool
    at: datetime
    cut: Cut
    authority: Authority


@attrs.frozen
class Check:
    """
    An operator's authority at one moment of an action: as stored with it, and as computed now.

    Args:
        stored: None where the entry holds none: at the effect, and for what was imported.

        agree: Whether both say the same; None where there is nothing to compare.
    """

    at: datetime
    stored: Authority | None
    computed: Authority

    @property
    def agree(self) -> bool | None:
        """
        Return whether the stored and the computed authority are the same.
        """
        return None if self.stored is None else self.stored == self.computed


@attrs.frozen
class AuthorityAnswer:
    """
    What was permitted at the request, the act and the effect of one action.

    Args:
        operator: As corrected at the cut.

        recorded_operator: As the entry has it.

        request, act: Computed from what the decision relied on.

        effect: Computed from what is known at the cut.
    """

    action: str
    account: str
    operator: str
    recorded_operator: str
    at: datetime
    cut: Cut
    request: Check
    act: Check
    effect: Check


def authority_of(
    reader: Reader, question: Question, account: str, action: str, at: datetime
) -> AuthorityAnswer | None:
    """
    Return the authority behind *action* of *account*; None when it was not on record at the cut.
    """
    entries = reader.entries(question, stream=account_stream(account))
    known = fold(Account(account), entries).actions.get(action)
    if known is None:
        return None
    taken, entry = known.taken, known.entry
    relied_on = _as_relied_on(reader, question, entry.operator, taken.relied_on)
    now = Witnesses(reader, question).operator(known.operator)
    asked = taken.authority_at_request or taken.authority
    return AuthorityAnswer(
        action=action,
        account=account,
        operator=known.operator,
        recorded_operator=entry.operator,
        at=at,
        cut=question.cut,
        request=Check(taken.requested_at, asked, authority(relied_on, taken.requested_at)),
        act=Check(entry.recorded_at, taken.authority, authority(relied_on, entry.recorded_at)),
        effect=Check(known.effective_at, None, authority(now, known.effective_at)),
    )


def _as_relied_on(
    reader: Reader, question: Question, name: str, relied_on: tuple[str, ...]
) -> Operator:
    """
    Return the operator at the version that the decision read; all that is known without one.
    """
    stream = operator_stream(name)
    read = dict(each.rsplit("@", 1) for each in relied_on)
    if name == SYSTEM or stream not in read:
        return Witnesses(reader, question).operator(name)
    last = int(read[stream])
    entries = reader.entries(question, stream=stream)
    return fold_operator(Operator(name), (entry for entry in entries if entry.version <= last))
