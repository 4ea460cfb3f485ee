"""
Would a policy have stopped the eleven minutes, and what does the same act take once it is adopted?
"""

from datetime import datetime
from pathlib import Path

from ledger import Ledger, Refused

POLICY = Path(__file__).parent / "policies" / "heads_of_state.toml"

now = "2017-07-24T09:00:00Z"
with Ledger.open("memory:", clock=lambda: datetime.fromisoformat(now)) as ledger:
    ledger.enrol_operator("op-7", kind="human", roles=["trust-and-safety"])
    ledger.enrol_operator("op-8", kind="human")
    ledger.enrol_operator("op-9", kind="human")
    ledger.enrol_operator("op-417", kind="human", leaves_at="2017-11-02T23:00:00Z")
    ledger.protect_account("25073877", tier="head-of-state", by="system", reason="public office")

    now = "2017-11-02T22:10:00Z"
    report = ledger.file_report("25073877", category="impersonation", source="user")
    action = ledger.act(
        "deactivate", "25073877", by="op-417", because_of=[report], reason="a parody account"
    )
    now = "2017-11-02T22:21:00Z"
    ledger.reverse(action, by="op-7", reason="error")

    tried = ledger.backtest(POLICY.read_text("utf-8"))
    print(f"of {tried.actions} acts it stops {tried.stopped},", end=" ")
    print(f"of which {tried.stopped_later_reversed} were reversed later")
    for verdict in tried.rows[0].verdicts:
        if verdict.outcome == "stopped":
            print(f"  {verdict.name}: {verdict.why}")

    now = "2017-11-03T09:00:00Z"
    print("adopted", ledger.adopt_policy(POLICY.read_text("utf-8")))
    ledger.mark_training("op-8", "protected-accounts")
    order, why = "order:17/2017", "an order of the court"
    try:
        ledger.act("deactivate", "25073877", by="op-8", because_of=order, reason=why)
    except Refused as refused:
        print("refused:", ", ".join(n for n, o in refused.verdicts.items() if o == "stopped"))
    request = ledger.request(
        "deactivate",
        "25073877",
        by="op-8",
        because_of=order,
        reason=why,
        effective_at="2017-11-03T10:00:00Z",
    )
    for approver in ("op-7", "op-9"):
        granted = ledger.approve(request, approver) != request
        print(f"approved by {approver}:", "granted" if granted else "one more is needed")
    print("at 10:00 it is", ledger.standing("25073877", at="2017-11-03T10:00:00Z").standing)
