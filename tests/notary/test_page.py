"""
The page about notaries and witnesses: what it says to type works.
"""

import re
import shlex
from pathlib import Path

import ledger.notary
from ledger.cli.shell import run
from ledger.cli.story import played

PAGE = Path(ledger.notary.__file__).with_name("NOTARY.md")


def test_every_command_of_the_page_works(tmp_path, monkeypatch, capfd):
    """
    Line by line, on the ledger that the demo keeps; keys stand where the page says OLD and NEW.
    """
    with played(tmp_path / "ledger.db"):
        pass
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LEDGER_URL", raising=False)
    for name in ("trusted.policy", "logs.policy"):
        Path(name).write_text("quorum none\n")
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    lines = "".join(blocks).splitlines()
    keys: dict[str, str] = {}

    for line in lines:
        program, *arguments = (keys.get(word, word) for word in shlex.split(line))
        assert ("ledger", 0) == (program, run(arguments)), (line, capfd.readouterr().err)
        said = capfd.readouterr().out
        if "generate log.key" in line or "generate new.key" in line:
            keys["NEW" if "new.key" in line else "OLD"] = said.strip()

    assert 10 == len(lines)
    assert keys.keys() == {"NEW", "OLD"}
