"""
What makes a bundle unverifiable, and what makes it tampered: who vouches, since when, for what.
"""

from dataclasses import replace

import msgspec
import pytest

from ledger.proofs.bundle import Anchor, Bundle, Earlier, Roots, parse_bundle
from ledger.proofs.note import Algorithm, Note
from ledger.proofs.policy import Group, TrustPolicy, Witness
from tests.proofs.bundles import ACCOUNT, SEEN, Log, alike, good, told
from tests.proofs.definition import ORIGIN
from tests.proofs.signing import COSIGNER, LOG, Signer
from tests.proofs.trusting import POLICY

OTHER = Signer(3, "witness.example/w2", Algorithm.COSIGNATURE)
STRANGER = Signer(4)
POST_QUANTUM = Signer(5, ORIGIN, Algorithm.ML_DSA_44)


def found(
    written: bytes | Bundle, policy: TrustPolicy = POLICY, since: Note | None = None
) -> tuple[str, list[str]]:
    """
    Return the verdict of both on a bundle, and what was found.
    """
    octets = written.encode() if isinstance(written, Bundle) else written
    answer = alike(octets, policy, since)
    return answer["verdict"], [one["what"] for one in answer["findings"]]


POLICIES = {
    "nobody but the log": (TrustPolicy(logs=(LOG.key,)), "verified"),
    "any of two witnesses": (
        TrustPolicy(
            (LOG.key,),
            (Witness("w1", COSIGNER.key), Witness("w2", OTHER.key)),
            (Group("g", 1, ("w1", "w2")),),
            "g",
        ),
        "verified",
    ),
    "both of two": (
        TrustPolicy(
            (LOG.key,),
            (Witness("w1", COSIGNER.key), Witness("w2", OTHER.key)),
            (Group("g", 2, ("w1", "w2")),),
            "g",
        ),
        "quorum-not-met",
    ),
    "another witness": (
        TrustPolicy((LOG.key,), (Witness("w2", OTHER.key),), (), "w2"),
        "quorum-not-met",
    ),
    "another key of the log": (replace(POLICY, logs=(STRANGER.key,)), "not-vouched"),
    "its next key too": (replace(POLICY, logs=(STRANGER.key, LOG.key)), "verified"),
    "another log": (replace(POLICY, logs=(Signer(6, "other.example/0").key,)), "not-vouched"),
    "no log": (replace(POLICY, logs=()), "not-vouched"),
    "a key that nothing here can check": (replace(POLICY, logs=(POST_QUANTUM.key,)), "not-vouched"),
}


@pytest.mark.parametrize(("policy", "expected"), POLICIES.values(), ids=POLICIES)
def test_whom_to_trust_is_said_by_the_auditor_alone(policy, expected):
    """
    Keys and quorum are those of the policy file; what the bundle suggests is never used.
    """
    bundle = replace(parse_bundle(good()), policy_hint=POLICY.text())
    verdict, what = found(bundle, policy)

    assert ("verified", []) == (verdict, what) or ("unverifiable", [expected]) == (verdict, what)
    assert (verdict == "verified") == (expected == "verified")


def test_a_forged_cosignature_spoils_the_checkpoint():
    """
    A signature of a trusted witness that does not hold is no mere absence.
    """
    note = told().note()
    forged = replace(note.signatures[1], value=note.signatures[1].value[:-1] + b"\x00")
    bundle = told().bundle(note=replace(note, signatures=(note.signatures[0], forged)))

    assert ("tampered", ["checkpoint-forged"]) == found(bundle)
    assert ("verified", []) == found(bundle, TrustPolicy(logs=(LOG.key,)))


def test_a_bundle_without_entries_shows_nothing():
    """
    Nothing to contradict is nothing to believe: it is never verified.
    """
    assert ("unverifiable", ["no-entries"]) == found(told().bundle([]))


def test_the_checkpoint_of_one_log_lists_no_others():
    """
    An entry that stands at the end of a log is no list of logs because a bundle says so.
    """
    last = told().leaf(14)
    bundle = replace(told().bundle(), roots=Roots(last.body, last.proof))

    assert ("tampered", ["entry-not-included"]) == found(bundle)


def test_a_checkpoint_of_another_log_is_not_that_of_the_bundle():
    """
    The origin is that of the checkpoint; a bundle that names another one contradicts itself.
    """
    bundle = replace(told().bundle(), origin="ledger.example/other")

    assert ("tampered", ["origin-differs"]) == found(bundle)


def held(size: int, log: Log | None = None):
    """
    Return what an auditor holds since the log had that size, cosigned then.
    """
    return (log or told()).note(size, told().recorded(size))


def test_what_an_auditor_holds_must_be_shown_to_be_the_beginning():
    """
    Without a proof from the auditor's checkpoint nothing is said of what came since, old or new.
    """
    younger = told().bundle(range(10), note=told().note(10)).encode()
    younger_proofs = replace(
        parse_bundle(younger), leaves=tuple(told().leaf(index, 10) for index in range(10))
    )

    assert ("unverifiable", ["not-continued"]) == found(good(), since=held(7))
    assert ("unverifiable", ["not-continued"]) == found(younger_proofs, since=held(15))
    assert ("verified", []) == found(good(), since=told().note())


def test_two_histories_under_one_key_are_caught_by_what_an_auditor_holds():
    """
    A log that was rewritten and signed again with its own key is no continuation of the old one.
    """
    rewritten = Log([*told().bodies[:3], b"{}", *told().bodies[4:]])

    assert ("tampered", ["checkpoint-differs"]) == found(good(), since=held(SEEN[0], rewritten))
    assert ("tampered", ["checkpoint-differs"]) == found(good(), since=rewritten.note())


def test_an_earlier_checkpoint_of_another_history_is_caught():
    """
    A consistency proof that does not hold contradicts what was signed.
    """
    rewritten = Log([*told().bodies[:3], b"{}", *told().bodies[4:]])
    earlier = Earlier(held(5, rewritten), told().earlier(5).proof)

    assert ("tampered", ["checkpoint-differs"]) == found(told().bundle(earlier=[earlier]))


def test_an_entry_that_claims_an_earlier_time_is_caught_by_a_cosignature():
    """
    What a witness saw the log without was logged later, whatever it says of itself.
    """
    log = told()
    late = log.earlier(8, log.recorded(15))

    verdict, what = found(log.bundle(earlier=[late]))

    assert ("tampered", {"time-outside"}) == (verdict, set(what))


def test_an_entry_that_claims_a_later_time_is_caught_by_a_cosignature():
    """
    What a witness saw the log with was logged before.
    """
    log = told()
    early = log.note(time=log.recorded(12))

    assert ("tampered", ["time-outside"] * 3) == found(log.bundle(note=early))


MISSING = {
    "the entry before the last": ([*range(13), 14], "tampered", {"version-missing"}),
    "the first of the account": ([*range(6), *range(7, 15)], "tampered", {"version-missing"}),
    "the first of an operator": (
        [*range(2), *range(3, 15)],
        "unverifiable",
        {"entry-missing"},
    ),
    "all of the account": (range(6), "unverifiable", {"entry-missing"}),
}


@pytest.mark.parametrize(("indexes", "verdict", "what"), MISSING.values(), ids=MISSING)
def test_entries_that_are_left_out_are_missed(indexes, verdict, what):
    """
    Versions have no gap, and what a decision relied on is there.
    """
    said = found(told().bundle(indexes))

    assert (verdict, what) == (said[0], set(said[1]))


def test_an_action_that_is_asked_for_must_be_there():
    """
    A story about an action that its entries do not have is not told.
    """
    assert ("verified", []) == found(told().bundle(actions=("a-1",)))
    assert ("unverifiable", ["entry-missing"]) == found(told().bundle(actions=("a-2",)))


def changed(position: int, **fields: object) -> Log:
    """
    Return the log with an entry that says something else, signed as it is.
    """
    body = msgspec.json.decode(told().bodies[position - 1]) | fields
    written = msgspec.json.encode(dict(sorted(body.items())))
    return Log([*told().bodies[: position - 1], written, *told().bodies[position:]])


CHANGED = {
    "a version twice": (8, {"version": 1}, "tampered", "version-missing"),
    "another log": (8, {"log": 1}, "tampered", "version-missing"),
    "a time before the last": (
        8,
        {"recorded_at": "2016-01-01T00:00:00.000000Z"},
        "tampered",
        "time-decreases",
    ),
    "no time": (8, {"recorded_at": "yesterday"}, "unverifiable", "entry-unreadable"),
    "no day": (
        8,
        {"recorded_at": "2017-02-30T00:00:00.000000Z"},
        "unverifiable",
        "entry-unreadable",
    ),
    "no data": (9, {"data": None}, "unverifiable", "entry-unreadable"),
    "other data": (9, {"data": {}}, "unverifiable", "entry-unreadable"),
    "an unknown field": (9, {"added": 1}, "unverifiable", "newer-format"),
    "an unknown kind": (9, {"kind": "account.transfigured"}, "unverifiable", "newer-format"),
    "a later schema": (9, {"schema": 99}, "unverifiable", "newer-format"),
    "an operator's kind": (9, {"stream": "operator/x"}, "unverifiable", "entry-unreadable"),
    "a number for a name": (9, {"stream": 9}, "unverifiable", "entry-unreadable"),
}


@pytest.mark.parametrize(("position", "fields", "verdict", "what"), CHANGED.values(), ids=CHANGED)
def test_what_a_log_should_not_have_signed_is_not_told_as_a_story(position, fields, verdict, what):
    """
    An entry may be where it is said to be, and say what no ledger would have written.
    """
    said = found(changed(position, **fields).bundle())

    assert (verdict, what) == (said[0], said[1][0])


def test_timestamps_of_third_parties_are_said_not_to_be_checked():
    """
    A token is checked with its issuer's tools; here it is only named.
    """
    bundle = replace(told().bundle(), anchors=(Anchor("rfc3161", 15, b"token"),))

    assert [{"kind": "rfc3161", "size": 15}] == alike(bundle.encode())["not_checked"]


def test_the_story_is_that_of_the_account_alone():
    """
    What the bundle has beside is proven and not told.
    """
    answer = alike(told().bundle().encode())

    assert (ACCOUNT, 1) == (answer["account"], len(answer["story"]))
