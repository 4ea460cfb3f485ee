"""
Answers of a sealed ledger: made anew with what they mention, and kept where they mention nobody.
"""

import pytest

from ledger import Erased, Keys, Ledger, NotFound
from ledger.book.document import document
from ledger.book.revealing import _PEOPLE
from ledger.cli.signature import parameters
from ledger.moderation.commands import COMMANDS, command_from
from ledger.moderation.commands.sealed import people, texts
from ledger.moderation.sealing import is_alias
from ledger.store.revealing import Revealer
from ledger.store.sealed import ShownPlan
from tests.conftest import ACCOUNT, take_action

# Arguments of questions that are no persons, and no ids of what is on record either.
OTHERS = {
    "action", "actions", "after", "at", "checks", "during", "ended_by", "in_force_at",
    "known_at", "lasting", "limit", "measure", "policy", "report", "restore_superseded",
    "since", "undo", "until", "version", "without_actions",
}  # fmt: skip
ASKED = [
    "standing", "account", "timeline", "restrictions", "count_restrictions", "who", "operator",
    "authority", "entries", "review", "policy", "safeguards", "backtest", "report", "pending",
    "strikes", "compare", "replay", "plan_undo",
]  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_every_argument_of_a_question_is_known_for_a_person_or_not(name):
    """
    A question that gains an argument has to say whether ids of persons are given there.
    """
    taken = {parameter.name for parameter in parameters(getattr(Ledger, name))}

    assert taken <= _PEOPLE.keys() | OTHERS | {"stream", "sessions"}
    assert hasattr(getattr(Ledger, name), "__wrapped__")


def test_every_argument_of_a_command_is_sealed_or_stays():
    """
    What stays as it is of any command names rules, measures and things on record.
    """
    stays = {
        "action", "appeal", "because_of", "category", "cause", "channel", "closes", "confidence",
        "contract", "correlation_id", "delivered_at", "dispositions", "duplicate_of",
        "effective_at", "expires_at", "filed_at", "finding", "ground", "id", "kind", "lapses_at",
        "leaves_at", "measure", "outcome", "pending", "policy", "report", "request", "request_id",
        "requested_at", "reversible_until", "role", "roles", "scope", "starts_at", "stated_at",
        "supersedes", "text_hash", "tier", "training", "vendor",
    }  # fmt: skip
    sealed = {
        "account", "by", "evidence", "external_id", "name", "on_behalf_of", "operator", "override",
        "reason", "reporter", "session", "source", "statement", "text", "to",
    }  # fmt: skip
    taken = {
        parameter.name
        for name, command in COMMANDS.items()
        if command.ABOUT != "ledger"
        for parameter in parameters(getattr(Ledger, name))
    }

    assert stays | sealed == taken


def test_of_a_command_people_and_texts_are_told():
    """
    Who acts, for whom and on whom are persons; why and in which session are texts.
    """
    told = {"account": "a", "text": "t", "by": "b", "on_behalf_of": ["c", "d"], "session": "s"}
    command = command_from({"command": "note", **told, "request_id": "r"})

    assert {"a", "b", "c", "d"} == {person.name for person in people(command)}
    assert {("text", "t"), ("session", "s")} == {(s.argument, s.text) for s in texts(command)}


def test_whom_the_ledger_does_not_know_it_does_not_find(sealed_ledger: Ledger):
    """
    The message has the id as it was asked for, and the closest operator as he is called.
    """
    with pytest.raises(NotFound, match="account 'nobody' has no entry"):
        sealed_ledger.standing("nobody")
    with pytest.raises(NotFound, match=r"'op-418' is not enrolled; .* 'op-41.'"):
        next(sealed_ledger.restrictions(opened_by="op-418"))


def test_an_answer_that_mentions_nobody_is_the_same_object(
    sealed_ledger: Ledger, sealing_keys: Keys
):
    """
    Nothing is copied in vain, and what is shared in an answer is made anew once.
    """
    keys = sealing_keys.open(sealed_ledger.settings.origin)
    revealer = Revealer(sealed_ledger._database, keys)  # noqa: SLF001, what it reveals of
    alias = keys.alias_of("operator", "op-7")
    assert alias is not None
    answer = {"at": 1, "names": ("a", ["b"], {"c"})}
    shared = [alias, "x"]
    twice = revealer.reveal((shared, shared))

    assert answer is revealer.reveal(answer)
    assert (["op-7", "x"], ["op-7", "x"]) == twice
    assert twice[0] is twice[1]
    assert {"op-7": "by 'op-7' himself"} == revealer.reveal({alias: f"by {alias!r} himself"})
    keys.close()


def test_a_plan_is_shown_with_names_and_carried_out_as_it_was_made(sealed_ledger: Ledger):
    """
    Its digest is the one that is put on record, whoever looks at it.
    """
    for account in ("zoe", "adam"):
        take_action(sealed_ledger, account, session="s-1")
    plan = sealed_ledger.plan_undo(sessions=["s-1"], operators=iter(["op-7"]))
    assert isinstance(plan, ShownPlan)
    assert ("adam", "zoe") == plan.accounts
    assert {"s-1"} == plan.asked.sessions
    undo = sealed_ledger.undo(plan, by="op-1", reason="all wrong")

    (parent,) = sealed_ledger.entries(stream="ledger/undo")
    told = document(parent.event)
    assert (undo, plan.digest, "all wrong") == (told["undo"], told["digest"], told["reason"])
    assert "active" == sealed_ledger.standing("zoe").standing


def test_whoever_sees_aliases_asks_with_them(sealed_ledger: Ledger, sealing_keys: Keys):
    """
    An alias is taken for the person, with keys and without.
    """
    take_action(sealed_ledger)
    keys = sealing_keys.open(sealed_ledger.settings.origin)
    alias = keys.alias_of("account", ACCOUNT)
    keys.close()
    assert alias is not None

    assert is_alias(alias)
    assert sealed_ledger.standing(ACCOUNT) == sealed_ledger.standing(alias)
    assert 1 == len([*sealed_ledger.entries(stream=f"account/{ACCOUNT}")])
    assert 1 == len([*sealed_ledger.entries(stream=f"account/{alias}")])


def test_erased_is_a_text_that_says_by_which_entry():
    """
    People read it as a text; JSON has the place.
    """
    erased = Erased(0, 17)

    assert "[erased by position 17 of log 0]" == erased
    assert {"reason": {"erased": {"log": 0, "position": 17}}} == document({"reason": erased})
