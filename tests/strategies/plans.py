"""
Plans of undos: what is selected, what falls into which list, and who carries them out.
"""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger.moderation.authority import Authority
from ledger.moderation.events import Context, Verdict
from ledger.moderation.term import EndedBy
from ledger.timeline.plan import Fate, Left, Member, Plan, Selection, Undone
from ledger.timeline.undo import Mandate
from tests.strategies.histories import cuts
from tests.strategies.values import built, ids, makes, moments, of, texts, windows


@makes(Selection)
@st.composite
def selections(draw: st.DrawFn) -> Selection:
    """
    Return selections that select by something, with and without a window.
    """
    names = st.frozensets(ids(), max_size=3)
    told: dict[str, Any] = {name: draw(names) for name in ("operators", "actions", "sessions")}
    told["undo"] = draw(st.none() | ids() if any(told.values()) else ids())
    since, until = draw(st.tuples(st.none() | moments(), st.none()) | windows())
    return Selection(since=since, until=until, **told, restore_superseded=draw(st.booleans()))


@makes(Member)
@st.composite
def plan_members(draw: st.DrawFn) -> Member:
    """
    Return members whose end has a cause, and that say why they are left alone if they are.
    """
    ended_by = draw(st.none() | st.sampled_from(EndedBy))
    planned = draw(st.booleans())
    fates = list(Fate)[:3] if planned else list(Fate)[3:]
    member: Member = draw(
        built(
            Member,
            fate=st.sampled_from(fates),
            ended_by=st.just(ended_by),
            until=st.none() if ended_by is None else moments(),
            by=st.none() if planned else st.none() | ids(),
            why=st.none() if planned else texts(),
        )
    )
    return member


@makes(Plan)
@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """
    Return plans in which each action stands once, and each account of an action.
    """
    found = draw(st.lists(plan_members(), max_size=4, unique_by=lambda member: member.action))
    accounts = sorted({member.account for member in found})
    return Plan(
        asked=draw(selections()),
        at=draw(moments()),
        cut=draw(cuts()),
        members=tuple(sorted(found, key=lambda member: member.account)),
        left=tuple(draw(built(Left, account=st.just(account))) for account in accounts),
        undone=draw(st.none() | of(Undone)),
    )


@makes(Mandate)
def mandates() -> SearchStrategy[Mandate]:
    """
    Return mandates under which everything gets the same id.
    """
    return st.builds(
        Mandate,
        by=ids(),
        reason=texts(),
        context=of(Context),
        new_id=ids().map(lambda made: lambda _account: made),
        verdicts=of(tuple[Verdict, ...]),
        relied_on=st.just(()),
        authority=st.none() | of(Authority),
    )
