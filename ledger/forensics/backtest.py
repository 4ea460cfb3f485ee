"""
What a policy would have said of every act on record, and what became of those it would have
stopped.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import attrs

from ledger.forensics.witnesses import Witnesses
from ledger.moderation.commands import command_of
from ledger.moderation.commands.policy import AdoptPolicy
from ledger.moderation.events.account import ActionTaken
from ledger.moderation.policy_document import not_adopted, parsed, policy
from ledger.moderation.rulebook import Rulebook
from ledger.moderation.safeguards import Policy
from ledger.moderation.term import EndedBy
from ledger.store.reader import Question, Reader
from ledger.store.search import filters
from ledger.store.sweep import of_kinds
from ledger.timeline.backtest import (
    CORRECTION,
    JUDGED_BY,
    Hindsight,
    Judged,
    Judgement,
    corrected_operators,
)
from ledger.timeline.cut import Cut

UNTITLED: Final = "untitled"


@attrs.frozen
class Backtest:
    """
    A policy, and what it would have said of past acts.

    Args:
        policy: The title of the policy that was given, or the version of the one in force.

        rows: One an act, by (recorded_at, log, position).

        stopped_later_reversed: How many of the acts that it would have stopped were ended by a
            reversal, as known at the cut.

        imported: Whether some of the acts came from a source's history.
    """

    policy: str
    rows: tuple[Judged, ...]
    stopped: int
    delayed: int
    stopped_later_reversed: int
    imported: bool
    at: datetime
    cut: Cut

    @property
    def actions(self) -> int:
        """
        Return how many acts were judged.
        """
        return len(self.rows)

    @property
    def stopped_stood(self) -> int:
        """
        Return how many of the acts that it would have stopped were never reversed.
        """
        return self.stopped - self.stopped_later_reversed


def hypothetical(given: Mapping[str, object] | str, rulebook: Rulebook) -> Policy:
    """
    Return a policy that was not adopted, under its title, ready to be asked.

    Raises:
        Malformed: When it could not be adopted, with the path of the defect.
    """
    text, syntax = command_of(AdoptPolicy, {"policy": given}).policy
    document = parsed(text, syntax, rulebook.rules, rulebook.measures)
    lacking = not_adopted(document, rulebook.rules)
    return policy(text, syntax, document.title or UNTITLED, lacking, rulebook.rules)


def backtest_of(
    reader: Reader,
    question: Question,
    asked: Policy,
    *,
    since: datetime | None,
    until: datetime | None,
) -> Backtest:
    """
    Return what the policy *asked* would have said of each act that was recorded in a window.
    """
    corrected = corrected_operators(of_kinds(question, (CORRECTION,)))
    hindsight = Hindsight(asked, Witnesses(reader, question).operator, corrected)
    rows: list[Judged] = []
    imported = False
    for entry in of_kinds(question, JUDGED_BY, before=until):
        event = entry.event
        if isinstance(event, ActionTaken) and (since is None or since <= entry.recorded_at):
            rows.append(hindsight.judge(entry, event))
            imported = imported or entry.import_id is not None
        hindsight.take(entry)
    stopped = {row.action for row in rows if row.judgement is Judgement.STOPPED}
    return Backtest(
        policy=asked.version,
        rows=tuple(rows),
        stopped=len(stopped),
        delayed=sum(row.judgement is Judgement.DELAYED for row in rows),
        stopped_later_reversed=_reversed(reader, question, stopped),
        imported=imported,
        at=question.cut.known_at,
        cut=question.cut,
    )


def _reversed(reader: Reader, question: Question, actions: set[str]) -> int:
    """
    Return how many of *actions* were ended by a reversal, as known at the cut.
    """
    if not actions:
        return 0
    ended = reader.restrictions(question, filters(ended_by=EndedBy.REVERSAL))
    return sum(restriction.action in actions for restriction in ended)
