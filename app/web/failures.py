"""Refusals and faults as pages: the one table from exceptions to answers."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, cast
from urllib.parse import quote, urlencode
from uuid import UUID

from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
)
from litestar.response import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from app import db, moments
from app.errors import Busy, DeadLink, Forbidden, Limited, NeedsSignIn, NeedsSudo, NotFound, Rejected, Shut
from app.i18n import _
from app.web import front, kept, onward
from app.web.csrf import Forged
from app.web.page import AnyRequest, Go, Page
from app.web.visitor import visitor

log = logging.getLogger("portico.web")

Answer = Response[Any]
Handlers = dict[Any, Callable[[AnyRequest, Any], Answer]]


def _rejected(request: AnyRequest, error: Rejected) -> Answer:
    form = request.scope["state"].get("form")
    return form.refused(error) if form is not None else _page(request, 422, problem=error.message)


def _limited(request: AnyRequest, error: Limited) -> Answer:
    """429 on the form's own page, so that the input is kept; else a page of its own. Both say why and until when."""
    headers = {"retry-after": str(error.retry_after)}
    form = request.scope["state"].get("form")
    until = moments.wait(error.retry_after)
    if form is not None:
        page: Page = form.refused(Rejected(None, _("%(why)s %(until)s", why=error.message, until=until)))
        page.status_code = 429
        page.headers |= headers
        return page
    return _page(request, 429, headers=headers, message=error.message, until=until)


def _needs_sign_in(request: AnyRequest, error: NeedsSignIn) -> Answer:
    if error.kept:
        say = _("What you sent is kept for an hour. Sign in, and you can go on where you were.")
        return Go(f"/login?{urlencode({'next': f'/kept/{error.kept}'})}", say=say, kind="info")
    path = _asked(request)
    return Go(f"/login?next={quote(path, safe='')}" if request.method == "GET" and path != "/" else "/login")


def _needs_sudo(request: AnyRequest, error: NeedsSudo) -> Answer:
    """On to the proof, and from there back to the page, or to the form that was kept meanwhile."""
    sender = visitor(request).person
    if request.method == "POST" and sender is not None and error.kept is None:
        return Early(request, sender.id, error)
    return _to_proof(f"/kept/{error.kept}" if error.kept else _asked(request), error)


def _to_proof(target: str, error: NeedsSudo) -> Go:
    level = {"level": "any"} if error.any_factor else {}
    return Go(f"/sudo?{urlencode(level | {'next': target})}")


class Early(Response[bytes]):
    """A verb asks for a fresh proof, as only it can know. What was sent is kept, as by the guard where a route asks."""

    def __init__(self, sent: AnyRequest, user_id: UUID, error: NeedsSudo) -> None:
        super().__init__(b"", status_code=303)
        self.sent, self.user_id, self.error = sent, user_id, error

    def to_asgi_response(self, app: Any, request: AnyRequest, **_options: Any) -> ASGIResponse:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            act = scope["route_handler"].opt.get("act")
            form = await kept.keep(self.sent, self.user_id, act=act, late=False)
            go = _to_proof(f"/kept/{form}" if form else "/", self.error)
            await go.to_asgi_response(app, request)(scope, receive, send)

        return cast("ASGIResponse", answer)


def _asked(request: AnyRequest) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return str(request.scope["path"]) + (f"?{query}" if query else "")


def _busy(request: AnyRequest, error: Exception) -> Answer:
    wait = error.retry_after if isinstance(error, Busy) else 5
    if not isinstance(error, Busy):
        log.warning("database unavailable: %s", type(error).__name__)
    return _page(request, 503, headers={"retry-after": str(wait)})


def _http(request: AnyRequest, error: HTTPException) -> Answer:
    if error.status_code >= 500:
        return _fault(request, error)
    allowed = (error.headers or {}).get("allow")
    headers = {"allow": allowed} if allowed else None
    return _page(request, error.status_code if error.status_code in SHOWN else 400, headers=headers)


def _fault(request: AnyRequest, error: Exception) -> Answer:
    reference = visitor(request).request_id
    if reference == "-":
        reference = secrets.token_hex(6)
    log.error("unexpected %s, reference %s", type(error).__name__, reference, exc_info=error)
    return _page(request, 500, FaultPage, reference=reference)


class FaultPage(Page):
    """What failed may be the frame of signed-in pages: then the page stands in the entrance's."""

    def body_for(self, request: AnyRequest) -> bytes:
        try:
            return super().body_for(request)
        except Exception:
            if visitor(request).person is None:
                raise
            log.exception("the page of a fault failed too")
            visitor(request).person = None
            return super().body_for(request)


def _page(
    request: AnyRequest,
    status: int,
    kind: type[Page] = Page,
    *,
    headers: dict[str, str] | None = None,
    template: str | None = None,
    **context: Any,
) -> Page:
    """An error page. It replaces the main part of the page, whatever region htmx had asked for."""
    if request.headers.get("hx-request") == "true":
        headers = {**(headers or {}), "HX-Retarget": "#main", "HX-Reswap": "outerHTML", "HX-Reselect": "#main"}
    context |= {"again": onward.again(request), "sent": onward.form_was_sent(request)}
    return kind(template or f"errors/{status}.html", status=status, headers=headers, **context)


class Unrouted(Response[bytes]):
    """A page for a request that no route took. No middleware ran, so who it is and what they speak is asked here."""

    def __init__(self, page: Page, recognise: Callable[[AnyRequest], Awaitable[None]]) -> None:
        super().__init__(b"", status_code=page.status_code)
        self.page = page
        self.recognise = recognise

    def to_asgi_response(self, app: Any, request: AnyRequest, **_options: Any) -> ASGIResponse:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            front.introduce(request).forget_new_name()
            await self.recognise(request)
            await self.page.to_asgi_response(app, request)(scope, receive, send)

        return cast("ASGIResponse", answer)


def unrouted(recognise: Callable[[AnyRequest], Awaitable[None]]) -> Handlers:
    """The handlers of what is refused before there is a route; `recognise` finds out who is signed in."""

    def late(request: AnyRequest, error: HTTPException) -> Answer:
        page = cast("Page", EXCEPTION_HANDLERS[type(error)](request, error))
        return page if "visitor" in request.scope["state"] else Unrouted(page, recognise)

    return {NotFoundException: late, MethodNotAllowedException: late}


SHOWN = frozenset({400, 403, 404, 405, 413, 422})
"""What the framework itself refuses with a page of that name; anything else below 500 is 400."""

EXCEPTION_HANDLERS: Handlers = {
    Rejected: _rejected,
    Limited: _limited,
    NeedsSignIn: _needs_sign_in,
    NeedsSudo: _needs_sudo,
    NotFound: lambda request, _error: _page(request, 404),
    NotFoundException: lambda request, _error: _page(request, 404),
    MethodNotAllowedException: _http,
    Forged: lambda request, _error: _page(request, 403, missing=None, forged=True),
    Forbidden: lambda request, error: _page(request, 403, missing=error.missing, forged=False),
    Shut: lambda request, error: _page(request, 403, template="errors/shut.html", shut=error),
    DeadLink: lambda _request, error: Page("links/dead.html", status=410, again=error.again),
    Busy: _busy,
    HTTPException: _http,
    **dict.fromkeys(db.Unavailable, _busy),
    Exception: _fault,
}
