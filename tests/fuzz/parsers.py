"""
Every parser of the proofs, with what it writes again and some of what it reads.

Two things must hold for any bytes whatever. A parser refuses them as `Malformed` or reads them, and
never ends in another way. And what it reads it writes as exactly those bytes: nothing that is
accepted has a second spelling. A policy is written by people and has many spellings; there what is
written again must be read as the same policy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledger.errors import Malformed, Tampered
from ledger.notary.request import parse_request
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.note import Note, parse_note, parse_verifier_key
from ledger.proofs.policy import parse_policy
from ledger.proofs.receipt import parse_receipt
from ledger.proofs.roots import encode_roots, parse_roots
from ledger.proofs.spelling import encode_octets, parse_count, parse_octets
from ledger.proofs.statement import encode_timed, parse_timed
from ledger.proofs.tile import (
    encode_entries,
    entries_path,
    parse_entries,
    parse_entries_path,
    parse_tile_path,
    tile_path,
)

LOG_KEY = "ledger.example/audit+d2684154+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
WITNESS_KEY = "witness.example/w1+df1c0a35+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU"
CHECKPOINT = "ledger.example/audit\n300\n56/ILTiUT8eTBUUygJHUWCMojB9zTL2sBjlnE+vUtdU=\n"
NOTE = (
    f"{CHECKPOINT}\n"
    "\u2014 ledger.example/audit 0mhBVETQXrDEKWkuPAF6S786jxM/hzJ9T+A7JPXF4Y4RsyWk3OU6q8Rhj3Br1FFB"
    "A8sgx0+JsKQlFPQoarh0hUUFBAQ=\n"
)
RECEIPT = (
    "c2sp.org/tlog-proof@v1\nextra YW55dGhpbmc=\nindex 273\n"
    f"VP/AVflaXExqNOLib2mJF1EDIdAwo8GV3uYR4/NIrbo=\n\n{NOTE}"
)
POLICY = (
    f"# trusted\nlog {LOG_KEY} https://log.example\nwitness w1 {WITNESS_KEY}\n"
    "group g any w1\n\nquorum\tg \n"
)


@dataclass(frozen=True)
class Parser:
    """
    A parser, its writer, and samples of what it reads.

    Args:
        read: Reads bytes; raises `Malformed` for those that it refuses.

        write: Writes what was read.

        samples: Bytes that are read.

        one_spelling: False where people write what is read.
    """

    read: Callable[[bytes], Any]
    write: Callable[[Any], bytes]
    samples: tuple[bytes, ...]
    one_spelling: bool = True


def of_text(read: Callable[[str], Any], write: Callable[[Any], str], *samples: str) -> Parser:
    """
    Return a parser of text as one of bytes.
    """

    def decoded(octets: bytes) -> Any:
        try:
            text = octets.decode()
        except UnicodeDecodeError as problem:
            raise Malformed("this is not UTF-8") from problem
        return read(text)

    encoded = tuple(sample.encode() for sample in samples)
    return Parser(decoded, lambda value: write(value).encode(), encoded)


def _roots(text: str) -> tuple[Checkpoint, ...]:
    try:
        return parse_roots(text.encode(), "o")
    except Tampered as other:
        raise Malformed("of another ledger") from other


PARSERS = {
    "note": Parser(
        parse_note,
        lambda note: note.encode().encode(),
        (NOTE.encode(), f"a\n\nb\n\n{NOTE}".encode()),
    ),
    "checkpoint": of_text(
        parse_checkpoint, lambda value: value.text(), CHECKPOINT, f"{CHECKPOINT}more\n"
    ),
    "key": of_text(parse_verifier_key, str, LOG_KEY, WITNESS_KEY),
    "receipt": Parser(
        parse_receipt, lambda receipt: receipt.encode().encode(), (RECEIPT.encode(),)
    ),
    "witness-request": Parser(
        parse_request,
        lambda request: request.encode().encode(),
        (
            f"old 0\n\n{NOTE}".encode(),
            f"old 7\nVP/AVflaXExqNOLib2mJF1EDIdAwo8GV3uYR4/NIrbo=\n\n{NOTE}".encode(),
        ),
    ),
    "roots": of_text(
        _roots,
        lambda stated: encode_roots(stated).decode(),
        "o/0\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "o/0\n7\n56/ILTiUT8eTBUUygJHUWCMojB9zTL2sBjlnE+vUtdU=\n\n"
        "o/1\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    ),
    "policy": Parser(
        parse_policy,
        lambda policy: policy.text().encode(errors="surrogateescape"),
        (POLICY.encode(), b"quorum none\n"),
        one_spelling=False,
    ),
    "tile-path": of_text(
        parse_tile_path, tile_path, "tile/0/x001/x234/067", "tile/1/005.p/17", "tile/7/000.p/1"
    ),
    "entries-path": of_text(
        parse_entries_path, entries_path, "tile/entries/x001/234.p/56", "tile/entries/000"
    ),
    "entries": Parser(parse_entries, encode_entries, (b"\x00\x06leaf 0\x00\x06leaf 1", b"")),
    "cosignature": Parser(
        parse_timed, lambda timed: encode_timed(*timed), (bytes(8) + b"\x01" * 64,)
    ),
    "count": of_text(lambda text: parse_count(text, "count"), str, "0", "300", str(2**63 - 1)),
    "octets": of_text(
        lambda text: parse_octets(text, "octets"), encode_octets, "AQ==", "AQI=", "AQID"
    ),
}
"""What is fuzzed; a new parser is a row here."""


def check(parser: Parser, octets: bytes) -> Any:
    """
    Check that the bytes are refused, or read and written as they were.

    Returns:
        What was read; None when it was refused.
    """
    try:
        value = parser.read(octets)
    except Malformed:
        return None
    written = parser.write(value)
    if parser.one_spelling:
        assert octets == written
    else:
        assert value == parser.read(written)
    if isinstance(value, Note):
        assert value.text.encode() == octets[: len(value.text.encode())]
    return value
