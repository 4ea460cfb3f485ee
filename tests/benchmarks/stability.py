"""
B15: the same `as of`, asked before and after a concurrent writer commits.

The writer is slow: it has looked at its clock under the head, so its time of recording stands, and
waits to commit until everything was asked. Products that stamp rows in this way answer differently
afterwards. An answer of the ledger's carries its cut, and says whether its moment is settled.
"""

import random
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Final, NamedTuple

from ledger import Ledger
from ledger.timeline.cut import Cut
from tests.benchmarks.auditing import NO_FAULTS
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.racing import in_words
from tests.benchmarks.scale import Scale
from tests.benchmarks.site import Site

_OPERATOR: Final = "op-1"
_ACCOUNTS: Final = tuple(f"account-{number}" for number in range(1, 21))
_ASKED_EACH_TIME: Final = 20
# Of the moments of knowledge as many lie in the time since the writer looked at its clock.
_RECENT_SHARE: Final = 0.5


class Told(NamedTuple):
    """
    What was answered, and the cut that it rests on.
    """

    what: tuple[object, ...]
    cut: Cut


class SlowClock:
    """
    The machine's clock, at which a writer who is held up waits after he has looked at it.
    """

    def __init__(self) -> None:
        self.has_looked = threading.Event()
        self._may_go_on = threading.Event()
        self._may_go_on.set()

    def hold_up(self) -> None:
        """
        Let whoever looks next wait.
        """
        self.has_looked.clear()
        self._may_go_on.clear()

    def let_go(self) -> None:
        """
        Let him go on.
        """
        self._may_go_on.set()

    def __call__(self) -> datetime:
        """
        Return the time, and not at once to who is held up.
        """
        now = datetime.now(UTC)
        self.has_looked.set()
        self._may_go_on.wait()
        return now


class Asked(NamedTuple):
    """
    A question about an account: where it stands, which reads its log, or who did what to it, which
    reads all.
    """

    is_who: bool
    account: str
    at: datetime
    known_at: datetime

    def answer(self, ledger: Ledger, cut: Mapping[int, int] | None = None) -> Told:
        """
        Return the answer as known at the moment, or at *cut*.
        """
        known_at = self.known_at if cut is None else cut
        if self.is_who:
            answers = ledger.who(self.account, at=self.at, known_at=known_at)
            return Told((*answers,), answers.cut)
        found = ledger.standing(self.account, self.at, known_at)
        return Told((found.standing, *found.in_force), found.cut)


class Trial:
    """
    A ledger, a writer who is held up, and a reader.

    Args:
        began: Since when every account is on record.
    """

    def __init__(self, url: str, began: datetime, seed: int, ending: ExitStack) -> None:
        self._clock = SlowClock()
        self._writing = ending.enter_context(Ledger.open(url, clock=self._clock, create=False))
        self._reading = ending.enter_context(Ledger.open(url, create=False))
        self._thread = ending.enter_context(ThreadPoolExecutor(1))
        ending.callback(self._clock.let_go)
        self._chance = random.Random(seed)
        self._began = began
        self.counts: Counter[str] = Counter()

    def run(self, repeats: int) -> None:
        """
        Count the answers, and those that were different afterwards, of so many questions.
        """
        while self.counts["asked"] < repeats:
            account = self._chance.choice(_ACCOUNTS)
            self._clock.hold_up()
            held_up = self._thread.submit(_strike, self._writing, account)
            self._clock.has_looked.wait()
            looked_at = datetime.now(UTC)
            asked = [self._question(account, looked_at) for _ in range(_ASKED_EACH_TIME)]
            before = [each.answer(self._reading) for each in asked]
            by_cut = [
                each.answer(self._reading, answer.cut.positions)
                for each, answer in zip(asked, before, strict=True)
            ]
            self._clock.let_go()
            held_up.result()
            self.counts["commits"] += 1
            for each, answer, answer_by_cut in zip(asked, before, by_cut, strict=True):
                self._compare(each, answer, answer_by_cut)

    def _question(self, account: str, looked_at: datetime) -> Asked:
        """
        Return a question to the account that the writer is about, or to another one.
        """
        chance = self._chance
        now = datetime.now(UTC)
        since = looked_at if chance.random() < _RECENT_SHARE else self._began
        known_at = since + (now - since) * chance.random()
        about = account if chance.random() < _RECENT_SHARE else chance.choice(_ACCOUNTS)
        return Asked(chance.random() < _RECENT_SHARE, about, now, known_at)

    def _compare(self, asked: Asked, before: Told, by_cut: Told) -> None:
        """
        Ask the same again, and count what is different.
        """
        counts = self.counts
        counts["asked"] += 1
        after = asked.answer(self._reading)
        if before.cut.settled:
            counts["settled"] += 1
            counts["settled and different"] += after != before
        else:
            counts["unsettled and different"] += after.what != before.what
        counts["different by cut"] += by_cut != asked.answer(self._reading, before.cut.positions)


def _strike(ledger: Ledger, account: str) -> str:
    return ledger.act(
        "issue_strike", account, by=_OPERATOR, because_of="own-initiative", reason="spam wave 17"
    )


def _struck(ledger: Ledger) -> datetime:
    """
    Strike every account, and return when that is done.
    """
    for account in _ACCOUNTS:
        _strike(ledger, account)
    return datetime.now(UTC)


def as_of(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B15: how many answers were different, among those that promised not to be.
    """
    found: list[Measurement] = []
    for logs in scale.logs:
        name = f"stable_{logs}"
        site.make(name)
        with Ledger.create(site.url(name), logs=logs) as ledger:
            ledger.enrol_operator(_OPERATOR, kind="human")
            began = _struck(ledger)
            # So that there are moments behind which everything is recorded.
            _struck(ledger)
        with ExitStack() as ending:
            trial = Trial(site.url(name), began, logs, ending)
            trial.run(scale.repeats)
        found.extend(_rows(trial.counts, in_words(logs)))
    return found


def _rows(counts: Counter[str], where: str) -> Iterator[Measurement]:
    """
    Yield how many answers were different that said they would not be, and how many others were.
    """
    for what, bar in (
        ("settled and different", NO_FAULTS),
        ("different by cut", NO_FAULTS),
        ("unsettled and different", None),
    ):
        yield Measurement(
            name=f"B15 answers {what} after a commit, {where}",
            value=counts[what],
            unit="answers",
            floor=counts["asked"],
            size=f"{counts['asked']:,} questions, {counts['settled']:,} of them settled, beside"
            f" {counts['commits']:,} commits, {where}, {len(_ACCOUNTS)} accounts; the floor is how"
            " many were asked",
            bar=bar,
        )
