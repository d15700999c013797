"""The decorators of pages: `permission` is a word of the route, and a GET answers HEAD too."""

from collections.abc import Callable
from typing import Any

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


def _route(methods: list[Any], path: str, **options: Any) -> Handler:
    """Litestar keeps the words it does not know in `handler.opt`, where the guard reads them."""
    return HTTPRouteHandler(path, http_method=methods, status_code=200, include_in_schema=False, **options)
