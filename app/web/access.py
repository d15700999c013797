"""The one guard. Every route declares who may use it; one that does not keeps the app from starting."""

from enum import Enum
from typing import Any, cast

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

from app.errors import Forbidden, NeedsSignIn
from app.permissions import Permission
from app.web import csrf
from app.web.visitor import visitor


class Access(Enum):
    """Who may use a route that asks for no permission of a tenant."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"


PUBLIC = Access.PUBLIC
SIGNED_IN = Access.SIGNED_IN

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class UndeclaredRoute(Exception):
    """A route says nothing, or something impossible, about who may use it."""


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuses what the route does not allow, and unsafe requests that do not come from our own pages."""
    permission = handler.opt.get("permission")
    caller = visitor(connection)
    if permission not in (PUBLIC, SIGNED_IN):
        raise Forbidden(str(permission))
    if permission is SIGNED_IN and caller.person is None:
        raise NeedsSignIn
    if connection.scope.get("method") not in SAFE_METHODS and not handler.opt.get("csrf_exempt"):
        await csrf.check(cast(Any, connection), caller)


def check_every_route(app: Litestar) -> None:
    """Walks all routes at start. Raises UndeclaredRoute."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            raise UndeclaredRoute(f"{route.path} is not an HTTP route; only those have a guard")
        for handler in route.route_handlers:
            if handler.http_methods != {"OPTIONS"}:
                _check(route.path, {str(method) for method in handler.http_methods}, handler.opt.get("permission"))


def _check(path: str, methods: set[str], permission: object) -> None:
    if not isinstance(permission, Access | Permission):
        raise UndeclaredRoute(f"{path} does not say who may use it: @get(..., permission=...)")
    if path.startswith("/t/") and not isinstance(permission, Permission):
        raise UndeclaredRoute(f"{path} is a tenant's page and must ask for one of its permissions")
    if isinstance(permission, Permission) and permission.value.endswith(":read") and methods - SAFE_METHODS:
        raise UndeclaredRoute(f"{path} changes something, and may not be guarded by {permission.value}")
