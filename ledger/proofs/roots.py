"""
Several logs under one signature: what an entry of the log of roots is.

A ledger of several logs has a log beside them, of origin ``ORIGIN/roots``. Each of its entries is
the checkpoints of all logs of one moment, as texts, in the order of the logs, with an empty line
between two. Only its own checkpoint is signed; it states the newest of its entries and, through
that, every log.
"""

from collections.abc import Sequence

from ledger.errors import Tampered
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint


def log_origin(origin: str, log: int) -> str:
    """
    Return the origin of one log of a ledger.

    Args:
        origin: The ledger's.

        log: The log's number, from 0.
    """
    return f"{origin}/{log}"


def roots_origin(origin: str) -> str:
    """
    Return the origin of the log of roots of a ledger that has several logs.
    """
    return f"{origin}/roots"


def signed_origin(origin: str, logs: int) -> str:
    """
    Return the origin of the log of a ledger whose checkpoint is signed.

    Args:
        origin: The ledger's.

        logs: How many logs it has.
    """
    return log_origin(origin, 0) if logs == 1 else roots_origin(origin)


def encode_roots(checkpoints: Sequence[Checkpoint]) -> bytes:
    """
    Return the entry of the log of roots that states these checkpoints.

    Args:
        checkpoints: One of every log, in the order of the logs, none with extensions.
    """
    return "\n".join(checkpoint.text() for checkpoint in checkpoints).encode()


def parse_roots(body: bytes, origin: str) -> tuple[Checkpoint, ...]:
    """
    Return the checkpoints that an entry of the log of roots states, in the order of the logs.

    Args:
        body: The entry's bytes.

        origin: The ledger's origin, from the auditor.

    Raises:
        Malformed: A part is not a checkpoint.

        Tampered: It is not the one spelling of the checkpoints of logs 0, 1, 2 … of that ledger.
    """
    parts = body.decode("utf-8", "surrogateescape").split("\n\n")
    texts = [*(f"{part}\n" for part in parts[:-1]), parts[-1]]
    checkpoints = tuple(parse_checkpoint(text) for text in texts)
    for log, checkpoint in enumerate(checkpoints):
        if checkpoint.origin != log_origin(origin, log) or checkpoint.extensions:
            raise Tampered(
                f"part {log} is a checkpoint of {checkpoint.origin!r}",
                where="roots",
                expected=log_origin(origin, log),
                log=log,
            )
    return checkpoints
