"""
What stands in a sealed ledger in the place of persons and of what is said of them.
"""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger.moderation.sealing import (
    ALIAS_NOISE_BYTES,
    SALT_BYTES,
    Erased,
    Hidden,
    Kind,
    Part,
    Token,
    commitment,
    disclosure,
    made_alias,
    part_of,
)
from tests.strategies.values import ids, makes, texts

POSITIONS = st.integers(1, 2**53 - 1)
LOGS = st.integers(0, 65_535)


def aliases(kind: Kind | None = None) -> SearchStrategy[str]:
    """
    Return aliases, of one kind where it is said.
    """
    noise = st.binary(min_size=ALIAS_NOISE_BYTES, max_size=ALIAS_NOISE_BYTES)
    return st.builds(made_alias, st.sampled_from(Kind) if kind is None else st.just(kind), noise)


def disclosures() -> SearchStrategy[bytes]:
    """
    Return disclosures of any text.
    """
    salts = st.binary(min_size=SALT_BYTES, max_size=SALT_BYTES)
    return st.builds(disclosure, salts, st.sampled_from(["reason", "name", "text"]), texts())


@makes(Token)
def tokens() -> SearchStrategy[Token]:
    """
    Return tokens with a place.
    """
    digests = disclosures().map(lambda each: commitment(each).partition(":")[2])
    return st.builds(Token, digests, LOGS, POSITIONS)


@makes(Part)
def parts() -> SearchStrategy[Part]:
    """
    Return what leaves say of payloads.
    """
    return st.builds(part_of, aliases(), st.binary(max_size=64))


@makes(Erased)
def erased() -> SearchStrategy[Erased]:
    """
    Return what stands in the place of what was erased.
    """
    return st.builds(Erased, LOGS, POSITIONS)


@makes(Hidden)
def hidden() -> SearchStrategy[Hidden]:
    """
    Return what stands in the place of what is hidden.
    """
    return st.builds(Hidden, LOGS, POSITIONS)


def names() -> SearchStrategy[str]:
    """
    Return how people are called, some of whom are called like an alias.
    """
    return st.one_of(ids(), aliases())
