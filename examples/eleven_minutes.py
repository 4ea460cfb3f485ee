"""
Who took an account down for eleven minutes, with what right, and what was believed of it when?
"""

from datetime import datetime

from ledger import Ledger

# The case is of 2017, so the clock is set by hand; a service leaves `clock` out.
now = "2017-07-24T09:00:00Z"
with Ledger.open("memory:", clock=lambda: datetime.fromisoformat(now)) as ledger:
    ledger.enrol_operator("op-7", kind="human")
    ledger.enrol_operator("comms", kind="human")
    ledger.enrol_operator(
        "op-417",
        kind="human",
        contract="contractor",
        vendor="Acme Support",
        leaves_at="2017-11-02T23:00:00Z",
    )
    ledger.protect_account("25073877", tier="head-of-state", by="system", reason="public office")

    now = "2017-11-02T22:00:00Z"
    report = ledger.file_report("25073877", category="impersonation", source="user")
    now = "2017-11-02T22:10:00Z"
    action = ledger.act(
        "deactivate",
        "25073877",
        by="op-417",
        because_of=[report],
        reason="parody account",
        effective_at="2017-11-02T22:52:00Z",
    )
    now = "2017-11-02T23:03:00Z"
    ledger.reverse(action, by="op-7", reason="error")

    now = "2017-11-03T00:05:00Z"
    said = ledger.assert_finding(
        action, cause="error", by="comms", source="company", statement="human error"
    )
    now = "2017-11-03T02:00:00Z"
    ledger.revise_finding(
        said, cause="deliberate", by="comms", source="company", statement="on the last day of work"
    )

    [answer] = ledger.who("25073877", measure="deactivate", lasting="11m")
    opened, closed = answer.opened, answer.closed
    held, tier = opened.authority, answer.protected and answer.protected.tier
    print(f"asked for   {opened.requested_at} because of {opened.because_of[0].category}")
    print(f"taken down  {opened.effective_at} by {opened.by}, {held.contract} of {held.vendor}")
    print(f"last day    {held.last_day}, leaves {held.leaves_at}; account protected as {tier}")
    print(f"ended       {answer.restriction.until} by {closed.by if closed else None}")
    print(f"lasted      {answer.restriction.lasting}")
    for known_at in ("2017-11-02T22:55:00Z", "2017-11-03T00:30:00Z", "2017-11-03T02:00:00Z"):
        [then] = ledger.who("25073877", measure="deactivate", known_at=known_at)
        believed = [f"{finding.cause} ({finding.status})" for finding in then.findings]
        print(f"known at    {known_at}: until {then.restriction.until}, {believed}")
