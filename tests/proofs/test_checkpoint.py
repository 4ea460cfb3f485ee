"""
A checkpoint is three lines, and says nothing that a log cannot be.
"""

import pytest
from hypothesis import given

from ledger.errors import Malformed
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.tree import EMPTY_ROOT
from tests import strategies
from tests.proofs.definition import LEAVES, ORIGIN, checkpoint_at


def test_a_checkpoint_is_three_lines() -> None:
    """
    Origin, size and root stand on a line each, and the last line is ended like the others.
    """
    assert (
        "ledger.example/audit\n300\n56/ILTiUT8eTBUUygJHUWCMojB9zTL2sBjlnE+vUtdU=\n"
        == checkpoint_at(300).text()
    )


@given(strategies.of(Checkpoint))
def test_a_checkpoint_is_read_as_it_is_written(checkpoint: Checkpoint) -> None:
    """
    Any checkpoint is read back from its text, extensions included.
    """
    assert checkpoint == parse_checkpoint(checkpoint.text())


def test_extensions_are_kept() -> None:
    """
    Lines that others add mean nothing here, but are part of what was signed.
    """
    text = f"{checkpoint_at(300).text()}extension\nand another\n"

    assert ("extension", "and another") == parse_checkpoint(text).extensions
    assert text == parse_checkpoint(text).text()


ROOT = "56/ILTiUT8eTBUUygJHUWCMojB9zTL2sBjlnE+vUtdU="


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "checkpoint"),
        ("\n", "checkpoint"),
        (f"{ORIGIN}\n300\n{ROOT}", "checkpoint"),
        (f"{ORIGIN}\n300\n", "checkpoint"),
        (f"\n300\n{ROOT}\n", "checkpoint origin"),
        (f"{ORIGIN}\n300\n{ROOT}\n\n", "checkpoint extension 1"),
        (f"{ORIGIN}\n300\n{ROOT}\nx\n\n", "checkpoint extension 2"),
        (f"{ORIGIN}\n0300\n{ROOT}\n", "checkpoint size"),
        (f"{ORIGIN}\n{2**63}\n{ROOT}\n", "checkpoint size"),
        (f"{ORIGIN}\n300\n{ROOT[:-1]}\n", "checkpoint root"),
        (f"{ORIGIN}\n300\nAQ==\n", "checkpoint root"),
        (f"{ORIGIN}\n0\n{ROOT}\n", "checkpoint root"),
    ],
)
def test_what_is_no_checkpoint_is_refused_with_its_place(text: str, where: str) -> None:
    """
    A line too few, an empty line, a size or a root that no log has: the error names which.
    """
    with pytest.raises(Malformed) as refused:
        parse_checkpoint(text)

    assert where == refused.value.where


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 1, LEAVES[0]),
        ("a\nb", 1, LEAVES[0]),
        ("a", -1, LEAVES[0]),
        ("a", 1, b""),
        ("a", 0, LEAVES[0]),
    ],
)
def test_a_checkpoint_that_could_not_be_read_back_is_not_made(
    origin: str, size: int, root: bytes
) -> None:
    """
    Nothing can be signed that would be read as something else.
    """
    with pytest.raises(Malformed):
        Checkpoint(origin, size, root)


def test_a_log_without_entries_has_a_checkpoint() -> None:
    """
    The root of no entries is the hash of no bytes.
    """
    nothing = Checkpoint(ORIGIN, 0, EMPTY_ROOT)

    assert f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n" == nothing.text()
    assert nothing == parse_checkpoint(nothing.text())
