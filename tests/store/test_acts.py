"""
Acts beside their restrictions: what two tables say of each, read side by side.
"""

from collections import defaultdict

from ledger.store.acts import accounts_beyond, acts

TAKEN = "account.action_taken"


def test_every_act_has_the_restriction_that_was_known_of_it(lively, backend, clock):
    """
    At any moment of knowledge: the entries that took an action, in stored order, and beside each
    what the question about restrictions tells of it.
    """
    moments = sorted({entry.recorded_at for entry in lively.entries()})
    asked = 20 if backend.logs == 1 else 6
    for known_at in (None, *moments[:: len(moments) // asked]):
        taken = [entry for entry in lively.entries(known_at=known_at) if entry.kind == TAKEN]
        known = {
            (held.log, held.opened_at_position): held
            for held in lively.restrictions(known_at=known_at)
        }
        with lively._reader.question(known_at, clock()) as question:  # noqa: SLF001, what is tested
            found = list(acts(question))

        places = sorted((entry.log, entry.position) for entry in taken)
        assert places == [(entry.log, entry.position) for entry, _ in found]
        assert [known.pop(place, None) for place in places] == [held for _, held in found]
        assert {} == known


def test_accounts_of_which_more_is_on_record(lively, clock):
    """
    The streams with an entry of any other kind, as far as it was known; operators are no accounts.
    """
    middle = [entry.recorded_at for entry in lively.entries()][60]
    for known_at in (None, middle):
        kinds = defaultdict(set)
        for entry in lively.entries(known_at=known_at):
            if entry.stream.startswith("account/"):
                kinds[entry.stream].add(entry.kind)
        plain = {TAKEN, "account.action_reversed", "account.action_amended"}
        expected = {stream for stream, had in kinds.items() if had - plain}

        with lively._reader.question(known_at, clock()) as question:  # noqa: SLF001
            assert expected == accounts_beyond(question, tuple(plain))
            assert {*kinds} == accounts_beyond(question, ("account.noted",))
