"""
The beginning of a situation: what every order finds, whatever it is about.
"""

from datetime import datetime
from typing import Final

from ledger.moderation.decisions import Situation
from ledger.moderation.operator import system_operator
from ledger.moderation.policy import Policies
from ledger.moderation.rulebook import Rulebook

# What history is decided by: nothing was asked of it that its source did not ask.
_NO_POLICIES: Final = Policies()


class Beginnings:
    """
    The beginnings of the situations of one ledger.

    Each is made once and told from then on, until another policy is in force: to make one takes
    longer than to look at most of what is decided by it.

    Args:
        sealed: Whether personal fields are sealed.
    """

    def __init__(self, rulebook: Rulebook, *, sealed: bool) -> None:
        self._rulebook = rulebook
        self._sealed = sealed
        # By whether they are of history: of which policies and version, and what it is.
        self._made: dict[bool, tuple[Policies, int, Situation]] = {}

    def of(self, policies: Policies | None, now: datetime) -> Situation:
        """
        Return what every order finds; who acts, when and on what is to be put into it.

        Args:
            policies: Those adopted; None for history.

        Raises:
            Unavailable: When the policy in force uses a rule that this process does not know.
        """
        imported = policies is None
        asked = _NO_POLICIES if policies is None else policies
        made = self._made.get(imported)
        # Policies grow in place; where what was adopted is undone, they are others.
        if made is not None and made[0] is asked and made[1] == asked.version:
            return made[2]
        beginning = Situation(
            now=now,
            account=None,
            by=system_operator(),
            subject=None,
            new_id=str,
            measures=self._rulebook.measures,
            policy=self._rulebook.in_force(asked),
            policies=asked,
            sealed=self._sealed,
            rules=self._rulebook.rules,
            imported=imported,
        )
        self._made[imported] = asked, asked.version, beginning
        return beginning
