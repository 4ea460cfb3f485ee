"""
Long answers are read from one state of the ledger, however much is written meanwhile.
"""

import threading
from itertools import islice

from ledger import Ledger
from tests.conftest import HandSetClock, action_command, take_action


def test_an_answer_under_way_does_not_see_what_is_written(staffed: Ledger, clock: HandSetClock):
    """
    Entries and restrictions that are recorded while an answer is read are not a part of it.
    """
    staffed.record_many(action_command(f"account-{n}") for n in range(1500))
    clock.advance(minutes=1)
    entries, restrictions = staffed.status().entries, staffed.count_restrictions()
    reading, listing = staffed.entries(), staffed.restrictions()
    seen = [*islice(reading, 3)]
    listed = [*islice(listing, 3)]
    staffed.record_many(action_command(f"later-{n}") for n in range(10))
    seen += reading
    listed += listing

    assert entries == len(seen)
    assert restrictions == len(listed)
    assert restrictions + 10 == staffed.count_restrictions()


def test_writing_does_not_wait_for_readers(staffed: Ledger):
    """
    An answer that nobody reads to its end holds no writer up, and is forgotten with its reader.
    """
    staffed.record_many(action_command(f"account-{n}") for n in range(1200))
    abandoned = [staffed.entries() for _ in range(5)]
    for answer in abandoned:
        next(answer)
    take_action(staffed, "another")
    del abandoned, answer

    assert 1 == len([*staffed.entries(account="another")])


def test_readers_in_threads_see_whole_transactions(staffed: Ledger):
    """
    While batches of seven are recorded, every reader finds a multiple of seven.
    """
    done = threading.Event()
    counts: list[int] = []

    def read() -> None:
        while not done.is_set():
            counts.append(staffed.count_restrictions())

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for part in range(12):
        staffed.record_many(action_command(f"account-{part}-{n}") for n in range(7))
    done.set()
    for reader in readers:
        reader.join()

    assert {0} == {count % 7 for count in counts}
    assert 84 == staffed.count_restrictions()


def test_pages_go_on_where_the_last_one_ended(staffed: Ledger):
    """
    Cursors lead through all entries and restrictions once, whatever is recorded between pages.
    """
    staffed.record_many(action_command(f"account-{n}") for n in range(25))
    cut = {log.log: log.size for log in staffed.status().logs}
    entries = [entry.cursor for entry in staffed.entries(known_at=cut)]
    restrictions = [known.cursor for known in staffed.restrictions(known_at=cut)]
    after, seen = None, []
    while page := [*staffed.restrictions(known_at=cut, after=after, limit=7)]:
        seen += [known.cursor for known in page]
        after = seen[-1]
        take_action(staffed, f"meanwhile-{len(seen)}")

    assert restrictions == seen
    for place in (0, 7, len(entries) - 1):
        behind = staffed.entries(known_at=cut, after=entries[place])
        assert entries[place + 1 :] == [entry.cursor for entry in behind]
