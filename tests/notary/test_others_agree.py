"""
Implementations by others accept what a notary signed and a witness cosigned, proof and all.
"""

from pathlib import Path

import metamorphic_log
from tlog_scales.signing import Vkey
from tlog_scales.tlog import Checkpoint as ScalesCheckpoint

from ledger import Ledger
from ledger.notary.notary import Notary
from ledger.notary.request import parse_request
from ledger.notary.submitting import Place, Reply
from ledger.notary.witness import Witness
from ledger.proofs.checkpoint import parse_checkpoint
from ledger.proofs.note import Algorithm
from ledger.proofs.policy import TrustPolicy
from ledger.store.database import Database
from tests.conftest import HandSetClock
from tests.notary.conftest import ORIGIN, key_of, write

LOG = [key_of(1), key_of(2, algorithm=Algorithm.ML_DSA_44)]
WITNESS = [
    key_of(8, "witness.example/w1", Algorithm.COSIGNATURE),
    key_of(9, "witness.example/w1", Algorithm.ML_DSA_44),
]


def test_what_is_signed_and_cosigned_is_accepted(
    ledger: Ledger, database: Database, state: Path, clock: HandSetClock
):
    """
    Sigsum's verifier takes all four lines, and the one in Rust the growth that the witness was
    shown.
    """
    policy = TrustPolicy(tuple(key.verifier for key in LOG))
    places = [Place("w", key.verifier, "http://w") for key in WITNESS]
    sent: list[bytes] = []
    with (
        Witness(state.with_name("seen"), WITNESS, policy, clock) as witness,
        Notary(state, ORIGIN, 1, LOG, clock) as notary,
    ):

        def post(_url: str, body: bytes) -> Reply:
            sent.append(body)
            answer = witness.add(body)
            return Reply(answer.verdict, answer.content, answer.body.encode())

        roots = []
        for _ in range(2):
            notary.sign(database)
            asked = notary.ask(places, database, ledger.settings.format, post)
            assert () == asked.failed
            roots.append(parse_checkpoint(asked.note.text).root)
            write(ledger, 4)

    assert 4 == len(asked.note.signatures)
    theirs = ScalesCheckpoint.from_text(asked.note.encode())
    for key in (*LOG, *WITNESS):
        theirs.verify(Vkey.from_string(str(key.verifier)))
    head = metamorphic_log.checkpoint_verify(asked.note.encode(), [str(LOG[0].verifier)])
    assert (f"{ORIGIN}/0", 11, roots[1]) == (head.origin, head.size, head.root)
    requests = [parse_request(body) for body in sent]
    grown = next(each for each in requests if each.old_size == 7 and each.proof)
    metamorphic_log.verify_consistency(7, 11, list(grown.proof), *roots)
