"""
The verbs that ask: about accounts and operators, and about much at once.
"""

from typing import Final

from ledger.cli.verbs.verb import verbs

ACCOUNTS: Final = verbs(
    "asking",
    (
        "who",
        "Who restricted an account, why, by what right",
        "ledger who 25073877 --measure deactivate --lasting 11m",
    ),
    (
        "standing",
        "Where an account stood, and what was in force",
        "ledger standing 25073877 --at 2017-11-02T23:01:00Z",
    ),
    (
        "timeline",
        "What happened on an account, and what followed from it",
        "ledger timeline 25073877 --known-at 2017-11-03T00:30:00Z",
    ),
    (
        "account",
        "All that is on record of an account",
        """ledger account 25073877 --known-at '{"0": 12}'""",
    ),
    (
        "report",
        "One report: in whose queue it was, what came of it",
        "ledger report r-1 --at 2017-11-02T22:05:00Z",
    ),
    (
        "strikes",
        "The strikes that counted against an account",
        "ledger act issue_strike 25073877 --by op-7 --because-of r-1 --reason spam",
        "ledger strikes 25073877",
    ),
    (
        "compare",
        "Whether accounts were treated alike",
        "ledger act suspend 813286 --by op-7 --because-of own-initiative --reason spam",
        "ledger compare 25073877 813286",
    ),
    (
        "restrictions",
        "Restrictions of all accounts, by any set of filters",
        "ledger restrictions --measure deactivate --lasting 9m..13m",
        "ledger restrictions --in-force-at 2017-11-02T23:00:00Z --count",
    ),
    (
        "pending",
        "What waits for its effect or for approvals, and on whom",
        "ledger pending --operator op-417 --at 2017-11-02T22:30:00Z",
    ),
    (
        "operator",
        "An operator's roles, contract, leaving time and bars then",
        "ledger operator op-417 --at 2017-11-02T22:52:00Z",
    ),
    (
        "authority",
        "What was permitted at the request, act and effect",
        "ledger authority a-1",
    ),
    (
        "safeguards",
        "What was checked before an action, and what was not",
        "ledger safeguards a-1",
    ),
    (
        "entries",
        "The entries themselves, in stored order",
        "ledger entries --stream operator/op-417 --json",
    ),
)

FOLLOWING: Final = verbs(
    "following",
    (
        "follow",
        "The entries as they come, from a cursor on",
        "ledger follow --once",
        "ledger --json follow --once --look-seconds 0.5",
    ),
)

PRIVACY: Final = verbs(
    "asking",
    (
        "privacy",
        "Legal holds, retention rules, who was erased",
        "ledger privacy",
    ),
)

HINDSIGHT: Final = (
    *verbs(
        "asking",
        (
            "review",
            "What somebody should look at, by the built-in checks",
            "ledger review --since 2017-11-01T00:00:00Z",
            "ledger review --check last-day --check protected-account --json",
        ),
        (
            "replay",
            "What would have been without operators or actions",
            "ledger replay --without-operator op-417",
        ),
        (
            "plan-undo",
            "What undoing actions would do, and what it would leave",
            "ledger plan-undo --operator op-417 --since 2017-11-02T00:00:00Z",
        ),
    ),
    *verbs(
        "undoing",
        (
            "undo",
            "The plan of an undo; with --apply, exactly that",
            (
                "ledger act lock 25073877 --action a-2 --by op-7 --because-of r-1"
                " --reason parody --session s-9"
            ),
            "ledger undo --session s-9",
            "ledger undo --session s-9 --apply --by op-1 --reason 'stolen badge'",
        ),
    ),
)

POLICIES: Final = verbs(
    "asking",
    (
        "policy",
        "The policy in force: what it asks for, who adopted it",
        "ledger policy --known-at 2017-11-02T22:52:00Z",
    ),
    (
        "backtest",
        "What a policy would have stopped in all of history",
        "ledger backtest policy.toml --since 2017-11-01T00:00:00Z",
    ),
)
