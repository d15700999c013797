"""The environment: one line for each thing that is wrong, all of them at once, and no start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import ROOT, ConfigError, Settings, read
from app.parsers import server_name

KEY = "k" * 32
PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": KEY,
    "BASE_URL": "https://portal.example",
    "SMTP_URL": "smtps://mail.example",
    "DATABASE_URL": "postgresql://portico@db/portico",
}


def problems(env: dict[str, str]) -> list[str]:
    try:
        read({"SECRET_KEY": KEY} | env)
    except ConfigError as error:
        return error.problems
    return []


def given(name: str, value: str) -> Settings:
    return read({"SECRET_KEY": KEY, name: value})


WRONG = {
    "ENVIRONMENT": ["prod", "Production", "development,staging"],
    "PORT": ["0", "65536", "-1", "8000.0", "８０００", "8e3", "0x50", "9" * 30],
    "WEB_WORKERS": ["0", "65", "many"],
    "DATABASE_URL": ["mysql://x/y", "portico", "http://db", "/var/run/postgresql"],
    "TENANT_DATABASE_CLUSTERS": [
        "db.example",
        "mysql://x/y",
        "postgresql:///x",
        "postgresql://a@db/x,db2",
        "postgresql://a@db/x,postgresql://b@DB/y",
    ],
    "SECRET_KEY": ["short", "k" * 31, f"{'k' * 32},short", f"{'k' * 32},"],
    "BASE_URL": [
        "portal.example",
        "ftp://portal.example",
        "https://",
        "https://portal.example/app",
        "https://portal.example?x",
        "https://portal.example#x",
        "https://user@portal.example",
        "//portal.example",
        "javascript:alert(1)",
        "https://[",
        "https://portal.example:99999",
        "https://portal.example:x",
        "https://por tal.example",
        "https://portal.example\nx",
        "https://evil\\.example",
    ],
    "SITE_NAME": ["Two\nlines", "\x1b[31mred", "a\0b"],
    "SITE_LOGO": ["logo.svg", "javascript:alert(1)", "data:image/png;base64,x", "https://", "file:///etc/passwd"],
    "SMTP_URL": ["mail.example", "http://mail.example", "smtp://", "smtps:mail"],
    "MAIL_FROM": ["Portico <a@b.c>", "a@b@c", "a", "@b", "a@", "a@b, c@d", "a@b\nBcc: x@y", "a b@c"],
    "TRUSTED_PROXIES": ["proxy", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/8;::1", "10.0.0.0/8,,"],
    "GOOGLE_ISSUER": ["accounts.google.com", "ldap://x"],
    "GEOIP_DATABASE": ["/no/such/file", "/"],
    "BREACHED_PASSWORDS": ["/no/such/file"],
    "BLOCKED_DOMAINS": ["/no/such/file"],
    "SIGNUP": ["yes", "Open", "off"],
    "QA_TOKEN": ["short", "x" * 23],
    "PASSWORD_MIN_LENGTH": ["7", "65", "x"],
    "PASSWORD_COST": [
        "fast",
        "m=64,t=1,p=1",
        "m=19456,t=1,p=1",
        "m=65536,t=0,p=4",
        "m=65536,t=3,p=0",
        "m=65536,t=3,p=17",
        "m=65536",
    ],
    "TERMS_URL": ["terms", "javascript:x"],
    "TERMS_VERSION": ["1\n2"],
    "PRIVACY_URL": ["mailto:x@y"],
    "SUPPORT_URL": ["support", "javascript:x", "mailto:", "mailto:nobody"],
    "LOG_FORMAT": ["JSON", "xml"],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_one_line_that_names_it(name: str) -> None:
    for value in WRONG[name]:
        found = [problem for problem in problems({name: value}) if problem.startswith(name)]
        assert len(found) == 1, (value, found)
        assert found[0].isprintable(), value


def test_all_problems_are_told_at_once() -> None:
    wrong = {name: values[0] for name, values in WRONG.items() if name != "ENVIRONMENT"}

    assert {problem.split()[0] for problem in problems(wrong)} >= wrong.keys()


def test_an_empty_or_blank_variable_is_as_good_as_none() -> None:
    assert problems(dict.fromkeys(WRONG, " ") | {"SECRET_KEY": KEY}) == []


def test_a_secret_is_not_repeated_in_what_is_said_about_it() -> None:
    said = " ".join(problems({"SECRET_KEY": "hunter2", "QA_TOKEN": "hunter3", "DATABASE_URL": "x://a:hunter4@b"}))

    assert "hunter" not in said


def test_clusters_are_a_list_of_servers_and_the_portals_own_without_one() -> None:
    two = "postgresql://a:x@one,two:6432/portico?target_session_attrs=any , postgres://b@/y?host=/run/pg&port=6000"
    chosen = given("TENANT_DATABASE_CLUSTERS", two)

    assert chosen.clusters == tuple(two.split(" , "))
    assert [server_name(dsn) for dsn in chosen.clusters] == ["one,two:6432", "/run/pg:6000"]
    assert given("DATABASE_URL", "postgresql://a:x@db/portico").clusters == ("postgresql://a:x@db/portico",)
    assert "hunter" not in str(problems({"TENANT_DATABASE_CLUSTERS": "postgresql://a:hunter@b/c,x://a:hunter@b"}))


def test_a_deployment_must_be_told_what_nobody_can_guess() -> None:
    assert read(PRODUCTION).production
    for missing in ("SECRET_KEY", "BASE_URL", "SMTP_URL"):
        env = {name: value for name, value in PRODUCTION.items() if name != missing}
        with pytest.raises(ConfigError) as refusal:
            read(env)
        assert [problem.split()[0] for problem in refusal.value.problems] == [missing]


def test_a_deployment_travels_by_https() -> None:
    for environment in ("staging", "production"):
        found = problems(PRODUCTION | {"ENVIRONMENT": environment, "BASE_URL": "http://portal.example"})
        assert [problem.split()[0] for problem in found] == ["BASE_URL"]


def test_what_goes_together_is_asked_for_together() -> None:
    assert len(problems({"GOOGLE_CLIENT_ID": "x"})) == 1
    assert len(problems({"GOOGLE_CLIENT_SECRET": "x"})) == 1
    assert len(problems({"TERMS_VERSION": "1"})) == 1

    assert problems({"GOOGLE_CLIENT_ID": "x", "GOOGLE_CLIENT_SECRET": "y"}) == []
    assert problems({"TERMS_VERSION": "1", "TERMS_URL": "https://portal.example/terms"}) == []


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("https://Portal.Example/", "portal.example"),
        ("https://portal.example:443", "portal.example"),
        ("http://portal.example:80/", "portal.example"),
        ("https://portal.example:8443", "portal.example:8443"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_the_address_is_written_as_browsers_send_it(typed: str, host: str) -> None:
    """Host and Origin are compared with it, and leave out the scheme's own port."""
    assert given("BASE_URL", typed).host == host
    assert given("BASE_URL", typed).base_url.endswith(f"://{host}")


def test_keys_and_networks_are_lists() -> None:
    assert read({"SECRET_KEY": f"{KEY}, {KEY.upper()}"}).secret_keys == (KEY, KEY.upper())
    assert len(given("TRUSTED_PROXIES", "10.0.0.0/8, ::1, 192.0.2.1").trusted_proxies) == 3


def test_the_key_of_development_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.config.ROOT", tmp_path)
    first, second = read({}).secret_keys, read({}).secret_keys

    assert first == second
    assert len(first[0]) >= 32
    assert (tmp_path / ".data" / "development.key").stat().st_mode & 0o077 == 0


def test_a_wrong_environment_ends_every_command_with_its_problems() -> None:
    env = os.environ | {"ENVIRONMENT": "prod", "PORT": "x", "SECRET_KEY": "hunter2"}
    done = subprocess.run(
        [sys.executable, "-m", "app", "migrate"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["portico:", "ENVIRONMENT"],
        ["portico:", "PORT"],
        ["portico:", "SECRET_KEY"],
    ]
    assert "hunter2" not in done.stderr
    assert not done.stdout
