"""
A projecting process that is killed: the view is what its cursor says, and the next one goes on.

LEDGER_LONG=1 kills it 60 times on each database instead of 5.
"""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ledger import Ledger
from tests.conftest import ACCOUNT, Backend
from tests.store.counting import Kinds, folded

KILLS = 60 if os.environ.get("LEDGER_LONG") else 5
NOTES = 200
KEPT = [Backend("sqlite", "sqlite"), Backend("postgres", "postgres", logs=256)]


def killed(ledger_url: str, view_url: str, taken: int) -> None:
    """
    Let a process take *taken* entries into the view, or a few more, and kill it.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.counting", ledger_url, view_url],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        while int(process.stdout.readline()) < taken:
            pass
        process.send_signal(signal.SIGKILL)
    assert -signal.SIGKILL == process.returncode


@pytest.mark.parametrize("backend", KEPT, ids=lambda backend: backend.name)
def test_a_view_whose_process_is_killed_has_every_entry_once(
    ledger_url: str, backend: Backend, tmp_path: Path
):
    """
    However often it is killed in the middle of its work, nothing is missing and nothing is double.
    """
    chance = random.Random(17)
    beside = ledger_url if backend.engine == "postgres" else f"sqlite:///{tmp_path / 'view.db'}"
    with Ledger.create(ledger_url, logs=backend.logs) as ledger, Kinds(ledger, beside) as kinds:
        unfinished = 0
        for _ in range(KILLS):
            ledger.record_many(
                {"command": "note", "account": f"{ACCOUNT}-{n}", "text": "seen", "by": "system"}
                for n in range(NOTES)
            )
            killed(ledger_url, beside, chance.randrange(1, NOTES - 20))
            unfinished += kinds.lag > 0
            assert ledger.status().entries - kinds.lag == sum(kinds.view.values())
        # Kills that came too late would show nothing.
        assert 0 < unfinished
        kinds.run_once()
        assert folded(ledger) == kinds.view
