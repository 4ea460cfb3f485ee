"""
What must hold of a ledger and its model after every step, whatever the step was.
"""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any, NamedTuple

import pytest

from ledger import LedgerError, NotFound, Restriction
from ledger.moderation.events.account import FindingAsserted, FindingRevised
from ledger.timeline.restrictions import versions
from tests.model import MEASURES, Fact, Row
from tests.pair import MICROSECOND, START, Pair

REMEMBERED_MAX = 12
RECALLED_A_STEP = 2

OPERATORS = ("ann", "late", "system")
LENGTHS = [
    (timedelta(minutes=5), timedelta(minutes=10)),
    (timedelta(minutes=10), timedelta(hours=1)),
]
# What the model says of a restriction, and of a version of one.
ROW = (
    "account",
    "measure",
    "scope",
    "action",
    "from",
    "until",
    "ended_by",
    "opened_by",
    "closed_by",
    "opened_at_position",
    "closed_at_position",
)
VERSION = (*ROW, "known_from_position", "known_until_position")
# What follows from it.
STORED = (*VERSION, "log", "known_from", "known_until", "lasting_us", "effect", "imported")
# Under which names the table and a `Restriction` have it, where they differ.
IN_TABLE = {"from": "from_at", "until": "until_at"}
IN_ANSWER = {"from": "from_"}
# The kinds of id that commands make, and under which key a fact has them.
CLAIMED = {
    "act": {"action": "action"},
    "reverse": {"reversal": "reversal"},
    "file_report": {"report": "report"},
    "assert_finding": {"finding": "made"},
    "revise_finding": {"finding": "made"},
}
# How the table says that there is no end yet.
OPEN = ("9999-12-31T23:59:59.999999Z", 2**53 - 1)


class Known(NamedTuple):
    """
    What a question may know.

    Args:
        known_at: What the ledger is asked with: a moment, a position of each log, or None.

        cut: The model's last position that is known.

        settled: Whether the answer is for ever.
    """

    known_at: datetime | dict[int, int] | None
    cut: int
    settled: bool


class Remembered(NamedTuple):
    """
    A question and the answer that it was given first.
    """

    question: str
    arguments: dict[str, Any]
    answer: object


class Agreement:
    """
    Looks at a pair after each step; the questions that it asks follow from the number of steps.
    """

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._bodies: dict[tuple[int, int], bytes] = {}
        self._remembered: list[Remembered] = []
        self._steps = 0

    def assert_entries_hold_together(self) -> None:
        """
        Positions and versions have no gaps, nothing written has changed, every head sums it up.
        """
        positions: dict[int, list[int]] = {log: [] for log in self._pair.heads}
        leaves: dict[int, list[bytes]] = {log: [] for log in self._pair.heads}
        streams: dict[str, list[int]] = defaultdict(list)
        times: dict[int, list[datetime]] = defaultdict(list)
        bodies = {}
        for entry in self._pair.entries():
            positions[entry.log].append(entry.position)
            leaves[entry.log].append(sha256(b"\x00" + entry.body).digest())
            streams[entry.stream].append(entry.version)
            times[entry.log].append(entry.recorded_at)
            bodies[entry.log, entry.position] = entry.body
        for found in (*positions.values(), *streams.values()):
            assert list(range(1, len(found) + 1)) == found
        for recorded in times.values():
            assert sorted(recorded) == recorded
        assert self._bodies == {place: bodies.get(place) for place in self._bodies}
        self._bodies = bodies
        sums = {log: (len(some), root(some)) for log, some in leaves.items()}
        logs = self._pair.ledger.status().logs
        assert sums == {head.log: (head.size, head.root) for head in logs}
        heads = self._dump("SELECT log, recorded_at FROM heads")
        assert self._pair.heads == {log: datetime.fromisoformat(time) for log, time in heads}

    def assert_table_is_as_told(self) -> None:
        """
        The table holds what a fold of the entries gives, and that is what the model says.
        """
        expected = [self._stored(version) for version in self._pair.model.history()]
        expected.sort(key=_key)
        by_stream = defaultdict(list)
        for entry in self._pair.entries():
            by_stream[entry.stream].append(entry)
        folded = [
            _fields(version, STORED)
            for stream, entries in by_stream.items()
            if stream.startswith("account/")
            for version in versions(stream.removeprefix("account/"), entries)
        ]
        assert expected == sorted(folded, key=_key)
        assert expected == sorted(self._table(), key=_key)

    def assert_claims_are_as_told(self) -> None:
        """
        Each id stands for the stream of the entry that it was given to, or made for.
        """
        told = zip(self._pair.model.facts, self._pair.places, strict=True)
        expected = {
            (kind, fact[key], place.stream)
            for fact, place in told
            for kind, key in CLAIMED.get(fact["command"], {}).items() | {("request", "request_id")}
            if fact.get(key) is not None
        }
        for fact, place in zip(self._pair.model.facts, self._pair.places, strict=True):
            if (external := fact.get("external_id")) is not None:
                name = json.dumps([fact["source"], external], separators=(",", ":"))
                expected.add(("external-report", name, place.stream))
        claims = self._dump("SELECT kind, id, stream FROM claims")
        assert expected == set(claims)
        assert len(expected) == len(claims)

    def _stored(self, version: Row) -> Row:
        """
        Return what is stored of a version in the model.
        """
        known_from, known_until = version["known_from_position"], version["known_until_position"]
        effect = MEASURES[version["measure"]].effect
        until = version["until"]
        return self._placed(version) | {
            "known_from_position": self._pair.places[known_from - 1].position,
            "known_until_position": known_until and self._pair.places[known_until - 1].position,
            "known_from": self._recorded_at(known_from),
            "known_until": known_until and self._recorded_at(known_until),
            "lasting_us": until and (until - version["from"]) // MICROSECOND,
            "effect": None if effect == "active" else effect,
            "imported": False,
        }

    def _placed(self, row: Row) -> Row:
        """
        Return a restriction of the model with the log and the positions that the ledger has.
        """
        opened, closed = row["opened_at_position"], row["closed_at_position"]
        log, position, _ = self._pair.places[opened - 1]
        return {key: row[key] for key in ROW} | {
            "log": log,
            "opened_at_position": position,
            "closed_at_position": closed and self._pair.places[closed - 1].position,
        }

    def _recorded_at(self, position: int) -> datetime:
        recorded_at: datetime = self._pair.model.facts[position - 1]["recorded_at"]
        return recorded_at

    def _table(self) -> list[Row]:
        columns = ", ".join(IN_TABLE.get(key, key) for key in STORED)
        rows = self._dump(f"SELECT {columns} FROM restrictions")  # noqa: S608, names of ours
        return [dict(zip(STORED, map(_plain, row), strict=True)) for row in rows]

    def assert_rebuilding_changes_nothing(self) -> None:
        """
        Rebuilding finds no difference and leaves the same rows.
        """
        before = self._everything()
        assert not any(difference.differed for difference in self._pair.ledger.rebuild())
        assert before == self._everything()

    def assert_refused(self, family: str, commands: list[Fact]) -> None:
        """
        The last of *commands*, given together, meets an error of *family*, and nothing is written.
        """
        before = self._everything()
        with pytest.raises(LedgerError) as caught:
            self._pair.ledger.record_many(commands)
        assert family == caught.value.family
        assert (caught.value.where or "").startswith(f"command {len(commands)}")
        assert before == self._everything()

    def _everything(self) -> dict[str, list[tuple[Any, ...]]]:
        tables = ("entries", "heads", "claims", "restrictions")
        return {table: sorted(self._dump(f"SELECT * FROM {table}"), key=repr) for table in tables}  # noqa: S608

    def _dump(self, statement: str) -> list[tuple[Any, ...]]:
        with self._pair.ledger._database.reading() as connection:  # noqa: SLF001, no other way in
            return connection.execute(statement).fetchall()

    def assert_answers_agree(self) -> None:
        """
        New questions are answered as the model does, and old ones as they were answered first.
        """
        self._steps += 1
        random = Random(self._steps)
        self._ask_standing(random)
        self._ask_restrictions(random)
        self._ask_who(random)
        some = min(RECALLED_A_STEP, len(self._remembered))
        for remembered in random.sample(self._remembered, some):
            self._recall(remembered)

    def assert_nothing_is_forgotten(self) -> None:
        """
        Every answer that is remembered is given again.
        """
        for remembered in self._remembered:
            self._recall(remembered)

    def _recall(self, remembered: Remembered) -> None:
        question, arguments, answer = remembered
        assert answer == self._answer(question, arguments), f"{question}({arguments})"

    def _answer(self, question: str, arguments: dict[str, Any]) -> object:
        """
        Return what an answer says, without what it says of the question.
        """
        try:
            answer = getattr(self._pair.ledger, question)(**arguments)
            return answer.in_force if question == "standing" else tuple(answer)
        except NotFound as error:
            return error.family

    def _ask(self, random: Random, question: str, arguments: dict[str, Any], known: Known) -> Any:
        """
        Return what an answer says, and remember it: under its time, or under its cut where that
        time is not settled.
        """
        answer = self._answer(question, arguments | {"known_at": known.known_at})
        lasting = known.known_at if known.settled else self._positions(known.cut)
        remembered = Remembered(question, arguments | {"known_at": lasting}, answer)
        if len(self._remembered) < REMEMBERED_MAX:
            self._remembered.append(remembered)
        else:
            self._remembered[random.randrange(REMEMBERED_MAX)] = remembered
        return answer

    def _ask_standing(self, random: Random) -> None:
        known, account = self._known(random), random.choice("xy")
        at = self._moment(random, known)
        asked = {"account": account, "at": at}
        in_force = self._ask(random, "standing", asked, known)
        if not self._exists(f"account/{account}", known):
            assert "NotFound" == in_force
            return
        held = [r for r in self._held(known) if r["account"] == account and covers(r, at)]
        assert held == [_fields(r, (*ROW, "log")) for r in in_force]
        answer = self._pair.ledger.standing(account, at, known.known_at)
        assert self._pair.model.standing(account, at, known.cut) == answer.standing
        assert self._positions(known.cut).items() >= answer.cut.positions.items()
        if isinstance(known.known_at, datetime):
            heads = [self._pair.heads[log] for log in answer.cut.positions]
            assert all(known.known_at <= head for head in heads) == answer.cut.settled

    def _ask_who(self, random: Random) -> None:
        known, account = self._known(random), random.choice("xy")
        at = self._moment(random, known)
        answers = self._ask(random, "who", {"account": account, "at": at}, known)
        if not self._exists(f"account/{account}", known):
            assert "NotFound" == answers
            return
        held = [r for r in self._held(known) if r["account"] == account and covers(r, at)]
        assert held == [_fields(a.restriction, (*ROW, "log")) for a in answers]
        assert [r["opened_by"] for r in held] == [a.opened.by for a in answers]
        closed_by = [a.closed and a.closed.by for a in answers]
        assert [r["closed_by"] for r in held] == closed_by
        findings = [self._findings(r["action"], known) for r in held]
        assert findings == [len(a.findings) for a in answers]

    def _ask_restrictions(self, random: Random) -> None:
        known = self._known(random)
        asked: dict[str, Any] = {}
        held, is_known = self._held(known), True
        if random.random() < 0.5:
            asked["account"] = account = random.choice("xy")
            is_known = self._exists(f"account/{account}", known)
            held = [row for row in held if row["account"] == account]
        if random.random() < 0.3:
            asked["opened_by"] = operator = random.choice(OPERATORS)
            is_known = is_known and self._is_enrolled(operator, known)
            held = [row for row in held if row["opened_by"] == operator]
        if random.random() < 0.5:
            asked["in_force_at"] = at = self._moment(random, known)
            held = [row for row in held if covers(row, at)]
        if random.random() < 0.3:
            asked["ended_by"] = end = random.choice(["reversal", "superseded", "expiry", "open"])
            held = [row for row in held if end == (row["ended_by"] or "open")]
        if random.random() < 0.3:
            asked["lasting"] = shortest, longest = random.choice(LENGTHS)
            lengths = ((row, (row["until"] or row["from"]) - row["from"]) for row in held)
            held = [row for row, length in lengths if shortest <= length < longest]
        found = self._ask(random, "restrictions", asked, known)
        if is_known:
            assert held == [_fields(restriction, (*ROW, "log")) for restriction in found]
        else:
            assert "NotFound" == found

    def _known(self, random: Random) -> Known:
        position = random.randint(1, len(self._pair.places))
        how = random.choice(["now", "cut", "time", "time"])
        if how == "now":
            return Known(None, len(self._pair.places), settled=False)
        if how == "cut":
            return Known(self._positions(position), position, settled=True)
        time = self._recorded_at(position) - random.choice([0, 0, 1]) * MICROSECOND
        settled = time <= min(self._pair.heads.values())
        return Known(time, self._pair.model.cut(time), settled)

    def _positions(self, cut: int) -> dict[int, int]:
        """
        Return how far each log is at a position of the model.
        """
        reached = {place.log: place.position for place in self._pair.places[:cut]}
        return dict.fromkeys(self._pair.heads, 0) | reached

    def _moment(self, random: Random, known: Known) -> datetime:
        """
        Return a moment at which a restriction begins or ends, or just before one does.
        """
        rows = self._pair.model.restrictions(known.cut)
        times = {row[key] for row in rows for key in ("from", "until")} - {None}
        moment: datetime = random.choice(sorted(times) or [START])
        return moment - random.choice([0, 0, 1]) * MICROSECOND

    def _held(self, known: Known) -> list[Row]:
        rows = [self._placed(row) for row in self._pair.model.restrictions(known.cut)]
        return sorted(rows, key=lambda row: (row["from"], row["log"], row["opened_at_position"]))

    def _exists(self, stream: str, known: Known) -> bool:
        return any(place.stream == stream for place in self._pair.places[: known.cut])

    def _is_enrolled(self, operator: str, known: Known) -> bool:
        facts = self._pair.model.facts[: known.cut]
        enrolled = [fact["operator"] for fact in facts if fact["command"] == "enrol_operator"]
        return operator in ("system", *enrolled)

    def _findings(self, action: str, known: Known) -> int:
        """
        Return how many findings about an action are on record.
        """
        positions = self._positions(known.cut)
        return sum(
            isinstance(entry.event, FindingAsserted | FindingRevised)
            and entry.event.action == action
            and entry.position <= positions[entry.log]
            for entry in self._pair.entries()
        )


def root(leaves: list[bytes]) -> bytes:
    """
    Return the root over leaf hashes as RFC 6962, section 2.1, defines it.
    """
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    left = 1
    while 2 * left < len(leaves):
        left *= 2
    return sha256(b"\x01" + root(leaves[:left]) + root(leaves[left:])).digest()


def covers(row: Row, at: datetime) -> bool:
    """
    Return whether a restriction of the model is in force at *at*.
    """
    return bool(row["from"] <= at and (row["until"] is None or at < row["until"]))


def _fields(restriction: Restriction, keys: tuple[str, ...]) -> Row:
    return {key: getattr(restriction, IN_ANSWER.get(key, key)) for key in keys}


def _plain(value: Any) -> Any:
    if value in OPEN:
        return None
    is_time = isinstance(value, str) and value.startswith("2017-")
    return datetime.fromisoformat(value) if is_time else value


def _key(row: Row) -> tuple[int, int, int]:
    return row["log"], row["opened_at_position"], row["known_from_position"]
