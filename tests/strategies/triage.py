"""
Reports and what is answered about them, and accounts that are compared.
"""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger.forensics.comparison import Compared, Comparison, NoticeGiven, Treatment, differences
from ledger.forensics.triage import ReportAnswer, StrikesAnswer
from ledger.moderation.account import Account, fold
from ledger.moderation.events.account import (
    ReportAssigned,
    ReportFiled,
    ReportReopened,
    ReportResolved,
)
from ledger.moderation.report import Report
from ledger.moderation.taxonomy import TAXONOMY, VERSION
from ledger.timeline.dossier import ActionOnRecord, dossier
from tests.strategies.histories import (
    ACCOUNT,
    account_histories,
    cuts,
    senseless_entries,
)
from tests.strategies.records import events_of
from tests.strategies.values import built, ids, makes, moments, of, whole_numbers, windows

REPORT = "p-1"


@makes(Report)
@st.composite
def reports(draw: st.DrawFn) -> Report:
    """
    Return reports of any category, each folded from what happened to it in any order.
    """
    named = st.just(REPORT)
    category = draw(ids() | st.sampled_from(sorted(TAXONOMY)))
    taxonomy = VERSION if category in TAXONOMY else None
    filed = events_of(
        ReportFiled, report=named, category=st.just(category), taxonomy=st.just(taxonomy)
    )
    later = [
        events_of(cls, report=named) for cls in (ReportAssigned, ReportResolved, ReportReopened)
    ]
    entries = [draw(senseless_entries(filed))]
    entries += draw(st.lists(senseless_entries(st.one_of(later)), max_size=4))
    return fold(Account(ACCOUNT), entries).reports[REPORT]


@makes(ActionOnRecord)
def actions_on_record() -> SearchStrategy[ActionOnRecord]:
    """
    Return actions as a dossier has them.
    """
    dossiers = st.builds(dossier, st.just(ACCOUNT), account_histories(), moments(), cuts())
    some = dossiers.map(lambda told: told.actions).filter(bool)
    return some.flatmap(st.sampled_from)


def _one_at_most(kind: type) -> SearchStrategy[Any]:
    return st.lists(of(kind), max_size=1).map(tuple)


@makes(ReportAnswer)
def report_answers() -> SearchStrategy[ReportAnswer]:
    """
    Return answers about a report, with at most one action.
    """
    return built(ReportAnswer, actions=_one_at_most(ActionOnRecord))


@makes(StrikesAnswer)
def strikes_answers() -> SearchStrategy[StrikesAnswer]:
    """
    Return answers about strikes, with at most one of them.
    """
    return built(StrikesAnswer, strikes=_one_at_most(ActionOnRecord))


def seconds() -> SearchStrategy[float]:
    """
    Return how many seconds lie between two moments, to the microsecond.
    """
    return whole_numbers().map(lambda lasting_us: lasting_us / 1_000_000)


@makes(NoticeGiven)
def notices_given() -> SearchStrategy[NoticeGiven]:
    """
    Return notices that were given before an effect, or after it.
    """
    return built(NoticeGiven, seconds=seconds() | seconds().map(lambda early: -early))


@makes(Treatment)
def treatments() -> SearchStrategy[Treatment]:
    """
    Return treatments, ended or not.
    """
    return built(Treatment, seconds=st.none() | seconds())


@makes(Compared)
@st.composite
def compared(draw: st.DrawFn) -> Compared:
    """
    Return two accounts or more, with and without a window.
    """
    accounts = draw(st.lists(ids(), min_size=2, max_size=3, unique=True))
    since, until = draw(st.tuples(st.none() | moments(), st.none()) | windows())
    return Compared(accounts, since, until)


@makes(Comparison)
@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """
    Return comparisons of the treatments of accounts that are compared.
    """
    asked: Compared = draw(compared())
    account = st.sampled_from(asked.accounts)
    found = draw(
        st.lists(built(Treatment, account=account, seconds=st.none() | seconds()), max_size=2)
    )
    return Comparison(
        compared=asked,
        at=draw(moments()),
        cut=draw(cuts()),
        treatments=tuple(found),
        differences=differences(asked.accounts, found),
    )
