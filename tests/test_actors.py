"""Every route x every kind of person x every method: the status follows from what the route declares (security 9.1).

A new route is covered without a line here. What differs from its declaration is an exception, with the reason.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import pytest
from litestar import Litestar

from app import db, main
from app.errors import Rejected
from app.operator.seeding import OTTO_TOTP
from app.permissions import Permission
from app.users.signup.forms import LinkForm
from app.web.access import PUBLIC, SIGNED_IN
from app.web.page import AnyRequest, Page
from app.web.routes import get, post
from tests.cast import PASSWORD, Cast
from tests.database import undone
from tests.mailbox import Mailbox
from tests.routes import Route, routes
from tests.second_step import code
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

UNVERIFIED = "zoe@zebra.test"


async def nobody(_app: Litestar, browser: Browser, _email: str) -> None:
    await browser.open("/")


async def signed_up(_app: Litestar, browser: Browser, email: str) -> None:
    """Asked for an account and has not opened the mail."""
    await browser.open("/signup")
    await browser.submit("/signup", name="Zoe", email=email)


async def unproven(app: Litestar, browser: Browser, email: str) -> None:
    """Has a password too, as an import or a fault of ours may leave it; the mailbox counts all the same."""
    await signed_up(app, browser, email)
    await db.execute(
        'UPDATE "Users" SET "password" = (SELECT "password" FROM "Users" WHERE "email" = $2) WHERE "email" = $1',
        email,
        Cast.mia,
    )
    await signed_in(app, browser, email)


async def signed_in(_app: Litestar, browser: Browser, email: str) -> None:
    await browser.open("/login")
    await browser.submit("/login", email=email, password=PASSWORD)


async def signed_in_by_app(app: Litestar, browser: Browser, email: str) -> None:
    """With the authenticator app that the demo's operator has."""
    await signed_in(app, browser, email)
    await browser.submit("/login/second-factor", code=await code(OTTO_TOTP))


async def one_step_in(app: Litestar, browser: Browser, email: str) -> None:
    """Knows the password of an account that wants a second proof."""
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = true WHERE "email" = $1', email)
    await signed_in(app, browser, email)


async def suspended(app: Litestar, browser: Browser, email: str) -> None:
    """Has the cookie of a session that was alive a moment ago."""
    await signed_in(app, browser, email)
    await db.execute('UPDATE "Users" SET "status" = \'suspended\' WHERE "email" = $1', email)


Begin = Callable[[Litestar, Browser, str], Awaitable[None]]
ACTORS: dict[str, tuple[Begin, str]] = {
    "anonymous": (nobody, ""),
    "unverified": (unproven, UNVERIFIED),
    "half-authenticated": (one_step_in, Cast.nora),
    "member": (signed_in, Cast.mia),
    "admin": (signed_in, Cast.adam),
    "owner": (signed_in, Cast.olga),
    "another tenant's owner": (signed_in, Cast.eve),
    "suspended": (suspended, Cast.adam),
    "operator": (signed_in_by_app, Cast.otto),
}
EVERYBODY = frozenset(ACTORS)
OUTSIDE = frozenset({"anonymous", "unverified", "half-authenticated", "suspended"})
INSIDE = EVERYBODY - OUTSIDE
OF_ACME = frozenset({"member", "admin", "owner"})
WAITING = frozenset({"unverified"})
ADAM = frozenset({"admin"})
HALF = frozenset({"half-authenticated"})
WITH_APP = frozenset({"operator"})

HEADS = frozenset({"admin", "owner"})
HOLDERS = {
    Permission.TENANT_READ: OF_ACME,
    Permission.MEMBERS_READ: OF_ACME,
    Permission.MEMBERS_EXPORT: HEADS,
    Permission.MEMBERS_INVITE: HEADS,
    Permission.MEMBERS_UPDATE: HEADS,
    Permission.MEMBERS_SUSPEND: HEADS,
    Permission.MEMBERS_REMOVE: HEADS,
    Permission.ROLES_READ: OF_ACME,
    Permission.ROLES_UPDATE: HEADS,
    Permission.OWNERS_UPDATE: frozenset({"owner"}),
}
"""Who holds a permission at Acme by its built-in roles; the others of Acme are refused, strangers find nothing."""

NOTHING_ASKED = {EVERYBODY: 303}
DEAD = {EVERYBODY: 410}
EXCEPTIONS: dict[str, dict[frozenset[str], int]] = {
    "POST /t/{slug:str}/ownership/withdraw": {frozenset({"owner"}): 303},  # harmless to repeat
    "POST /t/{slug:str}/roles/{role_id:uuid}/delete": {HEADS: 303},  # of a role that nobody has
    "POST /t/{slug:str}/roles/{role_id:uuid}/default": {HEADS: 303},
    "GET /tenants/{slug:str}/leave": {INSIDE - OF_ACME: 404},
    "POST /tenants/{slug:str}/leave": {INSIDE - OF_ACME: 404, OF_ACME - frozenset({"owner"}): 303},
    "GET /login": {INSIDE: 303},  # on to their home
    "GET /logout": {OUTSIDE: 303},  # there is nothing to sign out of
    "POST /logout": {EVERYBODY: 303},  # harmless to repeat
    # One step of several: without the one before there is nothing to show.
    "GET /signup/verify": {EVERYBODY - WAITING: 303},
    "POST /signup/verify": {EVERYBODY - WAITING: 303},
    "POST /signup/verify/resend": {EVERYBODY: 303},
    "GET /login/code/enter": NOTHING_ASKED,
    "GET /recover/sent": NOTHING_ASKED,
    "GET /signup/finish": DEAD,
    "POST /signup/finish": DEAD,
    "POST /login/code/enter": DEAD,
    "POST /recover/sent": DEAD,
    "GET /recover/reset": DEAD,
    "POST /recover/reset": DEAD,
    # A mailed link without its token.
    "POST /signup/verify/link": DEAD,
    "POST /recover/reset/link": DEAD,
    "GET /recover/unlock": DEAD,
    "POST /recover/unlock": DEAD,
    # A passkey's ceremony is spoken in JSON; an empty form is no answer of a browser.
    "POST /login/passkey/options": {EVERYBODY: 400},
    "POST /login/passkey/verify": {EVERYBODY: 400},
    "POST /signup/finish/passkey/options": {EVERYBODY: 400},
    "POST /signup/finish/passkey/verify": {EVERYBODY: 400},
    "POST /sudo/passkey/options": {INSIDE: 400},
    "POST /sudo/passkey/verify": {INSIDE: 400},
    "POST /account/security/passkeys/options": {INSIDE: 400},
    "POST /account/security/passkeys/verify": {INSIDE: 400},
    # The QA kit speaks JSON alone: with or without a token, a form is refused as another site's would be.
    "POST /dev/qa/make": {EVERYBODY: 403},
    "POST /dev/qa/age": {EVERYBODY: 403},
    # Google is not configured here, and nobody came back from it.
    "GET /login/google": {EVERYBODY: 404},
    "POST /login/google": {EVERYBODY: 404},
    "GET /login/google/callback": {EVERYBODY: 404},
    "GET /login/google/known": DEAD,
    "GET /login/google/address": DEAD,
    "POST /login/google/address": DEAD,
    "GET /login/google/finish": DEAD,
    "POST /login/google/finish": DEAD,
    "GET /account/security/google": {INSIDE: 404},
    "POST /account/security/google": {INSIDE: 404},
    "POST /account/security/google/link": {INSIDE: 410},
    "POST /account/security/google/later": {INSIDE: 303},
    # The second step is for whoever did the first; who lost it begins there, or with the address.
    "GET /login/second-factor": {EVERYBODY - HALF: 303},
    "POST /login/second-factor": {EVERYBODY - HALF: 303},
    "POST /recover/second-factor/start": {HALF: 303, EVERYBODY - HALF: 410},
    "GET /recover/second-factor/code": {EVERYBODY: 303},
    "POST /recover/second-factor/code": DEAD,
    "GET /links/{token:str}": DEAD,
    "POST /links/{token:str}": DEAD,
    "GET /invitations/{token:str}": DEAD,
    "POST /invitations/{token:str}/accept": DEAD,
    "POST /invitations/{token:str}/decline": DEAD,
    "POST /invitations/{token:str}/ask": DEAD,
    "POST /invitations/{token:str}/switch": DEAD,
    # Nobody of these is invited, and the invitation that is named is for somebody else.
    "GET /invitations/open": {INSIDE: 303},
    "GET /invitations/open/{invitation_id:uuid}": {INSIDE: 404},
    "POST /invitations/open/{invitation_id:uuid}/accept": {INSIDE: 404},
    "POST /invitations/open/{invitation_id:uuid}/decline": {INSIDE: 404},
    # Buttons of the list.
    "POST /t/{slug:str}/invitations/{invitation_id:uuid}/resend": {HEADS: 303},
    "POST /t/{slug:str}/invitations/{invitation_id:uuid}/cancel": {HEADS: 303},
    "POST /t/{slug:str}/invitations/{invitation_id:uuid}/chat-link": {HEADS: 200},
    # Buttons without a field: harmless to press twice, or with nothing to do.
    "POST /account/security/totp/start": {INSIDE: 303},
    "POST /account/security/totp/confirm": {INSIDE: 303},
    "POST /account/security/totp/cancel": {INSIDE: 303},
    "POST /account/security/totp/remove": {WITH_APP: 303},
    "POST /account/security/backup-codes": {WITH_APP: 200},
    "POST /account/security/backup-codes/file": {INSIDE: 303},
    "POST /account/security/devices/forget": {INSIDE: 404},
    "POST /account/security/devices/forget-all": {INSIDE: 303},
    "GET /terms": {INSIDE: 303},
    "GET /recover/review": {INSIDE: 303},
    # The passkey of the first member of Acme, Adam.
    "GET /account/security/passkeys/{key_id:uuid}": {INSIDE - ADAM: 404},
    "POST /account/security/passkeys/{key_id:uuid}": {INSIDE - ADAM: 404},
    "GET /account/security/passkeys/{key_id:uuid}/remove": {INSIDE - ADAM: 404},
    "POST /account/security/passkeys/{key_id:uuid}/remove": {INSIDE - ADAM: 404, ADAM: 303},
    # Whoever signed in a moment ago need not prove it again; a mailed code is for people with nothing else.
    "GET /sudo": {EVERYBODY: 303},
    "GET /.well-known/change-password": {EVERYBODY: 303},
    "POST /account/sessions/end-others": {INSIDE: 303},
    "POST /account/sessions/stay": {INSIDE: 303},
    # Each is the first member's of Acme, Adam's.
    "POST /account/sessions/{session_id:uuid}/end": {INSIDE - ADAM: 404, ADAM: 303},
    # Of Adam, the first member of Acme: an owner's button suspends or removes him, he himself may not.
    "POST /t/{slug:str}/members/export": {HEADS: 200},
    "POST /t/{slug:str}/members/{user_id:uuid}/suspend": {frozenset({"owner"}): 303},
    "POST /t/{slug:str}/members/{user_id:uuid}/remove": {frozenset({"owner"}): 303},
    "GET /kept/{form_id:uuid}": {INSIDE - ADAM: 404},
    "POST /kept/{form_id:uuid}/discard": {INSIDE - ADAM: 404, ADAM: 303},
}


def expected(route: Route, actor: str) -> int:
    """A page is shown, an empty form is refused at its fields, and nobody passes who is not meant."""
    method = "GET" if route.method == "HEAD" else route.method
    shown = {"GET": 200, "POST": 422}[method]
    for people, status in EXCEPTIONS.get(f"{method} {route.path}", {}).items():
        if actor in people:
            return status
    if route.access is PUBLIC:
        return shown
    if route.access is SIGNED_IN:
        return shown if actor in INSIDE else 303
    if isinstance(route.access, Permission):
        return _below_a_tenant(HOLDERS[route.access], shown, actor)
    raise AssertionError(f"{route.path} does not say who may use it")


def _below_a_tenant(holders: frozenset[str], shown: int, actor: str) -> int:
    if actor in OUTSIDE:
        return 303
    if actor not in OF_ACME:
        return 404
    return shown if actor in holders else 403


class Actor(NamedTuple):
    """One of ACTORS with their browser."""

    name: str
    browser: Browser


@pytest.fixture
async def actor(request: pytest.FixtureRequest, app: Litestar, cast: Cast, mailbox: Mailbox) -> Actor:
    """In a world in which a mail was sent."""
    await signed_up(app, Browser(app), "zack@zebra.test")
    begin, email = ACTORS[request.param]
    browser = Browser(app)
    await begin(app, browser, email)
    assert (browser.name == "account.home") == (request.param in INSIDE | {"suspended"})
    assert await mailbox.count()
    return Actor(request.param, browser)


async def answered(browser: Browser, route: Route, token: str) -> int:
    """The status of this one request, of which nothing stays: neither rows nor cookies."""
    data = {"csrf_token": token} if route.method == "POST" else None
    with browser.forgetting():
        async with undone():
            answer = await browser.http.request(route.method, await route.at("acme"), data=data)
    return answer.status_code


async def token_of(browser: Browser) -> str:
    """What proves that a form came from a page of this browser; any page's is good for all."""
    await browser.open("/recover")
    return str(browser.document.form("/recover")[1]["csrf_token"])


@pytest.mark.parametrize("actor", ACTORS, indirect=True)
async def test_every_route_answers_everybody_as_it_declares(app: Litestar, actor: Actor) -> None:
    token = await token_of(actor.browser)
    wrong = [
        f"{route.method} {route.path}: {status}, not {expected(route, actor.name)}"
        for route in routes(app)
        if (status := await answered(actor.browser, route, token)) != expected(route, actor.name)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("actor", ACTORS, indirect=True)
async def test_no_act_is_done_for_anybody_without_the_token_of_a_page(app: Litestar, actor: Actor) -> None:
    """Whoever may not use a route at all learns that first."""
    for route in routes(app):
        if route.method == "POST":
            kept_out = route.access is not PUBLIC and (
                actor.name in OUTSIDE
                or (isinstance(route.access, Permission) and actor.name not in HOLDERS[route.access])
            )
            refused = expected(route, actor.name) if kept_out else 403
            assert await answered(actor.browser, route, "") == refused, route.path


@pytest.mark.parametrize("actor", ["suspended"], indirect=True)
async def test_a_suspended_person_is_nobody_on_every_page(app: Litestar, actor: Actor) -> None:
    """Their pages were open before: neither these nor any other show or do anything for them."""
    browser = actor.browser
    old = str(browser.document.form("/logout")[1]["csrf_token"])
    assert "Adam Ahmadi" in browser.document.text
    secret = browser.cookie("session")
    assert secret is not None

    for route in routes(app):
        if route.method == "POST":
            assert await answered(browser, route, old) == (403 if route.access is PUBLIC else 303), route.path
        elif route.method == "GET" and not route.path.startswith("/dev/"):
            browser.plant("session", secret)
            await browser.open(await route.at("acme"))
            assert "Adam Ahmadi" not in browser.page.text, route.path
            assert Cast.adam not in browser.page.text, route.path


@pytest.mark.parametrize("actor", ACTORS, indirect=True)
async def test_a_page_for_those_who_signed_in_is_covered_the_day_it_is_written(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def show() -> Page:
        return Page("login/logout.html")

    async def act(request: AnyRequest) -> Page:
        return (await LinkForm.of(request, "login/logout.html")).refused(Rejected(None, "no"))

    tomorrow = [get("/tomorrow", permission=SIGNED_IN)(show), post("/tomorrow", permission=SIGNED_IN)(act)]
    monkeypatch.setattr(main, "PAGES", main.PAGES + tomorrow)
    app = main.create_app()
    browser = Browser(app)
    browser.http.cookies.update(actor.browser.http.cookies)
    token = await token_of(browser)

    for route in [route for route in routes(app) if route.path == "/tomorrow"]:
        assert await answered(browser, route, token) == expected(route, actor.name), route.method


def test_a_route_that_does_not_say_who_may_use_it_is_found() -> None:
    with pytest.raises(AssertionError, match="/open does not say"):
        expected(Route("GET", "/open", None), "anonymous")


def test_below_a_tenant_strangers_find_nothing_and_members_are_told() -> None:
    route = Route("POST", "/t/{slug:str}", Permission.TENANT_READ)

    assert [expected(route, name) for name in ("anonymous", "suspended", "another tenant's owner", "operator")] == [
        303, 303, 404, 404,
    ]  # fmt: skip
    assert expected(route, "member") == 422
    assert _below_a_tenant(frozenset({"owner"}), 200, "member") == 403


def test_every_exception_is_of_a_route_that_is_there(app: Litestar) -> None:
    assert not EXCEPTIONS.keys() - {f"{route.method} {route.path}" for route in routes(app)}
