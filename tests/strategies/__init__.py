"""
A strategy for every public type: what it may hold, the awkward included.

`of` takes any public class, and makes instances whose fields hold together.
"""

from tests.strategies.checks import checks, conduct_checks
from tests.strategies.evidence import bundles
from tests.strategies.histories import (
    ACCOUNT,
    Step,
    account_histories,
    accounts,
    cuts,
    entry_of,
    grid,
    operators,
    restrictions,
    senseless_histories,
    told_twice,
)
from tests.strategies.keys import key_entries, keys, known_keys
from tests.strategies.plans import mandates, plan_members, plans, selections
from tests.strategies.policies import considered, documents, policies
from tests.strategies.privacy import holds, privacies, privacy_entries, suppressions
from tests.strategies.proofs import key_of, trust_policies
from tests.strategies.records import (
    HISTORICAL,
    commands,
    commands_of,
    entries,
    events,
    events_of,
    measures,
    vocabularies,
)
from tests.strategies.sealing import aliases, disclosures, erased, hidden, names, parts, tokens
from tests.strategies.triage import comparisons, report_answers, strikes_answers, treatments
from tests.strategies.values import (
    AWKWARD_IDS,
    NEAR,
    built,
    durations,
    fields,
    ids,
    json_values,
    moments,
    of,
    texts,
    windows,
)

__all__ = [
    "ACCOUNT",
    "AWKWARD_IDS",
    "HISTORICAL",
    "NEAR",
    "Step",
    "account_histories",
    "accounts",
    "aliases",
    "built",
    "bundles",
    "checks",
    "commands",
    "commands_of",
    "comparisons",
    "conduct_checks",
    "considered",
    "cuts",
    "disclosures",
    "documents",
    "durations",
    "entries",
    "entry_of",
    "erased",
    "events",
    "events_of",
    "fields",
    "grid",
    "hidden",
    "holds",
    "ids",
    "json_values",
    "key_entries",
    "key_of",
    "keys",
    "known_keys",
    "mandates",
    "measures",
    "moments",
    "names",
    "of",
    "operators",
    "parts",
    "plan_members",
    "plans",
    "policies",
    "privacies",
    "privacy_entries",
    "report_answers",
    "restrictions",
    "selections",
    "senseless_histories",
    "strikes_answers",
    "suppressions",
    "texts",
    "tokens",
    "told_twice",
    "treatments",
    "trust_policies",
    "vocabularies",
    "windows",
]
