"""The headers that every answer carries, whoever made it: pages, refusals, files, errors before any route."""

from functools import lru_cache

from litestar.types import Message, Scope

from app.config import settings
from app.web.visitor import Visitor

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# A Referrer-Policy of no-referrer would make browsers send `Origin: null` with our own forms.
ALWAYS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "cache-control": "no-store",
}

HSTS = "max-age=63072000; includeSubDomains"


async def add_headers(message: Message, scope: Scope) -> None:
    """Litestar's before_send hook: adds what a response has not set itself, and the visitor's cookies."""
    if message["type"] != "http.response.start":
        return
    headers = list(message["headers"])
    present = {name for name, _value in headers}
    headers += [pair for pair in _always(settings().secure) if pair[0] not in present]
    found = scope.get("state", {}).get("visitor")
    if isinstance(found, Visitor):
        headers.append((b"x-request-id", found.request_id.encode()))
        headers += [(b"set-cookie", _cookie(*cookie).encode()) for cookie in found.cookies]
    message["headers"] = headers


@lru_cache(maxsize=2)
def _always(secure: bool) -> tuple[tuple[bytes, bytes], ...]:  # noqa: FBT001 - the only thing that differs
    wanted = ALWAYS | ({"strict-transport-security": HSTS} if secure else {})
    return tuple((name.encode(), value.encode()) for name, value in wanted.items())


def cookie_name(name: str) -> str:
    """`__Host-` ties a cookie to this host and https; on http localhost browsers refuse it, so the plain name."""
    return f"__Host-{name}" if settings().secure else name


def _cookie(name: str, value: str, max_age: int) -> str:
    secure = "; Secure" if settings().secure else ""
    return f"{cookie_name(name)}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}"
