"""The one host that is served; what a request claims of it never reaches a link."""

import re

import pytest
from litestar import Litestar

from app.config import settings
from tests.cast import Cast
from tests.conftest import configured
from tests.mailbox import Mailbox
from tests.visitor import Browser
from tests.web.wire import Header, ask

pytestmark = pytest.mark.anyio

FOREIGN = [
    "evil.test",
    "evil.test:8000",
    "localhost:8000.evil.test",
    "localhost:8000@evil.test",
    "evil.test#localhost:8000",
    "localhost:8000, evil.test",
    " localhost:8000",
    "LOCALHOST.:8000",
    "",
    "[::1",
    "\x00",
    "xn--localhost-:8000",
    "localhost:",
    "localhost:8000:8000",
]

CLAIMS: list[Header] = [
    ("x-forwarded-host", "evil.test"),
    ("x-host", "evil.test"),
    ("x-original-url", "/dev/mail"),
    ("x-rewrite-url", "/dev/mail"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-port", "1"),
    ("x-forwarded-prefix", "//evil.test"),
    ("x-forwarded-server", "evil.test"),
    ("forwarded", "for=1.2.3.4;host=evil.test;proto=https"),
]


@pytest.mark.parametrize("host", FOREIGN)
async def test_a_foreign_host_gets_no_page(app: Litestar, database: None, host: str) -> None:
    foreign = await ask(app, "/login", headers=[("host", host)], host=None)
    assert foreign.status == 400
    assert foreign.all("set-cookie") == []
    assert "evil" not in foreign.text

    assert (await ask(app, "/login")).status == 200


async def test_a_request_without_a_host_gets_no_page(app: Litestar) -> None:
    """As HTTP/1.0 allows."""
    assert (await ask(app, "/recover", host=None)).status == 400


@pytest.mark.parametrize("second", ["evil.test", "localhost:8000"])
async def test_two_hosts_are_one_too_many(app: Litestar, second: str) -> None:
    """Two parts of a deployment could each believe another one."""
    for hosts in (["localhost:8000", second], [second, "localhost:8000"]):
        answer = await ask(app, "/login", host=None, headers=[("host", host) for host in hosts])
        assert answer.status == 400, hosts


async def test_a_foreign_host_cannot_act(app: Litestar) -> None:
    assert (await ask(app, "/recover", method="POST", host="evil.test")).status == 400


@pytest.mark.parametrize("path", ["/signup", "/recover", "/login/code"])
async def test_links_in_mails_lead_to_the_configured_address(
    app: Litestar, cast: Cast, mailbox: Mailbox, path: str
) -> None:
    browser = Browser(app)
    await browser.open(path)
    browser.http.headers.update(dict(CLAIMS))

    await browser.submit(path, email=cast.mia, **({"name": "Mia"} if path == "/signup" else {}))

    mail = await mailbox.newest(cast.mia)
    links = re.findall(r"https?://[^\s\"<]+", mail.text + mail.html)
    assert "evil" not in mail.text + mail.html
    assert links or path == "/login/code"
    assert all(link.startswith(settings().base_url) for link in links if "w3.org" not in link), links


async def test_links_in_mails_follow_the_setting(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    configured(base_url="https://portal.example")
    browser = Browser(app)
    await browser.open("/recover")
    await browser.submit("/recover", email=cast.mia)

    assert (await mailbox.link(cast.mia)).startswith("/recover/reset?token=")
    assert "localhost" not in (await mailbox.newest(cast.mia)).text


async def test_a_page_does_not_believe_what_is_claimed_of_the_host(app: Litestar, database: None) -> None:
    answer = await ask(app, "/recover", headers=CLAIMS)

    assert answer.status == 200
    assert "evil" not in answer.text
    assert "Mailbox" not in answer.text


async def test_a_redirect_never_names_another_host(app: Litestar, database: None) -> None:
    for path in ("/signup/verify", "/recover/sent", "/logout", "/login/code/enter"):
        answer = await ask(app, path, headers=CLAIMS)
        assert answer.status == 303
        assert str(answer.header("location")).startswith("/"), path
        assert not str(answer.header("location")).startswith("//"), path


@pytest.mark.parametrize("host", ["10.0.0.7:8000", "evil.test", None])
async def test_whoever_watches_may_ask_by_any_host(app: Litestar, database: None, host: str | None) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = await ask(app, path, host=host)
        assert answer.status == 200, path
        assert answer.all("set-cookie") == []


@pytest.mark.parametrize("path", ["/health/../login", "/health", "/healthy/login", "/health/nothing"])
async def test_only_the_health_pages_are_open_to_any_host(app: Litestar, path: str) -> None:
    assert (await ask(app, path, host="evil.test")).status in {400, 404}


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000", "localhost:9999"])
async def test_in_development_other_names_of_this_machine_lead_to_the_one_that_is_served(
    app: Litestar, host: str
) -> None:
    answer = await ask(app, "/signup/verify?token=a%2Fb&x=1", host=host)

    assert answer.status == 302
    assert answer.header("location") == "http://localhost:8000/signup/verify?token=a%2Fb&x=1"
    assert (await ask(app, "/login", method="POST", host=host)).status == 400


async def test_the_way_to_the_served_name_carries_no_line_end(app: Litestar) -> None:
    answer = await ask(app, "/static/x/\r\nset-cookie: a=b", host="127.0.0.1:8000")

    assert answer.header("location") == "http://localhost:8000/static/x/%0D%0Aset-cookie%3A%20a%3Db"


async def test_outside_development_only_the_one_name_is_served(app: Litestar, production: None) -> None:
    assert (await ask(app, "/login", host="127.0.0.1:8000")).status == 400
    assert (await ask(app, "/login", host="localhost:8000")).status == 400
