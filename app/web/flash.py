"""One message carried over a redirect, in a signed cookie; shown once by the next page."""

import base64
import binascii
import hmac
from typing import Literal

import msgspec

from app import crypto
from app.web.visitor import Visitor

COOKIE = "flash"
SECONDS = 120

Kind = Literal["success", "info", "warning", "danger"]


class Flash(msgspec.Struct, frozen=True, array_like=True):
    """`text` is already in the reader's language; templates escape it as they escape everything."""

    kind: Kind
    text: str


def put(caller: Visitor, flash: Flash) -> None:
    """Shows the flash on the next page."""
    body = msgspec.json.encode(flash)
    caller.set_cookie(COOKIE, base64.urlsafe_b64encode(crypto.mac("flash", body)[:16] + body).decode(), SECONDS)


def take(caller: Visitor, cookie: str | None) -> list[Flash]:
    """The flash that was put, and forgets it; an altered one is nothing."""
    if not cookie:
        return []
    caller.set_cookie(COOKIE, "", 0)
    try:
        raw = base64.urlsafe_b64decode(cookie)
        if hmac.compare_digest(crypto.mac("flash", raw[16:])[:16], raw[:16]):
            return [msgspec.json.decode(raw[16:], type=Flash)]
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        pass
    return []
