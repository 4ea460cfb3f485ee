"""
The verbs that record, one a command of the front door.
"""

from typing import Final

from ledger.cli.verbs.verb import verbs

ACTIONS: Final = verbs(
    "acting",
    (
        "act",
        "Use a measure on an account",
        "ledger act deactivate 25073877 --by op-7 --because-of r-1 --closes r-1 --reason parody",
    ),
    (
        "reverse",
        "Reverse an action",
        "ledger act lock 25073877 --action a-2 --by op-7 --because-of r-1 --reason parody",
        "ledger reverse a-2 --by op-1 --reason error",
    ),
    (
        "withdraw",
        "Take back a deferred action before its effect",
        (
            "ledger act warn 25073877 --action a-2 --by op-7 --because-of own-initiative"
            " --reason spam --effective-at 2099-01-01T00:00:00Z"
        ),
        "ledger withdraw a-2 --by op-7 --reason 'asked for too early'",
    ),
    (
        "amend",
        "Change when an action expires",
        "ledger act suspend 25073877 --action a-2 --by op-7 --because-of order:12 --reason spam",
        "ledger amend a-2 --by op-7 --reason appeal --expires-at 2099-01-01T00:00:00Z",
        "ledger amend a-2 --by op-7 --reason appeal --expires-at none",
    ),
    (
        "correct",
        "Say that the record was wrong, and what was right",
        "ledger correct a-1 --by op-1 --reason 'server log' --effective-at 2017-11-02T22:51:30Z",
    ),
)

_ASKED: Final = (
    "ledger request deactivate 25073877 --request q-1 --by op-7 --because-of r-1 --reason parody"
)

REQUESTS: Final = verbs(
    "acting",
    ("request", "Ask others to approve an act before it takes effect", _ASKED),
    (
        "approve",
        "Approve a request; the last approval takes the act",
        _ASKED,
        "ledger approve q-1 --by op-1",
    ),
    (
        "deny",
        "Deny a request, which ends it",
        _ASKED,
        "ledger deny q-1 --by op-1 --reason 'it is no parody'",
    ),
    (
        "hand-over",
        "Let another operator answer for what is pending",
        _ASKED,
        "ledger hand-over q-1 --to op-1 --by op-7 --reason 'end of shift'",
    ),
)

REPORTS: Final = verbs(
    "acting",
    (
        "file-report",
        "Put a complaint about an account on record",
        "ledger file-report 25073877 --category spam --source user --external-id 4711",
    ),
    (
        "assign-report",
        "Give a report to an operator or a queue",
        "ledger assign-report r-1 --to op-7 --by op-1",
    ),
    (
        "resolve-report",
        "Close a report with an outcome",
        "ledger resolve-report r-1 --outcome actioned --action a-1 --by op-7",
    ),
    (
        "reopen-report",
        "Open a closed report again",
        "ledger resolve-report r-1 --outcome no-action --by op-7",
        "ledger reopen-report r-1 --by op-1 --reason 'there is more'",
    ),
    (
        "protect-account",
        "Put an account under the protection of a tier",
        "ledger protect-account 813286 --tier head-of-state --by op-1 --reason 'public office'",
    ),
    (
        "unprotect-account",
        "End the protection of an account",
        "ledger unprotect-account 25073877 --by op-1 --reason 'left office'",
    ),
    (
        "note",
        "Write a note about an account",
        "ledger note 25073877 'the owner has called' --by op-7",
    ),
)

_APPEALED: Final = "ledger file-appeal a-1 --by 25073877 --appeal p-1"

AFTERWARDS: Final = verbs(
    "acting",
    (
        "assert-finding",
        "Claim what an action came from",
        "ledger assert-finding a-1 --cause error --by comms --source memo --statement 'a slip'",
    ),
    (
        "revise-finding",
        "Replace a finding; both stay on record",
        "ledger revise-finding f-5 --cause error --by press --source memo --statement 'a slip'",
    ),
    (
        "retract-finding",
        "Take a finding back; it stays on record",
        "ledger retract-finding f-4 --by press --reason 'the source withdrew it'",
    ),
    (
        "notify",
        "Record that the owner was told, so that appeals may run",
        (
            "ledger notify a-1 --channel mail --delivered-at 2017-11-03T08:00:00Z"
            " --text-hash 9f86d081884c7d65 --by op-7"
        ),
    ),
    (
        "file-appeal",
        "Appeal against an action",
        "ledger file-appeal a-1 --by 25073877 --statement 'it was no parody'",
    ),
    (
        "decide-appeal",
        "Decide an appeal; overturned reverses the action",
        _APPEALED,
        "ledger decide-appeal p-1 --outcome overturned --by op-7 --reason 'it was no parody'",
    ),
    (
        "review-override",
        "Say whether overriding a safeguard was justified",
        "ledger adopt-policy policy.toml --by op-1",
        "ledger grant-role op-7 incident-lead --by op-1",
        (
            "ledger act suspend 25073877 --action a-2 --by op-7 --because-of order:12"
            " --reason spam --override 'the account is taken over'"
        ),
        "ledger review-override a-2 --outcome justified --by op-1 --reason 'it was taken over'",
    ),
)

OPERATORS: Final = verbs(
    "acting",
    (
        "enrol-operator",
        "Make an operator known",
        "ledger enrol-operator op-9 --kind human --roles support --roles appeals --by op-1",
    ),
    ("grant-role", "Give an operator a role", "ledger grant-role op-7 admin --by op-1"),
    ("revoke-role", "Take a role from an operator", "ledger revoke-role op-417 support --by op-1"),
    (
        "mark-training",
        "Say that an operator has completed a training",
        "ledger mark-training op-7 dsa --expires-at 2099-01-01T00:00:00Z --by op-1",
    ),
    (
        "revoke-training",
        "Let a training of an operator count no more",
        "ledger mark-training op-7 dsa --by op-1",
        "ledger revoke-training op-7 dsa --by op-1 --reason 'another person took it'",
    ),
    (
        "bar-operator",
        "Forbid an operator to act until unbarred",
        "ledger bar-operator op-417 --by op-1 --reason 'under investigation'",
    ),
    (
        "unbar-operator",
        "Let a barred operator act again",
        "ledger bar-operator op-7 --by op-1 --reason 'lost badge'",
        "ledger unbar-operator op-7 --by op-1 --reason 'badge found'",
    ),
    (
        "change-contract",
        "Change an operator's contract, vendor or dates",
        "ledger change-contract op-7 --vendor none --leaves-at 2099-01-01T00:00:00Z --by op-1",
    ),
    (
        "offboard-operator",
        "Let an operator leave, and say what becomes of his acts",
        _ASKED,
        (
            "ledger offboard-operator op-7 --by op-1 --reason 'end of contract'"
            " --pending hand-over:op-1 --dispositions q-1=withdraw"
        ),
    ),
)

_HELD: Final = (
    "ledger place-hold case-17 --hold h-1 --account 25073877 --by op-1 --reason 'court order'"
)

PRIVACY: Final = verbs(
    "acting",
    (
        "place-hold",
        "Forbid that anything of a person is erased",
        _HELD,
    ),
    (
        "release-hold",
        "Let a legal hold stand no more",
        _HELD,
        "ledger release-hold h-1 --by op-1 --reason 'case closed'",
    ),
    (
        "set-retention",
        "Have something kept for so long",
        "ledger set-retention measure:suspend --period 180d --by op-1 --reason 'DSA, article 20'",
        "ledger set-retention measure:suspend --period 0d --by op-1 --reason 'a shorter law'",
    ),
    (
        "redact",
        "Record that fields were left out of a bundle",
        (
            "ledger redact --fields reason --reason 'asked for by the owner' --by op-1"
            " e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        ),
    ),
    (
        "record-read",
        "Record that somebody is shown personal data",
        "ledger record-read timeline --account 25073877 --purpose 'appeal 12' --by op-7",
    ),
)

_SEALED: Final = "ledger --ledger sqlite:///sealed.db --keys sqlite:///keys.db --kek kek.hex"
_BEGUN: Final = (
    f"{_SEALED} init --sealed",
    f"{_SEALED} note 25073877 'the owner has called' --by system",
)
_HIDDEN: Final = (
    f"{_SEALED} suppress press --account 25073877 --suppression s-1 --by system --reason 'a child'"
)

# These work in sealed ledgers alone.
SEALED: Final = verbs(
    "acting",
    (
        "erase",
        "Destroy a person's key: what is personal is gone",
        *_BEGUN,
        f"{_SEALED} erase --account 25073877 --basis 'GDPR, article 17' --by system",
    ),
    ("suppress", "Hide personal fields from a class of reader", *_BEGUN, _HIDDEN),
    (
        "unsuppress",
        "Show again what a suppression hid",
        *_BEGUN,
        _HIDDEN,
        f"{_SEALED} unsuppress s-1 --by system --reason 'of age'",
    ),
)

POLICIES: Final = verbs(
    "acting",
    (
        "adopt-policy",
        "Adopt a policy in the place of the one in force",
        "ledger adopt-policy policy.toml --by op-1",
    ),
)
