"""
Bundles of evidence: whatever one may hold, true or not.
"""

from hypothesis import strategies as st

from ledger.proofs.bundle import ANCHOR_KINDS, NUMBER_MAX, Anchor, Bundle, Earlier, Leaf, Roots
from ledger.proofs.note import Note, Signature

hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=4).map(tuple)
octets = st.binary(min_size=1, max_size=40)
numbers = st.integers(0, NUMBER_MAX) | st.integers(0, 3)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
lines = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=12)


@st.composite
def notes(draw: st.DrawFn) -> Note:
    """
    Return a note whose signatures nobody made.
    """
    name = draw(lines).replace("+", "-")
    signature = Signature(name, draw(st.binary(min_size=4, max_size=4)), draw(octets))
    return Note(f"{draw(lines)}\n", (signature,))


roots = st.builds(Roots, octets, hashes)
anchors = st.builds(Anchor, st.sampled_from(ANCHOR_KINDS), numbers, octets)
leaves = st.builds(Leaf, numbers, numbers, octets, hashes, st.lists(octets, max_size=2).map(tuple))


@st.composite
def earlier(draw: st.DrawFn, *, of_one: bool) -> Earlier:
    """
    Return an earlier checkpoint of a ledger of one log, or of many.
    """
    if of_one:
        return Earlier(draw(notes()), draw(hashes))
    logs = draw(st.dictionaries(numbers, hashes, max_size=3))
    return Earlier(draw(notes()), draw(hashes), draw(roots), tuple(sorted(logs.items())))


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    """
    Return a bundle that can be written.
    """
    of_one = draw(st.booleans())
    held = draw(st.lists(leaves, max_size=3, unique_by=lambda leaf: (leaf.log, leaf.index)))
    return Bundle(
        draw(words),
        draw(words),
        draw(st.none() | st.lists(words, max_size=2).map(tuple)),
        draw(notes()),
        None if of_one else draw(roots),
        tuple(sorted(held, key=lambda leaf: (leaf.log, leaf.index))),
        tuple(draw(st.lists(earlier(of_one=of_one), max_size=2))),
        tuple(draw(st.lists(anchors, max_size=1))),
        draw(st.none() | words),
    )
