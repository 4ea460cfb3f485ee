"""
A ledger and its plain model side by side: what one is given, the other is given too.

A command is an object as a line of `ledger record` has it, with aware datetimes for texts. The
ledger gets it first; what it does must be what the model expects, down to the moment of
recording, and is then told to the model. Positions in the model run through all logs.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from ledger import Entry, Ledger, LedgerError, Refused
from tests.model import Fact, Model, Row

START = datetime(2017, 11, 2, 12, tzinfo=UTC)
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ORIGIN = "ledger.example/pair"

# Under which key a fact has the id that the ledger answered with.
MADE = {
    "act": "action",
    "reverse": "reversal",
    "file_report": "report",
    "assert_finding": "made",
    "revise_finding": "made",
}
ABOUT_OPERATORS = {"enrol_operator", "bar_operator", "unbar_operator", "mark_training"}
# The arguments that name something on record, for the commands that do not name their account.
TARGETS = ("id", "action", "report", "finding")

Name = tuple[str, str]


class RememberingModel(Model):
    """
    A model that works out only once what was known at a position: facts are only ever added.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[int, list[Row]] = {}

    def restrictions(self, cut: int | None = None) -> list[Row]:
        """
        Return what the plain model returns.
        """
        last = len(self.facts)
        position = last if cut is None else min(cut, last)
        if position not in self._known:
            self._known[position] = super().restrictions(position)
        return self._known[position]


class Place(NamedTuple):
    """
    Where an entry stands.
    """

    log: int
    position: int
    stream: str


class Given(NamedTuple):
    """
    What an id of the caller stands for: a command and its result, None for a recorded refusal.
    """

    command: Fact
    result: str | None


class Expected(NamedTuple):
    """
    What must become of commands that are given together.

    Args:
        families: Of these the error must be one; empty when none may come.

        place: Which command meets it, from 1; None where several do together.

        refusal: The command whose refusal goes on record, where one does.
    """

    families: frozenset[str] = frozenset()
    place: int | None = None
    refusal: Fact | None = None


class Pair:
    """
    A ledger in the file *path*, or in memory, and its model, under a clock that is set by hand.

    Attributes:
        places: Where the entry of each of the model's positions stands, from position 1 on.

        heads: When each log was last recorded or fenced.
    """

    def __init__(self, path: Path | None, logs: int) -> None:
        self.clock = START
        self.model = RememberingModel()
        self.places: list[Place] = []
        self.heads = dict.fromkeys(range(logs), BEGINNING)
        self._given: dict[Name, Given] = {}
        self._streams: dict[str, str] = {}
        self._url = "memory:" if path is None else f"sqlite:///{path}"
        self.ledger = Ledger.create(self._url, origin=ORIGIN, logs=logs, clock=self._now)
        self._other: Ledger | None = None

    def _now(self) -> datetime:
        return self.clock

    def close(self) -> None:
        """
        Close every connection.
        """
        self.ledger.close()
        if self._other is not None:
            self._other.close()
        self._other = None

    def reopen(self) -> None:
        """
        Close every connection and open the file again.
        """
        self.close()
        self.ledger = self._opened()

    def change_hands(self) -> None:
        """
        Go on through another connection to the file, which has not seen what this one did.
        """
        self.ledger, self._other = self._other or self._opened(), self.ledger

    def _opened(self) -> Ledger:
        return Ledger.open(self._url, clock=self._now, create=False)

    def fence(self) -> None:
        """
        Settle the present, so that nothing more is recorded by then.
        """
        self.ledger.fence(self.clock)
        self.heads = {log: max(head, self.clock) for log, head in self.heads.items()}

    def entries(self) -> list[Entry]:
        """
        Return every entry that is stored.
        """
        return list(self.ledger.entries())

    def give(self, *commands: Fact) -> list[str] | LedgerError:
        """
        Give *commands* to the ledger, in one transaction, and tell the model what it did.

        Returns:
            The result of each command, or the error that the ledger raised.
        """
        now = self._recording()
        expected = self._expected(commands, now)
        try:
            results = self._done(commands)
        except LedgerError as error:
            self._judge(error, expected, many=len(commands) > 1)
            refusal = expected.refusal
            self._take_in([] if refusal is None else [self._refused(refusal)], now)
            return error
        assert not expected.families, f"nothing was refused, but {expected} was expected"
        assert len(commands) == len(results)
        self._take_in(self._recorded(commands, results), now)
        return results

    def _recording(self) -> datetime:
        """
        Return when the next transaction is recorded.

        With several logs the clock is first set past all of them: only then is the model's one
        order of positions the order of time.
        """
        now = max(self.clock, max(self.heads.values()) + MICROSECOND)
        if len(self.heads) > 1:
            self.clock = now
        return now

    def _done(self, commands: Sequence[Fact]) -> list[str]:
        if len(commands) > 1:
            return self.ledger.record_many(commands)
        arguments = dict(commands[0])
        name = arguments.pop("command")
        return [getattr(self.ledger, name)(**arguments)]

    def _expected(self, commands: Sequence[Fact], now: datetime) -> Expected:
        trial, given = Model(), dict(self._given)
        trial.facts = list(self.model.facts)
        for number, command in enumerate(commands, start=1):
            known = _known(given, command)
            if known is None:
                if families := families_of(trial, command, now):
                    recorded = all(lacks_authority(m, command, now) for m in (trial, self.model))
                    return Expected(families, number, command if recorded else None)
                trial.record(_fact(command, f"result {number}"), recorded_at=now)
                given |= {name: Given(_content(command), "") for name in _names(command)}
            elif known.command != _content(command):
                return Expected(frozenset({"Conflict"}), number)
            elif known.result is None:
                return Expected(frozenset({"Refused"}), number)
        # Whether corrections empty a restriction is judged when all of them are known.
        if all(command["command"] == "correct" for command in commands):
            left = {row["action"] for row in trial.restrictions()}
            if any(row["action"] not in left for row in self.model.restrictions()):
                return Expected(frozenset({"Refused"}))
        return Expected()

    def _judge(self, error: LedgerError, expected: Expected, *, many: bool) -> None:
        assert error.family in expected.families, f"{error!r}, but {expected} was expected"
        if many and expected.place is not None:
            assert f"command {expected.place}" == (error.where or "").partition(",")[0]
        if expected.refusal is not None:
            assert isinstance(error, Refused)
            assert error.recorded

    def _refused(self, command: Fact) -> tuple[str, Fact]:
        self._given |= {
            name: Given(_content(command), None)
            for name in _names(command)
            if name[0] == "request_id"
        }
        told = {"by": command.get("by"), "request_id": command.get("request_id")}
        return self._stream(command), {"command": "refused", **told}

    def _recorded(
        self, commands: Sequence[Fact], results: Sequence[str]
    ) -> Iterator[tuple[str, Fact]]:
        for command, result in zip(commands, results, strict=True):
            known = _known(self._given, command)
            if known is not None:
                assert known.result == result
                continue
            stream = self._stream(command)
            self._streams[result] = stream
            self._given |= {name: Given(_content(command), result) for name in _names(command)}
            yield stream, _fact(command, result)

    def _stream(self, command: Fact) -> str:
        if command["command"] in ABOUT_OPERATORS:
            return f"operator/{command['operator']}"
        if "account" in command:
            return f"account/{command['account']}"
        return next(self._streams[command[key]] for key in TARGETS if key in command)

    def _take_in(self, told: Iterable[tuple[str, Fact]], now: datetime) -> None:
        """
        Tell the model the facts *told*, each of which must be a new entry of its stream.
        """
        new: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries():
            if _place(entry) not in self.places:
                new[entry.stream].append(entry)
        opening = [] if self.places else [("ledger/settings", {"command": "open"})]
        for stream, fact in (*opening, *told) if new else told:
            assert new[stream], f"{fact} is not on record"
            entry = new[stream].pop(0)
            assert now == entry.recorded_at
            assert (fact.get("by") or "system") == entry.operator
            assert fact.get("request_id") == entry.request_id
            self.model.record(fact, recorded_at=now)
            if fact["command"] in {"act", "reverse"}:
                assert self.model.facts[-1]["effective_at"] == entry.effective_at
            self.places.append(_place(entry))
            self.heads[entry.log] = now
        assert not any(new.values()), f"nobody gave {new}"


def families_of(model: Model, command: Fact, now: datetime) -> frozenset[str]:
    """
    Return the families of error that *command* may meet, leaving aside what it would empty.

    A command with two faults may meet either.
    """
    to = None
    if command["command"] == "correct":
        to, command = command.get("effective_at"), _without(command, "effective_at")
    found = {model.would_refuse(command, now=now)}
    if to is not None and "NotFound" not in found and _begins(model, command["id"]) <= now < to:
        found = {"Malformed"}
    if found == {"Malformed"} and "expires_at" in command:
        found.add(model.would_refuse(command | {"expires_at": None}, now=now))
    return frozenset(family for family in found if family is not None)


def lacks_authority(model: Model, command: Fact, now: datetime) -> bool:
    """
    Return whether *command* is refused because of who gives it and for no other reason.
    """
    by_system = families_of(model, command | {"by": "system"}, now)
    return families_of(model, command, now) == {"Refused"} and not by_system


def _begins(model: Model, name: str) -> datetime:
    """
    Return when the action or the reversal of that id takes effect, as last corrected.
    """
    keys = {"act": "action", "reverse": "reversal", "correct": "id"}
    about = [fact for fact in model.facts if fact.get(keys.get(fact["command"], "")) == name]
    times: list[datetime] = [fact["effective_at"] for fact in about if "effective_at" in fact]
    return times[-1]


def _place(entry: Entry) -> Place:
    return Place(entry.log, entry.position, entry.stream)


def _fact(command: Fact, result: str) -> Fact:
    key = MADE.get(command["command"])
    return command if key is None else {key: result} | command


def _without(command: Fact, *keys: str) -> Fact:
    return {key: command[key] for key in command if key not in keys}


def _content(command: Fact) -> Fact:
    return _without(command, "request_id", "session")


def _names(command: Fact) -> list[Name]:
    keys = ["request_id"]
    given = {"act": ["action"], "file_report": ["report", "external_id"]}
    keys += given.get(command["command"], [])
    return [(key, command[key]) for key in keys if key in command]


def _known(given: Mapping[Name, Given], command: Fact) -> Given | None:
    return next((given[name] for name in _names(command) if name in given), None)
