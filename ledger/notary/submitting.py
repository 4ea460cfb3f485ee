"""
Asking witnesses to cosign what a notary has signed, and believing nothing that they answer.

A cosignature is kept only when it is by the key that the policy has for that witness and holds for
the very text that was sent.

Source: C2SP tlog-witness, "add-checkpoint".
"""

import http.client
import ssl
from collections.abc import Callable
from typing import Final
from urllib.parse import SplitResult, urlsplit

import attrs

from ledger.errors import LedgerError, Malformed, Tampered, Unavailable
from ledger.notary.primitives import ml_dsa_44_holds
from ledger.notary.request import AddCheckpoint
from ledger.notary.witness import SIZE, Verdict
from ledger.proofs.checkpoint import parse_checkpoint
from ledger.proofs.note import Note, Signature, VerifierKey, open_note, parse_note, signatures_by
from ledger.proofs.policy import TrustPolicy
from ledger.proofs.spelling import parse_count
from ledger.store.url import concealed

SECONDS_MAX: Final = 10
ANSWER_BYTES_MAX: Final = 64 * 1024

Proof = Callable[[int], tuple[bytes, ...]]
"""(old size) -> the proof that the log goes on from there."""

Post = Callable[[str, bytes], "Reply"]
"""(URL, body) -> what came back."""


@attrs.frozen
class Reply:
    """
    What came back over HTTP.
    """

    status: int
    content: str
    body: bytes


@attrs.frozen
class Place:
    """
    A witness that can be asked.

    Args:
        name: What the policy calls it.

        url: Before ``/add-checkpoint``.
    """

    name: str
    key: VerifierKey
    url: str


def places(policy: TrustPolicy, urls: tuple[str, ...] = ()) -> list[Place]:
    """
    Return the witnesses of a policy that have a URL; or those of *urls*.

    Raises:
        Malformed: When the policy has no witness at one of *urls*, or none that can be asked.
    """
    every = [
        Place(witness.name, witness.key, url)
        for witness in policy.witnesses
        if (url := policy.urls.get(str(witness.key))) is not None
    ]
    for url in urls:
        if not any(_same(place.url, url) for place in every):
            known = ", ".join(place.url for place in every) or "none"
            raise Malformed(
                f"the policy has no witness at {url}",
                where="witness",
                expected=f"a line `witness NAME KEY {url}`, so that its answer can be checked; it"
                f" has {known}",
            )
    return [place for place in every if not urls or any(_same(place.url, url) for url in urls)]


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def cosigned(place: Place, note: Note, old_size: int, proof: Proof, post: Post) -> Note:
    """
    Return *note* with the cosignature of a witness under it; as it is where it has one.

    Args:
        old_size: The size that it cosigned last, as far as is known: where it says another one,
            it is asked once more.

        proof: Makes the proof from there.

        post: Sends a body and returns what came back.

    Raises:
        Tampered: When the witness has seen a longer log or another history, or its answer does not
            hold.

        Unavailable: When it cannot be reached or does not answer as a witness does.
    """
    size = parse_checkpoint(note.text).size
    reply = _asked(place, note, old_size, proof, post)
    if (known := _seen(reply)) is not None and known != old_size:
        if known > size:
            raise Tampered(
                f"witness {place.name} has cosigned {known} entries of this log, which has {size}:"
                " it was cut off, or is a restored copy",
                where=place.url,
                expected="a log that only grows",
                position=size + 1,
            )
        old_size = known
        reply = _asked(place, note, old_size, proof, post)
    if _seen(reply) == old_size:
        raise Tampered(
            f"witness {place.name} has cosigned another root at size {old_size}",
            where=place.url,
            expected="one history",
        )
    if reply.status == Verdict.NOT_CONSISTENT:
        raise Tampered(
            f"witness {place.name} has cosigned another history of this log",
            where=place.url,
            expected="a log that goes on from what was cosigned",
        )
    if reply.status != Verdict.COSIGNED:
        said = reply.body[:200].decode("utf-8", "backslashreplace").strip()
        raise Unavailable(
            f"witness {place.name} does not cosign (status {reply.status}): {said!r}",
            where=place.url,
            expected="a cosignature",
        )
    return note.signed_also(*_checked(place, note, reply))


def _asked(place: Place, note: Note, old_size: int, proof: Proof, post: Post) -> Reply:
    request = AddCheckpoint(old_size, proof(old_size), note)
    return post(f"{place.url.rstrip('/')}/add-checkpoint", request.encode().encode())


def _seen(reply: Reply) -> int | None:
    """
    Return the size that a witness says to have cosigned last, where it says so.
    """
    if reply.status != Verdict.STALE or reply.content.partition(";")[0].strip() != SIZE:
        return None
    try:
        return parse_count(reply.body.decode("ascii", "replace").removesuffix("\n"), "size")
    except Malformed:
        return None


def _checked(place: Place, note: Note, reply: Reply) -> tuple[Signature, ...]:
    """
    Return the cosignatures of a witness in its answer, all of which hold.

    Raises:
        Tampered: When there is none by its key, or one does not hold.
    """
    try:
        answered = parse_note(f"{note.text}\n".encode() + reply.body)
        open_note(answered, [place.key], ml_dsa_44_holds)
    except LedgerError as error:
        raise Tampered(
            f"what witness {place.name} answered is no cosignature by its key: {error}",
            where=place.url,
            expected=str(place.key)[:120],
        ) from error
    return signatures_by(place.key, answered, ml_dsa_44_holds)


def posted(url: str, body: bytes, content: str = "text/plain; charset=utf-8") -> Reply:
    """
    Send a body and return what came back, of which no more is read than a witness would send.

    Raises:
        Malformed: When it is no URL of HTTP.

        Unavailable: When nothing came back.
    """
    found = _split(url)
    connection = _connection(found)
    path = found.path or "/"
    try:
        connection.request("POST", path, body, {"Content-Type": content})
        answer = connection.getresponse()
        read = answer.read(ANSWER_BYTES_MAX + 1)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(
            f"nobody answers: {error}", where=f"{found.scheme}://{found.netloc}", expected="HTTP"
        ) from error
    finally:
        connection.close()
    if len(read) > ANSWER_BYTES_MAX:
        raise Unavailable(
            "the answer is too long", where=url, expected=f"at most {ANSWER_BYTES_MAX} bytes"
        )
    return Reply(answer.status, answer.getheader("Content-Type", ""), read)


def _split(url: str) -> SplitResult:
    """
    Return the parts of a plain URL of HTTP.
    """
    try:
        found = urlsplit(url)
        is_plain = found.port is None or found.port > 0
    except ValueError:
        raise _no_url(url) from None
    unused = (found.username, found.password, found.query or None, found.fragment or None)
    if not (is_plain and found.hostname and found.scheme in ("http", "https")) or any(
        part is not None for part in unused
    ):
        raise _no_url(url)
    return found


def _connection(found: SplitResult) -> http.client.HTTPConnection:
    host, port = found.hostname or "", found.port
    if found.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=SECONDS_MAX)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, port, timeout=SECONDS_MAX, context=context)


def _no_url(url: str) -> Malformed:
    # Before an @ may stand a password.
    said = concealed(url) if "@" in url else url
    return Malformed(
        f"{said[:200]!r} cannot be asked",
        where="url",
        expected="https://HOST/PATH or http://HOST/PATH, without user, query or fragment",
    )
