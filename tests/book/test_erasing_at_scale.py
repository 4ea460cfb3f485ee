"""
How long it takes to erase somebody of whom much is on record: one entry and one key, however much.
"""

import faulthandler
import time
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.note import Note
from ledger.proofs.policy import TrustPolicy
from ledger.proofs.roots import log_origin
from ledger.proofs.verdict import Verdict
from ledger.store.keys import Keys
from ledger.store.keys_wrapping import FileKEK
from tests.proofs.signing import Signer

ORIGIN = "ledger.example/erased"
SECONDS_MAX = 1.0
LOG = Signer(1, log_origin(ORIGIN, 0))
TRUSTED = TrustPolicy(logs=(LOG.key,), witnesses=(), quorum="none").text()


def vouched(ledger: Ledger) -> str:
    """
    Return what the log signs of itself now.
    """
    (log,) = ledger.status().logs
    text = Checkpoint(log_origin(ORIGIN, 0), log.size, log.root).text()
    return Note(text, (LOG.sign(text),)).encode()


@pytest.mark.parametrize(
    ("size", "of_one"),
    [(2_000, 400), pytest.param(1_000_000, 10_000, marks=pytest.mark.slow)],
)
def test_an_erasure_takes_no_longer_where_there_is_more(tmp_path: Path, size: int, of_one: int):
    """
    Under a second, and what was verified before is verified after it.
    """
    # Recording a million entries takes longer than a test may that hangs.
    faulthandler.cancel_dump_traceback_later()
    FileKEK.generate(tmp_path / "kek.hex")
    keys = Keys.at(f"sqlite:///{tmp_path / 'keys.db'}", kek=FileKEK(tmp_path / "kek.hex"))
    url = f"sqlite:///{tmp_path / 'sealed.db'}"
    with Ledger.create(url, origin=ORIGIN, sealed=True, keys=keys) as ledger:
        every = size // of_one
        ledger.record_many(
            {
                "command": "note",
                "account": f"account-{number % 1000}" if number % every else "anna",
                "text": "Anna Smith has called",
            }
            for number in range(size)
        )
    # As another process finds it, which did not just record all of it.
    with Ledger.open(url, keys=keys) as ledger:
        before = vouched(ledger)
        assert Verdict.VERIFIED is ledger.verify(policy=TRUSTED, anchors=[before]).verdict

        began = time.perf_counter()
        alias = ledger.erase(account="anna", basis="GDPR, article 17", by="system")
        took = time.perf_counter() - began

        assert SECONDS_MAX > took, f"{took:.3f} s"
        assert Verdict.VERIFIED is ledger.verify(policy=TRUSTED, anchors=[before]).verdict
        assert of_one == ledger.drop_erased()
        after = vouched(ledger)
        assert Verdict.VERIFIED is ledger.verify(policy=TRUSTED, anchors=[after]).verdict
        (first, *_) = ledger.timeline(alias)
        assert "[erased" in str(first.entry.event)
