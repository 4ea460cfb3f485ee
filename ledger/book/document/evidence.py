"""
What a bundle of evidence shows, as JSON has it.
"""

from ledger.book.document.value import Document, document, fields
from ledger.proofs.evidence import Finding, Proven
from ledger.proofs.spelling import encode_octets
from ledger.timeline.evidence import Evidence, Proof, Told, moment_of


@document.register
def _(answer: Evidence) -> Document:
    proven = answer.proven
    return {
        "verdict": answer.verdict,
        "findings": document(answer.findings),
        **(_NOTHING if proven is None else _shown(proven)),
        "story": document(answer.story),
        "not_shown": document(answer.not_shown),
    }


_NOTHING: Document = {
    "origin": None,
    "account": None,
    "entries": 0,
    "checkpoint": None,
    "since": None,
    "cosigned": {},
    "not_checked": [],
}


def _shown(proven: Proven) -> Document:
    checkpoint, since = proven.checkpoint, proven.since
    return {
        "origin": checkpoint.origin,
        "account": proven.bundle.account,
        "entries": len(proven.bundle.leaves),
        "checkpoint": {"size": checkpoint.size, "root": encode_octets(checkpoint.root)},
        "since": None if since is None else since.size,
        "cosigned": {
            name: document(moment_of(time)) for name, time in sorted(proven.times.items())
        },
        "not_checked": [
            {"kind": anchor.kind, "size": anchor.size} for anchor in proven.bundle.anchors
        ],
    }


@document.register
def _(found: Finding) -> Document:
    return {
        "what": found.what,
        "why": found.why,
        "log": found.log,
        "position": found.position,
        "stream": found.stream,
        "version": found.version,
    }


@document.register
def _(told: Told) -> Document:
    return {
        "action": told.action,
        "measure": told.measure,
        "scope": told.scope,
        "status": told.status,
        "from": document(told.from_),
        "until": document(told.until),
        "seconds": told.seconds,
        "ended_by": told.ended_by,
        "opened": {
            **_proof(told.opened),
            "requested_at": document(told.requested_at),
            "because_of": document(told.because_of),
            "authority": document(told.authority),
            "safeguards": document(told.safeguards),
        },
        "closed": document(told.closed),
        "findings": document(told.findings),
    }


@document.register
def _proof(proof: Proof) -> Document:
    return fields(proof)
