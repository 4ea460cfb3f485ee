"""
Pages about operators: what one was, and was entitled to.
"""

from rich.text import Text

from ledger.cli.pages.parts import rests_on
from ledger.cli.paper import ALARM, HEAD, WHO, Page, facts
from ledger.cli.wording import employment, listed, permitted, when
from ledger.forensics.authority import AuthorityAnswer, Check, OperatorAnswer


def operator(answer: OperatorAnswer) -> Page:
    """
    Yield what an operator was at a moment, and was entitled to.
    """
    held = answer.authority
    yield Text(answer.operator, HEAD)
    yield facts(
        [
            ("is", employment(held)),
            *([("trained in", listed(held.trainings))] if held.trainings else []),
            *([("name", answer.name)] if answer.name else []),
            *([("account", answer.account)] if answer.account else []),
            *([("starts", f"{when(held.starts_at)} UTC")] if held.starts_at else []),
            *([("leaves", f"{when(held.leaves_at)} UTC")] if held.leaves_at else []),
            ("last day", "yes" if held.last_day else "no"),
            ("may act", permitted(held)),
            ("at", f"{when(answer.at)} UTC"),
            rests_on(answer.cut),
        ]
    )


def authority(answer: AuthorityAnswer) -> Page:
    """
    Yield what was permitted at the moments of an action, as stored and as computed.
    """
    yield Text(f"{answer.action} · {answer.account} · ", HEAD).append(answer.operator, WHO)
    yield facts(
        [
            ("request", _check(answer.request, answer.operator)),
            *(("approval", _check(known, answer.operator)) for known in answer.approvals),
            ("act", _check(answer.act, answer.operator)),
            ("effect", _check(answer.effect, answer.operator)),
            rests_on(answer.cut),
        ]
    )


def _check(check: Check, operator: str) -> Text:
    """
    Return an authority at one moment; whose it was where it was not that of *operator*.
    """
    held = check.computed
    text = Text("" if check.operator == operator else f"by {check.operator}, ")
    text.append(f"{when(check.at)}, permitted: {permitted(held)}")
    if held.last_day:
        text.append(", ").append("last day", ALARM)
    if check.agree is not None:
        differs = listed(name.replace("_", " ") for name in check.differs)
        text.append("; stored the same" if check.agree else f"; stored otherwise: {differs}")
    return text.append(f"\n{employment(held)}")
