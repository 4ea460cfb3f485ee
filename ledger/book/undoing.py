"""
What would have been, and what an undo would do: the questions that are about much at once.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Unpack

from ledger.book import arguments
from ledger.book.doing import Surroundings, Time
from ledger.book.revealing import Revealing, revealed
from ledger.forensics.replay import Replay, replay_of
from ledger.forensics.undo import plan_of
from ledger.moderation.commands import command_of
from ledger.moderation.commands.undo import Undo
from ledger.moderation.identity import identifier_or_none
from ledger.moderation.moment import moment_or_none
from ledger.store.cuts import KnownAt
from ledger.store.order import Order
from ledger.store.reader import Reader
from ledger.store.writer import Writer
from ledger.timeline.plan import Plan, Selection
from ledger.timeline.replay import Without


class Undoing(Revealing):
    """
    What can be asked about histories without some of what happened.

    Raises:
        NotFound: When an operator is not enrolled, or an account, an action or an undo that is
            named is not on record.

        Malformed: When *known_at* is later than now, or an argument has the wrong shape.
    """

    _reader: Reader
    _writer: Writer
    _now: Callable[[], datetime]

    @revealed
    def replay(
        self,
        *,
        account: str | None = None,
        without_operators: Iterable[str] = (),
        without_actions: Iterable[str] = (),
        at: Time | None = None,
        known_at: KnownAt = None,
    ) -> Replay:
        """
        Return what would have been without some operators and actions, and every difference of
        standing to what was.

        Args:
            account: Only this account; without it every one that is touched.

            without_operators: Whose entries are left out, and with them the acts that they asked
                for or approved.

            at: Only the differences that hold at this moment.
        """
        now = self._now()
        without = Without(without_operators, without_actions)
        asked = moment_or_none(at, "at")
        wanted = identifier_or_none(account, "account")
        with self._reader.question(known_at, now) as question:
            return replay_of(self._reader, question, without, account=wanted, at=asked, now=now)

    @revealed
    def plan_undo(
        self,
        *,
        operators: Iterable[str] = (),
        actions: Iterable[str] = (),
        sessions: Iterable[str] = (),
        since: Time | None = None,
        until: Time | None = None,
        undo: str | None = None,
        restore_superseded: bool = False,
    ) -> Plan:
        """
        Return what undoing the actions would do for which all that is given holds, as known now.

        Args:
            operators: Whose actions, as corrected.

            sessions: In which sessions they were taken.

            since, until: The half-open window in which they were taken: when they were recorded,
                or took effect where that was earlier.

            undo: An undo that is to be undone: what it ended is acted anew with the terms that
                remain.

            restore_superseded: Whether what a reversed action had superseded is acted anew.

        Raises:
            Malformed: When none of operators, actions, sessions and undo is given.
        """
        asked = Selection(
            operators=operators,
            actions=actions,
            sessions=sessions,
            since=since,
            until=until,
            undo=undo,
            restore_superseded=restore_superseded,
        )
        now = self._now()
        with self._reader.question(None, now) as question:
            # A clock that was set back must not hide what was just recorded.
            return plan_of(self._reader, question, asked, max(now, question.cut.known_at))

    def undo(
        self, plan: Plan, *, by: str, reason: str, **surroundings: Unpack[Surroundings]
    ) -> str:
        """
        Do exactly what *plan* says, in one transaction, and return the id of the undo.

        All that is recorded has one recorded time, and the undo's id as its correlation id.

        Raises:
            Malformed: When *plan* is none.

            Conflict: When an action that is planned is no more as the plan has it.

            Refused: When the plan would do nothing, or the operator may not act.
        """
        arguments.given(plan, Plan, "plan", "what `plan_undo` returned")
        given = {"plan": plan.digest, "undoes": plan.asked.undo, "by": by, "reason": reason}
        asked = command_of(Undo, {**given, **surroundings})
        (undone,) = self._writer.record([Order(asked, plan=plan)])
        return undone
