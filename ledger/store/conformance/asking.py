"""
Questions that are asked again beside writers: the same cut, and the same settled moment, give the
same answer.
"""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Final

import attrs

from ledger.errors import LedgerError, Unavailable
from ledger.moderation.commands.account import Reverse
from ledger.moderation.identity import account_stream
from ledger.store.conformance.ground import WRITERS, Client, Ground, act, at_once, now
from ledger.store.conformance.verdict import Verdict, judged
from ledger.store.conformance.watched import Fate
from ledger.store.order import Order
from ledger.store.reader import Reader
from ledger.store.search import Filters

SHARE: Final = 0.2
READERS: Final = 2
ACCOUNTS: Final = 3
COMMANDS: Final = 12
HELD_EVERY: Final = 3
FENCED_EVERY: Final = 5
# How often a reader asks what was not asked before.
ANOTHER_QUESTION: Final = 0.1
# A slow transaction goes on when so many questions were answered beside it, or it has waited long.
ANSWERS_BESIDE: Final = 2
PATIENCE_SECONDS: Final = 0.5
# How far a moment that is asked about is from the present at most.
ASIDE: Final = timedelta(milliseconds=20)

Answer = tuple[Any, ...]


@attrs.define
class _Question:
    """
    What is asked again and again.

    Args:
        first: The first answer that was settled.

        settled: How many were.

        different: How many were not as the first one.
    """

    account: str
    at: datetime
    known_at: datetime | Mapping[int, int]
    first: Answer | None = None
    settled: int = 0
    different: int = 0

    def ask(self, reader: Reader) -> None:
        """
        Ask *reader* once more.
        """
        with reader.question(self.known_at, now()) as question:
            if not question.cut.settled:
                return
            asked = Filters(account=self.account, in_force_at=self.at)
            entries = reader.entries(question, stream=account_stream(self.account))
            answer = (
                tuple(question.cut.positions.items()),
                tuple(reader.restrictions(question, asked)),
                tuple((entry.log, entry.position, entry.body) for entry in entries),
            )
        self.settled += 1
        if self.first is None:
            self.first = answer
        elif self.first != answer:
            self.different += 1
        self._glance(reader)

    def _glance(self, reader: Reader) -> None:
        """
        Ask *reader* what is in force by the one statement that tells it of short accounts.
        """
        seen = reader.in_force(self.account, self.at, self.known_at, now())
        if seen is not None and seen.cut.settled and self.first is not None:
            self.different += {*seen.in_force} != {*self.first[1]}


class _Beside:
    """
    Lets a slow transaction wait until questions were answered beside it.

    Attributes:
        transactions: How many had that many answers beside them.
    """

    def __init__(self) -> None:
        self._answered = threading.Condition()
        self._answers = 0
        self.transactions = 0

    def answered(self) -> None:
        """
        Take note of an answer.
        """
        with self._answered:
            self._answers += 1
            self._answered.notify_all()

    def wait(self) -> None:
        """
        Return when there are more answers.
        """
        with self._answered:
            wanted = self._answers + ANSWERS_BESIDE
            if self._answered.wait_for(lambda: self._answers >= wanted, PATIENCE_SECONDS):
                self.transactions += 1


@attrs.define
class _Tally:
    """
    What came of questions.

    Args:
        answers: How many were settled.

        questions: How many had a settled answer.

        broken: What is wrong, a sentence each.
    """

    answers: int = 0
    questions: int = 0
    broken: list[str] = attrs.field(factory=list)

    def add(self, asked: _Question) -> None:
        """
        Take note of a question that is not asked any more.
        """
        self.answers += asked.settled
        self.questions += asked.settled > 0
        if asked.different:
            self.broken.append(
                f"{asked.different} of {asked.settled} answers about {asked.account} as of"
                f" {asked.known_at} differ from the first"
            )


def as_of_stability(ground: Ground) -> Verdict:
    """
    Ask the same again and again while writers hold transactions open, and once they are gone: no
    answer differs from the first.
    """
    beside, tally = _Beside(), _Tally()
    readers = [ground.another().reader for _ in range(READERS)]
    for client in ground.clients:
        client.database.hold = beside.wait
    for number in ground.rounds(SHARE):
        _ask_beside_writers(ground, number, readers, beside, tally)
    what = (
        f"{tally.answers} settled answers to {tally.questions} questions, beside"
        f" {beside.transactions} transactions of {WRITERS} writers that were held open"
    )
    if not tally.broken and not (beside.transactions and tally.answers > tally.questions):
        return Verdict("as-of-stability", holds=None, what=what)
    return judged("as-of-stability", tally.broken, what)


def _ask_beside_writers(
    ground: Ground, number: int, readers: Sequence[Reader], beside: _Beside, tally: _Tally
) -> None:
    """
    Let readers ask until the writers are done, then ask each question once more.
    """
    done = threading.Event()
    questions: list[tuple[Reader, _Question]] = []

    def asking(nth: int, reader: Reader) -> None:
        chance = ground.chance("as-of", number, "reader", nth)
        mine: list[_Question] = []
        while not done.is_set():
            try:
                if not mine or chance.random() < ANOTHER_QUESTION:
                    mine.append(_made_up(reader, chance, number))
                    questions.append((reader, mine[-1]))
                chance.choice(mine).ask(reader)
            except LedgerError as error:
                tally.broken.append(str(error))
            beside.answered()

    def writing(nth: int, client: Client) -> None:
        tally.broken += _write(client, ground.chance("as-of", number, nth), number)

    with ThreadPoolExecutor(READERS) as pool:
        waited_for = [pool.submit(asking, nth, reader) for nth, reader in enumerate(readers)]
        try:
            at_once([partial(writing, nth, client) for nth, client in enumerate(ground.clients)])
        finally:
            done.set()
    for each in waited_for:
        each.result()
    ground.auditor.writer.fence(now())
    for reader, question in questions:
        question.ask(reader)
        tally.add(question)


def _made_up(reader: Reader, chance: Random, number: int) -> _Question:
    """
    Return a question about a moment around the present, known at this moment or at this cut.
    """
    at = now() + chance.uniform(-1, 1) * ASIDE
    account = f"as-of-{number}-{chance.randrange(ACCOUNTS)}"
    if chance.random() < 1 / 2:
        return _Question(account, at, now())
    with reader.question(None, now()) as question:
        return _Question(account, at, question.cut.positions)


def _write(client: Client, chance: Random, number: int) -> list[str]:
    """
    Let *client* strike accounts and reverse that, some of it slowly, and return what went wrong.
    """
    failures: list[str] = []
    mine: list[str] = []
    for nth in range(COMMANDS):
        client.database.fates = deque([Fate.HELD] if nth % HELD_EVERY == 0 else [])
        account = f"as-of-{number}-{chance.randrange(ACCOUNTS)}"
        try:
            if mine:
                client.writer.record_one(Order(Reverse(action=mine.pop(), reason="check")))
            else:
                mine.append(client.writer.record_one(Order(act("issue_strike", account))))
            if nth % FENCED_EVERY == 0:
                client.writer.fence(now())
        except Unavailable:
            # What is asked does not depend on it.
            continue
        except LedgerError as error:
            failures.append(str(error))
    return failures
