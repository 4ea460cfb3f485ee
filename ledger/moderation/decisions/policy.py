"""
The decision about the policy: only the system or the role ``admin`` may adopt one.
"""

from typing import Final

from ledger.moderation.commands.policy import AdoptPolicy
from ledger.moderation.decisions.situation import Decision, Situation, permission, refused
from ledger.moderation.entry import Draft
from ledger.moderation.events.policy import PolicyAdopted
from ledger.moderation.policy import POLICY_STREAM, version_name
from ledger.moderation.policy_document import adopted_names, not_adopted, parsed

# Where a refusal to adopt a policy is on record: versions of the policy's own stream are policies.
REFUSALS: Final = "ledger/policies"


def adopt_policy(command: AdoptPolicy, situation: Situation) -> Decision:
    """
    Return the decision to adopt a policy; nothing when it is the one in force, to the letter.

    Raises:
        Malformed: When the document does not hold, with the path of the defect.
    """
    text, syntax = command.policy
    document = parsed(text, syntax, situation.rules, situation.measures)
    found = permission(situation, administers=True)
    if found.denied:
        return refused(command, situation, found, REFUSALS)
    latest = situation.policies.latest
    if latest is not None and command.request_id is None:
        assert isinstance(latest.event, PolicyAdopted)
        if (text, syntax) == (latest.event.text, latest.event.syntax):
            return Decision(version_name(situation.policies.version))
    event = PolicyAdopted(
        text=text,
        syntax=syntax,
        adopted=adopted_names(document),
        not_adopted=not_adopted(document, situation.rules),
        relied_on=situation.relied_on(),
        authority=found.now,
        context=situation.context(command),
    )
    version = version_name(situation.policies.version + 1)
    return Decision(version, (Draft(POLICY_STREAM, event, command.by),))
