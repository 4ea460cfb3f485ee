"""
Block logs that cannot be imported: each gets an error that names the place, and nothing is written.
"""

import gzip

import pytest

from ledger import Ledger, Malformed
from tests.exchange.block_log_csv import COLUMNS, block_log, event

GOOD = event(1, "block", 0)


@pytest.fixture(autouse=True)
def _years_later(clock) -> None:
    """
    Let all of it lie in the past.
    """
    clock.set("2026-01-01T00:00:00Z")


@pytest.fixture
def ledger(clock):
    """
    Return an empty ledger.
    """
    with Ledger.open("memory:", clock=clock) as opened:
        yield opened


BAD_LINES = {
    "logid": (event("seven", "block", 0), "'seven' is no logid"),
    "huge logid": (event("1" * 30, "block", 0), "is no logid"),
    "empty logid": (event("", "block", 0), "'' is no logid"),
    "time": (event(2, "block", 0, timestamp="yesterday"), "'yesterday' is not a time"),
    "naive time": (event(2, "block", 0, timestamp="2017-11-02T22:00:00"), "has no offset"),
    "time to come": (event(2, "block", 10**9), "is later than now"),
    "long comment": (event(2, "block", 0, comment="x" * 40_000), "the comment has 40002 bytes"),
}


@pytest.mark.parametrize(("line", "message"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_line_that_cannot_be_read_is_named(ledger, tmp_path, line, message):
    """
    The file and the line of it are named, and nothing of the file is written.
    """
    file = tmp_path / "bad.csv"
    file.write_text(block_log([GOOD, line]), "utf-8")

    with pytest.raises(Malformed, match=message) as error:
        ledger.import_history("block-log", [file])

    assert str(error.value).startswith(f"{file}, line 3")
    assert 0 == ledger.status().entries


@pytest.mark.parametrize(("line", "message"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_line_that_cannot_be_read_can_be_skipped(ledger, tmp_path, line, message):
    """
    It is counted as unusable and reported with its place and the reason; the rest is imported.
    """
    file = tmp_path / "bad.csv"
    file.write_text(block_log([GOOD, line]), "utf-8")

    summary = ledger.import_history("block-log", [file], skip_bad=True)
    [skipped] = summary.skipped

    assert f"{file}, line 3" == skipped.place
    assert message in skipped.reason
    assert (2, 1, 1) == (
        summary.counts["rows"],
        summary.counts["usable"],
        summary.counts["unusable"],
    )


RAW = {
    "cells": (b"2,too,few\n", "it has 3 cells"),
    "UTF-8": (b"2,2,User:\xff,0,0,{},block,block,Grace,2017-11-02T22:00:00Z,\n", "not valid UTF-8"),
}


@pytest.mark.parametrize(("line", "message"), RAW.values(), ids=RAW)
def test_bytes_that_are_no_line_are_named_and_can_be_skipped(ledger, tmp_path, line, message):
    """
    The line is the one an editor shows, whatever lines the comment before it has.
    """
    file = tmp_path / "bad.csv"
    before = block_log([event(1, "block", 0, comment="three\nlines\nlong")])
    file.write_bytes(before.encode() + line + block_log([event(3, "block", 1)]).encode())

    with pytest.raises(Malformed, match=message) as error:
        ledger.import_history("block-log", [file])
    skipping = ledger.import_history("block-log", [file], skip_bad=True)

    assert f"{file}, line 5" == error.value.where
    assert [f"{file}, line 5"] == [skipped.place for skipped in skipping.skipped]
    assert (3, 2) == (skipping.counts["rows"], skipping.counts["usable"])


def test_lines_before_any_header_cannot_be_told_apart(ledger, tmp_path):
    """
    A file without its header is refused with the header that was expected.
    """
    file = tmp_path / "headless.csv"
    file.write_text(block_log([GOOD]).partition("\n")[2], "utf-8")

    with pytest.raises(Malformed, match="there is no header before it") as error:
        ledger.import_history("block-log", [file])

    assert f"{file}, line 1" == error.value.where
    assert set(COLUMNS) > set((error.value.expected or "").split(","))


def test_a_quotation_mark_that_is_never_closed_is_not_skipped(ledger, tmp_path):
    """
    Where a cell swallows what follows it, nobody can say where the next line begins.
    """
    file = tmp_path / "open.csv"
    file.write_text(block_log([GOOD]) + '2,2,"User' + "x" * 200_000, "utf-8")

    with pytest.raises(Malformed, match="field larger than field limit") as error:
        ledger.import_history("block-log", [file], skip_bad=True)

    assert f"{file}, line 3" == error.value.where


@pytest.mark.parametrize("skip_bad", [False, True])
def test_a_file_that_is_none_is_refused_with_its_name(ledger, tmp_path, skip_bad):
    """
    A folder, a file that is not there, and compressed data that are cut off or garbled.
    """
    whole = gzip.compress(block_log([event(n, "block", n) for n in range(500)]).encode())
    (tmp_path / "cut.csv.gz").write_bytes(whole[:-20])
    (tmp_path / "garbled.csv.gz").write_bytes(whole[:600] + b"\xff" * 50 + whole[650:])
    (tmp_path / "trailing.csv.gz").write_bytes(whole + b"more")
    told = {}

    for name in ("", "missing.csv", "cut.csv.gz", "garbled.csv.gz", "trailing.csv.gz"):
        with pytest.raises(Malformed) as error:
            ledger.import_history("block-log", [tmp_path / name], skip_bad=skip_bad)
        assert str(tmp_path / name) == error.value.where
        told[name] = error.value.message

    assert "it is a directory" == told[""]
    assert "it cannot be read: No such file or directory" == told["missing.csv"]
    assert "the compressed data are cut off or damaged" in told["cut.csv.gz"]
    assert "the compressed data are cut off or damaged" in told["garbled.csv.gz"]
    assert "it cannot be read: Not a gzipped file (b'mo')" == told["trailing.csv.gz"]
    assert 0 == ledger.status().entries


def test_one_bad_file_keeps_all_files_out(ledger, tmp_path):
    """
    What is imported together is imported whole.
    """
    (tmp_path / "good.csv").write_text(block_log([GOOD]), "utf-8")

    with pytest.raises(Malformed):
        ledger.import_history("block-log", [tmp_path / "good.csv", tmp_path / "missing.csv"])

    assert 0 == ledger.status().entries


def test_an_import_names_a_format_that_there_is_and_a_file(ledger, tmp_path):
    """
    The formats that there are stand in the message.
    """
    with pytest.raises(Malformed, match="the format 'xml' is unknown") as error:
        ledger.import_history("xml", [tmp_path / "a.xml"])
    with pytest.raises(Malformed, match="there is nothing to import"):
        ledger.import_history("block-log", [])

    assert "actions or block-log" == error.value.expected
