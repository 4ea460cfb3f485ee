"""
Which policy is in force, what it said of an act, and what another one would have said of all.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from ledger.book.asking import Time
from ledger.book.revealing import Revealing, revealed
from ledger.forensics.backtest import Backtest, backtest_of, hypothetical
from ledger.forensics.policing import PolicyAnswer, SafeguardsAnswer, policy_of, safeguards_of
from ledger.forensics.touched import no_action
from ledger.forensics.witnesses import Witnesses
from ledger.moderation.claims import ACTION
from ledger.moderation.identity import identifier, identifier_or_none
from ledger.moderation.moment import assert_window, moment_or_none
from ledger.moderation.policy import POLICY_STREAM
from ledger.moderation.rulebook import Rulebook
from ledger.store.cuts import KnownAt
from ledger.store.reader import Reader


class Policing(Revealing):
    """
    What can be asked about policies and their safeguards.

    Raises:
        NotFound: When an action or a version that is named is not on record.

        Malformed: When *known_at* is later than now, or an argument has the wrong shape.
    """

    _reader: Reader
    _rulebook: Rulebook
    _now: Callable[[], datetime]

    @revealed
    def policy(self, version: str | None = None, known_at: KnownAt = None) -> PolicyAnswer:
        """
        Return the policy in force, or one that was: its text, its safeguards, who adopted it when.

        Args:
            version: Such as ``default@2``; ``builtin@0`` is what holds before one is adopted.
        """
        asked = identifier_or_none(version, "version")
        with self._reader.question(known_at, self._now(), [POLICY_STREAM]) as question:
            return policy_of(self._reader, question, asked)

    @revealed
    def safeguards(self, action: str, known_at: KnownAt = None) -> SafeguardsAnswer:
        """
        Return which safeguards were asked about an action and what they said, which were not there
        and by whose doing, what was refused before, and what would be said of it today.
        """
        stream = self._reader.stream_of([ACTION], identifier(action, "action"))
        with self._reader.question(known_at, self._now()) as question:
            found = stream and safeguards_of(
                self._reader, question, self._rulebook, stream.partition("/")[2], action
            )
        if not found:
            raise no_action(action)
        return found

    @revealed
    def backtest(
        self,
        policy: Mapping[str, object] | str | None = None,
        *,
        since: Time | None = None,
        until: Time | None = None,
        known_at: KnownAt = None,
    ) -> Backtest:
        """
        Return each past action with the verdicts that a policy would have given, and how many of
        those that it would have stopped were reversed later.

        Args:
            policy: An object, or a text in JSON or TOML, as `adopt_policy` takes it; the one in
                force without it.

            since, until: The half-open window in which the actions were recorded.
        """
        window = {
            "since": moment_or_none(since, "since"),
            "until": moment_or_none(until, "until"),
        }
        assert_window(**window)
        asked = None if policy is None else hypothetical(policy, self._rulebook)
        with self._reader.question(known_at, self._now()) as question:
            if asked is None:
                policies = Witnesses(self._reader, question).policies()
                asked = self._rulebook.in_force(policies)
            return backtest_of(self._reader, question, asked, **window)
