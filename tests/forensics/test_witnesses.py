"""
The name that a message suggests is the one that is most like what was said.
"""

import difflib

from hypothesis import given
from hypothesis import strategies as st

from ledger.forensics.witnesses import most_alike

names = st.text("ab1-", max_size=8)


@given(names, st.lists(names, max_size=12))
def test_the_most_alike_is_no_less_alike_than_any(name: str, known: list[str]) -> None:
    """
    Of all names none has a higher ratio (`difflib`), and of those that have the same it is the
    first; where there are none, nothing is suggested.
    """
    ratios = {each: difflib.SequenceMatcher(a=each, b=name).ratio() for each in known}
    expected = max(known, key=lambda each: ratios[each], default=None)

    assert expected == most_alike(name, known)
