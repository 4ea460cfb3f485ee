"""
Answers as documents: whatever is answered is JSON, and says what it must say of itself.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given

from ledger import (
    Conflict,
    Entry,
    Malformed,
    NotFound,
    Occurrence,
    Refused,
    Restriction,
    Standing,
    Tampered,
    Unavailable,
)
from ledger.book.document import document
from ledger.moderation.moment import moment, shortest
from tests.cli.answers import A_FEW, ANSWERS, ONE_DOCUMENT
from tests.strategies.values import of

FAMILIES = (Refused, Conflict, NotFound, Malformed, Tampered, Unavailable)
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{0,5}[1-9])?Z")
# These hold what somebody else wrote, as it was written.
FREE = {"data", "notes", "refusals", "changes", "withdrawn", "retracted"}


def written(answer: object) -> Any:
    """
    Return the document of *answer* as a reader of its bytes has it.
    """
    return json.loads(msgspec.json.encode(document(answer)))


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """
    Yield every object in *value*, all the way down, but for what somebody else wrote.
    """
    if isinstance(value, dict):
        yield value
        value = [member for key, member in value.items() if key not in FREE]
    if isinstance(value, list):
        for member in value:
            yield from objects(member)


@pytest.mark.parametrize("question", ANSWERS)
def test_every_answer_is_json(question):
    """
    Whatever an answer holds, its document survives being written and read.
    """

    @A_FEW
    @given(ANSWERS[question])
    def holds(answer) -> None:
        assert document(answer) == written(answer)

    holds()


@pytest.mark.parametrize("question", ANSWERS)
def test_times_are_in_their_shortest_form(question):
    """
    Every time under a name of a time has no decimals that say nothing, and ends in ``Z``.
    """

    @A_FEW
    @given(ANSWERS[question])
    def holds(answer) -> None:
        for one in objects(written(answer)):
            for name, value in one.items():
                if name in ("from", "until", "at") or name.endswith(("_at", "_from", "_until")):
                    assert value is None or TIME.fullmatch(value)

    holds()


@pytest.mark.parametrize("question", ANSWERS)
def test_a_position_stands_beside_its_log(question):
    """
    No object names a position without the log that it is a position of.
    """

    @A_FEW
    @given(ANSWERS[question])
    def holds(answer) -> None:
        for one in objects(written(answer)):
            if any(name.endswith("position") and one[name] is not None for name in one):
                assert isinstance(one["log"], int)

    holds()


@pytest.mark.parametrize("question", ONE_DOCUMENT)
def test_an_answer_names_its_moment_and_its_cut(question):
    """
    An answer that is one document has `at`, `known_at`, `cut` and `settled`.
    """

    @A_FEW
    @given(ANSWERS[question])
    def holds(answer) -> None:
        told, cut = written(answer), answer.cut
        assert {
            "at": shortest(answer.at),
            "known_at": shortest(cut.known_at),
            "cut": {str(log): position for log, position in cut.positions.items()},
            "settled": cut.settled,
        } == {name: told[name] for name in ("at", "known_at", "cut", "settled")}

    holds()


@given(of(Restriction))
def test_a_restriction_has_the_contracts_fields(restriction):
    """
    The fields stand in the contract's order, a cursor behind them; what was imported says so.
    """
    told = document(restriction)

    fields = (
        "account measure scope action from until seconds ended_by opened_by closed_by"
        " opened_at_position closed_at_position log known_from known_until cursor"
    )
    assert [*fields.split(), *(["recorded_by"] if restriction.imported else [])] == list(told)
    assert told["from"] == shortest(restriction.from_)
    assert told["seconds"] == restriction.seconds


@given(of(Entry))
def test_an_entry_says_whether_a_source_recorded_it(entry):
    """
    ``recorded_by`` is ``source`` on what was imported and absent on all else.
    """
    told = document(entry)

    assert ("source" if entry.import_id else None) == told.get("recorded_by")
    assert entry.import_id == told["import"]


@given(of(Standing))
def test_an_answer_that_rests_on_a_source_says_so(standing):
    """
    One imported restriction is enough.
    """
    imported = any(restriction.imported for restriction in standing.in_force)

    assert imported == (document(standing).get("recorded_by") == "source")


@given(of(Occurrence))
def test_what_was_computed_has_no_author(line):
    """
    A computed line names the entry that it follows from, and nobody who recorded it.
    """
    told = document(line)

    assert (line.entry.log, line.entry.position) == (told["log"], told["position"])
    assert (told["told"] == "computed") == (told["by"] is None)
    assert (told["told"] == "computed") == (told["data"] is None)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_error_is_a_document(family):
    """
    It has the family, the message, the place and what was expected, and nothing else.
    """
    more = {"rule": "authority"} if family is Refused else {}
    error = family("it is so", where="line 17", expected="that", **more)

    assert {
        "error": {
            "family": family.__name__,
            "message": "it is so",
            "where": "line 17",
            "expected": "that",
        }
    } == document(error)


def test_plain_values_are_as_json_has_them():
    """
    A moment is its shortest text, bytes are hexadecimal, keys are texts, tuples are arrays.
    """
    at = moment("2017-11-02T22:52:00.120000Z", "at")

    assert {"0": ["2017-11-02T22:52:00.12Z", "00ff", None]} == document(
        {0: (at, b"\x00\xff", None)}
    )
