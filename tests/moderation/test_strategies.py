"""
The strategies reach every public type, so that no property passes over one of them.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Protocol

import pytest
from hypothesis import given, settings

import ledger
from ledger import forensics, moderation, timeline
from ledger.book import status
from ledger.moderation import snapshot
from ledger.moderation.codec import Codec
from tests import strategies

# What is used and not made: the front door and the rooms' machinery.
SERVICES = {
    ledger.EnvironmentKEK,
    ledger.FileKEK,
    ledger.Follower,
    ledger.Keys,
    ledger.Ledger,
    ledger.LedgerError,
    ledger.Projection,
    Codec,
    # How a snapshot writes down events, which have strategies of their own.
    snapshot.Kinds,
}
SERVICE_NAMES = {"Witnesses", "Situation", "Permission", "Rulebook", "Rates", "Hindsight"}


def modules(*rooms: ModuleType) -> Iterator[ModuleType]:
    """
    Yield every module of *rooms*.
    """
    for room in rooms:
        yield room
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            yield importlib.import_module(found.name)


def public_types() -> list[type]:
    """
    Return the classes that the package offers, and those of the pure rooms and of answers.
    """
    offered = {value for value in vars(ledger).values() if inspect.isclass(value)}
    for module in [*modules(moderation, timeline, forensics), status]:
        for name, value in vars(module).items():
            is_its_own = inspect.isclass(value) and value.__module__ == module.__name__
            if is_its_own and not name.startswith("_") and name not in SERVICE_NAMES:
                offered.add(value)
    kept = offered - SERVICES
    return sorted((cls for cls in kept if Protocol not in cls.__bases__), key=str)


@pytest.mark.parametrize("cls", public_types(), ids=lambda cls: cls.__name__)
def test_every_public_type_has_a_strategy(cls):
    """
    Whatever a user can be given, the tests can make.
    """

    @settings(max_examples=3, database=None)
    @given(strategies.of(cls))
    def made(value: object) -> None:
        assert isinstance(value, cls)

    made()
