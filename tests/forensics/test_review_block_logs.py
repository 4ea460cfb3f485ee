"""
The review of imported block logs says what a straight computation over their lines says.
"""

import random
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.forensics.checks import BUILT_IN
from tests.exchange.block_log_csv import START, Event, block_log, event
from tests.exchange.block_log_oracle import SAMPLES
from tests.forensics.review_oracle import Found, compute

CHECKS = ("acted-while-restricted", "last-active-day", "own-account", "self-reversal")
DAY = 24 * 3600
OPERATORS = ("Ada", "Bob", "Grace", "Mallory")

sampled = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the sample block logs are not beside this project"
)


def reviewed(files: Iterable[Path], logs: int = 1) -> list[Found]:
    """
    Return what a review of the block logs *files* finds, in the form of the straight computation.
    """
    with Ledger.create("memory:", logs=logs) as ledger:
        ledger.import_history("block-log", files)
        return sorted(
            Found(found.check, found.operator, found.account, found.at)
            for found in ledger.review(checks=CHECKS)
        )


def written(folder: Path, events: Iterable[Event]) -> list[Path]:
    """
    Return the one file in *folder* that *events* were written to.
    """
    path = folder / "block-log.csv"
    path.write_text(block_log(events), "utf-8", newline="")
    return [path]


def quarrel(seed: int) -> list[Event]:
    """
    Return the lines of a few operators who block each other and themselves over two months, each
    until a day of his own.
    """
    chance = random.Random(seed)
    last = {name: chance.choice([5, 20, 30, 31, 60]) * DAY for name in OPERATORS}
    names = [*OPERATORS, "somebody", "nobody"]
    lines = []
    for logid in range(1, 241):
        operator = chance.choice(OPERATORS)
        second = chance.randrange(last[operator])
        if chance.random() < 0.3:
            # The evening before he goes.
            second = last[operator] - chance.randrange(6 * 3600)
        lines.append(
            event(
                logid,
                chance.choice(["block", "block", "reblock", "unblock"]),
                second,
                chance.choice([None, None, second + chance.randrange(1, 10 * DAY)]),
                user=operator,
                title=f"User:{chance.choice(names)}",
            )
        )
    return lines


@sampled
@pytest.mark.slow
def test_three_months_of_a_real_site_agree_with_the_straight_computation():
    """
    Self-reversals, acts on the own account, acts while restricted, and acts of the last active day
    that others undid: each is found, and nothing else.
    """
    files = sorted(SAMPLES.glob("*.csv.gz"))

    assert compute(files) == reviewed(files)


@sampled
def test_the_straight_computation_says_of_the_samples_what_it_has_always_said():
    """
    The numbers that the review is compared with do not drift. In these three months nobody acted
    while blocked by another; that check has the quarrels below.
    """
    found = Counter(one.check for one in compute(sorted(SAMPLES.glob("*.csv.gz"))))

    assert {"self-reversal": 217, "own-account": 10, "last-active-day": 5} == found


@sampled
@pytest.mark.parametrize("logs", [1, 256])
def test_a_month_alone_agrees_in_any_number_of_logs(logs):
    """
    Across logs operators, their own accounts and what they acted on lie apart.
    """
    files = [SAMPLES / "2004-12.csv.gz"]

    assert compute(files) == reviewed(files, logs)


@pytest.mark.parametrize("seed", range(40))
def test_any_quarrel_agrees_with_the_straight_computation(tmp_path, seed):
    """
    However a few operators block each other, all four checks agree, in one log or in several.
    """
    files = written(tmp_path, quarrel(seed))

    assert compute(files) == reviewed(files, logs=1 + seed % 3)


def test_what_was_never_in_force_was_not_reversed(tmp_path):
    """
    A block that is taken back within its own second never held: nobody reversed it, soon or late.
    """
    lines = [event(1, "block", 5), event(2, "unblock", 5), event(3, "block", 6)]
    files = written(tmp_path, [*lines, event(4, "unblock", 7)])

    with Ledger.create("memory:") as ledger:
        ledger.import_history("block-log", files)
        found = [(one.check, one.at.second) for one in ledger.review()]
    assert [6, 6] == [second for check, second in found if check not in ("no-report", "burst")]
    assert 1 == len(reviewed(files)) == len(compute(files))


@pytest.mark.parametrize("seed", range(5))
def test_an_account_is_looked_at_alike_whatever_else_is_on_record_of_it(tmp_path, clock, seed):
    """
    Protecting every account afterwards changes nothing about what was done before, though from then
    on more is on record of each than its acts.
    """
    clock.set(START + timedelta(days=61))
    checks = [check.name for check in BUILT_IN if check.name != "last-active-day"]
    with Ledger.create("memory:", clock=clock, logs=2) as ledger:
        ledger.import_history("block-log", written(tmp_path, quarrel(seed)))
        before = list(ledger.review(checks=checks))
        for account in {one.account for one in before}:
            ledger.protect_account(account, tier="press", by="system", reason="journalist")

        assert before == list(ledger.review(checks=checks))
    assert {"acted-while-restricted", "own-account", "self-reversal", "no-report"} <= {
        one.check for one in before
    }


def test_quarrels_hold_enough_of_everything(tmp_path):
    """
    Each of the four checks finds something in most quarrels, so that agreeing says something.
    """
    finding: Counter[str] = Counter()
    for seed in range(40):
        finding.update({one.check for one in compute(written(tmp_path, quarrel(seed)))})

    assert all(finding[check] >= 20 for check in CHECKS), finding
