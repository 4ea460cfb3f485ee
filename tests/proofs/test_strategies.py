"""
The strategies reach every public type of the formats of proofs.
"""

import inspect

import pytest
from hypothesis import given, settings

from ledger.proofs import (
    checkpoint,
    consistency,
    cosignature,
    ed25519,
    inclusion,
    note,
    policy,
    receipt,
    spelling,
    statement,
    tile,
    tree,
)
from tests import strategies

MODULES = [
    checkpoint,
    consistency,
    cosignature,
    ed25519,
    inclusion,
    note,
    policy,
    receipt,
    spelling,
    statement,
    tile,
    tree,
]
TYPES = [
    cls
    for module in MODULES
    for name, cls in vars(module).items()
    if inspect.isclass(cls)
    and cls.__module__ == module.__name__
    and not name.startswith("_")
    and not issubclass(cls, Exception)
]


@pytest.mark.parametrize("cls", TYPES, ids=lambda cls: cls.__name__)
def test_every_public_type_has_a_strategy(cls):
    """
    Whatever can be read can be made for the tests.
    """

    @settings(max_examples=3, database=None)
    @given(strategies.of(cls))
    def made(value: object) -> None:
        assert isinstance(value, cls)

    made()
