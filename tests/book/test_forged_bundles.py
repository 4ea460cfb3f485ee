"""
Bundles of a sealed ledger of several logs, forged in every part: both checkers catch each.
"""

import re
from functools import cache

import pytest

from ledger import Ledger
from ledger.proofs import check_evidence, ed25519
from ledger.proofs.policy import parse_policy
from tests.book.test_bundling import REASON, Notarised, notarised
from tests.conftest import enrol_staff
from tests.proofs.bundles import alike
from tests.proofs.forging import forgeries

__all__ = ["notarised"]

# Less is shown: a signature twice, an earlier checkpoint, or one of its logs (another one that did
# not grow either has the same proof), a disclosure, or an entry that nothing that is there relies
# on, the last of its stream among them.
LESS = re.compile(
    r"checkpoint: line 4 twice|consistency: an empty list|consistency\.\d: left out"
    r"|consistency\.\d\.checkpoint: line 4 twice"
    r"|consistency\.\d\.logs(: an empty list|\.\d: left out|\.\d\.log: \d)"
    r"|entries\.\d+: left out|entries\.\d+\.disclosures(\.\d+)?: (left out|an empty list)"
)


@pytest.fixture
def kept(notarised, clock, sealing_keys) -> Notarised:
    """
    Return a sealed ledger of three logs with a story that is signed twice.
    """
    created = Ledger.create("memory:", clock=clock, logs=3, sealed=True, keys=sealing_keys)
    made: Notarised = notarised(enrol_staff(created))
    return made


def test_no_part_of_a_bundle_of_many_logs_can_be_forged(kept, clock, monkeypatch) -> None:
    """
    The list of logs, the growth of each, what is sealed and what is disclosed: whatever part is
    changed, it is not verified, unless less is shown than was.
    """
    monkeypatch.setattr(check_evidence, "holds", cache(check_evidence.holds))
    monkeypatch.setattr(ed25519, "holds", cache(ed25519.holds))
    with kept.ledger:
        first = kept.checkpoint()
        clock.advance(minutes=11)
        kept.ledger.reverse("a-1", by="op-7", reason=REASON)
        kept.checkpoint()
        bundle = kept.bundle(since=[first], disclose=["reason"])
    policy = parse_policy(kept.policy)
    assert "verified" == alike(bundle.encode(), policy)["verdict"]
    assert bundle.earlier
    assert bundle.earlier[0].logs
    assert any(leaf.disclosures for leaf in bundle.leaves)

    survived = [
        what
        for what, forged in forgeries(bundle.encode())
        if alike(forged, policy)["verdict"] == "verified"
    ]

    assert [] == [what for what in survived if not LESS.fullmatch(what)]
