"""
Comparison: whether accounts were treated alike, by the same kind of actor and with the same notice.

Equal treatment has no measure of its own, so no column is weighed: each says what was, and those in
which the accounts differ are named.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

import attrs

from ledger.errors import Malformed
from ledger.forensics.witnesses import Witnesses, no_account
from ledger.moderation.appeal import Appeal, AppealState, Notice
from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.identity import account_stream, identifiers
from ledger.moderation.moment import assert_window, moment_or_none, within
from ledger.moderation.operator import Operator
from ledger.store.reader import Question, Reader
from ledger.timeline.cut import Cut
from ledger.timeline.dossier import ActionOnRecord, Dossier, dossier

WITHDRAWN: Final = "withdrawn"


@attrs.frozen
class NoticeGiven:
    """
    A notice of an action.

    Args:
        seconds: From the effect to the delivery; negative where it came before the effect.
    """

    channel: str
    delivered_at: datetime
    seconds: float


@attrs.frozen
class AppealMade:
    """
    An appeal against an action, and where it stands.
    """

    appeal: str
    outcome: AppealState


@attrs.frozen
class Treatment:
    """
    An action, by what can be compared of it.

    Args:
        categories: Of the reports that it was taken because of, sorted, each once.

        policy: The version that it was decided under; None where no verdict is on record.

        kind: Of the operator, as corrected.

        seconds: How long it was in force: none when it never was; None while no end is known, and
            where it holds nothing.

        ended_by: ``reversal``, ``superseded``, ``expiry``, or ``withdrawn`` before its effect.

        notices: By delivery.

        appeals: In recorded order.

        imported: Whether its entry came from a source's history.
    """

    account: str
    action: str
    categories: tuple[str, ...]
    measure: str
    scope: str | None
    policy: str | None
    kind: OperatorKind
    effective_at: datetime
    seconds: float | None
    ended_by: str | None
    notices: tuple[NoticeGiven, ...]
    appeals: tuple[AppealMade, ...]
    imported: bool

    @property
    def seconds_to_notice(self) -> float | None:
        """
        Return how many seconds after its effect notice was first given; None when it never was.
        """
        return self.notices[0].seconds if self.notices else None


def _accounts(given: object) -> tuple[str, ...]:
    accounts = identifiers(given, "accounts")
    if len(accounts) < 2:  # noqa: PLR2004, one account is like itself
        raise Malformed(
            f"there is nothing to compare {accounts[0]!r} with"
            if accounts
            else "no account is given",
            where="accounts",
            expected="two accounts or more",
        )
    return accounts


def _since(given: object) -> datetime | None:
    return moment_or_none(given, "since")


def _until(given: object) -> datetime | None:
    return moment_or_none(given, "until")


@attrs.frozen
class Compared:
    """
    Which accounts are compared, by their actions that took effect in a half-open window.

    Raises:
        Malformed: When there are fewer than two accounts, or the window is empty.
    """

    accounts: tuple[str, ...] = attrs.field(converter=_accounts)
    since: datetime | None = attrs.field(default=None, converter=_since)
    until: datetime | None = attrs.field(default=None, converter=_until)

    def __attrs_post_init__(self) -> None:
        """
        Check the window as a whole.
        """
        assert_window(self.since, self.until)

    def covers(self, at: datetime) -> bool:
        """
        Return whether *at* lies in the window.
        """
        return within(at, self.since, self.until)


@attrs.frozen
class Comparison:
    """
    How accounts were treated, as known at a cut.

    Args:
        treatments: By (effective time, log, position).

        differences: The names of the columns in which the accounts were treated differently, in
            the order of `COLUMNS`.
    """

    compared: Compared
    at: datetime
    cut: Cut
    treatments: tuple[Treatment, ...]
    differences: tuple[str, ...]


# What is compared of an act, beside how often its measure was used. Accounts and ids differ by
# nature, and that two acts took effect at two moments is no difference of treatment.
COLUMNS: Final[dict[str, Callable[[Treatment], object]]] = {
    "categories": lambda treated: treated.categories,
    "scope": lambda treated: treated.scope,
    "policy": lambda treated: treated.policy,
    "kind": lambda treated: treated.kind,
    "seconds": lambda treated: treated.seconds,
    "ended_by": lambda treated: treated.ended_by,
    "notices": lambda treated: tuple(notice.channel for notice in treated.notices),
    "seconds_to_notice": lambda treated: treated.seconds_to_notice,
    "appeals": lambda treated: tuple(appeal.outcome for appeal in treated.appeals),
}
MEASURE: Final = "measure"


def differences(accounts: Sequence[str], treatments: Iterable[Treatment]) -> tuple[str, ...]:
    """
    Return the names of the columns in which *accounts* were treated differently.

    The first use of a measure on an account is compared with the first use of it on the others, the
    second with the second, and so on. Where one of them has no such use, the measure itself is what
    differs, and there is nothing else to compare.
    """
    used: Counter[tuple[str, str]] = Counter()
    alike: dict[tuple[str, int], list[Treatment]] = {}
    for treated in treatments:
        used[treated.account, treated.measure] += 1
        nth = used[treated.account, treated.measure]
        alike.setdefault((treated.measure, nth), []).append(treated)
    differ = [MEASURE] if any(len(some) < len(accounts) for some in alike.values()) else []
    differ.extend(
        name
        for name, value in COLUMNS.items()
        if any(len({value(treated) for treated in some}) > 1 for some in alike.values())
    )
    return tuple(differ)


def comparison_of(
    reader: Reader, question: Question, compared: Compared, at: datetime
) -> Comparison:
    """
    Return how the accounts that are *compared* were treated, as known at the cut of *question*.

    Raises:
        NotFound: When one of them has no entry.
    """
    witnesses = Witnesses(reader, question)
    found: list[tuple[ActionOnRecord, Treatment]] = []
    for account in compared.accounts:
        stream = account_stream(account)
        if not reader.exists(question, stream):
            raise no_account(reader, question, account)
        told = dossier(account, reader.entries(question, stream=stream), at, question.cut)
        about = _About(told)
        found.extend(
            (known, about.treatment(known, witnesses.operator(known.action.operator)))
            for known in told.actions
            if compared.covers(known.action.effective_at)
        )
    found.sort(key=lambda pair: _place(pair[0]))
    treatments = tuple(treated for _, treated in found)
    return Comparison(
        compared=compared,
        at=at,
        cut=question.cut,
        treatments=treatments,
        differences=differences(compared.accounts, treatments),
    )


def _place(known: ActionOnRecord) -> tuple[datetime, int, int]:
    action = known.action
    return action.effective_at, action.entry.log, action.entry.position


class _About:
    """
    What the dossier of an account says about its actions, by what it is about.
    """

    def __init__(self, told: Dossier) -> None:
        self._account = told.account
        self._categories = {report.report: report.category for report in told.reports}
        self._notices: dict[str, list[Notice]] = {}
        for notice in sorted(told.notices, key=lambda notice: notice.delivered_at):
            self._notices.setdefault(notice.action, []).append(notice)
        self._appeals: dict[str, list[Appeal]] = {}
        for appeal in told.appeals:
            self._appeals.setdefault(appeal.filed.action, []).append(appeal)

    def treatment(self, known: ActionOnRecord, operator: Operator) -> Treatment:
        """
        Return what can be compared of an action of *operator*.
        """
        action = known.action
        taken = action.taken
        named = () if isinstance(taken.because_of, str) else taken.because_of
        seconds, ended_by = _end(known)
        return Treatment(
            account=self._account,
            action=action.action,
            categories=tuple(sorted({self._categories[report] for report in named})),
            measure=taken.measure,
            scope=taken.scope,
            policy=taken.verdicts[0].policy if taken.verdicts else None,
            kind=operator.kind or OperatorKind.UNKNOWN,
            effective_at=action.effective_at,
            seconds=seconds,
            ended_by=ended_by,
            notices=tuple(
                NoticeGiven(
                    notice.channel,
                    notice.delivered_at,
                    (notice.delivered_at - action.effective_at).total_seconds(),
                )
                for notice in self._notices.get(action.action, ())
            ),
            appeals=tuple(
                AppealMade(appeal.appeal, appeal.state)
                for appeal in self._appeals.get(action.action, ())
            ),
            imported=action.entry.import_id is not None,
        )


def _end(known: ActionOnRecord) -> tuple[float | None, str | None]:
    """
    Return how many seconds an action was in force, and what ended it.
    """
    held = known.term
    if held is None:
        return (0.0, WITHDRAWN) if known.action.withdrawn is not None else (None, None)
    if held.until is None:
        return None, None
    return max(0.0, (held.until - held.from_).total_seconds()), held.ended_by
