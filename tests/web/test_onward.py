"""The way on from a page that says no: it opens, it is ours, and it stands in the frame of whoever looks."""

import re
from urllib.parse import unquote

import pytest
from litestar import Litestar

from app import moments
from app.config import settings
from app.errors import Limited
from app.web.visitor import Person
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.database import TestDatabase
from tests.visitor import Browser, Document
from tests.web.faults import REFUSALS, broken, no_database
from tests.web.wire import Header, ask

__all__ = ["broken", "no_database"]

pytestmark = pytest.mark.anyio

AGAIN = re.compile(r'<a class="button primary" href="([^"]*)">')


async def way_on(app: Litestar, path: str, *, method: str = "GET", referer: str | None = None) -> str:
    """Where the first button of the refusal leads."""
    headers: list[Header] = [("referer", referer)] if referer else []
    answer = await ask(app, path, method=method, headers=headers)
    assert answer.status >= 400
    found = AGAIN.search(answer.text)
    assert found, answer.text
    return found.group(1).replace("&amp;", "&")


@pytest.mark.parametrize("kind", ["fault", "busy", "away", "limited", "rejected"])
async def test_after_a_form_the_way_on_is_the_page_it_stood_on(
    broken: Litestar, database: TestDatabase, kind: str
) -> None:
    page = f"{settings().base_url}/login?next=%2Faccount"

    assert await way_on(broken, f"/fault/form/{kind}", method="POST", referer=page) == "/login?next=%2Faccount"


@pytest.mark.parametrize(
    "referer",
    [
        None,
        "",
        "https://evil.test/login",
        "https://evil.test",
        "http://localhost:8000.evil.test/login",
        "http://localhost:8000@evil.test/login",
        "http://localhost:8000//evil.test/login",
        "http://localhost:8000/\\evil.test",
        "http://localhost:8000/fault/form/busy",
        "http://localhost:8000/nowhere",
        "http://localhost:8000",
        "javascript:alert(1)",
        "http://localhost:8000/" + "a" * 3000,
    ],
)
async def test_a_page_that_is_foreign_or_cannot_be_opened_is_no_way_on(
    broken: Litestar, database: TestDatabase, referer: str | None
) -> None:
    assert await way_on(broken, "/fault/form/busy", method="POST", referer=referer) == "/"


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/signup/verify/resend", "/signup/verify"),
        ("/signup/verify/link", "/signup/verify"),
        ("/recover/reset/link", "/recover/reset"),
        ("/login/code/enter", "/login/code/enter"),
        ("/logout", "/logout"),
    ],
)
async def test_without_a_word_from_the_browser_it_is_the_nearest_page(
    app: Litestar, database: TestDatabase, path: str, page: str
) -> None:
    """Each of these is refused for want of a token, as a form is whose page was open for too long."""
    assert await way_on(app, path, method="POST") == page


async def test_every_form_of_the_site_that_is_refused_leads_to_a_page_that_opens(
    app: Litestar, database: TestDatabase
) -> None:
    """Those of people; what scripts of testers send is answered in JSON."""
    forms = [route.path for route in app.routes if "POST" in getattr(route, "methods", ())]
    paths = [path for path in forms if not path.startswith("/dev/")]
    assert len(paths) > 10
    for path in paths:
        answer = await ask(app, path, method="POST")
        onward = answer.header("location") if answer.status == 303 else await way_on(app, path, method="POST")
        assert onward
        assert (await ask(app, unquote(onward))).status != 405, (path, onward)


@pytest.mark.parametrize("kind", ["fault", "busy"])
async def test_after_a_page_it_is_that_page_with_all_it_was_asked(
    broken: Litestar, database: TestDatabase, kind: str
) -> None:
    """A mailed link must not lose its token because the server was busy for a second."""
    assert await way_on(broken, f"/fault/{kind}?token=a%26b&x=1") == f"/fault/{kind}?token=a%26b&x=1"


async def signed_in(app: Litestar, email: str) -> Browser:
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=email, password=PASSWORD)
    assert browser.name == "account.home"
    return browser


def in_portal(browser: Browser) -> bool:
    return "portal" in str(browser.document.body.get("class"))


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nowhere", 404), ("/login/nowhere", 404), ("/signup/verify/resend", 405), ("/signup/verify?token=x", 410)],
)
async def test_a_signed_in_person_stays_in_the_portal_when_there_is_nothing(
    app: Litestar, cast: Cast, path: str, status: int
) -> None:
    stranger = Browser(app)
    await stranger.open(path)
    assert (stranger.page.status_code, in_portal(stranger)) == (status, False)
    browser = await signed_in(app, cast.mia)

    await browser.open(path)

    assert (browser.page.status_code, in_portal(browser)) == (status, True)
    assert "Mia Müller" in browser.document.text
    assert "Go to your home page" in browser.document.text
    await browser.submit("/logout")
    assert browser.name == "login.index", "the frame's own form works"


@pytest.mark.parametrize("kind", ["fault", "busy", "limited", "rejected", "forbidden"])
async def test_a_signed_in_person_stays_in_the_portal_when_something_fails(
    broken: Litestar, cast: Cast, kind: str
) -> None:
    browser = await signed_in(broken, cast.mia)

    await browser.open(f"/fault/{kind}")

    assert browser.page.status_code >= 400
    assert in_portal(browser)


async def test_when_the_portal_itself_is_broken_the_fault_is_told_outside_it(
    broken: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await signed_in(broken, cast.mia)

    def fail(_person: Person) -> str:
        raise RuntimeError("no initials")

    monkeypatch.setattr(Person, "initials", property(fail))
    await browser.open("/fault/fault")

    assert (browser.page.status_code, in_portal(browser)) == (500, False)
    assert browser.document.headings == ["Something broke on our side"]


async def test_an_unknown_address_needs_no_database(app: Litestar, no_database: None) -> None:
    answer = await ask(app, "/nowhere", headers=[("cookie", "session=" + "a" * 43)])

    assert answer.status == 404
    assert Document(answer.text).headings == ["There is nothing here"]


async def test_a_page_that_is_not_there_gives_a_browser_no_name(app: Litestar, database: TestDatabase) -> None:
    """It may be an icon that is asked for beside the first page; a second name would spoil that page's form."""
    assert "browser" not in (await ask(app, "/nowhere")).cookies
    assert "browser" in (await ask(app, "/login")).cookies


@pytest.mark.parametrize("secret", ["a" * 43, "", "a", "é" * 43, "a" * 9000])
async def test_a_session_that_is_none_opens_no_portal(app: Litestar, database: TestDatabase, secret: str) -> None:
    answer = await ask(app, "/nowhere", headers=[("cookie", f"session={secret}")])

    assert answer.status == 404
    assert "portal" not in str(Document(answer.text).body.get("class"))


async def test_what_cannot_be_checked_says_how_that_comes_about(app: Litestar, cast: Cast) -> None:
    browser = await signed_in(app, cast.mia)

    await browser.post("/logout", csrf_token="x")

    assert browser.page.status_code == 403
    assert "you signed in or out since" in browser.document.text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second."),
        (99, "99 seconds."),
        (100, "2 minutes."),
        (3600, "60 minutes."),
        (5400, "90 minutes."),
        (5401, "2 hours."),
        (10_000, "3 hours."),
        (17_280, "5 hours."),
    ],
)
async def test_a_wait_is_told_in_what_people_count_in(
    broken: Litestar, database: TestDatabase, monkeypatch: pytest.MonkeyPatch, seconds: int, words: str
) -> None:
    assert moments.wait(seconds) == f"Try again in {words}"
    monkeypatch.setitem(REFUSALS, "limited", Limited(seconds, "That was too often."))

    answer = await ask(broken, "/fault/limited")

    assert answer.header("retry-after") == str(seconds)
    assert f"Try again in {words}" in Document(answer.text).text


async def test_a_form_that_is_limited_says_until_when_above_its_fields(app: Litestar, cast: Cast) -> None:
    configured(environment="staging", base_url="http://localhost:8000")
    browser = Browser(app)
    for _try in range(16):
        await browser.open("/login")
        await browser.submit("/login", email=cast.mia, password="wrong-wrong-wrong")

    assert browser.page.status_code == 429
    assert re.search(r"That was tried too often\. Try again in \d+ seconds?\.", browser.document.text)
