"""
The URL of a ledger on PostgreSQL: libpq gets what was written, and nobody sees what is secret.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from ledger import Ledger, Malformed
from ledger.store.postgres_url import DEFAULTS, PostgresURL
from ledger.store.url import concealed, shown

SECRET_PARAMETERS = ["password", "sslpassword", "scram_client_key", "scram_server_key"]
SECRET_PARAMETERS.append("oauth_client_secret")
# What may stand in a password without being encoded.
PLAIN = st.text(
    st.characters(
        min_codepoint=33,
        exclude_characters="%/@",
        exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"),
    ),
    min_size=1,
)
ANY = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(user=ANY, password=ANY, database=ANY, schema=ANY)
def test_what_is_encoded_arrives_as_it_was(user: str, password: str, database: str, schema: str):
    """
    User, password, database and parameters of any characters, percent-encoded, reach libpq.
    """
    told = [quote(part, safe="") for part in (user, password, database, schema)]
    url = "postgresql://{}:{}@h.example:5433/{}?application_name={}".format(*told)

    found = conninfo_to_dict(PostgresURL.parsed(url).conninfo)

    assert (
        DEFAULTS
        | {
            "user": user,
            "password": password,
            "host": "h.example",
            "port": "5433",
            "dbname": database,
            "application_name": schema,
        }
        == found
    )


@given(password=PLAIN)
def test_a_password_that_needs_no_encoding_needs_none(password: str):
    """
    A plus is a plus, and a question mark or a hash in it does not end it.
    """
    found = conninfo_to_dict(PostgresURL.parsed(f"postgresql://u:{password}@h/d").conninfo)

    assert (password, "h", "d") == (found["password"], found["host"], found["dbname"])


@given(password=st.text(min_size=1).map("1~{}~1".format), name=st.sampled_from(SECRET_PARAMETERS))
def test_no_secret_is_shown(password: str, name: str):
    """
    However it is written, encoded or not, as a password or a parameter: what is shown, the object,
    and the error where it cannot be read, are without it.
    """
    encoded = quote(password, safe="", errors="surrogatepass")
    for url in (
        f"postgresql://u:{password}@h/d",
        f"postgresql://u:{encoded}@h/d",
        f"postgresql://h/d?{name}={password}",
        f"postgresql://h/d?{name}={encoded}",
    ):
        try:
            parsed = PostgresURL.parsed(url)
        except Malformed as error:
            said = [str(error)]
        else:
            said = [parsed.shown, repr(parsed)]
            assert parsed.secrets
        for told in (*said, shown(url), concealed(f"got {url}")):
            assert "1~" not in told
            assert "~1" not in told


NO_URL = [
    "postgresql://u:secret/d",
    "postgresql://u:1/secret@h/d",
    "postgresql://u:p/secret@h/d",
    "postgresql://u:secret@[::1/d",
    "postgresql://u:secret@h:port/d",
    "postgresql://u:secret@h]/d",
    "postgresql://u@h/d?secret",
    "postgresql://u@h/d?sec-ret=1",
    "postgresql://u@h/d?1/2?x@secret=1",
    "postgresql://u:sec\nret@h/d",
    "postgresql://u:secret\udcff@h/d",
    "postgresql://h/d&user=u&password=secret",
    "postgresql://h/d;password=secret",
    "postgresql://h;password=secret/d",
    "postgresql://host=h password=secret/d",
    "postgresql://user=u&password=secret@h/d",
    "postgresql://h/d?user=u;password=secret",
    "postgresql://h/d?user=u password=secret",
    "postgresql://h/d?pool_size=1;password=secret",
]


@pytest.mark.parametrize("url", NO_URL)
def test_what_cannot_be_read_is_refused_without_a_word_of_it(url: str):
    """
    Nobody can say which part of it is the password, so no part is told; what would work is.
    """
    with pytest.raises(Malformed, match="the URL cannot be read") as caught:
        PostgresURL.parsed(url)

    assert "postgresql://USER:PASSWORD@HOST" in (caught.value.expected or "")
    assert "sec" not in str(caught.value)
    assert "postgresql://***" == shown(url)


@pytest.mark.parametrize("name", ["passwd", "Password", "PASSWORD", "pass", "pw"])
def test_a_parameter_that_nobody_knows_shows_no_value(name: str):
    """
    It may be a password whose name was misspelled: libpq refuses the name, and only that is told.
    """
    url = f"postgresql://h/d?user=u&{name}=secret"

    assert f"postgresql://h/d?user=u&{name}=***" == shown(url)
    with pytest.raises(Malformed, match=f'"{name}"') as caught:
        Ledger.open(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///d",
        "postgresql://",
        "postgres://h",
        "postgresql://[::1]:5432/d",
        "postgresql://h1:1,h2:2,[::1]:3/d",
        "postgresql://%2Frun%2Fpostgres/d",
        "postgresql:///d?host=/run/postgres&port=5432",
        "postgresql://u@h?sslmode=verify-full",
        "postgresql://u:@h/d",
    ],
)
def test_what_libpq_can_read_is_read(url: str):
    """
    Several hosts, addresses, sockets, and what is left to the defaults.
    """
    expected = conninfo_to_dict(url)

    found = conninfo_to_dict(PostgresURL.parsed(url).conninfo)

    assert DEFAULTS | expected == found


def test_the_time_to_connect_is_the_url_s_where_it_has_one():
    """
    And bounded where it has none: libpq would wait for ever.
    """
    found = [
        conninfo_to_dict(PostgresURL.parsed(f"postgresql://h/d{asked}").conninfo)
        for asked in ("", "?connect_timeout=3")
    ]

    assert [10, 3] == [int(str(each["connect_timeout"])) for each in found]
    assert "connect_timeout" not in PostgresURL.parsed("postgresql://h/d").shown


def test_our_own_parameters_do_not_reach_libpq():
    """
    They are taken out, and read.
    """
    asked = "pool_size=2&tries=3&lock_timeout=1m&pool_timeout=90s&application_name=x"
    parsed = PostgresURL.parsed(f"postgresql://h/d?{asked}")

    assert (2, 3) == (parsed.pool_size, parsed.tries)
    assert (timedelta(minutes=1), timedelta(seconds=90)) == (
        parsed.lock_timeout,
        parsed.pool_timeout,
    )
    assert {*DEFAULTS, "application_name"} == {*conninfo_to_dict(parsed.conninfo)}


def test_no_variable_of_the_shell_leads_a_ledger_elsewhere(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    """
    What libpq would take from the environment is the URL's, or its own default.
    """
    with Ledger.create(postgres_url) as ledger:
        ledger.enrol_operator("op-1", kind="human")
    told = {
        "PGHOST": "/nowhere",
        "PGHOSTADDR": "192.0.2.1",
        "PGPORT": "1",
        "PGDATABASE": "none",
        "PGUSER": "nobody",
        "PGOPTIONS": "-csearch_path=pg_catalog",
        "PGSSLMODE": "require",
        "PGTARGETSESSIONATTRS": "standby",
        "PGCONNECT_TIMEOUT": "never",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    with Ledger.open(postgres_url) as opened:
        assert 2 == opened.status().entries


def test_no_variable_that_libpq_knows_has_a_say(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """
    Not one of them, whichever this version of libpq has: each alone would keep the ledger from its
    server. A service says nothing either.
    """
    Ledger.create(postgres_url).close()
    service = tmp_path / "service"
    service.write_text("[elsewhere]\nhost=/nowhere\nsslmode=require\nrequire_auth=md5\n")
    for option in pq.Conninfo.get_defaults():
        if option.envvar and option.keyword not in (b"password", b"passfile", b"servicefile"):
            monkeypatch.setenv(option.envvar.decode(), "nonsense")
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    monkeypatch.setenv("PGSERVICEFILE", str(service))

    with Ledger.open(postgres_url) as opened:
        opened.enrol_operator("op-1", kind="human")
        assert 2 == opened.status().entries


def test_tls_that_is_asked_for_in_libpq_s_other_way_is_asked_for():
    """
    What the URL leaves out undoes nothing that it says.
    """
    found = conninfo_to_dict(PostgresURL.parsed("postgresql://h/d?ssl=true").conninfo)

    assert "require" == found["sslmode"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("pool_size=0", "no pool_size"),
        ("pool_size=1001", "no pool_size"),
        ("pool_size=" + "9" * 5000, "'9{40}' is no pool_size"),
        ("tries=" + "0" * 5000, "no tries"),
        ("tries=-1", "no tries"),
        ("tries=1.5", "no tries"),
        ("lock_timeout=0s", "no lock_timeout"),
        ("lock_timeout=soon", "not a duration"),
        ("lock_timeout=25d", "no lock_timeout"),
        ("lock_timeout=24d20h31m24s", "no lock_timeout"),
        ("pool_timeout=1000d", "no pool_timeout"),
        ("pool_timeout=", "not a duration"),
        ("tries=1&tries=2", "tries is given twice"),
    ],
)
def test_a_parameter_of_ours_of_the_wrong_shape_is_malformed(asked: str, message: str):
    """
    It is not passed on, guessed at or left out.
    """
    with pytest.raises(Malformed, match=message):
        PostgresURL.parsed(f"postgresql://h/d?{asked}")
