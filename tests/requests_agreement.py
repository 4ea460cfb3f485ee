"""
What must hold of a ledger and the model of its requests after every step.
"""

from datetime import datetime

from ledger import Dossier, Standing
from tests.acts_model import EFFECTS, Fact
from tests.requests_model import Model

STANDINGS = ["active", "locked", "suspended", "terminated"]


def assert_dossier_agrees(dossier: Dossier, model: Model, at: datetime) -> None:
    """
    Raise unless a dossier says of acts and requests what the model does at *at*.
    """
    assert at == dossier.at
    acts = [act for act in model.acts.values() if act["account"] == dossier.account]
    told = [(a.action.action, a.action.keeper, a.status) for a in dossier.actions]
    assert [(act["id"], act["keeper"], status(act, model, at)) for act in acts] == told
    requests = [r for r in model.requests.values() if r["account"] == dossier.account]
    approvals = [[(a["by"], a["until"]) for a in request["approvals"]] for request in requests]
    assert approvals == [
        [(approval.operator, approval.lapses_at) for approval in known.request.approvals]
        for known in dossier.requests
    ]
    assert [(r["id"], r["keeper"], model.state(r, at)) for r in requests] == [
        (known.request.request, known.request.keeper, known.state) for known in dossier.requests
    ]


def assert_standing_agrees(standing: Standing, model: Model) -> None:
    """
    Raise unless a standing is what the acts in force by the model give.
    """
    acts = model.in_force(standing.account, standing.at)
    assert [act["id"] for act in acts] == [known.action for known in standing.in_force]
    effects = ["active", *(EFFECTS.get(act["measure"], "active") for act in acts)]
    assert max(effects, key=STANDINGS.index) == standing.standing


def status(act: Fact, model: Model, at: datetime) -> str:
    """
    Return the status of an act as the model knows it.
    """
    if act["withdrawn"]:
        return "withdrawn"
    until = model.until(act)
    if until is not None and until <= act["from"]:
        return "never-in-force"
    if at < act["from"]:
        return "pending"
    return "in-force" if until is None or at < until else "ended"
