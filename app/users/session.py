"""Who: reads the session of a request, and puts one into a browser. It loads only; rules stand elsewhere."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from app import crypto, i18n
from app.actor import Actor
from app.users.login import after
from app.users.login.steps import HALF_MINUTES, HalfWay
from app.users.sessions import actions
from app.users.sessions.actions import ABSOLUTE_SECONDS, Started
from app.users.sessions.tables import Session
from app.web.data import Sent
from app.web.forms import Form
from app.web.headers import cookie_name
from app.web.page import AnyRequest, Go
from app.web.visitor import Person, Visitor, visitor

SESSION = "session"
DEVICE = "device"
METHOD = "method"
HALF = "half"
DEVICE_SECONDS = 400 * 24 * 3600
FACTORS = ("password", "passkey", "totp", "google")


class Who(ASGIMiddleware):
    """Loads the person of the session cookie, in one statement. An unknown secret is nobody's and is dropped."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if not scope["route_handler"].opt.get("anonymous"):
            connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
            secret = connection.cookies.get(cookie_name(SESSION))
            if secret:
                await _load(visitor(connection), secret)
        await next_app(scope, receive, send)


async def admit(request: AnyRequest, result: Started | HalfWay, form: Form | Sent) -> Go:
    """After the proof of who somebody is: on to the second step, or in, by way of the one page that may be next."""
    if isinstance(result, HalfWay):
        visitor(request).set_cookie(HALF, result.secret, HALF_MINUTES * 60)
        return Go(form.onward("/login/second-factor"))
    await sign_in_browser(request, result)
    stop = await after.next_stop(result.user_id)
    return Go(form.onward(stop) if stop else form.next)


async def sign_in_browser(request: AnyRequest, started: Started) -> None:
    """Gives this browser the new session; the one it held before ends, so that no two people share one."""
    caller = visitor(request)
    if caller.session:
        await actions.end(caller.session, reason="replaced", by=caller.actor)
    caller.session = crypto.digest(started.session)
    caller.set_cookie(SESSION, started.session, ABSOLUTE_SECONDS)
    caller.set_cookie(DEVICE, started.device, DEVICE_SECONDS)
    caller.set_cookie(METHOD, started.method, DEVICE_SECONDS)


async def sign_out_browser(request: AnyRequest) -> None:
    """Ends the session and forgets it here. The device stays known: it says nothing about who uses it now."""
    caller = visitor(request)
    if caller.session:
        await actions.end(caller.session, reason="signed_out", by=caller.actor)
    caller.session = caller.person = None
    caller.set_cookie(SESSION, "", 0)


async def renew_browser(request: AnyRequest, secret: str) -> None:
    """The session's new secret after a fresh proof; the old one is worth nothing any more."""
    caller = visitor(request)
    caller.session = crypto.digest(secret)
    caller.set_cookie(SESSION, secret, ABSOLUTE_SECONDS)


def half_of(request: AnyRequest) -> bytes:
    """The digest that names this browser's half-made sign-in in the database."""
    return crypto.digest(request.cookies.get(cookie_name(HALF), ""))


def device_of(request: AnyRequest) -> str | None:
    """The secret under which this browser signed in before, if it looks like one of ours."""
    secret = request.cookies.get(cookie_name(DEVICE), "")
    return secret if len(secret) == 43 and secret.isascii() else None


def last_method_of(request: AnyRequest) -> str | None:
    """How this browser signed in last; says nothing about who it was."""
    return request.cookies.get(cookie_name(METHOD))


def browser_of(request: AnyRequest) -> bytes:
    """The digest that names this browser in the database."""
    return crypto.digest(visitor(request).browser or "")


def actor_of(request: AnyRequest) -> Actor:
    return visitor(request).actor


async def _load(caller: Visitor, secret: str) -> None:
    token_hash = crypto.digest(secret)
    row = await Session.read(token_hash)
    if row is None:
        caller.set_cookie(SESSION, "", 0)
        return
    caller.session = token_hash
    caller.person = Person(
        id=row["userId"],
        email=row["email"],
        name=row["name"],
        avatar=row["avatar"],
        language=row["language"],
        timezone=row["timezone"],
        session_id=row["id"],
        signed_in_at=row["createdAt"],
        methods=tuple(row["methods"]),
        proven_by=tuple(row["provenBy"]),
        proof_age=row["proof_age"],
        factors=frozenset(name for name in FACTORS if row[name]),
        two_step=row["two_step"],
    )
    if row["language"] in i18n.LANGUAGES:
        i18n.set_language(row["language"])
