"""
What any question may be answered with.
"""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger import Answers, AuthorityAnswer, Entry, OperatorAnswer, Restriction, Standing
from ledger.book.status import Status
from ledger.forensics.who import Answer, RefusedReversal, Safeguard
from ledger.moderation.account import Finding
from ledger.timeline.dossier import dossier
from ledger.timeline.occurrences import occurrences
from tests.strategies.histories import account_histories, cuts, senseless_histories
from tests.strategies.values import built, moments, of

ACCOUNT = "25073877"

histories = account_histories() | senseless_histories("account")
timelines = histories.map(lambda entries: occurrences(ACCOUNT, entries))


def _one_at_most(kind: type) -> SearchStrategy[Any]:
    return st.lists(of(kind), max_size=1).map(tuple)


# By verb. One of each is enough: what holds of one answer or finding holds of the next.
ANSWERS: dict[str, SearchStrategy[Any]] = {
    "who": st.builds(
        Answers,
        st.lists(
            built(
                Answer,
                safeguards=_one_at_most(Safeguard),
                findings=_one_at_most(Finding),
                reversals_refused=_one_at_most(RefusedReversal),
            ),
            max_size=1,
        ),
        moments(),
        cuts(),
    ),
    "standing": of(Standing),
    "account": st.builds(dossier, st.just(ACCOUNT), histories, moments(), cuts()),
    "operator": of(OperatorAnswer),
    "authority": of(AuthorityAnswer),
    "status": of(Status),
    "timeline": timelines,
    "restrictions": st.lists(of(Restriction), max_size=3),
    "entries": st.lists(of(Entry), max_size=3),
}
ONE_DOCUMENT = ("who", "standing", "account", "operator", "authority")
