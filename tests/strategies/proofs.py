"""
Notes, checkpoints, keys, policies, receipts and tiles, each such that it could be written and read.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.note import ML_DSA_44_KEY_SIZE, Algorithm, Note, Signature, VerifierKey
from ledger.proofs.policy import Group, TrustPolicy, Vouched, Witness
from ledger.proofs.receipt import Receipt
from ledger.proofs.spelling import COUNT_MAX
from ledger.proofs.tile import LEVEL_MAX, TILE_HEIGHT, TILE_WIDTH, Tile, width_at
from ledger.proofs.tree import EMPTY_ROOT, HASH_SIZE
from tests.strategies.values import makes

AWKWARD_LINES = ["a\u2028b", "go.sum database tree", "\u2014 x AAAAAAA=", "a+b", "\x7f", "0", " "]


def lines() -> SearchStrategy[str]:
    """
    Return lines of a note: not empty, no control characters.
    """
    letters = st.characters(
        exclude_categories=["Cs"], exclude_characters="".join(map(chr, range(32)))
    )
    return st.sampled_from(AWKWARD_LINES) | st.text(letters, min_size=1, max_size=40)


def key_names() -> SearchStrategy[str]:
    """
    Return names of keys: lines without spaces and plus signs.
    """
    odd = lines().filter(lambda name: "+" not in name and not any(map(str.isspace, name)))
    return st.sampled_from(["ledger.example/audit", "w", "é"]) | odd


def hashes() -> SearchStrategy[bytes]:
    """
    Return hashes.
    """
    return st.binary(min_size=HASH_SIZE, max_size=HASH_SIZE)


def counts() -> SearchStrategy[int]:
    """
    Return sizes, indices and times.
    """
    return st.integers(0, 300) | st.integers(0, COUNT_MAX)


@makes(Checkpoint)
@st.composite
def checkpoints(draw: st.DrawFn) -> Checkpoint:
    """
    Return checkpoints of any log, one without entries included.
    """
    size = draw(counts())
    extensions = draw(st.lists(lines(), max_size=2))
    root = draw(hashes()) if size else EMPTY_ROOT
    return Checkpoint(draw(lines()), size, root, tuple(extensions))


def verifier_keys(*algorithms: Algorithm) -> SearchStrategy[VerifierKey]:
    """
    Return keys of some algorithms, such as a policy can name.
    """
    names = key_names().filter(lambda name: "\x7f" not in name)
    return st.builds(key_of, names, st.sampled_from(algorithms), st.integers(0, 2**64))


def key_of(name: str, algorithm: Algorithm, number: int) -> VerifierKey:
    """
    Return a key; another number makes another one.
    """
    if algorithm is Algorithm.ML_DSA_44:
        return VerifierKey(name, algorithm, number.to_bytes(ML_DSA_44_KEY_SIZE, "big"))
    private = Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))
    return VerifierKey(name, algorithm, private.public_key().public_bytes_raw())


@makes(VerifierKey)
def any_verifier_keys() -> SearchStrategy[VerifierKey]:
    """
    Return keys of every algorithm.
    """
    return verifier_keys(*Algorithm)


@makes(Signature)
def signatures() -> SearchStrategy[Signature]:
    """
    Return signature lines of any key; they do not hold.
    """
    ids = st.binary(min_size=4, max_size=4)
    return st.builds(Signature, key_names(), ids, st.binary(min_size=1, max_size=80))


@makes(Note)
def notes() -> SearchStrategy[Note]:
    """
    Return notes whose text is a checkpoint, or any lines, empty ones included.
    """
    some = st.lists(lines() | st.just(""), min_size=1, max_size=5)
    anything = some.map(lambda written: "".join(f"{line}\n" for line in written))
    return checkpoint_notes() | notes_of(anything)


def checkpoint_notes() -> SearchStrategy[Note]:
    """
    Return notes whose text is a checkpoint.
    """
    return notes_of(checkpoints().map(Checkpoint.text))


def notes_of(texts: SearchStrategy[str]) -> SearchStrategy[Note]:
    """
    Return notes with these texts.
    """
    return st.builds(Note, texts, st.lists(signatures(), min_size=1, max_size=4).map(tuple))


@makes(Receipt)
def receipts() -> SearchStrategy[Receipt]:
    """
    Return receipts with proofs of any length; they do not lead anywhere.
    """
    proofs = st.lists(hashes(), max_size=4) | st.lists(hashes(), min_size=63, max_size=63)
    extra = st.none() | st.binary(min_size=1, max_size=40)
    return st.builds(Receipt, counts(), proofs.map(tuple), checkpoint_notes(), extra)


def words() -> SearchStrategy[str]:
    """
    Return names as a policy uses them: octets of any kind, without blanks.
    """
    octets = st.binary(min_size=1, max_size=12).map(
        lambda some: bytes(octet for octet in some if octet > 0x20 and octet != 0x7F)
    )
    return octets.filter(bool).map(lambda some: some.decode(errors="surrogateescape"))


@makes(Witness)
def witnesses() -> SearchStrategy[Witness]:
    """
    Return witnesses of both algorithms.
    """
    keys = verifier_keys(Algorithm.COSIGNATURE, Algorithm.ML_DSA_44)
    return st.builds(Witness, words(), keys)


@makes(Group)
@st.composite
def groups(draw: st.DrawFn) -> Group:
    """
    Return groups of any names.
    """
    members = draw(st.lists(words(), min_size=1, max_size=4, unique=True))
    return Group(draw(words()), draw(st.integers(1, len(members))), tuple(members))


@makes(TrustPolicy)
@st.composite
def trust_policies(draw: st.DrawFn) -> TrustPolicy:
    """
    Return policies whose names, keys and groups hold together.
    """
    log_keys = verifier_keys(Algorithm.ED25519, Algorithm.ML_DSA_44)
    logs = draw(st.lists(log_keys, max_size=3, unique_by=lambda key: key.public_key))
    known = draw(
        st.lists(
            witnesses().filter(lambda one: one.name != "none"),
            max_size=4,
            unique_by=(lambda one: one.name, lambda one: one.key.public_key),
        )
    )
    free = [one.name for one in known]
    named = set(free)
    made: list[Group] = []
    for name in draw(st.lists(words(), max_size=3, unique=True)):
        if free and name not in {*named, "none"}:
            members = draw(st.lists(st.sampled_from(free), min_size=1, unique=True))
            made.append(Group(name, draw(st.integers(1, len(members))), tuple(members)))
            named.add(name)
            free = [*(one for one in free if one not in members), name]
    quorum = draw(st.sampled_from(["none", *sorted(named)]))
    reachable = [*logs, *(one.key for one in known)]
    urls = {str(key): draw(words()) for key in reachable if draw(st.booleans())}
    return TrustPolicy(tuple(logs), tuple(known), tuple(made), quorum, urls)


@makes(Vouched)
def vouched() -> SearchStrategy[Vouched]:
    """
    Return checkpoints for which anybody vouches.
    """
    keys = st.lists(any_verifier_keys(), max_size=2).map(tuple)
    names = st.lists(words(), max_size=2).map(tuple)
    return st.builds(
        Vouched, checkpoints(), keys, names, st.dictionaries(key_names(), counts(), max_size=2)
    )


@makes(Tile)
@st.composite
def tiles(draw: st.DrawFn) -> Tile:
    """
    Return tiles of every level that some log has.
    """
    level = draw(st.integers(0, LEVEL_MAX))
    last = (COUNT_MAX >> TILE_HEIGHT * level) // TILE_WIDTH
    index = draw(st.integers(0, min(last, 2000)) | st.integers(0, last))
    width = draw(st.integers(1, TILE_WIDTH))
    return Tile(level, index, max(1, min(width, width_at(level, index, COUNT_MAX))))
