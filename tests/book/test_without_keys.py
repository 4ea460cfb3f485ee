"""
A sealed ledger asked without its keys says nothing that it cannot know.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger import Keys, Ledger, Malformed, NotFound, Unavailable
from ledger.moderation.sealing import Kind, bare
from tests.conftest import ACCOUNT, HandSetClock, enrol_staff, take_action

Ask = Callable[[Ledger, str], object]

NOBODY = f"acct-{'a' * 26}"


@pytest.fixture
def aliases(ledger_path: Path, clock: HandSetClock, sealing_keys: Keys) -> dict[str, str]:
    """
    Return the aliases of the account and of op-7 in a sealed ledger, which is closed.
    """
    url = f"sqlite:///{ledger_path}"
    with Ledger.create(url, clock=clock, sealed=True, keys=sealing_keys) as made:
        take_action(enrol_staff(made), session="s-1")
        origin = made.settings.origin
    with sealing_keys.open(origin) as keys:
        found = {
            ACCOUNT: keys.alias_of(Kind.ACCOUNT, ACCOUNT),
            "op-7": keys.alias_of("operator", "op-7"),
        }
    return {name: alias for name, alias in found.items() if alias is not None}


@pytest.fixture
def without_keys(
    aliases: dict[str, str], ledger_path: Path, clock: HandSetClock
) -> Iterator[Ledger]:
    """
    Return that ledger opened without its keys.
    """
    assert 2 == len(aliases)
    with Ledger.open(f"sqlite:///{ledger_path}", clock=clock, create=False) as opened:
        yield opened


# Of whom something is on record, and of whom nothing is: it cannot be told which.
QUESTIONS: dict[str, Ask] = {
    "standing": lambda ledger, who: ledger.standing(who),
    "account": lambda ledger, who: ledger.account(who),
    "timeline": lambda ledger, who: ledger.timeline(who),
    "who": lambda ledger, who: ledger.who(who),
    "strikes": lambda ledger, who: ledger.strikes(who),
    "compare": lambda ledger, who: ledger.compare([who, who + "2"]),
    "entries": lambda ledger, who: [*ledger.entries(account=who)],
    "entries of a stream": lambda ledger, who: [*ledger.entries(stream=f"account/{who}")],
    "restrictions": lambda ledger, who: [*ledger.restrictions(account=who)],
    "count": lambda ledger, who: ledger.count_restrictions(account=who),
    "replay": lambda ledger, who: ledger.replay(account=who, without_actions=["a"]),
}
OF_OPERATORS: dict[str, Ask] = {
    "operator": lambda ledger, who: ledger.operator(who),
    "opened by": lambda ledger, who: [*ledger.restrictions(opened_by=who)],
    "closed by": lambda ledger, who: ledger.count_restrictions(closed_by=who),
    "pending": lambda ledger, who: ledger.pending(operator=who),
    "replay without": lambda ledger, who: ledger.replay(without_operators=iter([who])),
    "plan of an undo": lambda ledger, who: ledger.plan_undo(operators=[who]),
    "plan of a session": lambda ledger, who: ledger.plan_undo(sessions=[who]),
}


@pytest.mark.parametrize("name", [ACCOUNT, "ann"])
@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_of_an_account_it_says_that_it_takes_keys(without_keys: Ledger, ask: Ask, name: str):
    """
    Nobody is told that an account has no entry which may have some, nor given an empty answer.
    """
    with pytest.raises(
        Unavailable, match=r"the ledger is sealed, and account .* takes its keys"
    ) as caught:
        ask(without_keys, name)

    assert "keys" == caught.value.where
    assert "--keys and --kek" in (caught.value.expected or "")


@pytest.mark.parametrize("name", ["op-7", "op-99"])
@pytest.mark.parametrize("ask", OF_OPERATORS.values(), ids=OF_OPERATORS)
def test_of_an_operator_or_a_session_it_says_that_it_takes_keys(
    without_keys: Ledger, ask: Ask, name: str
):
    """
    Nobody is told that an operator is not enrolled who may be, or that nothing was done.
    """
    with pytest.raises(Unavailable, match=r"(operator|session) .* takes its keys"):
        ask(without_keys, name)


def test_an_import_and_a_bundle_take_keys_too(without_keys: Ledger, tmp_path: Path):
    """
    Whether it is by an operator who is enrolled, or about an account that is known, is not told.
    """
    (tmp_path / "actions.jsonl").write_bytes(b"")
    with pytest.raises(Unavailable, match="operator 'op-7' takes its keys"):
        without_keys.import_history("actions", tmp_path / "actions.jsonl", by="op-7")
    with pytest.raises(Unavailable, match=f"account '{ACCOUNT}' takes its keys"):
        without_keys.bundle(account=ACCOUNT, state=tmp_path / "state")


def test_aliases_that_are_on_record_are_answered(without_keys: Ledger, aliases: dict[str, str]):
    """
    Who asks for them as they are needs no keys; the system, which has none, can be asked for too.
    """
    account, operator = aliases[ACCOUNT], aliases["op-7"]

    assert "deactivated" == without_keys.standing(account).standing
    assert "human" == without_keys.operator(operator).kind
    (known,) = without_keys.restrictions(account=account, opened_by=operator)
    assert (account, operator) == (known.account, known.opened_by)
    assert 1 == len([*without_keys.entries(stream=f"account/{account}")])
    assert [] != [*without_keys.entries(stream="ledger/settings")]
    assert 0 == without_keys.count_restrictions(opened_by="system")
    (entry,) = without_keys.entries(account=account)
    assert entry.event.context is not None
    session = bare(entry.event.context.session or "")
    (planned,) = without_keys.plan_undo(sessions=[session]).reversible
    assert account == planned.account


def test_an_alias_that_nobody_stands_behind_is_not_found(without_keys: Ledger):
    """
    That can be told without keys; and what is no id of anybody is malformed.
    """
    with pytest.raises(NotFound, match=f"account '{NOBODY}' has no entry"):
        without_keys.standing(NOBODY)
    with pytest.raises(Malformed, match="the id is empty"):
        without_keys.standing("")
    with pytest.raises(Malformed):
        without_keys.standing(7)  # type: ignore[arg-type]
