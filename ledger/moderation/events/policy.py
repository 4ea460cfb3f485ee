"""
What can happen to the policy: it is adopted, whole.
"""

from enum import StrEnum

from ledger.moderation.authority import Authority
from ledger.moderation.events.record import Context, event


class Syntax(StrEnum):
    """
    In what a policy is written.
    """

    JSON = "json"
    TOML = "toml"


@event("policy.adopted")
class PolicyAdopted:
    """
    A policy was adopted: from here on it decides what may be done.

    Args:
        text: The whole document, as it was given.

        adopted: The names of its safeguards, in order.

        not_adopted: The rules that were known then and that it does not use.
    """

    text: str
    syntax: Syntax
    adopted: tuple[str, ...]
    not_adopted: tuple[str, ...]
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None
