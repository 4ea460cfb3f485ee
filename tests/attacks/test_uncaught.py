"""
What nobody can find, whatever he holds: what came after the last anchor, and what was false when it
was written. These are no gaps of the tests but limits of the thing, and the documents say so.
"""

from datetime import datetime, timedelta

from ledger.moderation.moment import canonical
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.note import Note
from ledger.proofs.roots import log_origin
from ledger.proofs.tree import extend_many, root_hash
from ledger.proofs.verdict import Verdict
from ledger.store.verification.finding import What
from tests.attacks.attacker import Attacker, Body, leaf_of, written
from tests.attacks.scene import COSIGNED, LOG, ORIGIN, Auditor

LEVELS = range(4)


def signed_anew(attacker: Attacker, size: int) -> str:
    """
    Return what the thief of the log's key signs of the ledger as it is.
    """
    leaves = [leaf_of(written(body)) for body in attacker.bodies()[:size]]
    root = root_hash(extend_many((), 0, leaves))
    text = Checkpoint(log_origin(ORIGIN, 0), size, root).text()
    return Note(text, (LOG.sign(text),)).encode()


def rewritten(attacker: Attacker, position: int) -> None:
    """
    Let an entry say something else, and everything that is stored fit.
    """
    bodies = attacker.bodies()
    data = bodies[position - 1]["data"]
    data["text" if "text" in data else "reason"] = "nothing"
    attacker.replace_all(bodies)
    attacker.rederive()


def test_a_tail_that_nobody_has_seen_can_be_cut(attacker: Attacker, auditor: Auditor):
    """
    Behind the last checkpoint entries can be taken away, and nothing tells.
    """
    attacker.replace_all(attacker.bodies()[: COSIGNED + 1])
    attacker.rederive()

    assert [()] * 4 == [auditor.finds(level) for level in LEVELS]


def test_a_tail_that_nobody_has_seen_can_be_rewritten(attacker: Attacker, auditor: Auditor):
    """
    Nor where it says something else, whoever's key signs it.
    """
    rewritten(attacker, COSIGNED + 3)

    assert [()] * 4 == [auditor.finds(level) for level in LEVELS]


def test_a_false_entry_of_its_time_is_an_entry(attacker: Attacker, auditor: Auditor):
    """
    Who may write can write what is not so.
    """
    bodies = attacker.bodies()
    at = datetime.fromisoformat(bodies[-1]["recorded_at"]) + timedelta(minutes=3)
    false: Body = {**bodies[-1], "version": bodies[-1]["version"] + 1}
    attacker.replace_all([*bodies, {**false, "recorded_at": canonical(at)}])
    attacker.rederive()

    assert [()] * 4 == [auditor.finds(level) for level in LEVELS]


def test_the_stolen_key_signs_a_past_that_a_witness_did_not_see(
    attacker: Attacker, auditor: Auditor
):
    """
    A ledger rebuilt and signed anew is believed by who trusts the log alone and holds nothing
    older; who asks for a witness is shown none, and who holds what it cosigned finds the change.
    """
    rewritten(attacker, COSIGNED - 10)
    forged = signed_anew(attacker, COSIGNED)

    assert Verdict.VERIFIED is auditor.verify(1, forged).verdict
    shown = auditor.verify(2, forged)
    assert (Verdict.UNVERIFIABLE, ()) == (shown.verdict, shown.findings)
    first, *_ = auditor.finds(2)
    assert (What.CHECKPOINT_DIFFERS, 21) == (first.what, first.position)


def test_the_stolen_key_does_not_change_what_the_auditor_holds(
    attacker: Attacker, auditor: Auditor
):
    """
    Where the change lies in what his own checkpoint covers, he needs nobody else.
    """
    rewritten(attacker, 7)

    assert Verdict.VERIFIED is auditor.verify(1, signed_anew(attacker, COSIGNED)).verdict
    first, *_ = auditor.finds(1)
    assert (What.CHECKPOINT_DIFFERS, 1) == (first.what, first.position)


def test_a_note_that_was_changed_is_not_believed(auditor: Auditor):
    """
    Who changes what somebody holds, and not the ledger, is found too.
    """
    note = auditor.outside.notes[COSIGNED].replace(f"\n{COSIGNED}\n", f"\n{COSIGNED + 1}\n", 1)

    shown = auditor.verify(1, note)

    assert Verdict.TAMPERED is shown.verdict
    assert [What.CHECKPOINT_FORGED] == [finding.what for finding in shown.findings]
