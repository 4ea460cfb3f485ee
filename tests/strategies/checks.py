"""
Checks of a review: those built in, and those that a service may add.
"""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger.forensics.checks import BUILT_IN, Case, Check
from ledger.forensics.conduct import Conduct, ConductCheck, Remark
from ledger.moderation.vocabulary import Severity
from tests.strategies.values import ids, makes


def _finds_nothing(_case: Case) -> str | None:
    return None


def _finds_all(conduct: Conduct) -> list[Remark]:
    return [Remark(deed, "an act") for deed in conduct.deeds]


@makes(Check)
def checks() -> SearchStrategy[Check]:
    """
    Return checks of one act.
    """
    built_in = [check for check in BUILT_IN if isinstance(check, Check)]
    own = st.builds(Check, ids(), st.sampled_from(Severity), st.just(_finds_nothing))
    return st.sampled_from(built_in) | own


@makes(ConductCheck)
def conduct_checks() -> SearchStrategy[ConductCheck]:
    """
    Return checks of all acts of an operator.
    """
    built_in = [check for check in BUILT_IN if isinstance(check, ConductCheck)]
    own = st.builds(ConductCheck, ids(), st.sampled_from(Severity), st.just(_finds_all))
    return st.sampled_from(built_in) | own
