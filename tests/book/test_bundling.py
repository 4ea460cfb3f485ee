"""
Evidence from a ledger of any kind: on each engine, of many logs, sealed and erased.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import attrs
import pytest

from ledger import Ledger
from ledger.book.bundling import check_bundle
from ledger.errors import Malformed, Tampered, Unavailable
from ledger.notary.keys import generate
from ledger.notary.state import token_path
from ledger.proofs.bundle import Anchor, Bundle, parse_bundle
from ledger.proofs.check_evidence import check
from ledger.proofs.checkpoint import parse_checkpoint
from ledger.timeline.evidence import Evidence
from tests.conftest import ACCOUNT, BACKENDS, HandSetClock

WRITTEN = "looks like a parody of the head of state"
REASON = "a mistake of ours"


@attrs.frozen
class Notarised:
    """
    A ledger with a key that signs it, and an auditor who trusts that.
    """

    ledger: Ledger
    key: Path
    state: Path

    @property
    def policy(self) -> str:
        """
        Return whom the auditor trusts.
        """
        return f"log {self.vkey}\nquorum none\n"

    @property
    def vkey(self) -> str:
        """
        Return what the key is checked by.
        """
        return self.key.with_suffix(".pub").read_text()

    def checkpoint(self) -> str:
        """
        Return what the ledger is now, signed: a receipt where it has several logs.
        """
        vouched = self.ledger.checkpoint(keys=[self.key], state=self.state)
        return (vouched.receipt or vouched.note).encode()

    def bundle(self, **asked: object) -> Bundle:
        """
        Return the evidence about the account.
        """
        asked = {"account": ACCOUNT, "state": self.state} | asked
        return self.ledger.bundle(**asked)  # type: ignore[arg-type]

    def checked(self, bundle: Bundle, since: str | None = None) -> Evidence:
        """
        Return what the ledger says of a bundle, once the checker that stands alone says the same.
        """
        answer = check_bundle(bundle.encode(), self.policy, since)
        held = None if since is None else since.encode()
        alone = check(bundle.encode(), self.policy.encode(), held)
        assert (answer.verdict, len(answer.story)) == (alone["verdict"], len(alone["story"]))
        assert bundle == parse_bundle(bundle.encode())
        return answer


@pytest.fixture
def notarised(tmp_path) -> Callable[[Ledger], Notarised]:
    """
    Return what gives a ledger a key and a story.
    """

    def made(ledger: Ledger) -> Notarised:
        key = tmp_path / "log.key"
        key.with_suffix(".pub").write_text(str(generate(key, ledger.signed_origin).verifier))
        ledger.act(
            "deactivate",
            ACCOUNT,
            by="op-417",
            because_of=[ledger.file_report(ACCOUNT, category="impersonation", source="user")],
            reason=WRITTEN,
            action="a-1",
        )
        return Notarised(ledger, key, tmp_path / "notary")

    return made


@pytest.mark.parametrize("backend", BACKENDS, indirect=True, ids=lambda each: each.name)
def test_evidence_of_every_ledger_is_checked_without_it(staffed, notarised, clock: HandSetClock):
    """
    On each engine, of one log or of many, what came since the auditor's checkpoint is shown too.
    """
    kept = notarised(staffed)
    first = kept.checkpoint()
    clock.advance(minutes=11)
    staffed.reverse("a-1", by="op-7", reason=REASON)
    second = kept.checkpoint()

    answer = kept.checked(kept.bundle(since=[first]), first)
    (told,) = answer.story
    assert ("verified", 660, "op-417", "op-7") == (
        answer.verdict,
        round(told.seconds or 0),
        told.opened.by,
        told.closed and told.closed.by,
    )
    by_action = kept.bundle(checkpoint=second, account=None, action="a-1")
    assert "verified" == kept.checked(by_action).verdict
    assert "unverifiable" == kept.checked(kept.bundle(), first).verdict
    before = kept.checked(kept.bundle(checkpoint=first))
    assert ("verified", None) == (before.verdict, before.story[0].until)


def test_a_ledger_without_the_newest_entries_gives_no_evidence(file_ledger, notarised, tmp_path):
    """
    A ledger that was brought back from an old copy is not what the checkpoint says.
    """
    file_ledger.backup(tmp_path / "old.db")
    checkpoint = notarised(file_ledger).checkpoint()

    with Ledger.open(f"sqlite:///{tmp_path / 'old.db'}") as old, pytest.raises(Tampered):
        old.bundle(checkpoint, account=ACCOUNT)


def test_a_ledger_that_is_not_sealed_has_nothing_to_disclose(file_ledger, notarised):
    """
    Its entries are shown whole: a field cannot be left out of bytes that are hashed.
    """
    kept = notarised(file_ledger)
    kept.checkpoint()

    with pytest.raises(Malformed, match="not sealed"):
        kept.bundle(redact=["reason"])


def test_the_timestamps_that_the_notary_keeps_go_with_it(file_ledger, notarised):
    """
    A token over the checkpoint is carried; which authority to trust for it is the auditor's matter.
    """
    kept = notarised(file_ledger)
    kept.checkpoint()
    size = parse_checkpoint(kept.bundle().checkpoint.text).size
    token_path(kept.state, size).write_bytes(b"token")

    bundle = kept.bundle()

    assert ("verified", (Anchor("rfc3161", size, b"token"),)) == (
        kept.checked(bundle).verdict,
        bundle.anchors,
    )


@pytest.fixture
def sealed(sealed_ledger, notarised) -> Notarised:
    """
    Return a sealed ledger with a key and a story that is signed.
    """
    kept = notarised(sealed_ledger)
    sealed_ledger.reverse("a-1", by="op-7", reason=REASON)
    kept.checkpoint()
    assert isinstance(kept, Notarised)
    return kept


def test_a_sealed_story_is_told_without_a_person(sealed):
    """
    Nobody who is not told can read in a bundle who it was, or what was said of him.
    """
    bundle = sealed.bundle()

    answer = sealed.checked(bundle)
    (told,) = answer.story
    assert "verified" == answer.verdict
    assert (told.opened.reason or "").startswith("sealed:")
    assert told.opened.by.startswith("oper-")
    for secret in (WRITTEN, REASON, ACCOUNT, "op-417"):
        assert secret.encode() not in bundle.encode()


def test_only_what_is_disclosed_is_told(sealed):
    """
    Fields are shown by name, or all but some, and each is what its entry sealed.
    """
    shown = sealed.checked(sealed.bundle(disclose=["reason"]))
    hidden = sealed.checked(sealed.bundle(redact=["reason"]))

    assert [(WRITTEN, REASON), True] == [
        (shown.story[0].opened.reason, shown.story[0].closed.reason),
        (hidden.story[0].opened.reason or "").startswith("sealed:"),
    ]
    assert {"verified"} == {shown.verdict, hidden.verdict}
    with pytest.raises(Malformed, match="all but some"):
        sealed.bundle(disclose=["reason"], redact=["name"])


def test_a_disclosure_of_another_entry_is_caught(sealed):
    """
    A value that an entry did not seal is not told as if it had.
    """
    bundle = sealed.bundle(disclose=["reason"])
    first, second = [leaf for leaf in bundle.leaves if leaf.disclosures][-2:]
    swapped = {
        first.index: replace(first, disclosures=second.disclosures),
        second.index: replace(second, disclosures=first.disclosures),
    }
    leaves = tuple(swapped.get(leaf.index, leaf) for leaf in bundle.leaves)

    answer = sealed.checked(replace(bundle, leaves=leaves))

    assert ("tampered", {"disclosure-differs"}) == (
        answer.verdict,
        {found.what for found in answer.findings},
    )


def test_what_is_disclosed_takes_the_keys(sealed, ledger_path):
    """
    Who has the ledger and not its keys can prove what happened, and show nobody.
    """
    with Ledger.open(f"sqlite:///{ledger_path}") as without:
        alias = sealed.bundle().account
        kept = attrs.evolve(sealed, ledger=without)
        assert "verified" == kept.checked(kept.bundle(account=alias)).verdict
        with pytest.raises(Unavailable, match="keys"):
            kept.bundle(account=alias, disclose=["reason"])


def test_an_erased_account_is_still_proven(sealed):
    """
    The proofs of an erased account hold, its bundle has the erasure, and nothing of it is told.
    """
    sealed.ledger.erase(account=ACCOUNT, basis="on request", by="op-1")
    alias = sealed.bundle(checkpoint=sealed.checkpoint(), account=None, action="a-1").account

    bundle = sealed.bundle(account=alias, redact=["name"])
    answer = sealed.checked(bundle)

    assert "verified" == answer.verdict
    assert any(b"ledger.subject_erased" in leaf.body for leaf in bundle.leaves)
    assert (answer.story[0].opened.reason or "").startswith("sealed:")
