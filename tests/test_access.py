"""Every route against the access it declares: a new route is tested the day it is written."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from app.config import settings
from app.main import create_app
from app.permissions import Permission
from app.web.access import PUBLIC, SAFE_METHODS, SIGNED_IN, UndeclaredRoute, check_every_route
from app.web.data import Data
from app.web.page import Page
from app.web.routes import get, post
from tests.routes import routes
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

# Public acts: what a person who is not signed in must be able to do. A new one is added here on purpose.
PUBLIC_ACTS = {
    "/dev/qa/age",
    "/dev/qa/make",
    "/links/{token:str}",
    "/login",
    "/login/code",
    "/login/code/enter",
    "/login/second-factor",
    "/invitations/{token:str}/accept",
    "/invitations/{token:str}/ask",
    "/invitations/{token:str}/decline",
    "/invitations/{token:str}/switch",
    "/login/google",
    "/login/google/address",
    "/login/google/finish",
    "/login/passkey/options",
    "/login/passkey/verify",
    "/logout",
    "/recover",
    "/recover/reset",
    "/recover/reset/link",
    "/recover/second-factor",
    "/recover/second-factor/code",
    "/recover/second-factor/start",
    "/recover/sent",
    "/recover/unlock",
    "/signup",
    "/signup/finish",
    "/signup/finish/passkey/options",
    "/signup/finish/passkey/verify",
    "/signup/verify",
    "/signup/verify/link",
    "/signup/verify/resend",
}


def test_every_act_that_anyone_may_do_is_listed(app: Litestar) -> None:
    acts = {route.path for route in routes(app) if route.access is PUBLIC and route.method not in SAFE_METHODS}

    assert acts == PUBLIC_ACTS


def test_every_form_that_may_wait_for_a_fresh_proof_says_what_it_would_do(app: Litestar) -> None:
    """Else a kept form asks "Continue?" and nobody knows with what. Scripts' acts are not kept."""
    silent = [
        route.path
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if "POST" in handler.http_methods
        and handler.opt.get("sudo")
        and handler.parsed_fn_signature.return_type.annotation is not Data
        and not handler.opt.get("act")
    ]

    assert not silent


def test_a_route_without_a_word_on_access_keeps_the_app_from_starting() -> None:
    with pytest.raises(UndeclaredRoute):
        check_every_route(Litestar([_handler(get, "/open", permission=None)], openapi_config=None))


def test_below_a_tenant_only_permissions_count() -> None:
    with pytest.raises(UndeclaredRoute):
        check_every_route(Litestar([_handler(get, "/t/{slug:str}", permission=SIGNED_IN)], openapi_config=None))


def test_an_act_is_not_guarded_by_the_right_to_read() -> None:
    with pytest.raises(UndeclaredRoute):
        check_every_route(Litestar([_handler(post, "/x", permission=Permission.TENANT_READ)], openapi_config=None))


async def test_no_act_works_by_get(app: Litestar, database: None) -> None:
    """Links, images and scanners send GETs; the ones on these paths only show."""
    browser = Browser(app)
    for route in routes(app):
        if route.method == "POST":
            answer = await browser.http.get(route.path)
            assert answer.status_code in {200, 303, 404, 405, 410}, route.path
            assert "set-cookie" not in answer.headers or "session=" not in answer.headers["set-cookie"], route.path


async def test_every_page_answers_a_method_it_does_not_know(app: Litestar, database: None) -> None:
    browser = Browser(app)
    for path in sorted({route.path for route in routes(app) if not route.parameters}):
        for method in ("PUT", "DELETE", "PATCH", "TRACE"):
            answer = await browser.http.request(method, path)
            assert answer.status_code == 405, (method, path)


async def test_options_is_answered_without_a_page(app: Litestar) -> None:
    answer = await Browser(app).http.options("/login")

    assert answer.status_code == 204
    assert "access-control-allow-origin" not in answer.headers


async def test_head_is_get_without_the_body(app: Litestar, database: None) -> None:
    browser = Browser(app)
    head, shown = await browser.http.head("/login"), await browser.http.get("/login")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-security-policy"] == shown.headers["content-security-policy"]


def test_the_developers_mailbox_does_not_exist_in_production(production: None) -> None:
    assert settings().production
    assert not [route.path for route in routes(create_app()) if route.path.startswith("/dev")]


def _handler(decorator: Any, path: str, permission: object) -> Any:
    async def show() -> Page:
        return Page("login/index.html")

    return decorator(path, permission=permission)(show)
