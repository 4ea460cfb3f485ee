"""
Reading personal data for a purpose, which is put on record with each question that is asked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial

from ledger.book.revealing import Reading
from ledger.errors import Malformed
from ledger.forensics.privacy import privacy_at
from ledger.moderation.identity import identifier, identifier_or_none, text
from ledger.moderation.privacy import PRIVACY_STREAM
from ledger.store.reader import Reader
from ledger.store.revealing import Revealer, concealed_from
from ledger.store.sealed import keys_needed


@contextmanager
def reading_for(
    current: ContextVar[Reading | None],
    revealer: Revealer | None,
    reader: Reader,
    now: Callable[[], datetime],
    record: Callable[..., str],
    *,
    by: str,
    purpose: str,
    reader_class: str | None,
) -> Iterator[None]:
    """
    Let questions in this thread or task be answered to *by*, and put each of them on record.

    Raises:
        Malformed: When the ledger is not sealed, so that nothing in it waits to be shown.

        Unavailable: When it was opened without its keys.
    """
    if revealer is None:
        raise Malformed(
            "the ledger is not sealed: all of it is shown to everybody, and no reading recorded",
            where="purpose",
            expected="no purpose, or a ledger that was made sealed",
        )
    if revealer.keys is None:
        raise keys_needed("showing personal data")
    identifier_or_none(reader_class, "reader")

    def shown() -> Revealer:
        if reader_class is None:
            return revealer.shown()
        with reader.question(None, now(), [PRIVACY_STREAM]) as question:
            return revealer.shown(concealed_from(reader_class, privacy_at(reader, question)))

    terms = {
        "by": identifier(by, "by"),
        "purpose": text(purpose, "purpose"),
        "reader": reader_class,
    }
    token = current.set(Reading(shown, partial(record, **terms)))
    try:
        yield
    finally:
        current.reset(token)
