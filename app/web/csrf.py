"""Cross-site request forgery: a token bound to the session (or, signed out, to the browser), and the origin.

Each page shows the token under a fresh mask, so that compressing pages which echo input cannot leak it (BREACH).
Sec-Fetch-Site and Origin are checked too where the browser sends them (OWASP: defence in depth).
"""

import base64
import binascii
import os
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.exceptions import ClientException

from app import crypto
from app.config import settings
from app.errors import Forbidden
from app.web.visitor import BROWSER, BROWSER_SECONDS, Visitor

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
_PURPOSE = "csrf"


class Forged(Forbidden):
    """The request did not come from a page that was made for this browser."""


def token(caller: Visitor) -> str:
    """The token for this visitor, masked anew each time; a browser gets its name with its first token."""
    if caller.browser_is_new and caller.browser:
        caller.set_cookie(BROWSER, caller.browser, BROWSER_SECONDS)
    plain = crypto.mac(_PURPOSE, _subject(caller))
    mask = os.urandom(len(plain))
    return base64.urlsafe_b64encode(mask + _xor(mask, plain)).decode()


async def check(request: Request[Any, Any, Any], caller: Visitor) -> None:
    """Refuses an unsafe request without a valid token or from another site. Raises Forged."""
    if not from_here(request):
        raise Forged
    given = request.headers.get(HEADER) or (await submitted(request)).get(FIELD)
    if not isinstance(given, str) or not (caller.person or caller.browser) or not _valid(given, _subject(caller)):
        raise Forged


async def was_ours(request: Request[Any, Any, Any], session_id: UUID) -> bool:
    """Whether the form comes from a page that was made for a session which has run out meanwhile."""
    given = (await submitted(request)).get(FIELD)
    return isinstance(given, str) and from_here(request) and _valid(given, _of_session(session_id))


async def submitted(request: Request[Any, Any, Any]) -> FormMultiDict:
    """What the form held. Raises ClientException (400) for parts in a character set that does not exist."""
    try:
        return await request.form()
    except (LookupError, UnicodeError):
        raise ClientException from None


def from_here(request: Request[Any, Any, Any]) -> bool:
    """Whether a page of this site sent it, or no page at all, as far as the browser says."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    return request.headers.get("origin") in (None, settings().base_url)


def _valid(given: str, subject: bytes) -> bool:
    try:
        raw = base64.urlsafe_b64decode(given)
    except (binascii.Error, ValueError):
        return False
    if len(given) != 88 or len(raw) != 64:
        return False
    return crypto.mac_matches(_PURPOSE, subject, _xor(raw[:32], raw[32:]))


def _subject(caller: Visitor) -> bytes:
    """The session's id, not its secret: that changes at each proof, and other tabs stay open meanwhile."""
    return _of_session(caller.person.session_id) if caller.person else b"browser:" + (caller.browser or "").encode()


def _of_session(session_id: UUID) -> bytes:
    return b"session:" + session_id.bytes


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(len(left))
