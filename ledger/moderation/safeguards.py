"""
Safeguards: the rules that are evaluated before an act, and what a policy says of each.

With no policy adopted, `builtin@0` holds: an enrolled operator who is present and not barred may
act (semantics, rule 17). What it does not ask for is part of what it is, and so is fixed for ever.
"""

from collections.abc import Iterator
from typing import Final

from ledger.moderation.events import Outcome, Verdict

BUILT_IN_POLICY: Final = "builtin@0"
AUTHORITY: Final = "authority"

PASSED: Final = (Verdict(name=AUTHORITY, policy=BUILT_IN_POLICY, outcome=Outcome.PASSED),)

# The safeguards that the built-in policy knows of and does not ask for.
NOT_ADOPTED: Final = tuple(
    Verdict(name=name, policy=BUILT_IN_POLICY, outcome=Outcome.NOT_ADOPTED)
    for name in ("protected-account", "two-person", "last-day")
)


def outcomes(verdicts: tuple[Verdict, ...]) -> Iterator[Verdict]:
    """
    Return *verdicts*, and after those of the built-in policy the safeguards that it lacks.
    """
    yield from verdicts
    if any(verdict.policy == BUILT_IN_POLICY for verdict in verdicts):
        yield from NOT_ADOPTED
