"""
The state machine: it gives a ledger and its model commands of every kind, in any order, while
the clock stands still or moves, connections change and files are reopened.
"""

from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, note, settings
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
from tests.mistakes import HUMAN, MISTAKES, WHY
from tests.model import MEASURES, SCOPED, Fact
from tests.pair import MICROSECOND, START, Pair

BATCH_MAX = 4
GRID = timedelta(minutes=5)
LATE = HUMAN | {"operator": "late"}
STAFF: tuple[Fact, ...] = (
    HUMAN | {"operator": "root", "roles": ["admin"]},
    HUMAN | {"operator": "temp", "starts_at": START + 3 * GRID, "leaves_at": START + 16 * GRID},
    HUMAN | {"operator": "ann"},
)
CLAIM = {"cause": "error", "source": "press", "statement": "it was a mistake"}
# On the grid and off it, and back by what a machine's clock may be off.
PACES = (MICROSECOND, timedelta(seconds=61, microseconds=7), 4 * GRID, timedelta(seconds=-2))

# Which one, counted back from the last.
picks = st.integers(0, 7)
# On a grid, so that beginnings and ends often fall together.
times = st.integers(0, 24).map(lambda number: START + number * GRID)
late_times = st.integers(8, 30).map(lambda number: START + number * GRID)
accounts = st.sampled_from("xxxy")
operators = st.sampled_from(
    ["ann", "ann", "ann", "root", "root", "system", "system", "temp", "temp", "late"]
)
act_terms = st.fixed_dictionaries(
    {
        "measure": st.sampled_from([*["suspend"] * 6, "issue_strike", *MEASURES]),
        "account": accounts,
        "scope": st.sampled_from([None, None, None, "posts"]),
        "by": operators,
    },
    optional={"effective_at": times, "expires_at": late_times, "requested_at": times},
)
reverse_terms = st.fixed_dictionaries({"by": operators}, optional={"effective_at": times})
correct_terms = st.fixed_dictionaries(
    {"by": operators}, optional={"effective_at": times, "operator": operators}
).filter(lambda terms: len(terms) > 1)

alone = precondition(lambda machine: machine.batch is None)
after_an_act = precondition(lambda machine: machine.actions())
after_a_reversal = precondition(lambda machine: machine.reversals())
# Whether what a command names is such that the command may succeed; else it is anything.
aims = st.sampled_from([True, True, False])


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

    def actions(self) -> list[str]:
        """
        Return the ids of the actions that are on record, or that the batch gives ids to.
        """
        return self.told("act", "action")

    def reversals(self) -> list[str]:
        """
        Return the ids of the reversals on record.
        """
        return self.told("reverse", "reversal")

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

    def ask(self, command: Fact, id_kind: str | None = None) -> None:
        """
        Give a command to the pair, or put it into the batch that is being made up.
        """
        if id_kind is not None:
            command = command | {id_kind: f"{id_kind} {next(self.numbers)}"}
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
        change=st.sampled_from(["enrol", "enrol", "bar", "unbar", "train"]),
        pick=picks,
        by=operators,
    )
    def staff(self, change: str, pick: int, by: str) -> None:
        """
        Enrol the last operator, whom some commands named already; bar, unbar or train one.
        """
        enrolled = "late" in self.told("enrol_operator", "operator")
        if change == "enrol" and not enrolled:
            self.give(LATE | {"by": by})
        elif change == "unbar" and self.barred():
            operator = latest(self.barred(), pick)
            self.ask({"command": "unbar_operator", "operator": operator, "by": "root"} | WHY)
        elif change == "train":
            operator = latest(["late", "ann", "temp"], pick)
            told = {"operator": operator, "training": "appeals", "by": by}
            self.ask({"command": "mark_training", **told})
        else:
            operator = latest(["late", "ann", "temp"], pick)
            self.ask({"command": "bar_operator", "operator": operator, "by": by} | WHY)

    @rule(
        account=accounts,
        by=operators,
        id_kind=st.sampled_from([None, "request_id", "report", "external_id"]),
    )
    def report(self, account: str, by: str, id_kind: str | None) -> None:
        """
        File a report.
        """
        told = {"account": account, "category": "spam", "source": "user", "by": by}
        self.ask({"command": "file_report", **told}, id_kind)

    @rule(
        terms=act_terms,
        place=st.sampled_from(["free", "held", "held", "other"]),
        id_kind=st.sampled_from([None, "request_id", "action"]),
    )
    def act(self, terms: Fact, place: str, id_kind: str | None) -> None:
        """
        Use a measure on an account, now, earlier or later, at times in place of another action.
        """
        self.ask(self._act(terms, place), id_kind)

    def _act(self, terms: Fact, place: str) -> Fact:
        filed = [fact for fact in self.pair.model.facts if fact["command"] == "file_report"]
        reports = [fact["report"] for fact in filed if fact["account"] == terms["account"]]
        cause = {"because_of": reports[-2:] or "own-initiative"}
        terms = {"command": "act", **cause, **WHY, **terms}
        if terms["measure"] in SCOPED:
            terms["scope"] = "posts"
        if "requested_at" in terms:
            terms["requested_at"] = min(terms["requested_at"], self.pair.clock)
        slot = {key: terms[key] for key in ("account", "measure", "scope")}
        others = self._held(terms, **slot) if place == "held" else self.actions()
        if place != "free" and others:
            terms["supersedes"] = others[-1]
        return terms

    def _held(self, terms: Fact, **slot: object) -> list[str]:
        """
        Return the actions that are in force, in a slot or anywhere, when a command takes effect.
        """
        at = terms.get("effective_at", self.pair.clock)
        rows = [row for row in self.pair.model.restrictions() if slot.items() <= row.items()]
        return [row["action"] for row in rows if covers(row, at)]

    @alone
    @rule(acts=st.lists(act_terms, min_size=1, max_size=3), terms=reverse_terms)
    def act_and_reverse(self, acts: list[Fact], terms: Fact) -> None:
        """
        Act several times and reverse the first action, in one transaction.
        """
        action = f"action {next(self.numbers)}"
        given = [self._act(act | {"by": "ann"}, "held") for act in acts]
        given[0]["action"] = action
        self.give(*given, {"command": "reverse", "action": action, **WHY, **terms})

    def _name(self, pick: int, key: str, command: Fact, ids: list[str], *, aim: bool) -> Fact:
        """
        Return a command with one of *ids* under *key*: one that the model would let through, if
        there is one and that is what is aimed at.
        """
        named = [command | {key: name} for name in ids]
        model, now = self.pair.model, self.pair.clock
        good = [some for some in named if aim and model.would_refuse(some, now=now) is None]
        chosen: Fact = latest(good or named, pick)
        return chosen

    @after_an_act
    @rule(pick=picks, aim=aims, terms=reverse_terms, id_kind=st.sampled_from([None, "request_id"]))
    def reverse(self, pick: int, terms: Fact, id_kind: str | None, *, aim: bool) -> None:
        """
        Reverse an action, now, as of an earlier time or as of a later one.
        """
        command = {"command": "reverse", **WHY, **terms}
        self.ask(self._name(pick, "action", command, self.actions(), aim=aim), id_kind)

    @after_an_act
    @rule(pick=picks, aim=aims, by=operators)
    def withdraw(self, pick: int, by: str, *, aim: bool) -> None:
        """
        Withdraw an action or a reversal, which may have taken effect.
        """
        command = {"command": "withdraw", "by": by, **WHY}
        ids = self.actions() + self.reversals()
        self.ask(self._name(pick, "id", command, ids, aim=aim))

    @after_an_act
    @rule(pick=picks, aim=aims, by=operators, expires_at=st.none() | late_times)
    def amend(self, pick: int, by: str, expires_at: object, *, aim: bool) -> None:
        """
        Let an action expire at another time, or never.
        """
        command = {"command": "amend", "by": by, "expires_at": expires_at, **WHY}
        self.ask(self._name(pick, "action", command, self.actions(), aim=aim))

    @alone
    @after_an_act
    @rule(pick=picks, aim=aims, terms=correct_terms)
    def correct(self, pick: int, terms: Fact, *, aim: bool) -> None:
        """
        Correct the time or the operator of an action or of a reversal.
        """
        command = {"command": "correct", **WHY, **terms}
        if aim and "effective_at" in terms:
            command["effective_at"] = min(terms["effective_at"], self.pair.clock)
        ids = self.actions() + self.reversals()
        self.give(self._name(pick, "id", command, ids, aim=aim))

    @alone
    @after_a_reversal
    @rule(pick=picks, ago=st.integers(0, 4), length=st.integers(0, 4))
    def correct_both_ends(self, pick: int, ago: int, length: int) -> None:
        """
        Correct an action and its reversal in one transaction, the beginning first.
        """
        facts = [fact for fact in self.pair.model.facts if fact["command"] == "reverse"]
        reversal = latest(facts, pick)
        end = self.pair.clock - ago * GRID
        times_of = {reversal["action"]: end - length * GRID, reversal["reversal"]: end}
        corrections = [{"id": name, "effective_at": times_of[name]} for name in times_of]
        self.give(*({"command": "correct", **WHY, **terms} for terms in corrections))

    @after_an_act
    @rule(pick=picks, by=operators, claim=st.sampled_from(["new", "other", "none"]))
    def find(self, pick: int, by: str, claim: str) -> None:
        """
        Claim what an action came from, claim otherwise, or take a claim back.
        """
        if claim == "new" or not self.findings():
            action = latest(self.actions(), pick)
            self.ask({"command": "assert_finding", "action": action, "by": by, **CLAIM})
            return
        terms = {"finding": latest(self.findings(), pick), "by": by}
        if claim == "other":
            self.ask({"command": "revise_finding", **terms, **CLAIM})
        else:
            self.ask({"command": "retract_finding", **terms, **WHY})

    @precondition(lambda machine: machine.repeatable)
    @rule(pick=picks, change=st.sampled_from([{}, {}, {"session": "s-2"}, {"on_behalf_of": "z"}]))
    def repeat(self, pick: int, change: Fact) -> None:
        """
        Give a command again under its id, at times from another session or with other content.
        """
        self.ask(latest(self.repeatable, pick) | change)

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


def run(machine: type[RuleBasedStateMachine], *, examples: int, steps: int, **options: Any) -> None:
    """
    Run a machine and raise what it finds: the same programs each time, the one that fails unshrunk.

    Args:
        options: Settings of Hypothesis to use instead.
    """
    usual: dict[str, Any] = {
        "derandomize": True,
        "database": None,
        "deadline": None,
        "phases": [Phase.generate],
        "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
    }
    profile = settings(max_examples=examples, stateful_step_count=steps, **(usual | options))
    run_state_machine_as_test(machine, settings=profile)
