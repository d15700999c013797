"""Where a `next` may lead: to a page of this site and nowhere else."""

import pytest
from litestar import Litestar

from app.web.page import local
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.visitor import Browser
from tests.web.faults import broken
from tests.web.wire import ask

__all__ = ["broken"]

pytestmark = pytest.mark.anyio

ELSEWHERE = [
    "//evil.test",
    "///evil.test",
    "////evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/\\/evil.test",
    "https://evil.test",
    "https:evil.test",
    "https:/evil.test",
    "HTTPS://evil.test",
    "http:///evil.test",
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "mailto:x@evil.test",
    "/\t/evil.test",
    "\t//evil.test",
    " //evil.test",
    "/\n/evil.test",
    "/\r\n/evil.test",
    "/ /evil.test",
    "/\0/evil.test",
    "/x\0",
    "/\u2028",
    "/\u00a0x",
    "@evil.test",
    ":80/",
    ".evil.test",
    "evil.test",
    "",
    " ",
    "?x",
    "#x",
    "/a//evil.test",
    "/a/..//evil.test",
    "/../x",
    "/a/../..//x",
    "/x\r\nSet-Cookie: a=b",
    "/" + "a" * 2000,
    "／／evil.test",
    "/\u202eevil",
    "//[",
]

HERE = [
    "/",
    "/logout",
    "/t/acme?x=1&y=a%2Fb#z",
    "/%09/evil.test",
    "/a?next=//evil.test",
    "/@evil.test",
    "/:80",
    "/a.b",
    "/[",
]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_what_might_lead_elsewhere_leads_home(path: str) -> None:
    assert local(path) == "/"


def test_nothing_leads_home() -> None:
    assert local(None) == "/"


@pytest.mark.parametrize("path", HERE)
@pytest.mark.parametrize("base_url", ["http://localhost:8000", "https://portal.example"])
def test_a_path_of_this_site_is_kept(path: str, base_url: str) -> None:
    configured(base_url=base_url)

    assert local(path) == path


@pytest.mark.parametrize(("typed", "path"), [("/ü", "/%C3%BC"), ("/日本?x=é", "/%E6%97%A5%E6%9C%AC?x=%C3%A9")])
async def test_letters_that_no_header_carries_are_encoded(app: Litestar, cast: Cast, typed: str, path: str) -> None:
    browser = Browser(app)
    await browser.open("/login")
    form = browser.document.form("/login")[1]

    answer = await browser.http.post("/login", data=form | {"email": cast.mia, "password": PASSWORD, "next": typed})

    assert (answer.status_code, answer.headers["location"]) == (303, path)


@pytest.mark.parametrize("onward", ["//evil.test", "/\\evil.test", "https:evil.test", "/\t/evil.test", "/\r\nx: y"])
async def test_a_page_carries_no_foreign_next(app: Litestar, database: None, onward: str) -> None:
    browser = Browser(app)
    await browser.http.get("/login")
    browser.page = await browser.http.get("/login", params={"next": onward})

    assert "next" not in browser.document.form("/login")[1]
    assert "evil" not in browser.page.text


@pytest.mark.parametrize("onward", ["//evil.test", "/\\evil.test", "https:evil.test"])
async def test_whoever_is_signed_in_is_not_sent_elsewhere_either(app: Litestar, cast: Cast, onward: str) -> None:
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=cast.mia, password=PASSWORD)

    answer = await browser.http.get("/login", params={"next": onward})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    answer = await browser.http.get("/login", params={"next": onward}, headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, "/")

    answer = await browser.http.get("/login", params={"next": "/logout"}, headers={"hx-request": "true"})
    assert answer.headers["hx-redirect"] == "/logout"


async def test_of_two_nexts_none_leads_elsewhere(app: Litestar, cast: Cast) -> None:
    browser = Browser(app)
    await browser.open("/login")
    for onward in (["/logout", "//evil.test"], ["//evil.test", "/logout"]):
        token = str(browser.document.form("/login")[1]["csrf_token"])
        data = {"csrf_token": token, "email": cast.mia, "password": PASSWORD, "next": onward}
        answer = await browser.http.post("/login", data=data)
        assert answer.headers["location"] in {"/", "/logout"}
        await browser.http.post("/logout")
        browser = Browser(app)
        await browser.open("/login")


async def test_a_refused_sign_in_keeps_the_way(app: Litestar, cast: Cast) -> None:
    browser = Browser(app)
    await browser.open("/login?next=%2Flogout")
    await browser.submit("/login", email=cast.mia, password="wrong")
    assert browser.page.status_code == 422

    await browser.submit("/login", email=cast.mia, password=PASSWORD)
    assert browser.name == "login.logout"


async def test_a_page_for_people_who_are_signed_in_says_where_to_come_back_to(broken: Litestar) -> None:
    answer = await ask(broken, "/fault/stranger?a=1&b=%2F%2Fevil")

    assert (answer.status, answer.header("location")) == (
        303,
        "/login?next=%2Ffault%2Fstranger%3Fa%3D1%26b%3D%252F%252Fevil",
    )
