"""
B10, B11 and B12: the whole ledger verified, what is new in it, and the proof of one entry.
"""

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ledger import Ledger
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.inclusion import frontier_at
from ledger.proofs.note import Note
from ledger.proofs.policy import TrustPolicy
from ledger.proofs.roots import log_origin
from ledger.proofs.tree import root_hash
from ledger.proofs.verdict import Verdict
from ledger.store import url as urls
from ledger.store.database import Connection
from ledger.store.leaves import log_heads
from ledger.store.schema import FORMAT
from ledger.store.tiles import Tiles
from ledger.store.verification.finding import Findings
from ledger.store.verification.hashing import hashed
from tests.benchmarks.foundation import name_of
from tests.benchmarks.measurement import Bar, Measurement
from tests.benchmarks.scale import Scale
from tests.benchmarks.site import Site
from tests.benchmarks.stopwatch import ROUNDS, interleaved, timed
from tests.proofs.signing import Signer

NEW: Final = 1_000
_SUFFIX_MS_MAX: Final = 10.0
_PROOF_MS_MAX: Final = 2.0


def whole_ledger(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B10: every entry hashed again and its tree rebuilt, and all else that `scrub` compares.
    """
    name = name_of(scale.actions)
    bare = site.connect(name)

    def select() -> None:
        for body in bare.bodies():
            hashlib.sha256(body).digest()

    with Ledger.open(site.url(name)) as ledger, _reading(site, name) as connection:
        (head,) = log_heads(connection)

        def tree() -> None:
            findings = Findings()
            hashed(connection, head, (), FORMAT, findings)
            assert not len(findings)

        def all_of_it() -> None:
            assert Verdict.VERIFIED is ledger.verify(scrub=True).verdict

        mine, whole, floor = interleaved(timed(tree), timed(all_of_it), timed(select))
    bare.close()
    size = f"{ROUNDS} x {head.size:,} entries, 1 log; the floor reads and hashes their bytes"
    return [
        Measurement(
            name=f"B10 {what}",
            value=head.size / seconds,
            unit="1/s",
            floor=head.size / floor,
            size=size,
            bar=bar,
        )
        for what, seconds, bar in (
            ("hash every entry and rebuild the tree", mine, Bar(at_least=0.3)),
            ("and columns, histories and all that is derived", whole, None),
        )
    ]


def new_entries(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B11: what came after a checkpoint.
    """
    name = name_of(scale.vast or scale.actions)
    bare = site.connect(name)
    with Ledger.open(site.url(name)) as ledger:
        entries = ledger.status().entries
        new = min(NEW, entries // 2)
        policy, note = _signed(ledger, site, name, entries - new)

        def suffix() -> None:
            answer = ledger.verify(policy=policy, suffix=note)
            assert Verdict.VERIFIED is answer.verdict
            assert answer.suffix is not None
            assert new == answer.suffix.entries

        def select() -> None:
            rows = bare.select("SELECT body FROM entries WHERE position > ?", (entries - new,))
            for (body,) in rows:
                hashlib.sha256(body).digest()

        mine, floor = interleaved(timed(suffix), timed(select))
    bare.close()
    return [
        Measurement(
            name=f"B11 verify {new:,} new entries",
            value=mine * 1000,
            unit="ms",
            floor=floor * 1000,
            size=f"{ROUNDS} x behind {entries - new:,} entries, 1 log; the floor reads and hashes"
            " their bytes",
            bar=Bar(at_most=_SUFFIX_MS_MAX, of="value"),
        )
    ]


def one_proof(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B12: the proof that an entry is in the ledger.
    """
    name = name_of(scale.vast or scale.actions)
    bare, chance = site.connect(name), random.Random(12)
    with Ledger.open(site.url(name)) as ledger:
        entries = ledger.status().entries
        _, note = _signed(ledger, site, name, entries)
        asked = [chance.randint(1, entries) for _ in range(scale.questions)]

        def prove() -> None:
            for position in asked:
                ledger.prove(note, position=position)

        streams = ["ledger/settings"] * len(asked)
        mine, floor = interleaved(timed(prove), timed(lambda: bare.probe(streams)))
    bare.close()
    return [
        Measurement(
            name="B12 prove one entry",
            value=mine / len(asked) * 1000,
            unit="ms",
            floor=floor / len(asked) * 1000,
            size=f"{ROUNDS} x {len(asked)} proofs among {entries:,} entries, 1 log; the floor is an"
            " index probe",
            bar=Bar(at_most=_PROOF_MS_MAX, of="value"),
        )
    ]


@contextmanager
def _reading(site: Site, name: str) -> Iterator[Connection]:
    database = urls.connect(site.url(name), create=False)
    with database.reading() as connection:
        yield connection
    database.close()


def _signed(ledger: Ledger, site: Site, name: str, size: int) -> tuple[str, str]:
    """
    Return a policy, and the note that its log signed of the first *size* entries.
    """
    origin = log_origin(ledger.settings.origin, 0)
    signer = Signer(1, origin)
    with _reading(site, name) as connection:
        subtrees = Tiles(connection, 0, ledger.settings.format).subtrees(size)
        text = Checkpoint(origin, size, root_hash(frontier_at(size, subtrees))).text()
    trust = TrustPolicy(logs=(signer.key,), witnesses=(), quorum="none")
    return trust.text(), Note(text, (signer.sign(text),)).encode()
