"""
The block logs of a real site: the import agrees, number for number, with the straight computation.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from ledger import Ledger
from tests.exchange.agreement import answered, computed
from tests.exchange.block_log_oracle import SAMPLES, compute

MONTHS = ["2004-12", "2005-01", "2017-11"]
ELEVEN_MINUTES, TWELVE_MINUTES = timedelta(minutes=11), timedelta(minutes=12)

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the sample block logs are not beside this project"
)


def samples(*months: str) -> list[Path]:
    """
    Return the files of *months*.
    """
    return [SAMPLES / f"{month}.csv.gz" for month in months]


@pytest.mark.parametrize("months", [MONTHS[:2], pytest.param(MONTHS, marks=pytest.mark.slow)])
def test_the_months_together_agree_with_a_straight_computation(months: list[str]):
    """
    Counts, anomalies, endings by kind and the whole list of restrictions are those that plain
    dictionaries give, the restrictions of eleven to twelve minutes among them.
    """
    files = samples(*months)
    outcome = compute(files)
    eleven_minutes = [
        held[:3]
        for held in outcome.restrictions
        if held.until_at is not None
        and ELEVEN_MINUTES <= held.until_at - held.from_at < TWELVE_MINUTES
    ]

    with Ledger.open("memory:") as ledger:
        summary = ledger.import_history("block-log", files)

        assert computed(outcome) == answered(ledger, summary)
        assert eleven_minutes == [
            (held.account, held.from_, held.until)
            for held in ledger.restrictions(lasting="11m..12m")
        ]
    assert 3 == len(eleven_minutes)


def test_the_straight_computation_says_of_the_samples_what_it_has_always_said():
    """
    The numbers that everything else here is compared with do not drift.
    """
    outcome = compute(samples(*MONTHS))

    assert (75_608, 75_553, 55, 0) == (
        outcome.rows,
        outcome.usable,
        outcome.unusable,
        outcome.duplicates,
    )
    assert (73_055, 389) == (outcome.accounts, outcome.operators)
    assert {
        "unblock_without_block": 575,
        "reblock_without_block": 134,
        "never_in_force": 2,
    } == outcome.anomalies
    assert {"reversal": 681, "superseded": 333, "expiry": 64_784, None: 7934} == outcome.endings


@pytest.mark.parametrize("month", [*MONTHS[:2], pytest.param(MONTHS[2], marks=pytest.mark.slow)])
def test_each_month_alone_agrees_with_a_straight_computation(month):
    """
    A month that is imported alone, with unblocks of what no file tells, agrees as well.
    """
    [file] = samples(month)

    with Ledger.open("memory:") as ledger:
        summary = ledger.import_history("block-log", [file])

        assert computed(compute([file])) == answered(ledger, summary)


def test_a_ledger_of_256_logs_holds_the_same():
    """
    How many logs a ledger has changes nothing about what it holds.
    """
    files = samples(*MONTHS[:2])

    with Ledger.create("memory:", logs=256) as ledger:
        summary = ledger.import_history("block-log", files)

        assert computed(compute(files), logs=256) == answered(ledger, summary)


@pytest.mark.parametrize("months", [MONTHS[:2], pytest.param(MONTHS, marks=pytest.mark.slow)])
def test_months_one_after_the_other_come_to_the_same_as_together(months):
    """
    Imports in order of time give the counts and the restrictions of one import.
    """
    together = computed(compute(samples(*months)))

    with Ledger.open("memory:") as ledger:
        summaries = [ledger.import_history("block-log", [file]) for file in samples(*months)]
        held = answered(ledger, summaries[-1])

    assert together["restrictions"] == held["restrictions"]
    assert together["endings"] == held["endings"]
    for name in ("rows", "usable", "unusable", "duplicates"):
        assert together[name] == sum(summary.document()[name] for summary in summaries)
    for name, count in together["anomalies"].items():
        assert count == sum(summary.document()["anomalies"][name] for summary in summaries)
