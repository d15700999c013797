"""Refusals and faults: a page for each, which tells people what to do and strangers nothing."""

import logging

import pytest
from litestar import Litestar

from app import crypto
from app.errors import NeedsSudo, PorticoError
from app.web.failures import EXCEPTION_HANDLERS, SHOWN
from tests.cast import PASSWORD, Cast
from tests.visitor import Browser, Document
from tests.web.faults import SECRET, broken, no_database
from tests.web.wire import ask

__all__ = ["broken", "no_database"]

pytestmark = pytest.mark.anyio

LEAKS = ("Traceback", SECRET, "RuntimeError", "asyncpg", "litestar", "127.0.0.1:9", 'File "')


def test_every_refusal_has_a_page() -> None:
    """A step-up has one when there is something to step up for."""
    assert set(PorticoError.__subclasses__()) - {NeedsSudo} <= EXCEPTION_HANDLERS.keys()


async def test_an_unexpected_error_is_a_page_with_a_reference_and_without_its_cause(
    broken: Litestar, database: None, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await ask(broken, "/fault/fault")

    assert answer.status == 500
    assert not [leak for leak in LEAKS if leak in answer.text]
    reference = answer.header("x-request-id")
    assert reference
    assert reference in Document(answer.text).text
    entry = next(record for record in caplog.records if record.levelno == logging.ERROR)
    assert reference in entry.getMessage()
    assert entry.exc_info


async def test_two_faults_have_two_references(broken: Litestar, database: None) -> None:
    first, second = [(await ask(broken, "/fault/fault")).header("x-request-id") for _time in range(2)]

    assert first != second


@pytest.mark.parametrize(
    "status", [*sorted(SHOWN), 401, 402, 406, 409, 411, 414, 415, 418, 429, 431, 451, 500, 501, 503, 599]
)
async def test_every_refusal_of_the_framework_is_a_page_of_ours(broken: Litestar, database: None, status: int) -> None:
    answer = await ask(broken, f"/fault/{status}")

    assert answer.status == (status if status in SHOWN else 500 if status >= 500 else 400)
    page = Document(answer.text)
    assert page.headings
    assert page.headings[0]
    assert not [leak for leak in LEAKS if leak in answer.text]


async def test_a_lost_database_is_a_page_that_says_when_to_come_back(
    app: Litestar, no_database: None, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await ask(app, "/", headers=[("cookie", "session=" + "a" * 43)])

    assert answer.status == 503
    assert answer.header("retry-after") == "5"
    assert Document(answer.text).headings == ["Back in a moment"]
    assert not [leak for leak in LEAKS if leak in answer.text]
    assert [record.levelname for record in caplog.records if record.name == "portico.web"] == ["WARNING"]


async def test_a_form_without_a_database_is_refused_and_not_lost_in_a_fault(app: Litestar, no_database: None) -> None:
    browser = Browser(app)
    await browser.open("/login")
    assert browser.page.status_code == 200
    for path, fields in (("/login", {"email": Cast.mia, "password": PASSWORD}), ("/recover", {"email": Cast.mia})):
        await browser.open(path)
        await browser.submit(path, **fields)
        assert browser.page.status_code == 503, path
        assert PASSWORD not in browser.page.text


async def test_what_needs_no_database_works_without_one(app: Litestar, no_database: None) -> None:
    for path, status in (("/", 200), ("/login", 200), ("/nothing", 404), ("/health/live", 200), ("/health/ready", 503)):
        assert (await ask(app, path)).status == status, path


async def test_a_database_that_comes_back_is_used_again(app: Litestar, cast: Cast) -> None:
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=cast.mia, password=PASSWORD)

    assert browser.name == "account.home"


async def test_too_much_work_is_a_page_that_says_when_to_come_back(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(app)
    await browser.open("/login")
    with monkeypatch.context() as busy:
        busy.setattr(crypto, "MOST_WAITING", 0)
        await browser.submit("/login", email=cast.mia, password=PASSWORD)
        assert browser.page.status_code == 503
        assert browser.page.headers["retry-after"] == "2"
        assert browser.cookie("session") is None

    await browser.open("/login")
    await browser.submit("/login", email=cast.mia, password=PASSWORD)
    assert browser.name == "account.home"


@pytest.mark.parametrize("path", ["/fault/fault", "/fault/busy", "/fault/limited", "/fault/rejected", "/nothing"])
async def test_an_error_takes_the_place_of_the_page_whatever_part_htmx_had_asked_for(
    broken: Litestar, database: None, path: str
) -> None:
    plain = await ask(broken, path)
    assert plain.header("hx-retarget") is None

    asked = [("hx-request", "true"), ("hx-request-type", "partial"), ("hx-target", "div#members")]
    answer = await ask(broken, path, headers=asked)

    assert answer.status == plain.status
    assert (answer.header("hx-retarget"), answer.header("hx-reselect")) == ("#main", "#main")
    assert answer.header("hx-reswap") == "outerHTML"
    assert 'id="main"' in answer.text


async def test_a_limit_says_how_long_to_wait(broken: Litestar, database: None) -> None:
    answer = await ask(broken, "/fault/limited")

    assert (answer.status, answer.header("retry-after")) == (429, "42")
    assert "42 seconds" in Document(answer.text).text


async def test_what_is_missing_is_told_as_text(broken: Litestar, database: None) -> None:
    answer = await ask(broken, "/fault/forbidden")

    assert answer.status == 403
    assert "&lt;b&gt;the right&lt;/b&gt;" in answer.text


async def test_a_method_that_is_not_known_names_those_that_are(app: Litestar) -> None:
    answer = await ask(app, "/login", method="PUT")

    assert answer.status == 405
    assert {method.strip() for method in str(answer.header("allow")).split(",")} >= {"GET", "POST"}


@pytest.mark.parametrize(
    "path",
    [
        "/%3Cscript%3E",
        "/<script>alert(1)</script>",
        "//evil.test/",
        "///",
        "/\x00",
        "/\r\nx: y",
        "/é",
        "/" + "a" * 9000,
        "/\udcff",
        "/login/../../etc",
        "/fault/%s",
        "/{{7*7}}",
        "/fault/fault;x",
    ],
)
async def test_any_path_gets_a_page_that_repeats_nothing(app: Litestar, path: str) -> None:
    answer = await ask(app, path)

    assert answer.status in {200, 404}
    assert "<script>alert" not in answer.text
    assert 'href="//' not in answer.text
    assert "49" not in Document(answer.text).text


@pytest.mark.parametrize("path", ["//fault/fault", "//fault//fault"])
async def test_trying_again_leads_to_this_site(broken: Litestar, path: str) -> None:
    answer = await ask(broken, path)

    assert 'href="//' not in answer.text
