"""
The rulebook: the measures that a process knows, the rules that its policies may use, and the
policies made ready.
"""

from collections.abc import Mapping
from functools import lru_cache

from ledger.moderation.entry import Entry
from ledger.moderation.events.policy import PolicyAdopted
from ledger.moderation.policy import Policies, version_name
from ledger.moderation.policy_document import policy
from ledger.moderation.rules import Rule
from ledger.moderation.safeguards import BUILT_IN, Policy
from ledger.moderation.vocabulary import Vocabulary

_READY_MAX = 64


class Rulebook:
    """
    What decisions are made by, beside what is on record.

    Args:
        rules: By name, those built in and those of the service.
    """

    def __init__(self, measures: Vocabulary, rules: Mapping[str, Rule]) -> None:
        self.measures = measures
        self.rules = rules
        self._ready = lru_cache(maxsize=_READY_MAX)(self._made_ready)

    def in_force(self, policies: Policies) -> Policy:
        """
        Return the policy in force, ready to be asked.

        Raises:
            Unavailable: When it uses a rule that this process does not know.
        """
        latest = policies.latest
        return BUILT_IN if latest is None else self.adopted(latest)

    def adopted(self, entry: Entry) -> Policy:
        """
        Return the policy that *entry* adopted, ready to be asked.

        Raises:
            Unavailable: When it uses a rule that this process does not know.
        """
        event = entry.event
        assert isinstance(event, PolicyAdopted)
        return self._ready(event, entry.version)

    def _made_ready(self, event: PolicyAdopted, version: int) -> Policy:
        return policy(
            event.text, event.syntax, version_name(version), event.not_adopted, self.rules
        )
