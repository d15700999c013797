"""/dev: what exists for those who build and test Portico, and for nobody where people's accounts are."""

import hmac
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from app.config import settings
from app.errors import NotFound


async def developers_only(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """In development everybody, in staging whoever bears QA_TOKEN (RFC 6750); for all others there is nothing here."""
    expected = settings().qa_token
    given = connection.headers.get("authorization", "").removeprefix("Bearer ")
    bearer = expected is not None and hmac.compare_digest(given.encode(), expected.encode())
    if settings().production or not (settings().development or bearer):
        raise NotFound
