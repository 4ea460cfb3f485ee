"""
Commands that are wrong whatever is on record.
"""

from datetime import datetime, timedelta

from tests.model import Fact
from tests.pair import START

HUMAN = {"command": "enrol_operator", "kind": "human"}
WHY = {"reason": "spam"}
ACT = WHY | {"command": "act", "measure": "warn", "account": "x", "because_of": "own-initiative"}
# Each with the family of error that it meets.
MISTAKES: tuple[tuple[str, Fact], ...] = (
    ("Malformed", ACT | {"effective_at": datetime(2017, 11, 2, 12)}),  # noqa: DTZ001, the mistake
    ("Malformed", ACT | {"requested_at": START + timedelta(days=400)}),
    ("Malformed", ACT | {"measure": "terminate", "expires_at": START + timedelta(days=400)}),
    ("Malformed", ACT | {"measure": "restrict"}),
    ("Malformed", ACT | {"measure": "banish"}),
    ("Malformed", ACT | {"measure": "reactivate"}),
    ("Malformed", ACT | {"account": "x" * 256}),
    ("Malformed", ACT | {"reason": " "}),
    ("Malformed", ACT | {"because_of": "hunch"}),
    ("Malformed", ACT | {"until": START}),
    ("NotFound", ACT | {"because_of": ["unheard-of"]}),
    ("NotFound", ACT | {"supersedes": "unheard-of"}),
    ("NotFound", ACT | {"by": "unheard-of"}),
    ("NotFound", {"command": "reverse", "action": "unheard-of"} | WHY),
    ("NotFound", {"command": "withdraw", "id": "unheard-of"} | WHY),
    ("NotFound", {"command": "correct", "id": "unheard-of", "effective_at": START} | WHY),
    ("NotFound", {"command": "bar_operator", "operator": "unheard-of"} | WHY),
    ("Malformed", ACT | {"command": "request", "measure": "banish"}),
    ("Malformed", ACT | {"command": "request", "lapses_at": START - timedelta(minutes=5)}),
    ("Malformed", {"command": "adopt_policy", "policy": {"policy": 1, "safeguards": []}}),
    ("NotFound", ACT | {"closes": ["unheard-of"]}),
    ("NotFound", {"command": "approve", "request": "unheard-of"}),
    ("NotFound", {"command": "hand_over", "id": "unheard-of", "to": "ann"}),
    ("NotFound", {"command": "decide_appeal", "appeal": "unheard-of", "outcome": "upheld"} | WHY),
    ("NotFound", {"command": "mark_training", "operator": "unheard-of", "training": "appeals"}),
    ("Refused", HUMAN | {"operator": "ann"}),
    ("Refused", HUMAN | {"operator": "system"}),
)
