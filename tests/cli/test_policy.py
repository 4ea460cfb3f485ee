"""
Policies on the command line: checked, adopted from a file or standard input, and shown.
"""

import io
import json
import sys

import pytest

from tests.cli.governed import LATER_POLICY, POLICY

JSON = json.dumps(LATER_POLICY)
BROKEN = POLICY.replace('role = "senior"', 'role = ""')
HALF = POLICY + "\n[[safeguards"


@pytest.fixture
def given(folder, monkeypatch):
    """
    Give a policy as a file, or on standard input, and return how it is named.
    """

    def named(text: str, way: str = "file") -> str:
        content = text.encode()
        (folder / "policy").write_bytes(content)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        return {"file": "policy", "dash": "-"}[way]

    return named


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("way", ["file", "dash"])
@pytest.mark.parametrize(("text", "syntax"), [(POLICY, "toml"), (JSON, "json")], ids="TJ")
def test_a_policy_is_adopted_to_the_letter(ask, given, text, syntax, way):
    """
    It is read from a file or from standard input, and kept as it was written.
    """
    assert (0, "default@1\n", "") == ask("policy", "adopt", given(text, way), "--by", "op-1")

    document = ask("--json", "policy").document
    assert ("default@1", syntax, text) == tuple(
        document[name] for name in ("version", "syntax", "text")
    )


@pytest.mark.parametrize("text", [POLICY, JSON], ids=["TOML", "JSON"])
def test_a_policy_is_checked_without_a_ledger(ask, folder, given, text):
    """
    What it would ask for is said, and no ledger is made.
    """
    file = given(text)

    document = ask("--json", "policy", "check", file).document
    page = ask("policy", "check", file).out

    assert document["title"] in page.splitlines()[0]
    assert "could be adopted" in page.splitlines()[0]
    for safeguard in document["safeguards"]:
        assert {"name", "rule"} <= set(safeguard)
        assert safeguard["name"] in page
    assert "own-account" in document["not_adopted"]
    assert ["policy"] == [path.name for path in folder.iterdir()]


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("verb", ["check-policy", "adopt-policy", "backtest"])
@pytest.mark.parametrize(
    ("text", "where"),
    [
        (BROKEN, "safeguards[0].approvals[1].role"),
        (HALF, "line 22"),
        ('{"policy": 1,\n "safeguards": [}', "line 2"),
        (POLICY.replace("two-person", "two-persons"), "safeguards[0].rule"),
    ],
    ids=["an empty role", "half a table", "no JSON", "an unknown rule"],
)
def test_a_defect_is_told_with_its_place(ask, given, verb, text, where):
    """
    The path or the line of the defect is named, whichever verb reads the policy.
    """
    by = ["--by", "op-1"] if verb == "adopt-policy" else []

    said = ask("--json", verb, given(text), *by)

    assert (6, "Malformed") == (said.code, said.error["family"])
    assert said.error["where"].endswith(where)


@pytest.mark.parametrize("verb", ["check-policy", "adopt-policy", "backtest"])
def test_what_cannot_be_read_is_no_policy(ask, folder, verb):
    """
    A directory, a file that is not there and bytes that are no text are malformed input, before
    any ledger is opened.
    """
    (folder / "folder").mkdir()
    (folder / "latin").write_bytes(b'title = "caf\xe9"')

    for name, reason in (
        ("folder", "Is a directory"),
        ("none", "No such file"),
        ("latin", "byte 13 is not valid UTF-8"),
    ):
        said = ask("--json", verb, name)
        assert (6, "policy") == (said.code, said.error["where"])
        assert reason in said.error["message"]
    assert not (folder / "ledger.db").exists()


@pytest.mark.usefixtures("kept")
def test_the_policy_that_the_case_lacked_would_have_stopped_it(ask, given):
    """
    The backtest has the contract's fields; without a file it is of the policy in force.
    """
    document = ask("--json", "backtest", given(POLICY)).document
    in_force = ask("--json", "backtest").document

    (row,) = document.pop("rows")
    told = {name: document[name] for name in ("policy", "actions", "stopped", "delayed")}
    assert {"policy": "Heads of state", "actions": 1, "stopped": 1, "delayed": 0} == told
    assert (1, 0) == (document["stopped_later_reversed"], document["stopped_stood"])
    assert "a-1" == row["action"]
    assert {
        "authority": "passed",
        "heads of state need two": "stopped",
        "last-day": "stopped",
        "cooling-off": "passed",
    } == {verdict["name"]: verdict["outcome"] for verdict in row["verdicts"]}
    assert ("builtin@0", 0) == (in_force["policy"], in_force["stopped"])


@pytest.mark.usefixtures("kept")
def test_what_a_policy_stops_is_refused_with_what_would_do(ask, given):
    """
    The second line names the request that is to be made, and its two approvals grant the act.
    """
    ask("adopt-policy", given(POLICY), "--by", "op-1")
    ask("enrol-operator", "op-8", "--kind", "human", "--roles", "senior", "--by", "op-1")
    act = ["suspend", "25073877", "--by", "op-7", "--because-of", "r-1", "--reason", "parody"]

    refused = ask("act", *act)
    granted = [
        ask("request", *act, "--request", "q-1", "--action", "a-2").out,
        ask("approve", "q-1", "--by", "op-8").out,
        ask("approve", "q-1", "--by", "op-1").out,
    ]

    assert (3, "") == (refused.code, refused.out)
    assert refused.err.splitlines()[1].startswith("expected a request, and 1 approval")
    assert ["q-1\n", "q-1\n", "a-2\n"] == granted
    assert "suspended" == ask("--json", "standing", "25073877").document["standing"]
