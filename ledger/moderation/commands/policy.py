"""
The command about the policy: adopt one.
"""

from typing import Final, NamedTuple

from ledger.errors import Malformed
from ledger.moderation.commands.command import Command, checked, command
from ledger.moderation.events.policy import Syntax
from ledger.moderation.policy_document import written

# Written into one entry, its quotes and line ends escaped.
TEXT_BYTES_MAX: Final = 48 * 1024


class PolicyText(NamedTuple):
    """
    A policy as it is written.
    """

    text: str
    syntax: Syntax


def _policy(value: object, name: str) -> PolicyText:
    if isinstance(value, PolicyText):
        return value
    policy = PolicyText(*written(value))
    if (size := len(policy.text.encode())) > TEXT_BYTES_MAX:
        raise Malformed(
            f"the policy has {size} bytes", where=name, expected=f"at most {TEXT_BYTES_MAX} bytes"
        )
    return policy


@command("adopt_policy", "policy")
class AdoptPolicy(Command):
    """
    Adopt a policy, whole, in the place of the one in force.

    Args:
        policy: An object, or a text in JSON or TOML.
    """

    policy: PolicyText = checked(_policy)
