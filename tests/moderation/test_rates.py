"""
Rates: how many acts there were lately, counted as they come.
"""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledger.moderation.rates import Rates
from ledger.moderation.safeguards import Concern, Rate, Safeguard
from tests.strategies import NEAR

MINUTE = timedelta(minutes=1)
# Measure, tier, operator, and how many minutes after the act before.
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["suspend", "warn"]),
        st.sampled_from([None, "press"]),
        st.sampled_from(["ann", "bob"]),
        st.integers(0, 3),
    ),
    max_size=12,
)


def limit(
    name: str, minutes: int = 5, *, of_everyone: bool = False, **concern: object
) -> Safeguard:
    """
    Return a safeguard that counts acts within so many minutes.
    """
    rate = Rate(minutes * MINUTE, of_everyone=of_everyone)
    named = {key: frozenset([value]) for key, value in concern.items()}
    return Safeguard(name, "rate-limit", lambda _: None, Concern(**named), rate=rate)  # type: ignore[arg-type]


SAFEGUARDS = [
    limit("each"),
    limit("all", of_everyone=True),
    limit("warnings", minutes=2, measures="warn"),
    limit("press", minutes=500, tiers="press"),
    Safeguard("no rate", "last-day", lambda _: None),
]


def naive(
    acts: list[tuple[str, str | None, str, datetime]], operator: str, now: datetime
) -> dict[str, int]:
    """
    Return what `Rates.within` returns, looking at every act anew.
    """
    return {
        each.name: sum(
            now - at < each.rate.window
            and each.concern.counts(measure, tier)
            and (each.rate.of_everyone or by == operator)
            for measure, tier, by, at in acts
        )
        for each in SAFEGUARDS
        if each.rate is not None
    }


@given(ACTS)
def test_counts_are_those_of_whoever_looks_at_every_act(told):
    """
    For each safeguard: the acts that it concerns, of the operator or of everyone, less than its
    window ago.
    """
    rates, now = Rates(SAFEGUARDS), NEAR
    acts: list[tuple[str, str | None, str, datetime]] = []
    for measure, tier, operator, minutes in told:
        now += minutes * MINUTE
        assert naive(acts, operator, now) == rates.within(operator, now)
        rates.count(measure, tier, operator, now)
        acts.append((measure, tier, operator, now))


def test_an_act_counts_for_less_than_the_window():
    """
    An act that lies exactly the window back counts no more.
    """
    rates = Rates([limit("each", minutes=5)])
    rates.count("warn", None, "ann", NEAR)

    assert {"each": 1} == rates.within("ann", NEAR + 5 * MINUTE - timedelta(microseconds=1))
    assert {"each": 0} == rates.within("ann", NEAR + 5 * MINUTE)
    assert {"each": 0} == rates.within("bob", NEAR)


@given(ACTS, st.randoms(use_true_random=False))
def test_acts_of_several_logs_count_in_whatever_order_they_are_looked_at(told, random):
    """
    What was recorded earlier in another log is counted where it stands in time.
    """
    now, acts = NEAR, []
    for measure, tier, operator, minutes in told:
        now += minutes * MINUTE
        acts.append((measure, tier, operator, now))
    rates = Rates(SAFEGUARDS)
    for act in random.sample(acts, len(acts)):
        rates.count(*act)

    assert naive(acts, "ann", now) == rates.within("ann", now)
