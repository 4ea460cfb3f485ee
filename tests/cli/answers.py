"""
What any question may be answered with.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger import Answers, AuthorityAnswer, Entry, OperatorAnswer, Restriction, Standing
from ledger.book.status import Status
from ledger.cli.checking import checked
from ledger.forensics.authority import Check
from ledger.forensics.backtest import Backtest
from ledger.forensics.comparison import Comparison
from ledger.forensics.policing import (
    NotAdopted,
    PolicyAnswer,
    RefusedAttempt,
    SafeguardsAnswer,
)
from ledger.forensics.privacy import PrivacyAnswer
from ledger.forensics.replay import Replay
from ledger.forensics.review import ReviewFinding
from ledger.forensics.triage import Outstanding, PendingAnswer, ReportAnswer, StrikesAnswer
from ledger.forensics.undo import UndoAnswer
from ledger.forensics.who import Answer, RefusedReversal, Safeguard
from ledger.moderation.account import Finding
from ledger.moderation.policy_document import written
from ledger.store.conformance import Conformance, Verdict
from ledger.store.verification.finding import Finding as Unheld
from ledger.store.verification.report import Verification
from ledger.timeline.backtest import Judged
from ledger.timeline.dossier import dossier
from ledger.timeline.evidence import Evidence
from ledger.timeline.occurrences import occurrences
from ledger.timeline.plan import Plan
from ledger.timeline.replay import StandingDifference
from tests.strategies import cuts, moments, of, privacy_entries
from tests.strategies.histories import account_histories, senseless_histories
from tests.strategies.policies import documents
from tests.strategies.values import built

ACCOUNT = "25073877"

# An answer is large and slow to draw, and what is asked of it holds field by field.
A_FEW = settings(max_examples=25)

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
    "check": of(Evidence),
    "standing": of(Standing),
    "account": st.builds(dossier, st.just(ACCOUNT), histories, moments(), cuts()),
    "operator": of(OperatorAnswer),
    "authority": built(AuthorityAnswer, approvals=_one_at_most(Check)),
    "report": of(ReportAnswer),
    "strikes": of(StrikesAnswer),
    "compare": of(Comparison),
    "pending": built(PendingAnswer, pending=_one_at_most(Outstanding)),
    "safeguards": built(
        SafeguardsAnswer,
        verdicts=_one_at_most(Safeguard),
        not_adopted=_one_at_most(NotAdopted),
        refused=_one_at_most(RefusedAttempt),
    ),
    "policy": of(PolicyAnswer),
    "privacy": built(PrivacyAnswer, decided=privacy_entries().map(tuple)),
    "backtest": built(Backtest, rows=_one_at_most(Judged)),
    "check-policy": documents().map(lambda document: checked(written(document)[0])),
    "check-store": built(Conformance, properties=_one_at_most(Verdict)),
    "replay": built(Replay, differences=_one_at_most(StandingDifference)),
    "plan-undo": of(Plan),
    "review": st.lists(of(ReviewFinding), max_size=3),
    "undo": of(UndoAnswer),
    "status": of(Status),
    "verify": built(Verification, findings=_one_at_most(Unheld)),
    "timeline": timelines,
    "restrictions": st.lists(of(Restriction), max_size=3),
    "entries": st.lists(of(Entry), max_size=3),
    "follow": st.lists(of(Entry), max_size=3),
}
ONE_DOCUMENT = (
    "who",
    "standing",
    "account",
    "operator",
    "authority",
    "report",
    "strikes",
    "compare",
    "pending",
    "safeguards",
    "policy",
    "privacy",
    "backtest",
    "replay",
    "plan-undo",
)
