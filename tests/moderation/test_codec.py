"""
Entries as bytes: what is written is read again, and what is not understood is never ignored.
"""

import json
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed, Tampered, Unavailable
from ledger.moderation.authority import Authority
from ledger.moderation.codec import CODEC, LEAF_BYTES_MAX, compose_leaf, encode_event
from ledger.moderation.entry import Entry
from ledger.moderation.events import Context, Event
from ledger.moderation.events.account import AccountCommandRefused, ActionTaken, NoteAdded
from ledger.moderation.moment import canonical
from ledger.moderation.vocabulary import Holding
from tests.moderation.by_hand import at
from tests.strategies import NEAR, entries, events, fields, json_values, moments, texts

RULE_1 = {"schema", "log", "stream", "version", "kind", "recorded_at", "written_at", "sealed"}
RULE_1 |= {"effective_at", "operator", "request_id", "import", "data"}


def leaf(event: Event, kind: str = "account.noted") -> bytes:
    """
    Return a leaf around *event*, with nothing that can be left out.
    """
    told = {"stream": "account/x", "version": 1, "kind": kind, "operator": "ann"}
    return compose_leaf(encode_event(event), log=0, recorded_at=NEAR, **told)  # type: ignore[arg-type]


NOTED = leaf(NoteAdded(note="n-1", text="seen"))
ACTED = leaf(
    ActionTaken(
        action="a-1",
        measure="revoke_credentials",
        inverse=None,
        effect=None,
        holding=Holding.NONE,
        because_of="own-initiative",
        reason=None,
        requested_at=at("22:10"),
        authority=Authority(kind="human"),
        context=Context(session="s"),
    ),
    "account.action_taken",
)


@given(entries())
def test_every_entry_is_read_as_it_was_written(entry):
    """
    Whatever an event holds, its entry comes back the same, its bytes included.
    """
    assert entry == CODEC.decode_entry(entry.body, entry.position, entry.kind)
    assert entry == CODEC.decode_entry(entry.body, entry.position)


def sorted_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """
    Return the object of *pairs* if they are sorted by name.
    """
    assert sorted(name for name, _ in pairs) == [name for name, _ in pairs]
    return dict(pairs)


@given(entries())
def test_a_leaf_is_sorted_whole_and_without_floats(entry):
    """
    One JSON object with exactly the fields of rule 1, sorted at every depth, nulls written.
    """
    told = json.loads(entry.body, parse_float=pytest.fail, object_pairs_hook=sorted_pairs)

    assert RULE_1 == set(told)
    assert set(fields(type(entry.event))) == set(told["data"])


@given(entries())
def test_every_time_has_six_decimals_and_z(entry):
    """
    Text order is time order in the bytes too, in the entry as in what it holds.
    """
    told = json.loads(entry.body)

    times = {name: value for name, value in told["data"].items() if name.endswith("_at")}
    times |= {name: value for name, value in told.items() if name.endswith("_at")}
    for time in times.values():
        assert time is None or (len(time), time[-1], time[19]) == (27, "Z", ".")
    assert canonical(entry.recorded_at) == told["recorded_at"]


@given(texts(), st.integers(1, 4))
def test_a_text_that_looks_like_a_field_is_only_a_text(text, times):
    """
    `":` within a text is counted as a field at first, and found to be none.
    """
    note = NoteAdded(note='":', text=text + ',"more":' * times)

    assert note == CODEC.decode_entry(leaf(note), 1).event


@given(st.dictionaries(texts(), json_values(), max_size=4))
def test_refused_arguments_are_kept_as_they_were_given(arguments):
    """
    What was refused is on record word for word, whatever its arguments are called.
    """
    refused = AccountCommandRefused(command="act", arguments=arguments, verdicts=())

    assert refused == CODEC.decode_entry(leaf(refused, "account.command_refused"), 1).event


NEWER = [
    (NOTED, b'"kind":"account.noted"', b'"kind":"account.renamed"'),
    (NOTED, b'"schema":2', b'"schema":4'),
    (NOTED, b'"version":1', b'"verified":true,"version":1'),
    (NOTED, b'"text":"seen"', b'"text":"seen","tone":"calm"'),
    (NOTED, b'"data":{', b'"data":{"also":1,'),
    (NOTED, b'"data":{', b'"data":{"note":"n-0",'),
    (NOTED, b'"context":null,', b""),
    (ACTED, b'"session":"s"', b'"session":"s","shift":"night"'),
    (ACTED, b'"roles":[]', b'"roles":[],"rooms":[]'),
]


@pytest.mark.parametrize(("body", "written", "newer"), NEWER)
@pytest.mark.parametrize("named", [True, False])
def test_a_newer_format_is_unavailable_and_never_ignored(body, written, newer, named):
    """
    A field anywhere, a kind, a schema, or a spelling that this version would not write.
    """
    assert 1 == body.count(written)
    kind = json.loads(body)["kind"] if named else None

    with pytest.raises(Unavailable, match="newer format") as raised:
        CODEC.decode_entry(body.replace(written, newer), 9, kind)

    assert "position 9" in str(raised.value)
    assert "a version of ledger that knows it" == raised.value.expected


BROKEN = [
    b"",
    b"null",
    b"[]",
    b"{}",
    NOTED[:-1],
    NOTED[1:],
    NOTED + b"}",
    NOTED.replace(b"seen", b"se\xffen"),
    NOTED.replace(b"account.noted", b"account\xff.noted"),
    NOTED.replace(b'"text":"seen"', b'"text":7'),
    NOTED.replace(b',"text":"seen"', b""),
    NOTED.replace(b'"version":1', b'"version":true'),
    NOTED.replace(b'"version":1', b'"version":1.5'),
    NOTED.replace(b'"sealed":null', b'"sealed":{}'),
    NOTED.replace(b"2017-11-02", b"2017-11-32"),
    NOTED.replace(b'"schema":2', b'"schema":0'),
    NOTED.replace(b'"schema":2', b'"schema":null'),
    NOTED.replace(b'"kind":"account.noted"', b'"kind":"account.action_taken"'),
    ACTED.replace(b'"holding":"none"', b'"holding":"twice"'),
    NOTED.replace(b'"text":"seen"', b'"text":' + b"[" * 20_000 + b"]" * 20_000),
]


@pytest.mark.parametrize("body", BROKEN)
def test_broken_bytes_are_tampered(body):
    """
    What is no entry of its kind is evidence that does not hold, at the position where it stands.
    """
    with pytest.raises(Tampered) as raised:
        CODEC.decode_entry(body, 9)

    assert 9 == raised.value.position


def test_bytes_of_another_kind_than_the_column_says_are_tampered():
    """
    The column is an index over the bytes; when they differ, the bytes are not what was indexed.
    """
    with pytest.raises(Tampered, match=r"account\.noted"):
        CODEC.decode_entry(NOTED, 9, "account.protected")
    with pytest.raises(Tampered, match="another one was expected"):
        CODEC.decode_entry(NOTED, 9, "account.renamed")


@given(st.sampled_from([NOTED, ACTED]), st.data())
def test_no_change_of_bytes_fails_in_another_way(body, data):
    """
    With any byte changed, added or taken out, reading answers or says that the bytes do not hold.
    """
    place = data.draw(st.integers(0, len(body) - 1))
    removed = data.draw(st.integers(0, 3))
    changed = body[:place] + data.draw(st.binary(max_size=3)) + body[place + removed :]

    for kind in (None, json.loads(body)["kind"]):
        try:
            read = CODEC.decode_entry(changed, 1, kind)
        except (Tampered, Unavailable):
            continue
        assert isinstance(read, Entry)


@given(events(), moments())
def test_an_event_alone_is_the_data_of_its_entry(event, recorded_at):
    """
    The payload is encoded once and stands in the leaf byte for byte.
    """
    data = encode_event(event)
    told = {"log": 0, "stream": "s", "version": 1, "kind": "k", "operator": "o"}
    body = compose_leaf(data, recorded_at=recorded_at, **told)  # type: ignore[arg-type]

    assert body.startswith(b'{"data":' + data + b',"effective_at":null,')


def test_a_leaf_has_at_most_65_535_bytes():
    """
    An entry bundle has sixteen bits for a length: one byte more is refused, and what would work.
    """
    room = LEAF_BYTES_MAX - len(leaf(NoteAdded(note="n", text="")))
    largest = leaf(NoteAdded(note="n", text="x" * room))

    assert 65_535 == LEAF_BYTES_MAX == len(largest)
    assert "x" * room == CODEC.decode_entry(largest, 1).event.text  # type: ignore[attr-defined]
    with pytest.raises(Malformed, match="65536 bytes") as raised:
        leaf(NoteAdded(note="n", text="x" * (room + 1)))
    assert "at most 65535 bytes" in str(raised.value.expected)


def test_a_half_character_cannot_be_written():
    """
    Text that is not valid Unicode has no bytes.
    """
    with pytest.raises((UnicodeEncodeError, msgspec.EncodeError)):
        encode_event(NoteAdded(note="n", text="\ud800"))


def test_an_entry_takes_effect_when_it_says_and_else_with_its_recording():
    """
    No effective time means the time of recording.
    """
    entry = CODEC.decode_entry(NOTED, 1)

    assert NEAR == entry.took_effect_at
    later = entry._replace(effective_at=NEAR + timedelta(minutes=42))
    assert NEAR + timedelta(minutes=42) == later.took_effect_at
