"""
The checker that stands alone and the ledger come to one verdict on every bundle, good and forged.
"""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proofs import check_evidence, ed25519
from tests.proofs.bundles import SEEN, alike, good, told
from tests.proofs.forging import forgeries


@pytest.fixture(autouse=True)
def _signatures_once(monkeypatch) -> None:
    """
    Check each signature once for all tests: most forgeries leave all of them as they are.
    """
    monkeypatch.setattr(check_evidence, "holds", HOLDS)
    monkeypatch.setattr(ed25519, "holds", HELD)


HOLDS, HELD = cache(check_evidence.holds), cache(ed25519.holds)


def test_a_good_bundle_is_verified_and_tells_the_story():
    """
    From the entries alone: who, when, for how long, because of what, and by which entries.
    """
    answer = alike(good())

    assert "verified" == answer["verdict"]
    (action,) = answer["story"]
    assert ("deactivate", 660.0, "reversal") == (
        action["measure"],
        action["seconds"],
        action["ended_by"],
    )
    opened, closed = action["opened"], action["closed"]
    assert ("op-417", 9, "op-7", 10) == (
        opened["by"],
        opened["position"],
        closed["by"],
        closed["position"],
    )
    assert ("contractor", True) == (
        opened["authority"]["contract"],
        opened["authority"]["last_day"],
    )
    assert ("2017-07-24T09:00:00Z", "2017-11-02T23:03:00Z") == (
        opened["logged_after"],
        opened["logged_before"],
    )


@pytest.mark.parametrize("size", SEEN)
def test_what_an_auditor_has_held_since_is_shown_to_be_the_beginning(size):
    """
    A bundle that continues the auditor's own checkpoint says of which size.
    """
    held = told().note(size, told().recorded(size))

    assert ("verified", size) == tuple(map(alike(good(), since=held).get, ("verdict", "since")))


# What is not needed may be left out: then less is shown, and nothing else is told.
LESS = {
    # A signature may stand twice in a note.
    "checkpoint: line 4 twice",
    "checkpoint: line 5 twice",
    # An earlier checkpoint, or its cosignature: brackets are wider then.
    "consistency: an empty list",
    "consistency.0: left out",
    "consistency.0.checkpoint: character 207",
    "consistency.0.checkpoint: line 4 twice",
    "consistency.0.checkpoint: line 5 twice",
    "consistency.0.checkpoint: without line 5",
    "consistency.1: left out",
    "consistency.1.checkpoint: character 208",
    "consistency.1.checkpoint: line 4 twice",
    "consistency.1.checkpoint: line 5 twice",
    "consistency.1.checkpoint: without line 5",
    # Entries that the account's do not rely on.
    "entries.0: left out",
    "entries.1: left out",
    "entries.4: left out",
    "entries.5: left out",
    # The last entry of the account: that there is none behind the one before is not shown.
    "entries.14: left out",
}


def test_no_part_of_a_bundle_can_be_forged():
    """
    Whatever part is changed, left out, doubled or moved: it is not verified, and both say why; what
    may be left out without that leaves the restriction as it was.
    """
    (true,) = alike(good())["story"]
    survived = set()
    for what, forged in forgeries(good()):
        answer = alike(forged)
        if answer["verdict"] == "verified":
            survived.add(what)
            (action,) = answer["story"]
            assert all(true[name] == action[name] for name in ("from", "until", "ended_by"))
        else:
            assert (True, []) == (bool(answer["findings"]), answer["story"])

    assert LESS == survived


@given(st.data())
def test_both_agree_on_whatever_becomes_of_the_bytes(data):
    """
    Bytes that are lost, doubled, moved or changed lead to one verdict, and to no other story.
    """
    written = bytearray(good())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(written)))
        end = min(len(written), start + data.draw(st.integers(0, 40)))
        other = data.draw(st.integers(0, len(written)))
        written[start:end] = data.draw(
            st.sampled_from(
                [
                    b"",
                    bytes(written[start:end]) * 2,
                    bytes(written[other : other + 4]),
                    b"0",
                    b"=",
                    b"A",
                ]
            )
        )
    answer = alike(bytes(written))
    if answer["verdict"] == "verified":
        # A cosigner's name that is another one is that of nobody: less is shown.
        (true,), (action,) = alike(good())["story"], answer["story"]
        assert all(true[name] == action[name] for name in ("from", "until", "ended_by"))
