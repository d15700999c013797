"""Who: reads the session of a request, and puts one into a browser. It loads only; rules stand elsewhere."""

import asyncio
import logging
from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from app import crypto, i18n
from app.actor import Actor
from app.users.login import after
from app.users.login.steps import HALF_MINUTES, HalfWay
from app.users.login.tables import HalfSignIn
from app.users.proofs.tables import MailboxProof
from app.users.sessions import actions
from app.users.sessions.actions import ABSOLUTE_SECONDS, Started
from app.users.sessions.ends import why
from app.users.sessions.live.tables import Past
from app.users.sessions.tables import Session
from app.web.data import Sent
from app.web.forms import Form
from app.web.headers import cookie_name
from app.web.page import AnyRequest, Go
from app.web.visitor import BROWSER, BROWSER_SECONDS, SESSION, Gone, Person, Visitor, visitor

log = logging.getLogger("portico.session")

DEVICE = "device"
METHOD = "method"
HALF = "half"
SECOND = "method2"
DEVICE_SECONDS = 400 * 24 * 3600
FACTORS = ("password", "passkey", "totp", "google")
PATIENCE = 1.0
"""Seconds that an error page waits to learn whose it is."""


class Who(ASGIMiddleware):
    """Loads the person of the session cookie, in one statement.

    A secret that is worth nothing any more is nobody's; the next page shown says why, where there is a why.
    A route's `beside=` is an expression that its page wants read in the same statement.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        route = scope["route_handler"].opt
        if not route.get("anonymous"):
            connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
            secret = connection.cookies.get(cookie_name(SESSION))
            if secret:
                await _load(visitor(connection), secret, route.get("beside", "NULL"))
        await next_app(scope, receive, send)


async def admit(request: AnyRequest, result: Started | HalfWay, form: Form | Sent) -> Go:
    """After the proof of who somebody is: on to the second step, or in, by way of the one page that may be next."""
    if isinstance(result, HalfWay):
        visitor(request).set_cookie(HALF, result.secret, HALF_MINUTES * 60)
        return Go(form.onward("/login/second-factor"))
    await sign_in_browser(request, result)
    stop = await after.next_stop(result.user_id)
    return Go(form.onward(stop) if stop else form.next)


async def recognise(request: AnyRequest) -> None:
    """Who it is, for an error page where no route was found. Whatever goes wrong, they are a stranger then.

    Under the name of a file nobody is recognised: there are caches in front of sites that keep `/account/x.css`.
    """
    secret = request.cookies.get(cookie_name(SESSION), "")
    if len(secret) != 43 or "." in request.scope["path"]:
        return
    try:
        async with asyncio.timeout(PATIENCE):
            await _load(visitor(request), secret)
    except Exception as error:  # noqa: BLE001 - an error page must not fail, and 404 stays 404 without a database
        log.warning("nobody was recognised: %s", type(error).__name__)


async def rename_browser(request: AnyRequest, *, keep_proofs: bool = False, keep_offer: bool = False) -> None:
    """A new name for the browser: one that somebody planted in it is worth nothing from here on (cookie tossing).

    The mailbox proofs of the old name end with it, or come along; so does what Google was asked for.
    """
    caller = visitor(request)
    before = browser_of(request)
    caller.browser, caller.browser_is_new = crypto.new_token().plain, False
    caller.set_cookie(BROWSER, caller.browser, BROWSER_SECONDS)
    onward = browser_of(request)
    await MailboxProof.leave(before, onward, keep_proofs=keep_proofs, keep_offer=keep_proofs or keep_offer)


async def sign_in_browser(request: AnyRequest, started: Started) -> None:
    """Gives this browser the new session; the one it held before ends, so that no two people share one."""
    caller = visitor(request)
    if caller.session:
        await actions.end(caller.session, reason="replaced", by=caller.actor)
    await rename_browser(request, keep_offer=True)
    caller.session, caller.gone = crypto.digest(started.session), None
    caller.set_cookie(SESSION, started.session, ABSOLUTE_SECONDS)
    caller.set_cookie(DEVICE, started.device, DEVICE_SECONDS)
    caller.set_cookie(METHOD, started.method, DEVICE_SECONDS)
    await drop_half(request)


async def sign_out_browser(request: AnyRequest) -> None:
    """Ends the session and forgets it here. The device stays known: it says nothing about who uses it now."""
    caller = visitor(request)
    if caller.session:
        await actions.end(caller.session, reason="signed_out", by=caller.actor)
    await rename_browser(request)
    caller.session = caller.person = caller.gone = None
    caller.set_cookie(SESSION, "", 0)
    await drop_half(request)


async def renew_browser(request: AnyRequest, secret: str) -> None:
    """The session's new secret after a fresh proof; the old one is worth nothing any more."""
    caller = visitor(request)
    caller.session = crypto.digest(secret)
    caller.set_cookie(SESSION, secret, ABSOLUTE_SECONDS)


async def drop_half(request: AnyRequest) -> None:
    """Ends this browser's half-made sign-in, if there is one: another way in was taken, or none."""
    if request.cookies.get(cookie_name(HALF)):
        await HalfSignIn.end(half_of(request))
        visitor(request).set_cookie(HALF, "", 0)


def last_second_of(request: AnyRequest) -> str | None:
    """How the second step was taken here last: totp or passkey."""
    return request.cookies.get(cookie_name(SECOND))


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


async def _load(caller: Visitor, secret: str, beside: str = "NULL") -> None:
    token_hash = crypto.digest(secret)
    row = await Session.read(token_hash, beside)
    if row is None:
        caller.gone = await _gone(token_hash)
        return
    caller.session, caller.beside = token_hash, row["beside"]
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
        idle_seconds=row["idleSeconds"],
        idle_left=int(row["idle_left"]),
    )
    if row["language"] in i18n.LANGUAGES:
        i18n.set_language(row["language"])


async def _gone(token_hash: bytes) -> Gone:
    """Only whoever holds the secret of an ended session learns that there was one, and why it ended."""
    past = await Past.of(token_hash)
    return Gone(why(past.reason), past.id, past.user_id if past.ran_out else None) if past else Gone()
