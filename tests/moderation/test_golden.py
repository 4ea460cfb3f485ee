"""
The bytes of every kind of entry, for ever: what was once written is written so and read so.

`golden/entries.jsonl` holds one leaf a line. Its lines are never edited; a new kind adds lines.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from ledger.moderation.account import Account, fold
from ledger.moderation.codec import CODEC, Codec
from ledger.moderation.events import KINDS, Context
from ledger.moderation.events.account import NoteAdded
from tests.moderation import samples
from tests.strategies import fields

GOLDEN = Path(__file__).parent / "golden"
LINES = (GOLDEN / "entries.jsonl").read_bytes().splitlines(keepends=True)
ROOT = Path(__file__).parents[2]


def test_every_kind_is_written_as_it_always_was():
    """
    Today's code writes the bytes that are on record, to the last one.
    """
    assert LINES == [leaf + b"\n" for _, _, leaf in samples.leaves()]


def test_every_kind_is_among_the_samples_with_every_field():
    """
    No kind, and no field of a kind, is without its golden bytes.
    """
    told = {kind: event for kind, event, _ in reversed([*samples.leaves()])}

    assert set(KINDS) == set(told)
    empty = [
        f"{kind}.{name}"
        for kind, event in told.items()
        for name in fields(type(event))
        if getattr(event, name) in (None, (), {})
    ]
    assert [] == empty


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_bytes_do_not_depend_on_the_hash_seed(seed):
    """
    What was given as a set is told in one order, whatever Python makes of sets today.
    """
    printed = subprocess.run(
        [sys.executable, "-m", "tests.moderation.samples"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        check=True,
        capture_output=True,
    ).stdout

    assert b"".join(LINES) == printed


def test_every_kind_is_read_as_what_was_written():
    """
    The golden bytes are the samples again, with and without a column that tells their kind.
    """
    for line, (kind, event, _) in zip(LINES, samples.leaves(), strict=True):
        read = CODEC.decode_entry(line.rstrip(b"\n"), 7)
        assert event == read.event
        assert (kind, 7) == (read.kind, read.position)
        assert read == CODEC.decode_entry(line.rstrip(b"\n"), 7, kind)


def test_the_golden_bytes_are_canonical_json():
    """
    Fields sorted by name at every depth, no spaces, no floats, Unicode as it is, nulls written.
    """
    for line in LINES:
        told = json.loads(line, parse_float=pytest.fail)
        again = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert again.encode() + b"\n" == line
        assert set(fields(KINDS[told["kind"]])) == set(told["data"])


@attrs.frozen(kw_only=True, slots=False)
class NoteWithBody:
    """
    What a note was called before its text was: a kind that was retired.
    """

    note: str
    body: str
    context: Context | None = None


def named_text(retired: NoteWithBody) -> NoteAdded:
    """
    Return today's note of a retired one.
    """
    return NoteAdded(note=retired.note, text=retired.body, context=retired.context)


def test_a_retired_kind_is_read_as_what_it_is_called_today():
    """
    Its bytes, and so its hash, stay; its wire name stays; its event is today's.
    """
    codec = Codec(KINDS, {"account.note_added": (NoteWithBody, named_text)})
    body = (GOLDEN / "account.note_added.json").read_bytes().rstrip(b"\n")

    entry = codec.decode_entry(body, 12)

    assert NoteAdded(note="n-1", text='saw ": in it') == entry.event
    assert ("account.note_added", body) == (entry.kind, entry.body)
    assert entry == codec.decode_entry(body, 12, "account.note_added")
    assert [entry] == fold(Account("25073877"), [entry]).notes


def test_a_codec_with_upcasts_still_reads_every_kind():
    """
    Retiring one kind changes nothing for the others.
    """
    codec = Codec(KINDS, {"account.note_added": (NoteWithBody, named_text)})

    for line, (kind, event, _) in zip(LINES, samples.leaves(), strict=True):
        assert event == codec.decode_entry(line.rstrip(b"\n"), 1, kind).event
