"""
A policy has one meaning, counts nobody twice, and is the only place that trust comes from.
"""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings

from ledger.errors import Malformed, Tampered
from ledger.proofs.note import Algorithm, Note, Signature, Unvouched
from ledger.proofs.policy import (
    DEFINED_MAX,
    POLICY_SIZE_MAX,
    Group,
    TrustPolicy,
    Witness,
    check_note,
    parse_policy,
)
from tests import strategies
from tests.proofs.definition import ORIGIN, checkpoint_at
from tests.proofs.signing import (
    COSIGNER,
    LOG,
    TIME,
    WITNESS,
    Signer,
    published,
    signed,
    verify_mldsa,
)
from tests.proofs.trusting import POLICY

LOG_LINE = f"log {LOG.key}"
SIGNERS = {
    name: Signer(20 + number, f"{name.lower()}.example", Algorithm.COSIGNATURE)
    for number, name in enumerate(["X1", "X2", "X3", "Y1", "Y2", "Y3"])
}
WITNESS_LINES = [f"witness {name} {signer.key}" for name, signer in SIGNERS.items()]

# The example of C2SP's tlog-policy.
TWO_LEVELS = "\n".join(
    [
        "# Two organisations, each with three witnesses",
        LOG_LINE,
        "",
        *WITNESS_LINES[:3],
        "group X-witnesses 2 X1 X2 X3",
        "  ",
        *WITNESS_LINES[3:],
        "\tgroup  Y-witnesses\tany Y1 Y2 Y3 ",
        "  # both of them",
        "group X-and-Y all X-witnesses Y-witnesses",
        "quorum X-and-Y",
        "",
    ]
)


@settings(max_examples=50)
@given(strategies.trust_policies())
def test_a_policy_is_read_as_it_is_written(policy: TrustPolicy) -> None:
    """
    Any policy is read back from its text, names that are no UTF-8 and addresses included.
    """
    text = policy.text()

    assert policy == parse_policy(text)
    assert policy == parse_policy(text.encode(errors="surrogateescape"))


def test_the_quorum_is_met_by_enough_of_each_group() -> None:
    """
    Of all sets of witnesses those meet the example's quorum that have two of X and one of Y.
    """
    policy = parse_policy(TWO_LEVELS)
    for count in range(len(SIGNERS) + 1):
        for names in combinations(SIGNERS, count):
            first = [name[0] for name in names]
            assert policy.seen_by(names) == (first.count("X") >= 2 and first.count("Y") >= 1)


def test_the_quorum_is_asked_of_signatures() -> None:
    """
    A checkpoint is trusted once its cosignatures hold and are enough, and not before.
    """
    policy = parse_policy(TWO_LEVELS)
    enough = signed(checkpoint_at(7), LOG, *(SIGNERS[name] for name in ("X1", "X3", "Y2")))
    vouched = check_note(policy, ORIGIN, enough)

    assert ("X1", "X3", "Y2") == vouched.witnesses
    assert (LOG.key,) == vouched.logs
    assert checkpoint_at(7) == vouched.checkpoint
    assert {"x1.example": TIME, "x3.example": TIME, "y2.example": TIME} == vouched.times
    few = signed(checkpoint_at(7), LOG, *(SIGNERS[name] for name in ("X1", "Y1", "Y2", "Y3")))
    with pytest.raises(Unvouched, match="only X1, Y1, Y2, Y3 cosigned"):
        check_note(policy, ORIGIN, few)


def test_without_a_quorum_the_log_alone_vouches() -> None:
    """
    A policy may ask for no witness; then the log's signature is enough, and cosignatures are told.
    """
    policy = parse_policy(f"{LOG_LINE}\nwitness w {COSIGNER.key}\nquorum none\n")

    assert () == check_note(policy, ORIGIN, signed(checkpoint_at(7))).witnesses
    assert {WITNESS: TIME} == check_note(policy, ORIGIN, published()).times


def test_cosignatures_do_not_stand_in_for_the_log() -> None:
    """
    However many witnesses cosigned it, a checkpoint that its log did not sign is not trusted.
    """
    with pytest.raises(Unvouched, match=f"no key of {ORIGIN} signed"):
        check_note(POLICY, ORIGIN, signed(checkpoint_at(7), COSIGNER))


def test_the_log_is_the_one_that_is_asked_about() -> None:
    """
    A checkpoint of another log that the policy trusts as well is no answer.
    """
    other = Signer(5, "ledger.example/other")
    policy = TrustPolicy(logs=(LOG.key, other.key))
    note = signed(checkpoint_at(7), LOG, other)

    assert (LOG.key,) == check_note(policy, ORIGIN, note).logs
    with pytest.raises(Tampered, match=f"checkpoint of '{ORIGIN}'"):
        check_note(policy, "ledger.example/other", note)
    with pytest.raises(Malformed, match=r"no log 'ledger.example/third' .*has .*audit, .*other"):
        check_note(policy, "ledger.example/third", note)
    with pytest.raises(Malformed, match="it has none"):
        check_note(TrustPolicy(), ORIGIN, note)


def test_a_bad_signature_by_anybody_who_is_trusted_spoils_the_checkpoint() -> None:
    """
    A cosignature that does not hold is not passed over, even where none was asked for.
    """
    policy = TrustPolicy(logs=(LOG.key,), witnesses=(Witness("w", COSIGNER.key),))
    moved = Signature(WITNESS, COSIGNER.key.key_id, COSIGNER.sign(checkpoint_at(6).text()).value)
    note = signed(checkpoint_at(7)).signed_also(moved)
    with pytest.raises(Tampered, match="does not hold"):
        check_note(policy, ORIGIN, note)


def test_either_key_of_a_rotation_vouches() -> None:
    """
    While a log's key is rotated the policy names both, and one signature is enough.
    """
    old, new = Signer(7), Signer(8)
    policy = TrustPolicy(logs=(old.key, new.key))

    assert (old.key,) == check_note(policy, ORIGIN, signed(checkpoint_at(7), old)).logs
    assert (new.key,) == check_note(policy, ORIGIN, signed(checkpoint_at(7), new)).logs
    both = signed(checkpoint_at(7), old, new)
    assert (old.key, new.key) == check_note(policy, ORIGIN, both).logs


def test_a_post_quantum_key_counts_where_it_can_be_checked() -> None:
    """
    A quorum of ML-DSA-44 is met for whoever can check it, and for nobody else.
    """
    signer = Signer(6, "witness.example/pq", Algorithm.ML_DSA_44)
    policy = TrustPolicy((LOG.key,), (Witness("pq", signer.key),), quorum="pq")
    note = signed(checkpoint_at(7), LOG, signer)

    assert ("pq",) == check_note(policy, ORIGIN, note, verify_mldsa).witnesses
    with pytest.raises(Unvouched, match=r"no witness cosigned .* ML-DSA-44 cannot"):
        check_note(policy, ORIGIN, note)
    with pytest.raises(Unvouched, match="no witness cosigned this checkpoint "):
        check_note(policy, ORIGIN, signed(checkpoint_at(7)), verify_mldsa)


def test_a_note_that_is_no_checkpoint_is_refused() -> None:
    """
    A log's signature under any other text vouches for no tree.
    """
    text = f"{ORIGIN}\nhello\n"
    with pytest.raises(Malformed, match="2 lines are not a checkpoint"):
        check_note(POLICY, ORIGIN, Note(text, (LOG.sign(text),)))


W1, W2, W3 = WITNESS_LINES[:3]
SECOND_NAME = Signer(20, "second.example", Algorithm.COSIGNATURE)

DEFECTS = {
    "no quorum": [LOG_LINE],
    "two quorums": [W1, "quorum X1", "quorum none"],
    "an undefined quorum": ["quorum X1"],
    "a quorum above its witness": ["quorum X1", W1],
    "a quorum of two": [W1, W2, "quorum X1 X2"],
    "an undefined member": [W1, "group g any X1 X2", "quorum g"],
    "a member defined below": [W1, "group g any X1 X2", W2, "quorum g"],
    "a group in itself": [W1, "group g any X1 g", "quorum g"],
    "a member twice": [W1, "group g 1 X1 X1", "quorum g"],
    "a member of two groups": [W1, W2, "group g any X1 X2", "group h any X1 g", "quorum h"],
    "none as a member": [W1, "group g any X1 none", "quorum g"],
    "none as a name": [W1.replace("X1", "none"), "quorum none"],
    "a group without members": ["group g any", "quorum g"],
    "a threshold of 0": [W1, "group g 0 X1", "quorum g"],
    "a threshold above the members": [W1, "group g 2 X1", "quorum g"],
    "a threshold with a leading zero": [W1, "group g 01 X1", "quorum g"],
    "a threshold in full-width digits": [W1, "group g \uff11 X1", "quorum g"],
    "a threshold with a plus": [W1, "group g +1 X1", "quorum g"],
    "a name twice": [W1, W2.replace("X2", "X1"), "quorum X1"],
    "a name of a witness for a group": [W1, "group X1 any X1", "quorum X1"],
    "a log twice": [LOG_LINE, f"{LOG_LINE} https://elsewhere.example", "quorum none"],
    "a witness twice": [W1, W1.replace("X1", "Z1"), "quorum none"],
    "a witness's key under another name": [W1, f"witness Z1 {SECOND_NAME.key}", "quorum none"],
    "a log's key for a witness": [f"witness w {LOG.key}", "quorum none"],
    "a witness's key for a log": [f"log {COSIGNER.key}", "quorum none"],
    "no key": [LOG_LINE[:-1], "quorum none"],
    "a word too many": [f"{LOG_LINE} https://a.example https://b.example", "quorum none"],
    "a word too many for a witness": [f"{W1} https://a.example https://b.example", "quorum none"],
    "an unknown word": ["trust me", "quorum none"],
    "an upper-case word": ["Quorum none"],
    "too many groups": [f"group g{number} any X1" for number in range(DEFINED_MAX + 1)],
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_policy_with_two_meanings_is_refused(defect: str) -> None:
    """
    Names undefined or defined twice, keys that would count twice, thresholds that mean nothing.
    """
    with pytest.raises(Malformed):
        parse_policy("".join(f"{line}\n" for line in DEFECTS[defect]))


@pytest.mark.parametrize(
    "octets",
    [
        b"quorum none",
        b"quorum none\r\n",
        b"quorum\x0bnone\n",
        b"quorum none\x00\n",
        b"quorum none\n# \x7f\n",
        "quorum\u00a0none\n".encode(),
        "quorum none\n#\ud800",
        b"#" * POLICY_SIZE_MAX + b"\n",
    ],
    ids=lambda octets: repr(octets[:20]),
)
def test_a_file_that_was_cut_off_or_is_no_text_is_refused(octets: str | bytes) -> None:
    """
    The last line ends like all others, so that a shorter name is never read; no other white space
    and no control characters pass.
    """
    with pytest.raises(Malformed):
        parse_policy(octets)


def test_the_error_names_the_line() -> None:
    """
    Whoever wrote the policy is told which line is wrong, and what would be right.
    """
    with pytest.raises(Malformed) as refused:
        parse_policy(f"# one\n{W1}\ngroup g any X1 X2\nquorum g\n")

    assert "policy line 3, policy group g" == refused.value.where
    assert "defined before" in str(refused.value)


def test_the_error_says_what_is_missing() -> None:
    """
    A file without a quorum, and one whose last line was cut off, are told apart.
    """
    with pytest.raises(Malformed, match="there is no quorum"):
        parse_policy(f"{LOG_LINE}\n")
    with pytest.raises(Malformed, match="may have been cut off") as refused:
        parse_policy(f"{LOG_LINE}\n# and\nquorum no")
    assert "policy line 3" == refused.value.where


def test_a_policy_may_be_as_long_as_the_page_says() -> None:
    """
    256 groups, each in the next, are read; what sees the first has been seen by the last.
    """
    names = [f"g{number}" for number in range(256)]
    chain = [f"group {name} 1 {below}\n" for below, name in pairwise(["X1", *names])]
    policy = parse_policy(f"{W1}\n{''.join(chain)}quorum g255\n")

    assert policy.seen_by(["X1"])
    assert not policy.seen_by([])


def test_names_are_opaque_octets() -> None:
    """
    A Kelvin sign is no K, and a name need not be UTF-8.
    """
    kelvin = W1.replace("X1", "K").encode() + b"\n" + W2.replace("X2", "\u212a").encode()
    policy = parse_policy(kelvin + b"\nquorum \xe2\x84\xaa\n")

    assert not policy.seen_by(["K"])
    assert policy.seen_by(["\u212a"])
    latin = parse_policy(W1.encode().replace(b"X1", b"\xfc") + b"\nquorum \xfc\n")
    assert latin.seen_by([b"\xfc".decode(errors="surrogateescape")])


def test_addresses_are_kept_beside_the_keys() -> None:
    """
    Where a log or a witness can be reached is kept, and changes nothing about trust.
    """
    policy = parse_policy(f"{LOG_LINE} https://l.example\n{W1}  https://w.example\nquorum X1\n")

    assert {
        str(LOG.key): "https://l.example",
        str(SIGNERS["X1"].key): "https://w.example",
    } == policy.urls


@pytest.mark.parametrize(
    ("name", "group"),
    [("a b", "g"), ("", "g"), ("a\n", "g"), ("w", "g\x00"), ("w", "\ud800")],
)
def test_a_policy_that_could_not_be_read_back_is_not_made(name: str, group: str) -> None:
    """
    Names that would be two words, or none, are refused when the policy is made.
    """
    witness = Witness(name, COSIGNER.key)
    with pytest.raises(Malformed):
        TrustPolicy((LOG.key,), (witness,), (Group(group, 1, (name,)),), group)


@pytest.mark.parametrize("url", ["", "a b", "a\n", "a\x00", "a\x7f"])
def test_an_address_that_could_not_be_read_back_is_refused(url: str) -> None:
    """
    An address is one word, as a name is; and so is a key, whose name may be stranger in a note.
    """
    with pytest.raises(Malformed, match="policy url"):
        TrustPolicy((LOG.key,), urls={str(LOG.key): url})
    with pytest.raises(Malformed, match="policy key"):
        TrustPolicy((Signer(5, "a\x7f").key,))
