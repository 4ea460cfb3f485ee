"""
What real block logs hold that a straight reader would stumble over, each in a file of a few lines.
"""

from pathlib import Path

import pytest

from ledger import Ledger
from ledger.book.history import ImportSummary
from ledger.moderation.term import EndedBy
from tests.exchange.agreement import answered, computed
from tests.exchange.block_log_csv import COLUMNS, Event, block_log, event, moment
from tests.exchange.block_log_oracle import compute

Held = tuple[str, str, str | None, EndedBy | None]


@pytest.fixture(autouse=True)
def _years_later(clock) -> None:
    """
    Let all of it lie in the past.
    """
    clock.set("2026-01-01T00:00:00Z")


@pytest.fixture
def bring(ledger: Ledger, tmp_path: Path):
    """
    Return a function that imports texts, a file each, into an empty ledger, and has made sure
    that the answer is the one of the straight computation.
    """

    def imported(*texts: str) -> ImportSummary:
        files = [tmp_path / f"{number}.csv" for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, "utf-8", newline="")
        summary = ledger.import_history("block-log", files)
        logs = ledger.settings.logs
        assert computed(compute(files), logs) == answered(ledger, summary)
        return summary

    return imported


def held(ledger: Ledger) -> list[Held]:
    """
    Return of every restriction its account, its ends in text and what ended it.
    """
    return [
        (
            found.account.removeprefix("User:"),
            f"{found.from_:%H:%M:%S}",
            None if found.until is None else f"{found.until:%H:%M:%S}",
            found.ended_by,
        )
        for found in ledger.restrictions()
    ]


def anomalies(summary: ImportSummary) -> tuple[int, ...]:
    """
    Return the unblocks and the reblocks without a block, and what was never in force.
    """
    counts = summary.document()["anomalies"]
    names = ("unblock_without_block", "reblock_without_block", "never_in_force")
    return tuple(counts[name] for name in names)


def test_a_block_an_unblock_and_a_block_in_one_second_end_the_first_by_reversal(ledger, bring):
    """
    Within a second the logid tells what came first, and what was unblocked is not superseded.
    """
    bring(block_log([event(1, "block", 0), event(3, "block", 60), event(2, "unblock", 60)]))

    assert [
        ("Ada", "22:00:00", "22:01:00", "reversal"),
        ("Ada", "22:01:00", None, None),
    ] == held(ledger)


def test_a_block_that_is_undone_within_its_second_was_never_in_force(ledger, bring):
    """
    It is counted, and it is no restriction.
    """
    summary = bring(block_log([event(1, "block", 0), event(2, "unblock", 0)]))

    assert [] == held(ledger)
    assert (0, 0, 1) == anomalies(summary)


@pytest.mark.parametrize("expiry", [0, -60])
def test_a_block_that_expires_as_it_begins_or_before_was_never_in_force(ledger, bring, expiry):
    """
    Nothing is left to unblock then.
    """
    summary = bring(block_log([event(1, "block", 0, expiry), event(2, "unblock", 1)]))

    assert [] == held(ledger)
    assert (1, 0, 1) == anomalies(summary)


def test_an_empty_block_supersedes_the_one_before_it(ledger, bring):
    """
    A block with no time of its own ends what was in force all the same.
    """
    summary = bring(block_log([event(1, "block", 0), event(2, "block", 60, 60)]))

    assert [("Ada", "22:00:00", "22:01:00", "superseded")] == held(ledger)
    assert (0, 0, 1) == anomalies(summary)


def test_a_reblock_can_end_a_block_in_the_past(ledger, bring):
    """
    An expiry that is moved before the reblock ends the block then, and one that is moved before
    its beginning leaves it no time at all.
    """
    ended = [event(1, "block", 0), event(2, "reblock", 60, 30), event(3, "unblock", 61)]
    emptied = [event(4, "block", 90), event(5, "reblock", 95, 80)]

    summary = bring(block_log(ended + emptied))

    assert [("Ada", "22:00:00", "22:00:30", "expiry")] == held(ledger)
    assert (1, 0, 1) == anomalies(summary)


def test_a_reblock_without_an_expiry_removes_it(ledger, bring):
    """
    The block that would have ended by itself goes on.
    """
    bring(block_log([event(1, "block", 0, 60), event(2, "reblock", 30)]))

    assert [("Ada", "22:00:00", None, None)] == held(ledger)


def test_a_reblock_of_nothing_opens_a_block(ledger, bring):
    """
    It is counted, and put on record as an anomaly beside the block that it opens.
    """
    summary = bring(block_log([event(1, "reblock", 0, 60), event(2, "reblock", 60, 90)]))

    assert [
        ("Ada", "22:00:00", "22:01:00", "expiry"),
        ("Ada", "22:01:00", "22:01:30", "expiry"),
    ] == held(ledger)
    assert (0, 2, 0) == anomalies(summary)


def test_an_unblock_at_the_moment_of_the_expiry_finds_nothing(ledger, bring):
    """
    At its end a block is over.
    """
    summary = bring(block_log([event(1, "block", 0, 60), event(2, "unblock", 60)]))

    assert [("Ada", "22:00:00", "22:01:00", "expiry")] == held(ledger)
    assert (1, 0, 0) == anomalies(summary)


def test_a_repeated_logid_is_dropped_whatever_it_says(ledger, bring):
    """
    The first line of a logid in the order of the files counts; later ones are not even read.
    """
    first = [event(7, "block", 0)]
    again = [event(7, "unblock", 30, user="Mallory"), event(7, "block", 0, params="{")]

    summary = bring(block_log(first), block_log(again))

    assert [("Ada", "22:00:00", None, None)] == held(ledger)
    assert 2 == summary.counts["duplicates"]


def test_a_header_in_the_middle_gives_the_columns_from_there_on(ledger, bring):
    """
    A chunk with its columns in another order, or with more of them, is read under its own header.
    """
    turned = (*reversed(COLUMNS), "actionhidden", "suppressed")

    bring(block_log([event(1, "block", 0)]) + block_log([event(2, "unblock", 60)], turned))

    assert [("Ada", "22:00:00", "22:01:00", "reversal")] == held(ledger)


def test_a_comment_may_have_lines(ledger, bring):
    """
    A comment in quotation marks goes on over the end of a line, and is the reason verbatim.
    """
    comment = 'line one\n"line", two\r\n,three'

    bring(block_log([event(1, "block", 0, comment=comment), event(2, "unblock", 1, comment="  ")]))
    [answer] = ledger.who("User:Ada")

    assert comment == answer.opened.reason
    assert answer.closed is not None
    assert answer.closed.reason is None


def test_durations_are_not_computed(ledger, bring):
    """
    Only an expiry ends a block: a duration without one, absolute or not, says nothing.
    """
    absolute = "{'duration': 'Fri, 03 Nov 2017 02:59:11 GMT', 'flags': []}"
    both = f"{{'duration': '2 hours', 'flags': [], 'expiry': '{moment(60)}', 'sitewide': True}}"

    bring(
        block_log(
            [
                event(1, "block", 0, params=absolute),
                event(2, "block", 0, params=both, title="User:Bob"),
            ]
        )
    )

    assert [
        ("Ada", "22:00:00", None, None),
        ("Bob", "22:00:00", "22:01:00", "expiry"),
    ] == sorted(held(ledger))


@pytest.mark.parametrize("never", ["infinity", "infinite", "indefinite", "never"])
def test_a_word_for_never_is_no_expiry(ledger, bring, never):
    """
    Each of the words that the site uses means that the block does not end by itself.
    """
    bring(block_log([event(1, "block", 0, never)]))

    assert [("Ada", "22:00:00", None, None)] == held(ledger)


HIDDEN: list[Event] = [
    event(1, "block", 0, title="", params=""),
    event(2, "block", 0, user=""),
    event(3, "block", 0, params=""),
    event(4, "block", 0, params="{'duration': __import__('os')}"),
    event(5, "block", 0, params="['expiry']"),
    event(6, "block", 0, "20171103000000"),
    event(7, "block", 0, "+10000-01-01T00:00:00Z"),
    event(8, "block", 0, params="{'expiry': 5}"),
    event(9, "block", 0, params="{'expiry': None}"),
    event(10, "autoblock", 0),
]


def test_what_does_not_say_who_did_what_is_counted_and_left_out(ledger, bring):
    """
    Hidden accounts and operators, params that cannot be read and unknown actions are unusable.
    """
    summary = bring(block_log(HIDDEN))

    assert [] == held(ledger)
    assert len(HIDDEN) == summary.counts["unusable"]
    assert summary.import_id is None


def test_names_that_cannot_be_ids_are_unusable(ledger, tmp_path):
    """
    A name that is too long or holds a control character is counted, and the file goes on.
    """
    file = tmp_path / "names.csv"
    names = ["User:" + "x" * 251, "User:\x07", "User:" + "x" * 250]
    events = [event(number, "block", 0, title=name) for number, name in enumerate(names)]
    events += [event(number, "block", 1, user=name) for number, name in enumerate(names, start=3)]
    file.write_text(block_log(events), "utf-8")

    summary = ledger.import_history("block-log", [file])

    assert (2, 4) == (summary.counts["usable"], summary.counts["unusable"])
    assert {"User:Ada", names[2]} == {found.account for found in ledger.restrictions()}


def test_names_are_kept_as_they_are(ledger, bring):
    """
    Emoji, marks that join letters and directions of writing are part of a name; nothing is
    normalised, and an operator's own account is his name behind ``User:``.
    """
    names = ["😂 fan", "\u200eleft", "e\u0301", "é", "~enwiki", "#13255"]
    events = [
        event(number, "block", 0, title=f"User:{name}", user=name)
        for number, name in enumerate(names)
    ]

    bring(block_log(events))

    assert {f"User:{name}" for name in names} == {found.account for found in ledger.restrictions()}
    assert [f"User:{name}" for name in names] == [ledger.operator(name).account for name in names]


def test_a_self_block_and_an_unblock_by_the_blocked_are_told_like_any_other(ledger, bring):
    """
    Who acts on himself is still the operator of it.
    """
    bring(block_log([event(1, "block", 0, user="Ada"), event(2, "unblock", 5, user="Ada")]))
    [answer] = ledger.who("User:Ada")

    assert ("Ada", "Ada") == (answer.restriction.opened_by, answer.restriction.closed_by)
    assert "User:Ada" == ledger.operator("Ada").account


def test_a_file_without_a_line_is_an_import_of_nothing(ledger, bring):
    """
    A file that holds only headers, or nothing at all, is no error and leaves no trace.
    """
    summary = bring(block_log([]) + block_log([]), "")

    assert 0 == summary.counts["rows"]
    assert [] == list(ledger.entries())


def test_logids_of_a_table_with_gaps_are_whole_numbers(ledger, tmp_path: Path):
    """
    A logid that was written as ``1.0`` is the number 1.
    """
    file = tmp_path / "gaps.csv"
    file.write_text(block_log([event("1.0", "block", 0), event(1, "unblock", 5)]), "utf-8")

    assert 1 == ledger.import_history("block-log", [file]).counts["duplicates"]
