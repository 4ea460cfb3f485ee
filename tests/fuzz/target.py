"""
Fuzz one parser in this process, which ends with it, for the seconds that are given.

``python -m tests.fuzz.target PARSER SECONDS FOLDER``
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ledger.proofs"]):
    from tests.fuzz.parsers import PARSERS, check

INPUT_BYTES_MAX = 4096


def main(arguments: Sequence[str]) -> None:
    """
    Fuzz the parser that the command line names, beginning with its samples.
    """
    name, seconds, place = arguments
    parser = PARSERS[name]
    corpus = Path(place, "corpus")
    corpus.mkdir()
    for number, sample in enumerate(parser.samples):
        Path(corpus, f"sample-{number}").write_bytes(sample)
    settings = [
        f"-max_total_time={seconds}",
        f"-max_len={INPUT_BYTES_MAX}",
        f"-artifact_prefix={place}/",
        "-verbosity=0",
        "-print_final_stats=1",
    ]
    atheris.Setup([name, *settings, str(corpus)], lambda octets: check(parser, octets))
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
