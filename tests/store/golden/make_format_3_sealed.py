"""
Tells a sealed ledger of format 3 once, with an entry of every kind about persons and keys, and
writes beside it what it answers to who has its keys.

`format-3-sealed.db`, its keys in `format-3-sealed-keys.db` and `format-3-sealed.json` are what this
wrote. A stored ledger opens for ever, and this one cannot be told again with the same bytes, since
its aliases are random: run it as ``python -m tests.store.golden.make_format_3_sealed`` only while
format 3 itself is still being made.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from ledger import Answer, FileKEK, Keys, Ledger
from tests.store.golden.make_format_1 import HERE, Clock

DATABASE = HERE / "format-3-sealed.db"
KEYS = HERE / "format-3-sealed-keys.db"
ANSWERS = HERE / "format-3-sealed.json"
ORIGIN = "ledger.example/format-3-sealed"
KEK = "5ea1ed" + 58 * "0"
LOG_KEY = "ledger.example/audit+d2684154+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"


def keys(store: Path, folder: Path) -> Keys:
    """
    Return the keys in *store*, whose key is written to *folder*.
    """
    kek = folder / "kek"
    kek.touch(0o600)
    kek.write_text(KEK, "ascii")
    return Keys.at(f"sqlite:///{store}", kek=FileKEK(kek))


def tell(ledger: Ledger, clock: Clock) -> None:
    """
    Tell of two accounts, one of them of somebody who is erased.
    """
    ledger.enrol_operator("op-1", kind="human", roles=["admin"], name="Ada")
    ledger.enrol_operator("op-7", kind="human", account="own-7", by="op-1")
    for nth, account in enumerate(("25073877", "gone"), start=1):
        clock.set(f"2017-11-02T2{nth}:00")
        report = ledger.file_report(
            account, category="impersonation", source="user", reporter="rea", report=f"r-{nth}"
        )
        action = ledger.act(
            "suspend",
            account,
            by="op-7",
            because_of=[report],
            reason="looks like a parody",
            action=f"a-{nth}",
            session="desk 9",
        )
        clock.set(f"2017-11-02T2{nth}:11")
        ledger.reverse(action, by="op-1", reason="it was none")
    ledger.set_retention("account", period="1h", by="op-1", reason="as the law has it")
    hold = ledger.place_hold("case 1", account="gone", reason="in court", by="op-1")
    ledger.release_hold(hold, reason="settled", by="op-1")
    hidden = ledger.suppress("press", account="25073877", reason="asked for", by="op-1")
    ledger.unsuppress(hidden, reason="no more", by="op-1")
    ledger.redact("0" * 64, fields=["reason"], reason="not theirs", by="op-1")
    ledger.record_read("who", purpose="audit 17", account="25073877", by="op-1")
    ledger.rotate_key(LOG_KEY, reason="the first one")
    ledger.revoke_key(LOG_KEY, reason="it was lost")
    clock.set("2017-11-03T22:00")
    ledger.erase(account="gone", basis="asked for by the person", by="op-1")


def answers(ledger: Ledger) -> dict[str, Any]:
    """
    Return what it answers.
    """
    status = ledger.status()
    return {
        "kinds": [entry.kind for entry in ledger.entries()],
        "size": status.entries,
        "root": status.logs[0].root.hex(),
        "who": [answer_of(each) for each in ledger.who("25073877")],
        "said": [
            [getattr(entry.event, "reason", None), entry.operator, entry.stream]
            for entry in ledger.entries()
        ],
    }


def answer_of(answer: Answer) -> list[object]:
    """
    Return what tells whether an answer is still the same one.
    """
    assert answer.closed is not None
    return [
        answer.restriction.account,
        answer.opened.by,
        answer.opened.reason,
        answer.opened.session,
        answer.closed.by,
        answer.closed.reason,
    ]


if __name__ == "__main__":
    for path in (DATABASE, KEYS, ANSWERS):
        path.unlink(missing_ok=True)
    fixed = Clock()
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.create(
            f"sqlite:///{DATABASE}",
            origin=ORIGIN,
            sealed=True,
            keys=keys(KEYS, Path(folder)),
            clock=fixed,
        ) as told,
    ):
        tell(told, fixed)
        ANSWERS.write_text(json.dumps(answers(told), sort_keys=True) + "\n", "utf-8")
