"""
Thirty-two checkpoints, of which three are to be accepted: what a lenient parser lets pass.

Those with a strange size or root are validly signed, so that only the strictness of the parser
stands between them and trust. Two parsers that disagree on one of them see two histories.
"""

import base64

from ledger.proofs.spelling import encode_octets
from tests.proofs.definition import ORIGIN, checkpoint_at
from tests.proofs.signing import LOG, Signer

SIZE, ROOT = 300, encode_octets(checkpoint_at(300).root)
TEXT = checkpoint_at(SIZE).text()
LINE = LOG.sign(TEXT).line()


def signed_text(text: str) -> bytes:
    """
    Return any text with the log's valid signature.
    """
    return f"{text}\n{LOG.sign(text).line()}".encode()


def sized(size: str) -> bytes:
    """
    Return a signed checkpoint whose size is spelled so.
    """
    return signed_text(f"{ORIGIN}\n{size}\n{ROOT}\n")


def rooted(root: str) -> bytes:
    """
    Return a signed checkpoint whose root is spelled so.
    """
    return signed_text(f"{ORIGIN}\n{SIZE}\n{root}\n")


def under(*lines: str) -> bytes:
    """
    Return the checkpoint with these lines in the place of its signature.
    """
    return f"{TEXT}\n{''.join(lines)}".encode()


def line_of(name: str, octets: bytes) -> str:
    """
    Return a signature line of any name and bytes.
    """
    return f"\u2014 {name} {encode_octets(octets)}\n"


_OWN = LOG.sign(TEXT)
_BAD = line_of(ORIGIN, _OWN.key_id + bytes(64))
_FORGED = f"{ORIGIN}\n7\n{encode_octets(checkpoint_at(7).root)}\n"

ACCEPTED = {
    "valid": under(LINE),
    "one extension line": signed_text(f"{TEXT}extension\n"),
    "an unknown key's signature too": under(
        LINE, Signer(9, "stranger.example/s").sign(TEXT).line()
    ),
}

REFUSED = {
    "size with a leading zero": sized("01"),
    "size with a plus": sized("+1"),
    "size with a space": sized(" 1"),
    "size with an underscore": sized("1_0"),
    "size in full-width digits": sized("\uff11"),
    "size below zero": sized("-1"),
    "size in hexadecimal": sized("0x1"),
    "size of 2**64": sized(str(2**64)),
    "root of 31 bytes": rooted(encode_octets(bytes(31))),
    "root in the URL-safe alphabet": rooted(base64.urlsafe_b64encode(b"\xff" * 32).decode()),
    "root without padding": rooted(ROOT.rstrip("=")),
    "root with spare bits set": rooted(f"{ROOT[:-2]}V="),
    "root with a junk character": rooted(f"{ROOT[:10]}!{ROOT[10:]}"),
    "empty origin": signed_text(f"\n{SIZE}\n{ROOT}\n"),
    "two lines": signed_text(f"{ORIGIN}\n{SIZE}\n"),
    "CRLF": signed_text(TEXT.replace("\n", "\r\n")),
    "a tab": signed_text(f"{ORIGIN}\t\n{SIZE}\n{ROOT}\n"),
    "NUL": signed_text(f"{ORIGIN}\x00\n{SIZE}\n{ROOT}\n"),
    "invalid UTF-8": under(LINE).replace(b"audit\n", b"audit\xff\n", 1),
    "a forged head before an empty line": signed_text(f"{_FORGED}\n{TEXT}"),
    "no final newline": under(LINE)[:-1],
    "a hyphen for the dash": under(LINE.replace("\u2014", "-")),
    "two spaces": under(LINE.replace("\u2014 ", "\u2014  ")),
    "junk behind": under(LINE, "junk\n"),
    "a signature that does not hold": under(_BAD),
    "another key id": under(line_of(ORIGIN, b"\x00\x00\x00\x01" + _OWN.value)),
    "the key id under another name": under(line_of("ledger.example/x", _OWN.key_id + _OWN.value)),
    "a good line, then a bad one of the same key": under(LINE, _BAD),
    "no signature": under(),
}

CASES = {
    **{name: (note, True) for name, note in ACCEPTED.items()},
    **{name: (note, False) for name, note in REFUSED.items()},
}
