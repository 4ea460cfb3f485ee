"""
Several writing processes that are hit at the same moment.
"""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.crash.writer import Writer

COMMANDS_MAX = 5


class Writers:
    """
    Writers that write to one ledger, with one thread each.
    """

    def __init__(self, writers: list[Writer]) -> None:
        self._writers = writers

    @classmethod
    @contextmanager
    def of(cls, count: int, *, has_ids: bool = True) -> Iterator["Writers"]:
        """
        Give that many writers, whose processes do not outlive the block.
        """
        made = [Writer(f"w{number}", has_ids=has_ids) for number in range(count)]
        with ExitStack() as ending:
            yield cls([ending.enter_context(writer) for writer in made])

    @property
    def acknowledged(self) -> dict[str, str]:
        """
        Return the ids that the ledger returned to any of them, by request id.
        """
        return {
            request: result
            for writer in self._writers
            for request, result in writer.acknowledged.items()
        }

    @contextmanager
    def writing(self, url: str) -> Iterator[None]:
        """
        Let them write to the ledger at *url* within the block, and finish at its end.
        """
        for writer in self._writers:
            writer.start(url)
        yield
        for writer in self._writers:
            writer.stop()

    def wait_for(self, count: int) -> None:
        """
        Return when each of them had *count* more commands acknowledged.
        """
        for writer in self._writers:
            writer.wait_for(count)

    def wait_for_any_moment(self, chance: random.Random) -> None:
        """
        Return at any moment once all of them write.
        """
        for writer in self._writers:
            writer.wait_for(chance.randint(1, COMMANDS_MAX))
        chance.choice(self._writers).wait_for_moment(chance)

    def were_writing(self, moment: int) -> bool:
        """
        Return whether any had a transaction under way at *moment*, once each has another command
        acknowledged, so that it is known.
        """
        self.wait_for(1)
        return any(writer.was_writing(moment) for writer in self._writers)
