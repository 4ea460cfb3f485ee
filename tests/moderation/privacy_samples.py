"""
One entry of every kind about personal data.

As in `samples`, the first of a kind has every field, and the next one nothing but what it needs.
"""

from typing import Any

from ledger.moderation.events import Event, privacy
from ledger.moderation.events.privacy import SubjectKind
from tests.moderation.later_samples import TRAINED
from tests.moderation.samples import CONTEXT, HASH, PASSED, RELIED_ON

ALIAS = "acct-aeaqcaibaeaqcaibaeaqcaibae"
DECIDED: dict[str, Any] = {"relied_on": RELIED_ON, "authority": TRAINED, "context": CONTEXT}

PRIVACY: list[Event] = [
    privacy.SubjectErased(
        subject=ALIAS,
        kind=SubjectKind.ACCOUNT,
        basis="GDPR, article 17",
        verdicts=(PASSED,),
        **DECIDED,
    ),
    privacy.SubjectErased(subject=ALIAS, kind=SubjectKind.ACCOUNT, basis="GDPR, article 17"),
    # An account or an entry: the field that one has no use for is in the other one.
    privacy.Suppressed(
        suppression="s-1",
        reader="press",
        account=ALIAS,
        log=1,
        position=17,
        reason="a child",
        **DECIDED,
    ),
    privacy.Suppressed(suppression="s-1", reader="press", reason="a child"),
    privacy.SuppressionEnded(suppression="s-1", reason="of age", **DECIDED),
    privacy.SuppressionEnded(suppression="s-1", reason="of age"),
    privacy.Redacted(bundle=HASH, fields=("reason", "reporter"), reason="asked for", **DECIDED),
    privacy.Redacted(bundle=HASH, fields=("reason",), reason="asked for"),
    privacy.RetentionSet(covers="measure:suspend", seconds=86_400, reason="DSA", **DECIDED),
    privacy.RetentionSet(covers="account", seconds=0, reason="a shorter law"),
    privacy.HoldPlaced(
        hold="h-1",
        subject=ALIAS,
        kind=SubjectKind.REPORTER,
        reference="case-17",
        reason="court order",
        **DECIDED,
    ),
    privacy.HoldPlaced(
        hold="h-1",
        subject=ALIAS,
        kind=SubjectKind.OPERATOR,
        reference="case-17",
        reason="court order",
    ),
    privacy.HoldReleased(hold="h-1", reason="case closed", **DECIDED),
    privacy.HoldReleased(hold="h-1", reason="case closed"),
    privacy.PersonalDataRead(
        read="d-1",
        question="timeline",
        purpose="appeal 12",
        account=ALIAS,
        operator="op-417",
        reader="press",
        **DECIDED,
    ),
    privacy.PersonalDataRead(read="d-1", question="who", purpose="appeal 12"),
]
