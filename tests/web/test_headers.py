"""The headers of every answer, whatever its status and whoever made it."""

from collections.abc import Awaitable, Callable

import pytest
from litestar import Litestar

from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.visitor import Browser
from tests.web.faults import broken, no_database
from tests.web.wire import FORM, Answer, ask

__all__ = ["broken", "no_database"]

pytestmark = pytest.mark.anyio

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

WAYS: dict[str, Callable[[Litestar], Awaitable[Answer]]] = {
    "200": lambda app: ask(app, "/login"),
    "200 live": lambda app: ask(app, "/health/live"),
    "200 ready": lambda app: ask(app, "/health/ready"),
    "200 head": lambda app: ask(app, "/login", method="HEAD"),
    "204": lambda app: ask(app, "/login", method="OPTIONS"),
    "302": lambda app: ask(app, "/login", host="127.0.0.1:8000"),
    "303": lambda app: ask(app, "/signup/verify"),
    "303 sign-in": lambda app: ask(app, "/fault/stranger"),
    "400": lambda app: ask(app, "/login", host="evil.test"),
    "400 router": lambda app: ask(app, "/login", host="localhost:8000, evil"),
    "400 page": lambda app: ask(app, "/fault/400"),
    "403": lambda app: ask(app, "/login", method="POST", headers=[FORM], body=b"email=a"),
    "403 page": lambda app: ask(app, "/fault/forbidden"),
    "404": lambda app: ask(app, "/nothing"),
    "404 static": lambda app: ask(app, "/static/000000000000/css/entrance.css"),
    "405": lambda app: ask(app, "/login", method="DELETE"),
    "410": lambda app: ask(app, "/signup/verify?token=x"),
    "413": lambda app: ask(app, "/login", method="POST", headers=[FORM], body=b"a" * 70_000),
    "422": lambda app: ask(app, "/fault/rejected"),
    "429": lambda app: ask(app, "/fault/limited"),
    "500": lambda app: ask(app, "/fault/fault"),
    "503": lambda app: ask(app, "/fault/busy"),
    "503 away": lambda app: ask(app, "/fault/away"),
}


@pytest.mark.parametrize("way", WAYS)
async def test_every_answer_carries_the_headers_that_protect_it(broken: Litestar, database: None, way: str) -> None:
    answer = await WAYS[way](broken)

    assert str(answer.status) == way[:3]
    assert answer.header("content-security-policy") == CONTENT_SECURITY_POLICY
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("referrer-policy") == "same-origin"
    assert answer.header("cross-origin-opener-policy") == "same-origin"
    assert answer.header("cross-origin-resource-policy") == "same-origin"
    assert "camera=()" in str(answer.header("permissions-policy"))
    assert answer.header("cache-control") == "no-store"
    assert not {"server", "x-powered-by", "via", "strict-transport-security"} & dict(answer.headers).keys()
    assert not [name for name, _value in answer.headers if name.startswith("access-control-")]
    content = answer.header("content-type")
    assert content in {None, "text/html; charset=utf-8", "text/plain; charset=utf-8", "application/json"}
    assert content is not None or not answer.body


async def test_a_refusal_after_a_form_carries_them_too(app: Litestar, cast: Cast) -> None:
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=cast.mia, password="wrong")

    assert browser.page.status_code == 422
    assert browser.page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert browser.page.headers["cache-control"] == "no-store"


async def test_the_policy_allows_no_way_around_itself(app: Litestar) -> None:
    policy = (await ask(app, "/login")).header("content-security-policy")

    for weak in ("unsafe", "*", "data:", "blob:", "http:", "https:", "strict-dynamic"):
        assert weak not in str(policy)


async def test_the_page_of_a_signed_in_person_is_stored_nowhere(app: Litestar, cast: Cast) -> None:
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=cast.mia, password=PASSWORD)

    assert browser.name == "account.home"
    assert browser.page.headers["cache-control"] == "no-store"


async def test_a_private_page_is_not_found_under_a_name_that_caches_keep(app: Litestar, cast: Cast) -> None:
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=cast.mia, password=PASSWORD)

    for path in ("/x.css", "/logout/x.css", "/account/x.css", "/login;x.css", "/login%2fx.css", "/logout/x.js"):
        answer = await browser.http.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["cache-control"] == "no-store"
        assert cast.mia not in answer.text


async def test_signing_out_empties_the_browsers_cache(app: Litestar, cast: Cast) -> None:
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=cast.mia, password=PASSWORD)
    token = str(browser.document.form("/logout")[1]["csrf_token"])

    answer = await browser.http.post("/logout", data={"csrf_token": token})

    assert answer.status_code == 303
    assert '"cache"' in answer.headers["clear-site-data"]


@pytest.mark.parametrize("way", ["200", "303", "403", "404", "405", "410", "422", "500", "503"])
async def test_under_https_every_answer_insists_on_https(broken: Litestar, database: None, way: str) -> None:
    configured(base_url="https://portal.example")

    answer = await WAYS[way](broken)

    assert answer.header("strict-transport-security") == "max-age=63072000; includeSubDomains"


async def test_cookies_are_bound_to_this_host_and_to_https(app: Litestar, cast: Cast) -> None:
    configured(base_url="https://portal.example")
    browser = Browser(app)
    await browser.open("/login")
    first = browser.page.headers.get_list("set-cookie")
    token = str(browser.document.form("/login")[1]["csrf_token"])

    answer = await browser.http.post("/login", data={"csrf_token": token, "email": cast.mia, "password": PASSWORD})

    assert answer.status_code == 303
    cookies = [*first, *answer.headers.get_list("set-cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} == {
        "__Host-browser",
        "__Host-session",
        "__Host-device",
        "__Host-method",
    }
    for cookie in cookies:
        attributes = cookie.split("; ")[1:]
        assert sorted(attributes) == sorted(
            ["Path=/", "HttpOnly", "SameSite=Lax", "Secure", next(a for a in attributes if a.startswith("Max-Age="))]
        )


async def test_under_https_a_cookie_without_the_prefix_is_nobodys(app: Litestar, cast: Cast) -> None:
    """A sister host can set `session`, but not `__Host-session`."""
    configured(base_url="https://portal.example")
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=cast.mia, password=PASSWORD)
    secret = browser.cookie("__Host-session")

    plain = await ask(app, "/", headers=[("cookie", f"session={secret}")])
    bound = await ask(app, "/", headers=[("cookie", f"__Host-session={secret}")])

    assert "Mia" not in plain.text
    assert "Mia" in bound.text


async def test_in_development_cookies_are_hidden_from_scripts_too(app: Litestar, database: None) -> None:
    cookies = (await ask(app, "/login")).cookies

    assert set(cookies) == {"browser"}
    assert cookies["browser"].endswith("; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax")


async def test_a_page_without_a_database_forgets_no_session(app: Litestar, no_database: None) -> None:
    answer = await ask(app, "/", headers=[("cookie", "session=" + "a" * 43)])

    assert answer.status == 503
    assert "session" not in answer.cookies


@pytest.mark.parametrize("name", ["session", "device", "browser", "method", "flash"])
@pytest.mark.parametrize(
    "value",
    ["", "a" * 43, "ü" * 43, "%00", '"', "\x01", "a" * 6000, "🦄" * 20, "../../etc/passwd", "<script>", "%F0%9F"],
)
async def test_a_cookie_may_hold_anything(app: Litestar, database: None, name: str, value: str) -> None:
    answer = await ask(app, "/login", headers=[("cookie", f"{name}={value}")])

    assert answer.status == 200
    assert "<script>" not in answer.text
