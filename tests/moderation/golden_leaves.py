"""
The samples as leaves, by schema.

Run as a program it prints those of today's schema, a leaf a line: what `golden/entries-2.jsonl`
holds.
"""

import sys
from collections.abc import Iterator

from ledger.moderation.events import Event, kind_of
from ledger.moderation.schema import SCHEMA
from tests.moderation.keys_samples import KEYS
from tests.moderation.later_samples import ADDED, GAINED
from tests.moderation.privacy_samples import PRIVACY
from tests.moderation.samples import EVENTS, leaf_of, sets_given

OF_SCHEMA = {
    1: (*EVENTS, sets_given()),
    2: (*GAINED, *ADDED, *EVENTS, sets_given(), *PRIVACY, *KEYS),
}


def leaves(schema: int = SCHEMA) -> Iterator[tuple[str, Event, bytes]]:
    """
    Yield kind, event and leaf bytes of every sample of a schema.
    """
    for event in OF_SCHEMA[schema]:
        yield kind_of(event), event, leaf_of(event, schema)


if __name__ == "__main__":
    for *_, written in leaves():
        sys.stdout.buffer.write(written + b"\n")
