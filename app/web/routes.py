"""The decorators of pages: `permission` is a word of the route, and a GET answers HEAD too."""

from collections.abc import Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import HTTPRouteHandler

from app.permissions import Permission
from app.web.access import Access

Handler = Callable[..., Any]


def get(path: str = "/", *, permission: Access | Permission, **options: Any) -> Handler:
    """A page that shows; it changes nothing."""
    return _route(["GET", "HEAD"], path, permission=permission, **options)


def post(path: str = "/", *, permission: Access | Permission, **options: Any) -> Handler:
    """An act. It works as a plain form and never needs script."""
    return _route(["POST"], path, permission=permission, **options)


class Route(HTTPRouteHandler):
    """A route whose guard looks at the route itself: Litestar makes a copy of it for each request (10 µs)."""

    async def authorize_connection(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        for guard in self.resolve_guards():
            await guard(connection, self)  # type: ignore[misc]


def _route(methods: list[Any], path: str, **options: Any) -> Handler:
    """Litestar keeps the words it does not know in `handler.opt`, where the guard reads them."""
    return Route(path, http_method=methods, status_code=200, include_in_schema=False, **options)
