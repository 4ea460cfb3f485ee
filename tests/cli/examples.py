"""
The folder that the examples of the help pages are given in, and what is said beside their answers.
"""

import shutil
from pathlib import Path

from tests.cli.conftest import ROOT, Ask
from tests.proofs.bundles import good
from tests.proofs.trusting import POLICY as TRUSTED

POLICY = ROOT / "examples" / "policies" / "heads_of_state.toml"
# What is said beside an answer on standard error, by verb.
WARNED = dict.fromkeys(("bundle", "checkpoint", "prove"), "ledger.notary is new")


def prepare(ask: Ask, folder: Path) -> None:
    """
    Put into *folder*, where the demo's ledger is, the files that the examples name.
    """
    line = '{"command": "note", "account": "25073877", "text": "seen", "by": "op-7"}\n'
    (folder / "commands.jsonl").write_text(line)
    shutil.copy(POLICY, folder / "policy.toml")
    (folder / "logs.policy").write_text("quorum none\n")
    ask("export", "actions", "--out", "history.jsonl")
    (folder / "evidence.json").write_bytes(good())
    (folder / "trusted.policy").write_text(TRUSTED.text())
