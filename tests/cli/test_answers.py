"""
The answers about the case with ``--json``, in the shapes of the contract.
"""

from collections.abc import Iterator
from typing import Any

import pytest

ACCOUNT = "25073877"
RESTRICTION = {
    "account": ACCOUNT,
    "measure": "deactivate",
    "scope": None,
    "action": "a-1",
    "from": "2017-11-02T22:52:00Z",
    "until": "2017-11-02T23:03:00Z",
    "seconds": 660.0,
    "ended_by": "reversal",
    "opened_by": "op-417",
    "closed_by": "op-7",
    "opened_at_position": 9,
    "closed_at_position": 10,
    "log": 0,
    "known_from": "2017-11-02T23:03:00Z",
    "known_until": None,
}
AS_OPEN = RESTRICTION | {
    "until": None,
    "seconds": None,
    "ended_by": None,
    "closed_by": None,
    "closed_at_position": None,
    "known_from": "2017-11-02T22:10:00Z",
}
NOW = {"known_at": "2017-12-12T12:00:00Z", "cut": {"0": 15}, "settled": True}
IN_BETWEEN = {"known_at": "2017-11-02T22:55:00Z", "cut": {"0": 9}, "settled": True}

pytestmark = pytest.mark.usefixtures("kept")


def held(whole, part):
    """
    Return what *whole* has under the keys of *part*, all the way down.
    """
    if not isinstance(part, dict):
        return whole
    return {key: held(whole[key], value) for key, value in part.items()}


def test_restrictions_are_lines(ask):
    """
    ``restrictions`` has one line each, with exactly the contract's fields and a cursor.
    """
    (line,) = ask("--json", "restrictions", "--lasting", "11m..12m").documents

    cursor = line.pop("cursor")
    assert line == RESTRICTION
    assert [] == ask("--json", "restrictions", "--after", cursor).documents


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("--opened-by op-417 --closed-by op-7", 1),
        ("--measure suspend", 0),
        ("--lasting 12m", 0),
        ("--in-force-at 2017-11-02T23:02:59Z", 1),
        ("--in-force-at 2017-11-02T23:03:00Z", 0),
        ("--ended-by open --known-at 2017-11-02T22:55:00Z", 1),
        ("--during 2017-11-02T23:00:00Z..2017-11-03T00:00:00Z", 1),
    ],
)
def test_restrictions_are_filtered_and_counted(ask, filters, found):
    """
    Each filter is understood, and what is listed is what is counted.
    """
    verb = ["restrictions", *filters.split()]

    assert found == len(ask(*verb, "--json").documents)
    assert {"count": found} == ask(*verb, "--count", "--json").document
    assert f"{found}\n" == ask(*verb, "--count").out


def test_who_tells_the_case(ask):
    """
    ``who`` has the restriction, both operators, authority, report, protection and safeguards.
    """
    document = ask("--json", "who", ACCOUNT, "--measure", "deactivate", "--lasting", "11m").document

    (answer,) = document["answers"]
    told = RESTRICTION | {
        "opened": {
            "by": "op-417",
            "requested_at": "2017-11-02T22:10:00Z",
            "effective_at": "2017-11-02T22:52:00Z",
            "recorded_at": "2017-11-02T22:10:00Z",
            "session": None,
            "because_of": [
                {
                    "report": "r-1",
                    "category": "impersonation",
                    "source": "user",
                    "filed_at": "2017-11-02T22:00:00Z",
                    "queue": None,
                }
            ],
            "reason": "parody account",
            "authority": {
                "roles": ["support"],
                "contract": "contractor",
                "vendor": "Acme Support",
                "leaves_at": "2017-11-02T23:00:00Z",
                "last_day": True,
                "barred": False,
                "permitted": True,
                "permitted_at_effect": True,
            },
        },
        "closed": {
            "by": "op-7",
            "reason": "error",
            "effective_at": "2017-11-02T23:03:00Z",
            "recorded_at": "2017-11-02T23:03:00Z",
            "session": None,
            "authority": {"permitted": True},
        },
        "reversals_refused": [],
        "protected": {"tier": "head-of-state"},
    }
    assert told == held(answer, told)
    assert held(document, NOW) == NOW


def test_who_names_every_safeguard(ask):
    """
    Each has its policy and outcome; those that nobody had adopted say so.
    """
    (answer,) = ask("--json", "who", ACCOUNT).document["answers"]

    assert {
        "authority": "passed",
        "protected-account": "not-adopted",
        "two-person": "not-adopted",
        "last-day": "not-adopted",
    } == {safeguard["name"]: safeguard["outcome"] for safeguard in answer["safeguards"]}
    assert all({"policy", "of_original"} <= set(one) for one in answer["safeguards"])


def test_who_keeps_every_finding(ask):
    """
    What was said first stands beside what revised it, each with its author, source and time.
    """
    (answer,) = ask("--json", "who", ACCOUNT).document["answers"]

    assert [
        ("error", "comms", "2017-11-03T00:05:00Z", "revised"),
        ("deliberate", "comms", "2017-11-03T02:00:00Z", "standing"),
        ("deliberate", "press", "2017-11-03T15:00:00Z", "standing"),
        ("error", "press", "2017-11-29T12:00:00Z", "standing"),
        ("error", "press", "2017-12-12T12:00:00Z", "standing"),
    ] == [
        tuple(f[key] for key in ("cause", "by", "stated_at", "status")) for f in answer["findings"]
    ]


def test_who_answers_with_what_was_known_then(ask):
    """
    Three minutes in, the restriction is open and nobody has found anything.
    """
    document = ask("--json", "who", ACCOUNT, "--known-at", "2017-11-02T22:55:00Z").document

    (answer,) = document["answers"]
    assert AS_OPEN | {"findings": [], "closed": None} == held(
        answer, AS_OPEN | {"findings": [], "closed": None}
    )
    assert held(document, IN_BETWEEN) == IN_BETWEEN
    assert answer["opened"]["authority"]["last_day"] is True


@pytest.mark.parametrize(
    ("at", "standing", "in_force"),
    [("22:51:59", "active", 0), ("23:01:00", "deactivated", 1), ("23:03:00", "active", 0)],
)
def test_standing_is_half_open(ask, at, standing, in_force):
    """
    The account is deactivated from 22:52, and active again at 23:03 itself.
    """
    at = f"2017-11-02T{at}Z"

    document = ask("--json", "standing", ACCOUNT, "--at", at).document

    expected = {"account": ACCOUNT, "at": at, "standing": standing} | NOW
    assert expected == held(document, expected)
    assert in_force == len(document["in_force"])
    for restriction in document["in_force"]:
        assert held(restriction, RESTRICTION) == RESTRICTION


@pytest.mark.parametrize(
    "question",
    [
        f"standing {ACCOUNT}",
        f"account {ACCOUNT}",
        f"who {ACCOUNT}",
        "operator op-417",
        "authority a-1",
        "report r-1",
        f"strikes {ACCOUNT}",
        "pending",
        "safeguards a-1",
        "policy",
        "backtest",
        "replay --without-operator op-417",
    ],
)
def test_every_answer_says_what_it_rests_on(ask, question):
    """
    An answer names its moment and its cut; asked again with the cut, it is the same.
    """
    verb = ["--json", *question.split(), "--known-at"]

    then = ask(*verb, "2017-11-03T00:30:00Z").document
    again = ask(*verb, '{"0": 11}').document

    assert {"known_at": "2017-11-03T00:30:00Z", "cut": {"0": 11}, "settled": True} == {
        key: then[key] for key in ("known_at", "cut", "settled")
    }
    moving = {"at", "known_at"}
    assert {key: then[key] for key in then.keys() - moving} == {
        key: again[key] for key in again.keys() - moving
    }


def test_review_is_lines(ask):
    """
    Each finding has exactly the contract's fields, in order of time; ``--check`` selects.
    """
    found = ask("--json", "review").documents
    chosen = ask("--json", "review", "--check", "last-day", "--check", "no-report").documents

    assert ["last-day", "protected-account", "short-lived"] == [line["check"] for line in found]
    assert [found[0]] == chosen
    fields = {"check", "severity", "operator", "account", "action", "at", "log", "position", "why"}
    assert all(fields == set(line) for line in found)
    assert {("op-417", ACCOUNT, "a-1", "2017-11-02T22:52:00Z", 0, 9)} == {
        tuple(line[name] for name in ("operator", "account", "action", "at", "log", "position"))
        for line in found
    }
    assert [] == ask("--json", "review", "--since", "2017-11-02T23:00:00Z").documents


def test_replay_tells_what_would_have_been(ask):
    """
    Without the contractor the account would have been active in these eleven minutes.
    """
    document = ask("--json", "replay", "--without-operator", "op-417").document
    then = ask("--json", "replay", "--without-action", "a-1", "--at", RESTRICTION["until"]).document

    differs = {"from": RESTRICTION["from"], "until": RESTRICTION["until"]}
    differs |= {"account": ACCOUNT, "was": "deactivated", "would_have_been": "active"}
    assert {"removed": ["a-1"], "differences": [differs]} | NOW == held(
        document, {"removed": None, "differences": None} | NOW
    )
    assert (["a-1"], []) == (then["removed"], then["differences"])


def test_a_position_never_stands_without_its_log(ask):
    """
    Every object that names a position names the log beside it.
    """

    def objects(value) -> Iterator[dict[str, Any]]:
        if isinstance(value, dict):
            yield value
            value = list(value.values())
        if isinstance(value, list):
            for member in value:
                yield from objects(member)

    told = [
        ask("--json", "who", ACCOUNT).document,
        ask("--json", "account", ACCOUNT).document,
        *ask("--json", "timeline", ACCOUNT).documents,
        *ask("--json", "entries").documents,
    ]
    placed = [one for one in objects(told) if any(key.endswith("position") for key in one)]
    assert len(placed) > 30
    assert all("log" in one for one in placed)
