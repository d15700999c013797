"""Keyset paging: the address of a page names the last row before it, so that deep pages cost what the first costs.

Offsets would read all the rows they skip, and show some twice when rows are added meanwhile.
"""

import base64
import binascii
import hmac
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from app import crypto
from app.web.page import AnyRequest

T = TypeVar("T")
K = TypeVar("K")

PARAMETER = "after"
_MAC = 12


class Window(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list. `onward` is what the next page's address carries, or None on the last page."""

    rows: list[T]
    onward: str | None


def window(rows: list[T], size: int, key: Callable[[T], object]) -> Window[T]:
    """The page out of `size + 1` rows that were read: the one too many tells that there is more."""
    shown = rows[:size]
    return Window(shown, _sealed(key(shown[-1])) if len(rows) > size else None)


def after(request: AnyRequest, kind: type[K]) -> K | None:
    """The key of the last row seen, as it was sealed; None for the first page, and for a value that is not ours."""
    try:
        raw = base64.urlsafe_b64decode(request.query_params.get(PARAMETER, ""))
        if raw and hmac.compare_digest(crypto.mac("page", raw[_MAC:])[:_MAC], raw[:_MAC]):
            return msgspec.msgpack.decode(raw[_MAC:], type=kind)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        pass
    return None


def _sealed(key: object) -> str:
    body = msgspec.msgpack.encode(key)
    return base64.urlsafe_b64encode(crypto.mac("page", body)[:_MAC] + body).decode()
