"""
The policy of an auditor who trusts the log and the witness of the tests.
"""

from ledger.proofs.policy import TrustPolicy, Witness
from tests.proofs.signing import COSIGNER, LOG

POLICY = TrustPolicy(logs=(LOG.key,), witnesses=(Witness("w1", COSIGNER.key),), quorum="w1")
