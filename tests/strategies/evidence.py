"""
Bundles of evidence: whatever one may hold, true or not.
"""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger.proofs.bundle import ANCHOR_KINDS, NUMBER_MAX, Anchor, Bundle, Earlier, Leaf, Roots
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.evidence import Anchored, Finding, Proven
from ledger.proofs.note import Note
from ledger.proofs.verdict import Verdict
from ledger.store.verification.finding import Finding as Found
from ledger.store.verification.finding import What
from ledger.timeline.evidence import Evidence, Told
from tests.strategies.proofs import hashes as digests
from tests.strategies.values import makes, of

hashes = st.lists(digests(), max_size=4).map(tuple)
octets = st.binary(min_size=1, max_size=40)
numbers = st.integers(0, NUMBER_MAX) | st.integers(0, 3)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
# A second before and after all of time included.
seconds = st.integers(1, 2**40)


roots = st.builds(Roots, octets, hashes)
anchors = st.builds(Anchor, st.sampled_from(ANCHOR_KINDS), numbers, octets)
leaves = st.builds(
    Leaf, numbers, numbers, octets, hashes, st.sets(octets, max_size=2).map(sorted).map(tuple)
)


@st.composite
def earlier(draw: st.DrawFn, *, of_one: bool) -> Earlier:
    """
    Return an earlier checkpoint of a ledger of one log, or of many.
    """
    if of_one:
        return Earlier(draw(of(Note)), draw(hashes))
    logs = draw(st.dictionaries(numbers, hashes, max_size=3))
    return Earlier(draw(of(Note)), draw(hashes), draw(roots), tuple(sorted(logs.items())))


@makes(Bundle)
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
        draw(of(Note)),
        None if of_one else draw(roots),
        tuple(sorted(held, key=lambda leaf: (leaf.log, leaf.index))),
        tuple(draw(st.lists(earlier(of_one=of_one), max_size=2))),
        tuple(draw(st.lists(anchors, max_size=1))),
        draw(st.none() | words),
    )


def findings() -> SearchStrategy[Finding]:
    """
    Return findings about an entry, or about none.
    """
    verdicts = st.sampled_from([Verdict.TAMPERED, Verdict.UNVERIFIABLE])
    about_none = st.builds(Finding, verdicts, words, words)
    places = st.integers(1, 99)
    return about_none | st.builds(Finding, verdicts, words, words, st.integers(0, 3), places)


@makes(Found)
def found_in_a_ledger() -> SearchStrategy[Found]:
    """
    Return findings about a ledger, whose place is known as far as it can be.
    """
    streams = st.none() | st.just("account/25073877")
    versions = st.none() | st.integers(1, 99)
    about_none = st.builds(Found, st.sampled_from(What), words, st.none() | st.integers(0, 3))
    positions = st.integers(1, 99)
    return about_none | st.builds(
        Found, st.sampled_from(What), words, st.integers(0, 3), positions, streams, versions
    )


@makes(Evidence)
def answers() -> SearchStrategy[Evidence]:
    """
    Return what a check says of a bundle.
    """
    against = st.builds(
        lambda found: Evidence(max(found, key=lambda one: one.verdict).verdict, tuple(found)),
        st.lists(findings(), min_size=1, max_size=2),
    )
    anchored = st.builds(
        Anchored,
        st.dictionaries(st.integers(0, 3), numbers, max_size=2),
        st.lists(seconds, max_size=2).map(sorted).map(tuple),
    )
    proven = st.builds(
        Proven,
        bundles(),
        of(Checkpoint),
        st.dictionaries(words, seconds, max_size=2),
        st.lists(anchored, max_size=1).map(tuple),
        st.none() | of(Checkpoint),
    )
    story = st.lists(of(Told), max_size=1).map(tuple)
    verified = st.builds(
        Evidence, st.just(Verdict.VERIFIED), st.just(()), proven, story, st.lists(words).map(tuple)
    )
    return against | verified
