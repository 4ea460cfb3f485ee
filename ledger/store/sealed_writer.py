"""
The writer of a sealed ledger: it seals what it is given, and says of it what its caller may know.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import timedelta

from typing_extensions import override

from ledger.errors import LedgerError
from ledger.moderation.commands.privacy import Erase
from ledger.moderation.rulebook import Rulebook
from ledger.store.database import Database
from ledger.store.docket import Step
from ledger.store.erasing import Eraser
from ledger.store.order import Order, Recorded
from ledger.store.revealing import NOTHING_KNOWN, Revealer
from ledger.store.sealed import Door, SealedOrders
from ledger.store.settings import Settings
from ledger.store.writer import Clock, Writer


class _Settling:
    """
    Gives a future what is raised before it has an outcome, whatever that is, so that nobody waits
    for it for ever.
    """

    def __init__(self, told: "Future[str]") -> None:
        self._told = told

    def __enter__(self) -> None:
        """
        Begin.
        """

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """
        Settle the future; what it does not tell goes on, and so does an interrupt or an exit.
        """
        if error is None or self._told.done():
            return False
        self._told.set_exception(error)
        return isinstance(error, Exception)


class SealedWriter(Writer):
    """
    The one that writes to a sealed ledger.
    """

    _door: Door

    def __init__(  # noqa: PLR0913, what a writer is made of
        self,
        database: Database,
        settings: Settings,
        rulebook: Rulebook,
        clock: Clock,
        max_skew: timedelta,
        *,
        revealer: Revealer,
    ) -> None:
        super().__init__(database, settings, rulebook, clock, max_skew)
        self._door = Door(revealer.keys)
        self._revealer = revealer
        self._eraser = None if revealer.keys is None else Eraser(database, revealer.keys)
        if self._eraser is not None:
            self._eraser.finish()

    @override
    def record_one(self, order: Order) -> str:
        """
        Record *order* sealed and return the id of what it is.
        """
        (sealed,), known = self._door.sealed([order])
        assert isinstance(sealed, Order)
        with self._telling(known):
            recorded = super().record_one(sealed)
        return self._answer(order, recorded, known)

    @override
    def submit(self, order: Order) -> "Future[str]":
        """
        Return the future of what `record_one` returns, without waiting for it.
        """
        (sealed,), known = self._door.sealed([order])
        assert isinstance(sealed, Order)
        waiting = super().submit(sealed)
        told: Future[str] = Future()
        told.set_running_or_notify_cancel()

        def tell(done: "Future[str]") -> None:
            error = done.exception()
            with _Settling(told):
                if error is None:
                    told.set_result(self._answer(order, done.result(), known))
                    return
                try:
                    if isinstance(error, LedgerError):
                        self._revealer.tell(error, known)
                finally:
                    # It is what happened, named or not.
                    told.set_exception(error)

        waiting.add_done_callback(tell)
        return told

    @override
    def record(self, orders: Iterable[Order]) -> list[str]:
        """
        Record *orders* sealed in one transaction, all or nothing, and return the id of each.
        """
        sealed = SealedOrders(self._door, orders)
        try:
            # Few: their aliases are made before the head of a log is held for them.
            results = super().record([*sealed] if isinstance(orders, list) else sealed)
        except LedgerError as error:
            self._revealer.tell(error, sealed.known)
            raise
        if sealed.erases:
            self._destroy_keys()
            return self._named(results, NOTHING_KNOWN)
        return self._named(results, sealed.known)

    @override
    def record_history(self, steps: Sequence[Step], import_id: str) -> list[Recorded | None]:
        """
        Record *steps* of an import sealed in one transaction, with the source's times.
        """
        sealed, known = self._door.sealed(steps)
        with self._telling(known):
            return super().record_history(sealed, import_id)

    def _answer(self, order: Order, recorded: str, known: Mapping[str, str]) -> str:
        """
        Return what the caller of *order* is told; of who is erased, the alias, once his key is
        destroyed.
        """
        if isinstance(order.command, Erase):
            self._destroy_keys()
            return recorded
        return known.get(recorded, recorded)

    def _named(self, results: Sequence[str], known: Mapping[str, str]) -> list[str]:
        """
        Return *results* with the names behind the aliases among them; those of them stay aliases,
        which are as good as ids, that cannot be looked up now: what they name is on record.
        """
        names = [known.get(each, each) for each in results]
        try:
            return self._revealer.named(names)
        except LedgerError:
            return names

    def _destroy_keys(self) -> None:
        # Without keys nobody is erased.
        assert self._eraser is not None
        self._eraser.finish_recorded()

    @contextmanager
    def _telling(self, known: Mapping[str, str]) -> Iterator[None]:
        """
        Let errors name whom their caller knows.
        """
        try:
            yield
        except LedgerError as error:
            self._revealer.tell(error, known)
            raise
