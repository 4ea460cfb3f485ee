"""
A password in a URL is in nothing that the command line says, wherever the URL stands.
"""

import pytest

from tests.store.silence import silent_port

SECRET = "hunter2"  # noqa: S105, it opens nothing

URLS = {
    "a password": "postgresql://op:{secret}@127.0.0.1:{port}/x",
    "a password as a parameter": "postgresql://op@127.0.0.1:{port}/x?password={secret}",
    "a password for a key": "postgresql://127.0.0.1:{port}/x?sslpassword={secret}&sslmode=prefer",
    "a host that is none": "postgresql://op:{secret}@nowhere.invalid/x",
    "a password without a host": "postgresql://op:{secret}/x",
    "a password with a slash": "postgresql://op:12/{secret}@127.0.0.1:{port}/x",
    "a password with an at sign": "postgresql://op:p@{secret}@127.0.0.1:{port}/x",
    "a password with a question mark": "postgresql://op:p?{secret}@127.0.0.1:{port}/x",
    "a password with a hash": "postgresql://op:p#{secret}@127.0.0.1:{port}/x",
    "a password with a space": "postgresql://op:p {secret}@127.0.0.1:{port}/x",
    "a password with a line's end": "postgresql://op:p\n{secret}@127.0.0.1:{port}/x",
    "a bracket that stays open": "postgresql://op:{secret}@[::1/x",
    "a port that is none": "postgresql://op:{secret}@127.0.0.1:port/x",
    "a parameter that is none": "postgresql://op:{secret}@127.0.0.1:{port}/x?nonsense=1",
    "a parameter without a value": "postgresql://op@127.0.0.1:{port}/x?{secret}",
    "a number that is none": "postgresql://op:{secret}@127.0.0.1:{port}/x?pool_size=many",
    "another engine": "mysql://op:{secret}@127.0.0.1:{port}/x",
    "a driver in the scheme": "postgresql+psycopg://op:{secret}@127.0.0.1:{port}/x",
}

VERBS = [
    ["--ledger", "{url}", "status"],
    ["status", "--ledger", "{url}"],
    ["--ledger={url}", "init"],
    ["--ledger", "{url}", "init", "--roles"],
    ["--ledger", "{url}", "migrate"],
    ["--ledger", "{url}", "backup", "copy.db"],
    ["--ledgre={url}", "status"],
    ["status", "{url}"],
    ["standing", "x", "{url}"],
    ["status", "--{url}"],
]


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "page"])
@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_no_error_shows_a_password(ask, folder, url: str, *, as_json: bool):
    """
    Neither the URL of a ledger that cannot be had, nor one that stands where none is expected.
    """
    with silent_port() as port:
        pass
    told = url.format(secret=SECRET, port=port)
    for verb in VERBS:
        arguments = [part.format(url=told) for part in verb]
        said = ask(*arguments, *(["--json"] if as_json else []))

        assert (True, "") == (said.code in (6, 7), said.out), arguments
        assert SECRET not in said.err, arguments
    assert [] == [*folder.iterdir()]


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "page"])
@pytest.mark.parametrize(
    "url",
    [
        f"op:{SECRET}@127.0.0.1/x",
        f"op:{SECRET}",
        f"host=127.0.0.1 user=op password={SECRET} dbname=x",
        f"host='127.0.0.1' password='{SECRET}'",
    ],
)
def test_what_names_no_ledger_is_not_quoted(ask, monkeypatch, url: str, *, as_json: bool):
    """
    What stands in the place of a URL may be libpq's other spelling, or half a URL: as an option and
    as a variable it is refused without a word of it.
    """
    frame = ["--json"] if as_json else []
    answers = [ask("--ledger", url, "status", *frame)]
    monkeypatch.setenv("LEDGER_URL", url)
    answers.append(ask("status", *frame))

    for said in answers:
        assert 6 == said.code
        assert "the URL names no ledger" in said.err
        assert SECRET not in said.out + said.err


@pytest.mark.usefixtures("kept")
def test_a_url_that_is_no_ledger_is_no_verb(ask):
    """
    A URL without its option is taken for a verb, and shown without its password.
    """
    said = ask(f"postgresql://op:{SECRET}@127.0.0.1/x", "status")

    assert 6 == said.code
    assert "there is no verb 'postgresql://***'" in said.err


def test_no_answer_shows_a_password(ask, postgres_url):
    """
    The page and the document of each verb that names its ledger.
    """
    url = f"{postgres_url}&password={SECRET}"
    answers = [
        ask("--ledger", url, *verb, *frame)
        for verb in (["init", "--roles"], ["status"], ["migrate"], ["rebuild"])
        for frame in ([], ["--json"])
    ]
    answers.append(ask("--ledger", url, "backup", "copy.db"))

    assert [0] * len(answers) == [said.code for said in answers]
    assert not any(SECRET in said.out + said.err for said in answers)
    assert 3 == sum("password=***" in said.out for said in answers)
