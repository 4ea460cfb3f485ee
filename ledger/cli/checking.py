"""
The verb that checks a policy, without a ledger.
"""

import json
import tomllib
from typing import Any

import attrs
import click

from ledger.cli import source
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.signature import DOCUMENT
from ledger.cli.verbs import Verb
from ledger.moderation.commands import command_of
from ledger.moderation.commands.policy import AdoptPolicy
from ledger.moderation.events.policy import Syntax
from ledger.moderation.policy_document import adopted_names, not_adopted, parsed
from ledger.moderation.rules import RULES
from ledger.moderation.vocabulary import BUILT_IN


@attrs.frozen
class CheckedPolicy:
    """
    A policy that could be adopted.

    Args:
        safeguards: As they are written, each with the name that verdicts call it.

        not_adopted: The built-in rules that it does not use.

        others: What is written beside the safeguards.
    """

    title: str | None
    syntax: Syntax
    safeguards: tuple[dict[str, Any], ...]
    not_adopted: tuple[str, ...]
    others: dict[str, Any]


def checked(text: str) -> CheckedPolicy:
    """
    Return what the policy *text* asks for, by the built-in rules and measures.

    Raises:
        Malformed: When it could not be adopted, with the path of the defect or the line.
    """
    policy = command_of(AdoptPolicy, {"policy": text}).policy
    document = parsed(policy.text, policy.syntax, RULES, BUILT_IN)
    loads = json.loads if policy.syntax is Syntax.JSON else tomllib.loads
    others: dict[str, Any] = loads(policy.text)
    written = others.pop("safeguards", [])
    names = adopted_names(document)
    return CheckedPolicy(
        document.title,
        policy.syntax,
        tuple({**one, "name": name} for name, one in zip(names, written, strict=True)),
        not_adopted(document, RULES),
        {name: value for name, value in others.items() if name not in ("policy", "title")},
    )


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """

    @click.pass_obj
    def check(frame: Frame, /, policy: str) -> None:
        answer = checked(source.written(policy, "policy", DOCUMENT))
        if frame.as_json:
            put(answer)
        else:
            from ledger.cli import pages

            pages.show(answer, verb.name)

    file = click.Argument(["policy"], metavar="FILE")
    return FramedVerb(verb.name, [file], callback=check)
