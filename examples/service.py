"""
A service that records from several threads, hears everything twice, and neither loses nor doubles.

Its queue delivers each decision at least once. The decision's own id is the `request_id`, so a
delivery that comes again is answered with what the first one recorded.
"""

import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from ledger import Ledger, Refused, Unavailable

ACCOUNTS, THREADS, WAIT_SECONDS_MAX = 40, 8, 2

# Two moderators decide on every account.
DECISIONS = [(f"{by}-{n}", f"account-{n}", by) for n in range(ACCOUNTS) for by in ("op-1", "op-2")]


def deliver(ledger: Ledger, decision: str, account: str, by: str) -> str:
    """
    Record a decision and return the id of its action, or the rule that refused it.
    """
    wait_seconds = 0.1
    while True:
        try:
            return ledger.act(
                "suspend",
                account,
                by=by,
                because_of="own-initiative",
                reason="spam",
                request_id=decision,
            )
        except Refused as refusal:
            # An answer, not a failure: here the other moderator was first.
            return refusal.rule
        except Unavailable:
            # Whether the database wrote it or not, the same id may be sent again.
            if wait_seconds > WAIT_SECONDS_MAX:
                raise
            time.sleep(wait_seconds)
            wait_seconds *= 2


with tempfile.TemporaryDirectory() as folder:
    url = f"sqlite:///{folder}/moderation.db"
    with Ledger.open(url) as ledger, ThreadPoolExecutor(THREADS) as threads:
        for operator in ("op-1", "op-2"):
            ledger.enrol_operator(operator, kind="human")
        outcomes = Counter(threads.map(lambda told: deliver(ledger, *told), DECISIONS * 2))
    print(f"{outcomes.total()} deliveries, {outcomes.pop('in-force-already')} refused")
    with Ledger.open(url) as ledger:
        kept = [restriction.action for restriction in ledger.restrictions(measure="suspend")]
    print(f"{len(outcomes)} actions answered, each twice: {set(outcomes.values()) == {2}}")
    print(f"{len(kept)} actions kept, all that were answered: {set(kept) == set(outcomes)}")
