"""
Commands as a sealed ledger has them: whoever is named has an alias, whatever is said a token.
"""

import hashlib

from hypothesis import given

from ledger.moderation.commands.sealed import Person, Said, people, sealed, texts
from ledger.moderation.identity import SYSTEM
from ledger.moderation.sealing import Kind, commitment, disclosure, is_token, made_alias
from tests.strategies import commands


def alias(person: Person) -> str | None:
    """
    Return an alias that follows from the person, whom another kind makes another one.
    """
    if not person.has_alias:
        return None
    told = f"{person.kinds[-1]}/{person.name}".encode()
    return made_alias(person.kinds[-1], hashlib.sha256(told).digest()[:16])


def token(said: Said) -> str:
    """
    Return a token of a text.
    """
    return commitment(disclosure(bytes(16), said.argument, said.text))


@given(commands())
def test_of_a_sealed_command_nobody_is_named_and_nothing_said(command):
    """
    Every person is an alias or the system, every text a token, and the rest is as it was given.
    """
    kept = sealed(command, alias, token)

    assert type(command) is type(kept)
    for before, after in zip(people(command), people(kept), strict=True):
        assert (alias(before) or before.name) == after.name
        assert not after.has_alias
    for said, instead in zip(texts(command), texts(kept), strict=True):
        assert (said.argument, token(said)) == (instead.argument, instead.text)
        assert is_token(instead.text)
    changed = {each.argument for each in texts(command)}
    changed |= {"account", "by", "dispositions", "listed", "on_behalf_of", "operator", "pending"}
    changed |= {"reporter", "subject", "to"}
    before, after = vars(command), vars(kept)
    assert {name: before[name] for name in before.keys() - changed} == {
        name: after[name] for name in after.keys() - changed
    }


@given(commands())
def test_what_is_sealed_is_sealed_once(command):
    """
    Aliases stay as they are, so that what was sealed names the same people again.
    """
    kept = sealed(command, alias, token)
    again = sealed(kept, alias, lambda said: said.text)

    assert kept == again


def test_the_system_is_nobody():
    """
    It has no alias as an operator; an account may be called so.
    """
    assert not Person((Kind.OPERATOR,), SYSTEM).has_alias
    assert Person((Kind.ACCOUNT,), SYSTEM).has_alias
