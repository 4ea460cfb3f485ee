"""
Implementations by others accept what is written here, and come to the same verdicts.
"""

from collections.abc import Iterator
from pathlib import Path

import metamorphic_log
import pytest
from pymerkle import InmemoryTree
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import MLDSA44CosignatureSigner, PlainEd25519Signer, Vkey
from tlog_scales.tlog import Checkpoint as ScalesCheckpoint
from tlog_scales.tlog import ConsistencyProof, InclusionProof

from ledger.proofs.consistency import consistency_proof
from ledger.proofs.inclusion import inclusion_proof
from ledger.proofs.note import Algorithm, open_note, parse_note, parse_verifier_key
from ledger.proofs.tile import Tile, encode_entries, entries_path, tile_path, tiles_of
from tests.proofs.definition import (
    LEAVES,
    ORIGIN,
    RECORDS,
    SIZE_MAX,
    checkpoint_at,
    defined_hash,
    flipped,
    subtrees,
)
from tests.proofs.hostile import CASES
from tests.proofs.signing import COSIGNER, LOG, Signer, published, signed, verify_mldsa

SIZES = [1, 2, 3, 7, 8, 130, 255, 256, 257, 300]
VKEYS = [str(LOG.key)]
POST_QUANTUM = Signer(6, ORIGIN, Algorithm.ML_DSA_44)


def shown_entries() -> Iterator[tuple[int, int]]:
    """
    Yield 328 (index, size), over logs of several shapes.
    """
    for size in (1, 6, 7, 64, 100):
        for index in range(size):
            yield index, size
    for index in range(0, 300, 300 // 122):
        yield index, 300


def shown_growths() -> Iterator[tuple[int, int]]:
    """
    Yield 328 (old size, new size), over logs of several shapes.
    """
    for new in (1, 6, 7, 64, 100):
        for old in range(1, new + 1):
            yield old, new
    for old in range(1, 300, 300 // 122):
        yield old, 300


def tile_bytes(tile: Tile) -> bytes:
    """
    Return the hashes of a tile of the numbered records.
    """
    first = tile.index * 256
    height = 8 * tile.level
    return b"".join(subtrees(height, index) for index in range(first, first + tile.width))


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> LocalBackend:
    """
    A folder in which the log of 300 numbered records is served, as C2SP's tlog-tiles says.
    """
    folder = tmp_path_factory.mktemp("log")

    def put(path: str, octets: bytes) -> None:
        place = Path(folder, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(octets)

    put("checkpoint", published().encode().encode())
    for tile in tiles_of(300):
        put(tile_path(tile), tile_bytes(tile))
        if tile.level == 0:
            first = tile.index * 256
            put(entries_path(tile), encode_entries(RECORDS[first : first + tile.width]))
    return LocalBackend(folder)


@pytest.mark.parametrize("size", SIZES)
def test_metamorphic_log_accepts_checkpoints(size: int) -> None:
    """
    The Rust verifier reads the same origin, size and root, with a cosignature it does not know.
    """
    head = metamorphic_log.checkpoint_verify(published(size).encode(), VKEYS)

    assert (ORIGIN, size, defined_hash(0, size)) == (head.origin, head.size, head.root)


def test_metamorphic_log_accepts_inclusion_proofs() -> None:
    """
    The Rust verifier accepts every inclusion proof, and refuses it with a bit flipped.
    """
    for index, size in shown_entries():
        proof = list(inclusion_proof(index, size, subtrees))
        root = defined_hash(0, size)
        metamorphic_log.verify_inclusion(index, size, LEAVES[index], proof, root)
        with pytest.raises(metamorphic_log.VerifyError):
            metamorphic_log.verify_inclusion(
                index, size, flipped(LEAVES[index], index), proof, root
            )
    note = published().encode()
    metamorphic_log.checkpoint_verify_inclusion(
        note, VKEYS, 273, LEAVES[273], list(inclusion_proof(273, 300, subtrees))
    )


def test_metamorphic_log_accepts_consistency_proofs() -> None:
    """
    The Rust verifier accepts every consistency proof, and refuses it from another root.
    """
    for old, new in shown_growths():
        proof = list(consistency_proof(old, new, subtrees))
        roots = (defined_hash(0, old), defined_hash(0, new))
        metamorphic_log.verify_consistency(old, new, proof, *roots)
        with pytest.raises(metamorphic_log.VerifyError):
            metamorphic_log.verify_consistency(old, new, proof, LEAVES[299], roots[1])
    metamorphic_log.checkpoint_verify_consistency(
        published(256).encode(),
        published(300).encode(),
        VKEYS,
        list(consistency_proof(256, 300, subtrees)),
    )


@pytest.mark.parametrize("name", CASES)
def test_metamorphic_log_has_the_same_verdict_on_hostile_checkpoints(name: str) -> None:
    """
    The strictest of the others refuses and accepts the same of the thirty-two.
    """
    octets, expected = CASES[name]
    try:
        metamorphic_log.checkpoint_verify(octets.decode(), VKEYS)
        accepted = True
    except (metamorphic_log.VerifyError, UnicodeDecodeError):
        accepted = False

    assert expected == accepted


@pytest.mark.parametrize("size", SIZES)
def test_tlog_scales_accepts_checkpoints(size: int) -> None:
    """
    Sigsum's verifier accepts the log's line, the witness's, and the one of ML-DSA-44.
    """
    note = signed(checkpoint_at(size), LOG, COSIGNER, POST_QUANTUM)
    checkpoint = ScalesCheckpoint.from_text(note.encode())
    for key in (LOG.key, COSIGNER.key, POST_QUANTUM.key):
        checkpoint.verify(Vkey.from_string(str(key)))

    assert note.encode() == checkpoint.serialize()


def test_tlog_scales_accepts_proofs() -> None:
    """
    Sigsum's verifier accepts every inclusion proof and every consistency proof.
    """
    for index, size in shown_entries():
        inclusion = InclusionProof(index, size, list(inclusion_proof(index, size, subtrees)))
        inclusion.check(LEAVES[index], defined_hash(0, size))
    for old, new in shown_growths():
        consistency = ConsistencyProof(old, new, list(consistency_proof(old, new, subtrees)))
        consistency.check(defined_hash(0, old), defined_hash(0, new))


def test_tlog_scales_makes_the_same_proofs_from_the_tiles(served) -> None:
    """
    From the tiles that a log serves Sigsum's reader finds the entries, the root and every proof.
    """
    reader = TilesReader(served)

    assert 300 == reader.get_checkpoint().size
    assert defined_hash(0, 300) == reader.calculate_root_hash()
    for index in range(0, 300, 7):
        assert RECORDS[index] == reader.get_entry(index)
        theirs = tuple(reader.get_inclusion_proof(index, 300).node_hashes)
        assert inclusion_proof(index, 300, subtrees) == theirs
        growth = tuple(reader.get_consistency_proof(index + 1, 300).node_hashes)
        assert consistency_proof(index + 1, 300, subtrees) == growth


def test_what_tlog_scales_signs_is_accepted() -> None:
    """
    A checkpoint that Sigsum's writer signs, with both algorithms, is opened with both its keys.
    """
    signers: list[PlainEd25519Signer | MLDSA44CosignatureSigner] = [
        PlainEd25519Signer("their.example/log", b"\x0a" * 32),
        MLDSA44CosignatureSigner("their.example/log", b"\x0b" * 32),
    ]
    text = ScalesCheckpoint.make_signed(
        "their.example/log", 300, defined_hash(0, 300), [*signers]
    ).serialize()
    keys = [parse_verifier_key(signer.vkey.serialize()) for signer in signers]

    assert tuple(keys) == open_note(parse_note(text), keys, verify_mldsa)


def test_pymerkle_has_the_same_roots_and_inclusion_proofs() -> None:
    """
    A third tree has the same root at every size up to 130, and the same path for every entry of it.

    Its consistency proofs are of its own form, and are not compared.
    """
    tree = InmemoryTree(algorithm="sha256")
    for record in RECORDS[:SIZE_MAX]:
        tree.append_entry(record)
    for size in range(1, SIZE_MAX + 1):
        assert defined_hash(0, size) == tree.get_root(size)
        for index in range(0, size, 1 + size // 16):
            leaf, *path = tree.prove_inclusion(index + 1, size).path
            assert LEAVES[index] == leaf
            assert inclusion_proof(index, size, subtrees) == tuple(path)
