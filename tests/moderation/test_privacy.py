"""
What the privacy stream makes of itself: whatever it says, in whatever order, and nothing undone.
"""

from hypothesis import given, settings

from ledger.moderation.events.privacy import HoldReleased, RetentionSet, SuppressionEnded
from ledger.moderation.privacy import NOTHING, Privacy, advance, fold, kept_by
from tests.strategies import NEAR, privacy_entries

# A history is slow to make, and what is asked of it holds entry by entry.
A_FEW = settings(max_examples=25)


@A_FEW
@given(privacy_entries())
def test_any_history_can_be_folded_and_says_what_its_last_entries_say(entries):
    """
    Nothing is refused; who is erased stays erased, and of each rule the last one holds.
    """
    privacy = fold(entries)

    assert len(entries) == privacy.version
    rules = {e.event.covers: e for e in entries if isinstance(e.event, RetentionSet)}
    assert {name: e for name, e in rules.items() if e.event.seconds} == privacy.retention
    for hold in privacy.holds_in_force():
        said = [e.event for e in entries[hold.placed.version :]]
        ended = [e for e in said if isinstance(e, HoldReleased) and e.hold == hold.terms.hold]
        assert ended == []
    for known in privacy.suppressions_in_force():
        later = [e.event for e in entries[known.began.version :]]
        shown = [e for e in later if isinstance(e, SuppressionEnded)]
        assert known.terms.suppression not in [e.suppression for e in shown]


@A_FEW
@given(privacy_entries())
def test_what_is_known_of_a_prefix_only_grows(entries):
    """
    A later entry takes back no erasure, no hold and no suppression: it ends what it names.
    """
    privacy = Privacy()
    for entry in entries:
        before = (set(privacy.erased), set(privacy.holds), set(privacy.suppressions))
        advance(privacy, entry)
        after = (set(privacy.erased), set(privacy.holds), set(privacy.suppressions))
        assert all(old <= new for old, new in zip(before, after, strict=True))


@A_FEW
@given(privacy_entries())
def test_holds_and_suppressions_are_found_by_whom_they_are_about(entries):
    """
    Those of each subject and of each class of reader are all that there are.
    """
    privacy = fold(entries)

    subjects = {hold.terms.subject for hold in privacy.holds.values()}
    of_each = [hold for subject in subjects for hold in privacy.holds_in_force(subject)]
    assert len(privacy.holds_in_force()) == len(of_each)
    readers = {known.terms.reader for known in privacy.suppressions.values()}
    from_each = [known for reader in readers for known in privacy.suppressions_in_force(reader)]
    assert len(privacy.suppressions_in_force()) == len(from_each)


@A_FEW
@given(privacy_entries())
def test_nothing_has_to_be_kept_of_whom_nothing_was_recorded(entries):
    """
    Whatever rules there are.
    """
    privacy = fold(entries)

    for hold in privacy.holds.values():
        terms = hold.terms
        assert [] == [*kept_by(privacy, terms.subject, terms.kind, NEAR, NOTHING)]
