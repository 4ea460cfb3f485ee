"""
Whatever bytes come in, a parser refuses them or reads the one spelling of what it reads.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.parsers import PARSERS, Parser, check

# What Python's own parsers take for digits, spaces, line ends or letters of base64, and more.
ODD = [
    b"\x00",
    b"\t",
    b"\n",
    b"\n\n",
    b"\r",
    b" ",
    b"+",
    b"-",
    b"_",
    b"=",
    b"0",
    b"#",
    b"\xff",
    "\u2014 ".encode(),
    "\u2028".encode(),
    "\uff11".encode(),
    b"\x85",
    b"\x1c",
]


@st.composite
def mutated(draw: st.DrawFn, samples: tuple[bytes, ...]) -> bytes:
    """
    Return a sample with pieces of it or of others put where they do not belong.
    """
    octets = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(octets)))
        end = draw(st.integers(start, min(len(octets), start + 8)) | st.just(start))
        piece = draw(st.sampled_from(ODD) | st.binary(max_size=3) | st.just(octets[start:end] * 2))
        octets = octets[:start] + piece + octets[end:]
    return octets


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_reads_its_samples(name: str) -> None:
    """
    The samples that the mutations begin with are accepted.
    """
    parser = PARSERS[name]
    for sample in parser.samples:
        value = check(parser, sample)
        assert value is not None


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_refuses_or_reads_one_spelling(name: str) -> None:
    """
    Neither mutated samples nor any bytes make a parser fail, or read what it would not write.
    """
    parser = PARSERS[name]

    @settings(max_examples=150)
    @given(mutated(parser.samples) | st.binary(max_size=40))
    def holds(octets: bytes) -> None:
        check(parser, octets)

    holds()


def test_a_second_spelling_would_be_found() -> None:
    """
    The check fails for a parser that reads as leniently as Python does.
    """
    lenient = Parser(int, lambda number: b"%d" % number, (b"1",))
    for octets in (b"+1", b"1_0", b" 1"):
        with pytest.raises(AssertionError):
            check(lenient, octets)
    with pytest.raises(ValueError, match="invalid literal"):
        check(lenient, b"x")
