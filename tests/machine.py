"""
The state machine: it gives a ledger and its model commands of every kind, in any order, while
the clock stands still or moves, connections change and files are reopened.
"""

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.agreement import Agreement, covers
from tests.model import MEASURES, SCOPED, Fact
from tests.pair import MICROSECOND, START, Pair

BATCH_MAX = 4
GRID = timedelta(minutes=5)
HUMAN = {"command": "enrol_operator", "kind": "human"}
LATE = HUMAN | {"operator": "late"}
STAFF: tuple[Fact, ...] = (
    HUMAN | {"operator": "root", "roles": ["admin"]},
    HUMAN | {"operator": "temp", "starts_at": START + 3 * GRID, "leaves_at": START + 16 * GRID},
    HUMAN | {"operator": "ann"},
)
WHY = {"reason": "spam"}
CLAIM = {"cause": "error", "source": "press", "statement": "it was a mistake"}
# On the grid and off it, and back by what a machine's clock may be off.
PACES = (MICROSECOND, timedelta(seconds=61, microseconds=7), 4 * GRID, timedelta(seconds=-2))

ACT: Fact = {"command": "act", "measure": "warn", "account": "x", "because_of": "own-initiative"} | WHY
# Commands that are wrong whatever is on record, and the family of error that each meets.
MISTAKES: tuple[tuple[str, Fact], ...] = (
    ("Malformed", ACT | {"effective_at": datetime(2017, 11, 2, 12)}),  # noqa: DTZ001, the mistake
    ("Malformed", ACT | {"requested_at": START + timedelta(days=400)}),
    ("Malformed", ACT | {"measure": "terminate", "expires_at": START + timedelta(days=400)}),
    ("Malformed", ACT | {"measure": "restrict"}),
    ("Malformed", ACT | {"measure": "banish"}),
    ("Malformed", ACT | {"measure": "reactivate"}),
    ("Malformed", ACT | {"account": "x" * 256}),
    ("Malformed", ACT | {"reason": " "}),
    ("Malformed", ACT | {"because_of": "hunch"}),
    ("Malformed", ACT | {"until": START}),
    ("NotFound", ACT | {"because_of": ["unheard-of"]}),
    ("NotFound", ACT | {"supersedes": "unheard-of"}),
    ("NotFound", ACT | {"by": "unheard-of"}),
    ("NotFound", {"command": "reverse", "action": "unheard-of"} | WHY),
    ("NotFound", {"command": "withdraw", "id": "unheard-of"} | WHY),
    ("NotFound", {"command": "correct", "id": "unheard-of", "effective_at": START} | WHY),
    ("NotFound", {"command": "bar_operator", "operator": "unheard-of"} | WHY),
    ("Refused", HUMAN | {"operator": "ann"}),
    ("Refused", HUMAN | {"operator": "system"}),
)

# Which one, counted back from the last.
picks = st.integers(0, 7)
# On a grid, so that beginnings and ends often fall together.
times = st.integers(0, 24).map(lambda number: START + number * GRID)
accounts = st.sampled_from("xxxy")
operators = st.sampled_from(
    ["ann", "ann", "ann", "root", "root", "system", "system", "temp", "temp", "late"]
)
act_terms = st.fixed_dictionaries(
    {
        "measure": st.sampled_from(["suspend", "suspend", "issue_strike", *MEASURES]),
        "account": accounts,
        "by": operators,
    },
    optional={
        "scope": st.just("posts"),
        "effective_at": times,
        "expires_at": times,
        "requested_at": times,
    },
)
reverse_terms = st.fixed_dictionaries({"by": operators}, optional={"effective_at": times})
correct_terms = st.fixed_dictionaries(
    {"by": operators}, optional={"effective_at": times, "operator": operators}
).filter(lambda terms: len(terms) > 1)

alone = precondition(lambda machine: machine.batch is None)
after_an_act = precondition(lambda machine: machine.told("act", "action"))
after_a_reversal = precondition(lambda machine: machine.told("reverse", "reversal"))


class WholeLedger(RuleBasedStateMachine):
    """
    A ledger in a file, with one log, beside its model.
    """

    IN_FILE: ClassVar = True
    LOGS: ClassVar = 1

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name, "ledger.db") if self.IN_FILE else None
        self.pair = Pair(path, self.LOGS)
        self.agreement = Agreement(self.pair)
        self.numbers = count(1)
        self.batch: list[Fact] | None = None
        self.repeatable: list[Fact] = []

    def teardown(self) -> None:
        """
        Close the ledger and leave nothing behind.
        """
        self.pair.close()
        self.folder.cleanup()

    def told(self, command: str, key: str) -> list[str]:
        """
        Return what the commands of a kind, on record or in the batch, have under *key*.
        """
        facts = (*self.pair.model.facts, *(self.batch or ()))
        return [fact[key] for fact in facts if fact["command"] == command and key in fact]

    def findings(self) -> list[str]:
        """
        Return the findings that were neither revised nor retracted.
        """
        gone = {*self.told("revise_finding", "finding"), *self.told("retract_finding", "finding")}
        made = (*self.told("assert_finding", "made"), *self.told("revise_finding", "made"))
        return [finding for finding in made if finding not in gone]

    def barred(self) -> list[str]:
        """
        Return the operators whose last bar was not lifted.
        """
        kinds = {"bar_operator", "unbar_operator"}
        facts = [fact for fact in self.pair.model.facts if fact["command"] in kinds]
        last = {fact["operator"]: fact["command"] for fact in facts}
        return [operator for operator in last if last[operator] == "bar_operator"]

    def give(self, *commands: Fact) -> None:
        """
        Give commands to the pair, in one transaction, and tell the report what became of them.
        """
        note(f"at {self.pair.clock.isoformat()}: {commands}")
        note(f"    {self.pair.give(*commands)!r}")

    def ask(self, name: str, terms: Fact, id_kind: str | None = None) -> None:
        """
        Give a command to the pair, or put it into the batch that is being made up.
        """
        command = {"command": name} | terms
        if id_kind is not None:
            command[id_kind] = f"{id_kind} {next(self.numbers)}"
            self.repeatable.append(command)
        if self.batch is None:
            self.give(command)
            return
        self.batch.append(command)
        if len(self.batch) == BATCH_MAX:
            self.end_batch()

    @initialize(acts=st.lists(act_terms, min_size=2, max_size=5))
    def begin(self, acts: list[Fact]) -> None:
        """
        Enrol all operators but the last, and let one of them act.
        """
        self.give(*STAFF)
        for terms in acts:
            self.act(terms | {"by": "ann"}, "free", "request_id")

    @alone
    @rule()
    def begin_batch(self) -> None:
        """
        Give the next commands together.
        """
        self.batch = []

    @precondition(lambda machine: machine.batch)
    @rule()
    def end_batch(self) -> None:
        """
        Give the commands of the batch.
        """
        commands, self.batch = self.batch or [], None
        self.give(*commands)

    @alone
    @rule(
        change=st.sampled_from(["enrol", "bar", "bar", "unbar", "unbar"]), pick=picks, by=operators
    )
    def staff(self, change: str, pick: int, by: str) -> None:
        """
        Enrol the last operator, whom some commands named already; bar one, or unbar one.
        """
        enrolled = "late" in self.told("enrol_operator", "operator")
        if change == "enrol" and not enrolled:
            self.give(LATE | {"by": by})
        elif change == "unbar" and self.barred():
            operator = latest(self.barred(), pick)
            self.ask("unbar_operator", {"operator": operator, "by": "root"} | WHY)
        else:
            operator = latest(["late", "ann", "temp"], pick)
            self.ask("bar_operator", {"operator": operator, "by": by} | WHY)

    @rule(account=accounts, by=operators, id_kind=st.sampled_from([None, "request_id", "report"]))
    def report(self, account: str, by: str, id_kind: str | None) -> None:
        """
        File a report.
        """
        terms = {"account": account, "category": "spam", "source": "user", "by": by}
        self.ask("file_report", terms, id_kind)

    @rule(
        terms=act_terms,
        place=st.sampled_from(["free", "free", "held", "other"]),
        id_kind=st.sampled_from([None, "request_id", "action"]),
    )
    def act(self, terms: Fact, place: str, id_kind: str | None) -> None:
        """
        Use a measure on an account, now, earlier or later, at times in place of another action.
        """
        terms = WHY | {"because_of": self._cause(terms["account"])} | terms
        if terms["measure"] in SCOPED:
            terms["scope"] = "posts"
        if "requested_at" in terms:
            terms["requested_at"] = min(terms["requested_at"], self.pair.clock)
        others = self._holders(terms) if place == "held" else self.told("act", "action")
        if place != "free" and others:
            terms["supersedes"] = others[-1]
        self.ask("act", terms, id_kind)

    def _cause(self, account: str) -> str | list[str]:
        filed = [fact for fact in self.pair.model.facts if fact["command"] == "file_report"]
        reports = [fact["report"] for fact in filed if fact["account"] == account]
        return reports[-2:] or "own-initiative"

    def _holders(self, terms: Fact) -> list[str]:
        at = terms.get("effective_at", self.pair.clock)
        slot = [terms.get(key) for key in ("account", "measure", "scope")]
        return [
            row["action"]
            for row in self.pair.model.restrictions()
            if slot == [row["account"], row["measure"], row["scope"]] and covers(row, at)
        ]

    @after_an_act
    @rule(
        pick=picks,
        terms=reverse_terms,
        place=st.sampled_from(["held", "held", "other"]),
        id_kind=st.sampled_from([None, "request_id"]),
    )
    def reverse(self, pick: int, terms: Fact, place: str, id_kind: str | None) -> None:
        """
        Reverse an action, now, as of an earlier time or as of a later one.
        """
        at = terms.get("effective_at", self.pair.clock)
        held = [row["action"] for row in self.pair.model.restrictions() if covers(row, at)]
        others = self.told("act", "action")
        action = latest(held if place == "held" and held else others, pick)
        self.ask("reverse", {"action": action} | WHY | terms, id_kind)

    @after_an_act
    @rule(pick=picks, by=operators)
    def withdraw(self, pick: int, by: str) -> None:
        """
        Withdraw an action or a reversal, which may have taken effect.
        """
        ids = self.told("act", "action") + self.told("reverse", "reversal")
        self.ask("withdraw", {"id": latest(ids, pick), "by": by} | WHY)

    @after_an_act
    @rule(pick=picks, by=operators, expires_at=st.none() | times)
    def amend(self, pick: int, by: str, expires_at: object) -> None:
        """
        Let an action expire at another time, or never.
        """
        action = latest(self.told("act", "action"), pick)
        self.ask("amend", {"action": action, "by": by, "expires_at": expires_at} | WHY)

    @alone
    @after_an_act
    @rule(pick=picks, terms=correct_terms)
    def correct(self, pick: int, terms: Fact) -> None:
        """
        Correct the time or the operator of an action or of a reversal.
        """
        ids = self.told("act", "action") + self.told("reverse", "reversal")
        self.ask("correct", {"id": latest(ids, pick)} | WHY | terms)

    @alone
    @after_a_reversal
    @rule(pick=picks, terms=correct_terms, start=times)
    def correct_both_ends(self, pick: int, terms: Fact, start: object) -> None:
        """
        Correct an action and its reversal together, the beginning first.
        """
        facts = [fact for fact in self.pair.model.facts if fact["command"] == "reverse"]
        reversal = latest(facts, pick)
        self.give(
            {"command": "correct", "id": reversal["action"], "effective_at": start} | WHY,
            {"command": "correct", "id": reversal["reversal"]} | WHY | terms,
        )

    @after_an_act
    @rule(pick=picks, by=operators, claim=st.sampled_from(["new", "other", "none"]))
    def find(self, pick: int, by: str, claim: str) -> None:
        """
        Claim what an action came from, claim otherwise, or take a claim back.
        """
        standing = self.findings()
        if claim == "new" or not standing:
            action = latest(self.told("act", "action"), pick)
            self.ask("assert_finding", {"action": action, "by": by} | CLAIM)
        elif claim == "other":
            self.ask("revise_finding", {"finding": latest(standing, pick), "by": by} | CLAIM)
        else:
            self.ask("retract_finding", {"finding": latest(standing, pick), "by": by} | WHY)


    @precondition(lambda machine: machine.repeatable)
    @rule(pick=picks, change=st.sampled_from([{}, {}, {"session": "s-2"}, {"reason": "other"}]))
    def repeat(self, pick: int, change: Fact) -> None:
        """
        Give a command again under its id, at times from another session or with other content.
        """
        command = latest(self.repeatable, pick) | change
        self.ask(command["command"], {key: command[key] for key in command if key != "command"})

    @rule(pace=st.sampled_from([*PACES, None, None]))
    def wait(self, pace: timedelta | None) -> None:
        """
        Set the clock forward, at times to the next of the times that commands name, or back.

        With several logs it is not set back: the clock may lag behind one of them and not another.
        """
        if pace is None:
            pace = GRID - (self.pair.clock - START) % GRID
        self.pair.clock += pace if self.LOGS == 1 else abs(pace)

    @rule(change=st.sampled_from(["fence", "rebuild", "reopen", "hands", "hands"]))
    def change_nothing(self, change: str) -> None:
        """
        Do what must not change any answer.
        """
        match change:
            case "fence":
                self.pair.fence()
            case "rebuild":
                self.agreement.assert_rebuilding_changes_nothing()
            case "reopen" if self.IN_FILE:
                self.pair.reopen()
            case "hands" if self.IN_FILE:
                self.pair.change_hands()
        self.agreement.assert_nothing_is_forgotten()

    @rule(mistake=st.sampled_from(MISTAKES), beside=st.booleans())
    def make_a_mistake(self, mistake: tuple[str, Fact], *, beside: bool) -> None:
        """
        Give a command that can never be right, alone or behind one that could.
        """
        family, command = mistake
        others = [{"command": "note", "account": "x", "text": "seen"}] if beside else []
        self.agreement.assert_refused(family, [*others, command])

    @invariant()
    def entries_hold_together(self) -> None:
        """
        Nothing is lost, changed or out of order, and every head sums up its log.
        """
        self.agreement.assert_entries_hold_together()

    @invariant()
    def the_tables_are_as_told(self) -> None:
        """
        Restrictions, the fold of the entries and the model say the same on both axes of time.
        """
        self.agreement.assert_table_is_as_told()
        self.agreement.assert_claims_are_as_told()

    @invariant()
    def answers_agree(self) -> None:
        """
        Answers are the model's, and those that were given stay.
        """
        self.agreement.assert_answers_agree()


class InMemory(WholeLedger):
    """
    A ledger in memory.
    """

    IN_FILE = False


class InSevenLogs(WholeLedger):
    """
    A ledger in a file, with seven logs.
    """

    LOGS = 7


def latest(some: list[Any], pick: int) -> Any:
    """
    Return the one that lies *pick* back from the last, counted round where there are fewer.
    """
    return some[-1 - pick % len(some)]


def run(machine: type[WholeLedger], *, examples: int, steps: int, **options: Any) -> None:
    """
    Run a machine, the same programs each time, and raise what it finds.
    """
    profile = settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        **options,
    )
    run_state_machine_as_test(machine, settings=profile)
