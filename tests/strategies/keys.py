"""
Commands about signing keys, and what their stream makes of itself.
"""

import base64
import functools
import hashlib
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger.moderation.commands.keys import KeyCommand, RevokeKey, RotateKey
from ledger.moderation.entry import Entry
from ledger.moderation.events.keys import KeyRevoked, KeyRotated
from ledger.moderation.keys import KEYS_STREAM, Keys, KnownKey, fold
from tests.strategies.histories import entry_of
from tests.strategies.records import entries, events_of
from tests.strategies.values import BY_TYPE, NEAR, built, makes


def _spelled(name: str, key: bytes) -> str:
    found = hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8]
    return f"{name}+{found}+{base64.b64encode(key).decode()}"


def key_texts() -> SearchStrategy[str]:
    """
    Return keys of logs as policies name them.
    """
    names = st.sampled_from(["ledger.example/0", "b\N{LATIN SMALL LETTER O WITH DIAERESIS}g/roots"])
    ed25519 = st.binary(min_size=32, max_size=32).map(lambda key: b"\x01" + key)
    ml_dsa = st.binary(min_size=4, max_size=4).map(lambda key: b"\x06" + key * 328)
    return st.builds(_spelled, names, ed25519 | ml_dsa)


def key_commands_of(cls: type[KeyCommand]) -> SearchStrategy[Any]:
    """
    Return commands about signing keys of one class.
    """
    sizes = st.none() | st.integers(0, 2**53 - 1)
    if cls is RotateKey:
        old = st.none() | key_texts()
        return built(cls, new=key_texts(), old=old, from_size=sizes)
    return built(cls, key=key_texts(), last_size=sizes) if cls is RevokeKey else built(cls)


for _command in (KeyCommand, RotateKey, RevokeKey):
    BY_TYPE[_command] = functools.partial(key_commands_of, _command)


@st.composite
def key_entries(draw: st.DrawFn) -> list[Entry]:
    """
    Return entries of the keys' stream that speak of few keys, so that they meet.
    """
    few = st.sampled_from("abc")
    told = draw(
        st.lists(
            events_of(KeyRotated, new=few, old=st.none() | few) | events_of(KeyRevoked, key=few),
            max_size=8,
        )
    )
    return [
        entry_of(event, KEYS_STREAM, version, recorded_at=NEAR + timedelta(minutes=version))
        for version, event in enumerate(told, start=1)
    ]


@makes(Keys)
def keys() -> SearchStrategy[Keys]:
    """
    Return what any entries of the keys' stream say, in an order that need make no sense.
    """
    return key_entries().map(fold)


@makes(KnownKey)
def known_keys() -> SearchStrategy[KnownKey]:
    """
    Return what is on record of a key, and of some nothing but that it is there.
    """
    maybe = st.none() | entries()
    return st.builds(KnownKey, maybe, maybe, maybe)
