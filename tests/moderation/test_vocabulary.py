"""
The vocabulary: the table that is built in, and what a service may add to it.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.moderation.vocabulary import (
    BUILT_IN,
    Effect,
    Holding,
    Measure,
    Severity,
    Vocabulary,
    worst,
)
from tests.strategies import measures, vocabularies

# Name, inverse, effect, holding and whether it needs a scope: the table of the design, and rule 7.
TABLE = [
    ("deactivate", "reactivate", "deactivated", "single", False),
    ("suspend", "unsuspend", "suspended", "single", False),
    ("lock", "unlock", "locked", "single", False),
    ("limit", "unlimit", "limited", "single", False),
    ("restrict", "lift", "restricted", "single", True),
    ("demonetise", "remonetise", "restricted", "single", False),
    ("take_down", "reverse_takedown", None, "many", True),
    ("label", "unlabel", None, "many", False),
    ("warn", "rescind_warning", None, "many", False),
    ("issue_strike", "rescind_strike", None, "many", False),
    ("terminate", None, "terminated", "single", False),
    ("revoke_credentials", None, None, "none", False),
]

STANDINGS = ["active", "restricted", "limited", "locked", "suspended", "deactivated", "terminated"]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_each_measure_built_in_means_what_the_design_says(row):
    """
    A measure's inverse, effect, holding and need of a scope are its meaning.
    """
    measure = BUILT_IN[row[0]]

    told = (measure.name, measure.inverse, measure.effect, measure.holding, measure.needs_scope)
    assert row == told
    assert (row[1] is not None) == measure.reversible


def test_no_measure_is_built_in_beside_these():
    """
    The table of the design is the whole vocabulary, in its order.
    """
    assert [row[0] for row in TABLE] == [measure.name for measure in BUILT_IN]


def test_what_falls_harder_is_more_severe():
    """
    A warning is low, a termination severe, and nothing built in is without severity.
    """
    severities = {measure.name: measure.severity for measure in BUILT_IN}

    assert Severity.LOW is severities["warn"]
    assert Severity.HIGH is severities["deactivate"]
    assert Severity.SEVERE is severities["terminate"]
    assert Severity.NONE not in severities.values()


@given(st.lists(st.none() | st.sampled_from(Effect)))
def test_standing_is_the_worst_effect(effects):
    """
    From active to terminated in the design's order; what has no effect leaves the standing alone.
    """
    told = ["active", *(effect for effect in effects if effect is not None)]

    assert STANDINGS == list(Effect)
    assert max(told, key=STANDINGS.index) == worst(effects)


def test_an_unknown_measure_is_answered_with_the_known_ones():
    """
    The message lists what could have been meant.
    """
    with pytest.raises(Malformed, match="'banish' is unknown") as raised:
        BUILT_IN["banish"]

    assert "one of " + ", ".join(row[0] for row in TABLE) == raised.value.expected


def test_an_inverse_is_answered_with_the_way_to_use_it():
    """
    Nobody reactivates: a deactivation is reversed, by the id of the action.
    """
    with pytest.raises(Malformed, match="ends an action of 'deactivate'") as raised:
        BUILT_IN["reactivate"]

    assert "reverse with the id of the action" == raised.value.expected


@pytest.mark.parametrize(
    "row",
    [
        {"name": "suspend"},
        {"name": "reactivate"},
        {"name": "hold", "inverse": "suspend"},
        {"name": "hold", "inverse": "reactivate"},
    ],
)
def test_a_duplicate_is_refused(row):
    """
    A name means one thing: no measure twice, no inverse with two partners, none that is a measure.
    """
    with pytest.raises(Malformed, match="already"):
        BUILT_IN.extended([Measure(**row)])


def test_a_duplicate_among_a_services_own_is_refused():
    """
    Rows of a service are held to the same rule among themselves.
    """
    with pytest.raises(Malformed, match="'release' is the inverse of 'hold' already"):
        Vocabulary([Measure(name="hold", inverse="release"), Measure(name="release")])


def test_an_inverse_without_its_partner_is_refused():
    """
    Where an action holds nothing, there is nothing that its inverse could end.
    """
    with pytest.raises(Malformed, match="has no partner to end"):
        BUILT_IN.extended([Measure(name="ping", inverse="unping", holding=Holding.NONE)])


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ({"name": ""}, "measure"),
        ({"name": "x" * 256}, "measure"),
        ({"name": "hold", "inverse": ""}, "inverse"),
        ({"name": "hold", "inverse": "hold"}, "inverse"),
        ({"name": "hold", "effect": "banished"}, "effect"),
        ({"name": "hold", "severity": "extreme"}, "severity"),
        ({"name": "hold", "holding": "twice"}, "holding"),
    ],
)
def test_a_row_that_says_nothing_is_refused(row, where):
    """
    A row with a bad name or an unknown word is malformed when it is written, not when it is used.
    """
    with pytest.raises(Malformed) as raised:
        Measure(**row)

    assert where == raised.value.where


def test_a_service_adds_its_own_measures_behind_the_built_in_ones():
    """
    Words may be given as plain strings; what was there before is untouched.
    """
    hold = Measure(name="hold", inverse="release", effect="limited", holding="many")
    extended = BUILT_IN.extended([hold])

    assert [*BUILT_IN, hold] == list(extended)
    assert (Effect.LIMITED, Holding.MANY) == (hold.effect, hold.holding)
    with pytest.raises(Malformed):
        BUILT_IN["hold"]


@given(vocabularies())
def test_a_vocabulary_is_its_rows(vocabulary):
    """
    Made again of its rows, a vocabulary knows the same measures and inverses.
    """
    again = Vocabulary(vocabulary)

    assert list(vocabulary) == list(again)
    for measure in vocabulary:
        assert measure == again[measure.name]
        if measure.inverse is not None:
            with pytest.raises(Malformed, match="ends an action of"):
                again[measure.inverse]


@given(measures())
def test_a_row_stands_once(measure):
    """
    Any row may be registered, and none of them twice.
    """
    with pytest.raises(Malformed, match="registered already"):
        Vocabulary([measure, measure])
