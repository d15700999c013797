"""The first thing that sees a request: which host, whose address, which language, and a line in the log."""

import logging
import re
import secrets
import time
from urllib.parse import quote

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app import clientinfo, i18n
from app.config import settings
from app.web.headers import cookie_name
from app.web.page import AnyRequest
from app.web.visitor import BROWSER, Visitor

log = logging.getLogger("portico.access")

_SECRET_PATH = re.compile(r"(/(?:links|invitations|join)/)[^/]+")
LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.ASCII)


class Front(ASGIMiddleware):
    """Refuses foreign hosts, answers OPTIONS, and notes who is at the door."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        connection: AnyRequest = Request(scope)
        answer = _short_answer(connection)
        if answer is not None:
            await answer(scope, receive, send)
            return
        caller = introduce(connection)
        started, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await next_app(scope, receive, watched)
        finally:
            _log(connection, caller, status, time.perf_counter() - started)


def introduce(connection: AnyRequest) -> Visitor:
    """Notes who is at the door, and which language to speak."""
    caller = connection.scope["state"]["visitor"] = _visitor(connection)
    i18n.set_language(i18n.negotiate(connection.headers.get("accept-language", "")))
    return caller


def _short_answer(connection: AnyRequest) -> ASGIResponse | None:
    """Foreign hosts and OPTIONS get no page. Links are made from BASE_URL alone, whatever a request claims."""
    path, method = connection.scope["path"], connection.method
    if method == "OPTIONS":
        return ASGIResponse(status_code=204)
    hosts = connection.headers.getall("host", [])
    if path.startswith("/health/") or hosts == [settings().host]:
        return None
    alias = len(hosts) == 1 and LOOPBACK.fullmatch(hosts[0]) and settings().development
    if alias and method in ("GET", "HEAD"):
        query = connection.scope["query_string"].decode("latin-1")
        onward = settings().base_url + quote(path) + (f"?{query}" if query else "")
        return ASGIResponse(status_code=302, headers={"location": onward})
    return ASGIResponse(body=b"This address is not served here.\n", status_code=400, media_type="text/plain")


def _visitor(connection: AnyRequest) -> Visitor:
    """A browser is named by a random cookie from its first form on; a value we cannot have made is replaced."""
    peer = connection.client.host if connection.client else None
    forwarded = tuple(connection.headers.getall("x-forwarded-for", ()))
    caller = Visitor(
        ip=clientinfo.client_ip(peer, forwarded, settings().trusted_proxies),
        agent=clientinfo.one_line(connection.headers.get("user-agent", "")) or None,
        request_id=secrets.token_hex(8),
        browser=connection.cookies.get(cookie_name(BROWSER)),
    )
    if not caller.browser or len(caller.browser) != 43 or not caller.browser.isascii():
        caller.browser, caller.browser_is_new = secrets.token_urlsafe(32), True
    return caller


def _log(request: AnyRequest, caller: Visitor, status: int, seconds: float) -> None:
    """Acts, refusals and slow pages; never the query or the part of a path that holds a mailed secret."""
    if request.method in ("GET", "HEAD") and status < 400 and seconds < 1:
        return
    log.info(
        "%s %s %s",
        request.method,
        _SECRET_PATH.sub(r"\1…", request.scope["path"]),
        status,
        extra={"request_id": caller.request_id, "ip": caller.ip, "milliseconds": round(seconds * 1000)},
    )
