"""
Timestamps of others over a checkpoint: an authority states when it saw the text, by RFC 3161.

What is stamped is the text alone, not the signatures under it, so that later cosignatures leave the
timestamp as it is. A token is checked without a network, by the certificates of authorities that
the auditor trusts.

Source: RFC 3161.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from ledger.errors import Malformed, Tampered, Unavailable
from ledger.notary import durable
from ledger.notary.state import token_path
from ledger.notary.submitting import Reply
from ledger.proofs.checkpoint import parse_checkpoint
from ledger.proofs.note import Note

try:
    from cryptography import x509
    from rfc3161_client import (
        HashAlgorithm,
        TimestampRequestBuilder,
        TimeStampResponse,
        VerificationError,
        VerifierBuilder,
        decode_timestamp_response,
    )
except ImportError as missing:
    raise Unavailable(
        "timestamps take the library `rfc3161-client`, which is not installed",
        expected="the extra `tsa`: moderation-ledger[tsa]",
    ) from missing

Post = Callable[[str, bytes, str], Reply]
"""(URL, body, content type) -> what came back."""

QUERY: Final = "application/timestamp-query"
ANSWERED: Final = 200
TOKEN_BYTES_MAX: Final = 64 * 1024


def kept(state: Path, note: Note, url: str, pem: bytes, post: Post) -> datetime:
    """
    Return when an authority saw the checkpoint of a note: by the timestamp beside the notary's
    state, which is asked for where there is none yet.

    Args:
        pem: The certificates of the authorities that are trusted.

    Raises:
        Tampered, Unavailable: As `stamped`; or when the one that is kept does not hold.
    """
    roots = authorities(pem)
    path = token_path(state, parse_checkpoint(note.text).size)
    if (token := durable.read_if_there(path)) is None:
        token = stamped(url, note.text, roots, post)
        durable.replaced(path, token)
    return stamped_at(token, note.text, roots)


def authorities(pem: bytes) -> list[x509.Certificate]:
    """
    Return the certificates in a file of PEM: the roots that are trusted.

    Raises:
        Malformed: When it holds none.
    """
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise Malformed(
            "there are no certificates in it",
            where="tsa-roots",
            expected="the certificates of authorities, in PEM",
        ) from None


def stamped(
    url: str,
    text: str,
    roots: Sequence[x509.Certificate],
    post: Post,
) -> bytes:
    """
    Return a timestamp over the text of a checkpoint, which holds by *roots*.

    Args:
        url: Where the authority answers.

        post: Sends a body of a content type and returns what came back.

    Raises:
        Tampered: When the answer does not hold, or is of something else.

        Unavailable: When the authority cannot be reached, or gives none.
    """
    request = (
        TimestampRequestBuilder()
        .data(text.encode())
        .hash_algorithm(HashAlgorithm.SHA256)
        .cert_request(cert_request=True)
        .build()
    )
    reply = post(url, request.as_bytes(), QUERY)
    if reply.status != ANSWERED:
        raise Unavailable(
            f"the authority gives no timestamp (status {reply.status})",
            where=url,
            expected="a timestamp",
        )
    stamped_at(reply.body, text, roots, nonce=request.nonce)
    return reply.body


def stamped_at(
    token: bytes, text: str, roots: Sequence[x509.Certificate], *, nonce: int | None = None
) -> datetime:
    """
    Return when an authority saw the text of a checkpoint.

    Args:
        token: The answer of the authority, as it came.

        roots: The authorities that are trusted.

        nonce: The number that was sent along, where it is known.

    Raises:
        Tampered: When the timestamp does not hold, or is of another text.
    """
    builder = VerifierBuilder(roots=list(roots), nonce=nonce)
    try:
        response = _read(token)
        builder.build().verify_message(response, text.encode())
        at = response.tst_info.gen_time
    except (VerificationError, ValueError, AssertionError) as error:
        raise Tampered(
            f"the timestamp does not hold: {error}",
            where="timestamp",
            expected="one over this checkpoint, by an authority that is trusted",
        ) from error
    return at


def _read(token: bytes) -> TimeStampResponse:
    if len(token) > TOKEN_BYTES_MAX:
        raise ValueError(f"{len(token)} bytes are too many")
    return decode_timestamp_response(token)
