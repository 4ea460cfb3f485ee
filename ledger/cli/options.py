"""
What each option is for, in a few words, and what its value is called.
"""

from collections.abc import Iterable
from typing import Final

from ledger.moderation.commands.account import ORDER, OWN_INITIATIVE
from ledger.moderation.events.account import Cause, ReportOutcome
from ledger.moderation.events.appeal import AppealOutcome, OverrideOutcome
from ledger.moderation.events.operator import Disposition, OperatorKind
from ledger.store.search import ENDINGS


def _any(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}"


# A cut as a shell takes it: how much of each log.
CUT: Final = """'{"0": 5}'"""

_TIME: Final = "TIME"
_TEXT: Final = "TEXT"
_ID: Final = "ID"
_DISPOSITIONS: Final = _any((Disposition.LET_STAND, Disposition.WITHDRAW, "hand-over:OPERATOR"))

# A verb's own meaning of an option stands under ``verb option``.
_HELP: Final = {
    "account": (_ID, "Only this account."),
    "action": (_ID, "The action's id; made if omitted."),
    "actions": (_ID, "Only this action; repeatable."),
    "after": ("CURSOR", "Only what stands behind this cursor of an earlier answer."),
    "appeal": (_ID, "The appeal's id; made if omitted."),
    "at": (_TIME, "The moment asked about; now if omitted."),
    "because_of": ("CAUSE", f"A report's id (repeatable), {OWN_INITIATIVE} or {ORDER}REFERENCE."),
    "basis": (_TEXT, "The legal basis; names no person."),
    "by": (_ID, "The operator who does it."),
    "category": (_ID, "What is complained about: impersonation, spam."),
    "cause": (_ID, f"{_any(Cause)}."),
    "channel": (_ID, "How it was told: mail, app."),
    "checks": (_ID, "Only this check; repeatable."),
    "closed_by": (_ID, "Ended by an act of this operator."),
    "closes": (_ID, "A report that it closes; repeatable."),
    "confidence": ("PERCENT", "0 to 100."),
    "contract": (_ID, "The contract: employee, contractor."),
    "correlation_id": (_ID, "The flow that it belongs to."),
    "delivered_at": (_TIME, "When it was told; appeals run from then."),
    "dispositions": ("ID=WORD", "The same for one request or action; repeatable."),
    "duplicate_of": (_ID, "The report that it repeats."),
    "during": ("A..B", "In force at some time in this window."),
    "effective_at": (_TIME, "When it takes effect; now if omitted."),
    "ended_by": (_ID, f"{_any(ENDINGS)}, which is no end."),
    "evidence": (_TEXT, "What it rests on: a hash, a reference."),
    "expires_at": (_TIME, "When it ends by itself."),
    "external_id": (_ID, "What its source calls it; taken in once."),
    "fields": (_ID, "The name of a field; repeatable."),
    "filed_at": (_TIME, "When the report came in; now if omitted."),
    "from_size": ("N", "The first size that it may sign; as it comes if omitted."),
    "ground": (_TEXT, "The rule or law that it rests on."),
    "hold": (_ID, "The hold's id; made if omitted."),
    "in_force_at": (_TIME, "In force at this moment."),
    "kind": (_ID, f"{_any(kind for kind in OperatorKind if kind is not OperatorKind.UNKNOWN)}."),
    "known_at": ("TIME|CUT", f"With what was known then: a time, or a cut: {CUT}."),
    "lapses_at": (_TIME, "When approvals come too late."),
    "last_size": ("N", "The last size of which its signature counts; any if omitted."),
    "lasting": ("A..B", "A or longer, shorter than B; 11m is the whole minute."),
    "leaves_at": (_TIME, "When the operator leaves."),
    "limit": ("N", "At most so many."),
    "log": ("N", "The entry's log; 0 if omitted."),
    "look_seconds": ("SECONDS", "How often to look; 0.02, and 0.1 on a server, if omitted."),
    "measure": (_ID, "Only this measure."),
    "name": (_TEXT, "The operator's name."),
    "old": ("KEY", "The key whose place it takes; none for the first."),
    "on_behalf_of": (_ID, "For whom the operator acts; repeatable, the nearest first."),
    "once": (None, "End behind what is committed now."),
    "opened_by": (_ID, "Begun by an act of this operator."),
    "operator": (_ID, "Who it was."),
    "operators": (_ID, "Only what this operator did; repeatable."),
    "outcome": (_ID, f"{_any(ReportOutcome)}."),
    "override": (_TEXT, "The justification of a break-glass act."),
    "pending": ("WORD", f"What becomes of what he answers for: {_DISPOSITIONS}."),
    "period": ("DURATION", "For how long, such as 180d; 0d ends the rule."),
    "position": ("N", "The entry's position in its log."),
    "purpose": (_TEXT, "What for; names no person."),
    "reader": (_ID, "The class of reader."),
    "reason": (_TEXT, "Why."),
    "report": (_ID, "The report's id; made if omitted."),
    "reporter": (_ID, "Who complains."),
    "request": (_ID, "The request's id; made if omitted."),
    "request_id": (_ID, "The same id again returns the first result."),
    "requested_at": (_TIME, "When it was asked for; now if omitted."),
    "restore_superseded": (None, "Act anew what the reversed actions had superseded."),
    "reversible_until": (_TIME, "Until when it can be reversed."),
    "roles": (_ID, "A role; repeatable."),
    "scope": (_ID, "The feature or content that it concerns."),
    "session": (_ID, "The session that it came from."),
    "sessions": (_ID, "Only what was done in this session; repeatable."),
    "since": (_TIME, "Only from then on."),
    "source": (_TEXT, "Where it was said."),
    "starts_at": (_TIME, "When the operator starts."),
    "stated_at": (_TIME, "When it was said; now if omitted."),
    "statement": (_TEXT, "What was said."),
    "stream": (_ID, "Only this stream: account/ID, operator/ID, policy/default."),
    "subject": ("ID", "The same by the alias; any other id is an account."),
    "supersedes": (_ID, "The action in force whose place this one takes."),
    "text_hash": (_TEXT, "The hash of what was told."),
    "suppression": (_ID, "The suppression's id; made if omitted."),
    "tier": (_ID, "The tier: head-of-state, press."),
    "to": (_ID, "The operator or the queue."),
    "undo": (_ID, "An undo that is to be undone itself."),
    "until": (_TIME, "Only before then."),
    "vendor": (_TEXT, "The company that sends the operator."),
    "version": (_ID, "A version, such as default@2; the one in force if omitted."),
    "without_actions": (_ID, "Leave out this action; repeatable."),
    "without_operators": (_ID, "Leave out what this operator did; repeatable."),
    "amend expires_at": (_TIME, "When it ends by itself; none for never."),
    "erase account": (_ID, "The account that is erased."),
    "erase operator": (_ID, "The operator who is erased."),
    "erase reporter": (_ID, "The reporter who is erased."),
    "correct effective_at": (_TIME, "When it was in truth."),
    "decide-appeal outcome": (_ID, f"{_any(AppealOutcome)}."),
    "enrol-operator account": (_ID, "The operator's own account on the platform."),
    "file-appeal by": (_ID, "Who appeals: the owner of the account, an operator."),
    "file-appeal statement": (_TEXT, "What is said against it."),
    "file-report evidence": (_TEXT, "The hash of what was reported."),
    "file-report source": (_ID, "user, trusted-flagger, authority or automation."),
    "hand-over to": (_ID, "The operator who answers for it from then on."),
    "mark-training expires_at": (_TIME, "Until when it counts; for ever if omitted."),
    "pending operator": (_ID, "Only what this operator answers for."),
    "place-hold account": (_ID, "The account that is held."),
    "place-hold operator": (_ID, "The operator who is held."),
    "place-hold reporter": (_ID, "The reporter who is held."),
    "record-read account": (_ID, "The account that it is about."),
    "record-read operator": (_ID, "The operator whom it is about."),
    "replay at": (_TIME, "Only what differs at this moment."),
    "request action": (_ID, "The id that the act will have; made if omitted."),
    "request effective_at": (
        _TIME,
        "When it is to take effect; with the last approval if omitted.",
    ),
    "resolve-report action": (_ID, "The action that closed it."),
    "review-override outcome": (_ID, f"{_any(OverrideOutcome)}."),
    "suppress account": (_ID, "The account whose fields are hidden."),
    "who at": (_TIME, "A moment at which it was in force."),
}


def option_help(verb: str, name: str) -> tuple[str | None, str]:
    """
    Return what the value of an option of *verb* is called, and what the option is for.

    Returns:
        None for the value where the option takes none.
    """
    return _HELP.get(f"{verb} {name}") or _HELP[name]
