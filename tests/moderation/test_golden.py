"""
The bytes of every kind of entry, for ever: what was once written is written so and read so.

`golden/entries.jsonl` holds the leaves of schema 1, a leaf a line, `golden/entries-2.jsonl` those
of schema 2. Lines are never edited; a new kind adds lines to today's.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from ledger.errors import Tampered, Unavailable
from ledger.moderation.account import Account, fold
from ledger.moderation.codec import CODEC, Codec
from ledger.moderation.events import KINDS, Context
from ledger.moderation.events.account import NoteAdded
from ledger.moderation.schema import SCHEMA, added_in
from tests.moderation.golden_leaves import leaves
from tests.strategies import fields

GOLDEN = Path(__file__).parent / "golden"
LINES = {
    1: (GOLDEN / "entries.jsonl").read_bytes().splitlines(keepends=True),
    2: (GOLDEN / "entries-2.jsonl").read_bytes().splitlines(keepends=True),
}
ROOT = Path(__file__).parents[2]

every_schema = pytest.mark.parametrize("schema", LINES)


def since_schema(kind: str) -> dict[str, int]:
    """
    Return of each field of a kind the first schema that has it.
    """
    cls: Any = KINDS[kind]
    return {field.name: added_in(field) for field in attrs.fields(cls)}


def test_every_schema_has_its_golden_bytes():
    """
    A schema that the code knows has a file of leaves that are never edited.
    """
    assert [*range(1, SCHEMA + 1)] == [*LINES]


@every_schema
def test_every_kind_is_written_as_it_always_was(schema):
    """
    The code writes the bytes that are on record, to the last one, those of earlier schemas too.
    """
    assert LINES[schema] == [leaf + b"\n" for _, _, leaf in leaves(schema)]


def test_every_kind_is_among_the_samples_with_every_field():
    """
    No kind, and no field of a kind, is without its golden bytes.
    """
    told = {kind: event for kind, event, _ in reversed([*leaves()])}

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
        [sys.executable, "-m", "tests.moderation.golden_leaves"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        check=True,
        capture_output=True,
    ).stdout

    assert b"".join(LINES[SCHEMA]) == printed


@every_schema
def test_every_kind_is_read_as_what_was_written(schema):
    """
    The golden bytes are the samples again, with and without a column that tells their kind.
    """
    for line, (kind, event, _) in zip(LINES[schema], leaves(schema), strict=True):
        read = CODEC.decode_entry(line.rstrip(b"\n"), 7)
        assert event == read.event
        assert (kind, 7) == (read.kind, read.position)
        assert read == CODEC.decode_entry(line.rstrip(b"\n"), 7, kind)


@every_schema
def test_the_golden_bytes_are_canonical_json(schema):
    """
    Fields sorted by name at every depth, no spaces, no floats, Unicode as it is, nulls written.
    """
    for line in LINES[schema]:
        told = json.loads(line, parse_float=pytest.fail)
        again = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert again.encode() + b"\n" == line
        kept = {name for name, since in since_schema(told["kind"]).items() if since <= schema}
        assert kept == set(told["data"])


@pytest.mark.parametrize("kind", sorted({json.loads(line)["kind"] for line in LINES[1]}))
def test_a_leaf_of_an_earlier_schema_has_no_field_that_was_added_later(kind):
    """
    Whoever writes a later field into an earlier leaf has not written what this code would.
    """
    line = next(line for line in LINES[1] if json.loads(line)["kind"] == kind)
    later = [name for name, since in since_schema(kind).items() if since > 1]
    told = json.loads(line)
    told["data"].update(dict.fromkeys(later or ["more"]))
    forged = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    with pytest.raises((Tampered, Unavailable)):
        CODEC.decode_entry(forged.encode(), 7)


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

    for line, (kind, event, _) in zip(LINES[SCHEMA], leaves(), strict=True):
        assert event == codec.decode_entry(line.rstrip(b"\n"), 1, kind).event
