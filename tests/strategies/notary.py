"""
Signing keys, what a notary remembers, and what a witness is asked.
"""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger.notary.keys import SigningKey
from ledger.notary.request import HASHES_MAX, AddCheckpoint
from ledger.notary.state import NotaryState, Reached, RootsReached
from ledger.proofs.note import Algorithm, Note
from ledger.proofs.tree import extend_many
from tests.strategies.proofs import checkpoints, counts, hashes
from tests.strategies.values import makes

ORIGIN = "ledger.example"


@makes(SigningKey)
def signing_keys(
    name: str = "ledger.example/0", algorithms: tuple[Algorithm, ...] = (*Algorithm,)
) -> SearchStrategy[SigningKey]:
    """
    Return private keys of a few seeds.
    """
    seeds = st.integers(1, 3).map(lambda number: bytes([number]) * 32)
    return st.builds(SigningKey, st.just(name), st.sampled_from(algorithms), seeds)


@makes(Reached)
@st.composite
def reached(draw: st.DrawFn) -> Reached:
    """
    Return how far a log was read.
    """
    leaves = draw(st.lists(hashes(), max_size=9))
    return Reached(len(leaves), extend_many((), 0, leaves))


@makes(RootsReached)
@st.composite
def roots_reached(draw: st.DrawFn) -> RootsReached:
    """
    Return how far a log of roots is.
    """
    found = draw(reached())
    last_at, length = sorted((draw(st.integers(0, 999)), draw(st.integers(0, 999))))
    return RootsReached(found.size, found.frontier, last_at=last_at, length=length)


@makes(NotaryState)
@st.composite
def notary_states(draw: st.DrawFn) -> NotaryState:
    """
    Return what notaries remember that have signed, and that have not.
    """
    logs = tuple(draw(st.lists(reached(), min_size=1, max_size=3)))
    roots = draw(roots_reached()) if len(logs) > 1 else None
    witnessed = draw(st.dictionaries(st.sampled_from("ab"), counts(), max_size=2))
    state = NotaryState(origin=ORIGIN, logs=logs, roots=roots, witnessed=witnessed)
    if draw(st.booleans()):
        return state
    key = draw(signing_keys(state.signed.origin, (Algorithm.ED25519,)))
    note = Note(state.signed.text(), (key.signature(state.signed.text(), 0),))
    return NotaryState(origin=ORIGIN, logs=logs, roots=roots, witnessed=witnessed, note=note)


@makes(AddCheckpoint)
@st.composite
def requests(draw: st.DrawFn) -> AddCheckpoint:
    """
    Return what a witness may be asked; most of it makes no sense.
    """
    text = draw(checkpoints()).text()
    key = draw(signing_keys(algorithms=(Algorithm.ED25519, Algorithm.COSIGNATURE)))
    proof = draw(st.lists(hashes(), max_size=3) | st.just([b"\0" * 32] * HASHES_MAX))
    return AddCheckpoint(draw(counts()), tuple(proof), Note(text, (key.signature(text, 1),)))
