"""The one guard. Every route declares who may use it; one that does not keeps the app from starting."""

from enum import Enum
from typing import Any, cast
from uuid import UUID

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

from app.actor import Sudo
from app.errors import Forbidden, NeedsSignIn, NeedsSudo, Rejected
from app.i18n import _
from app.permissions import Permission
from app.web import csrf, kept
from app.web.visitor import Person, Visitor, visitor


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
    """Refuses what the route does not allow, and unsafe requests that do not come from our own pages.

    A form that somebody sends too late, after their session ran out, or too early, before a fresh proof, is kept.
    """
    permission = handler.opt.get("permission")
    caller = visitor(connection)
    request = cast("Request[Any, Any, Any]", connection)
    unsafe = connection.scope.get("method") not in SAFE_METHODS
    if not isinstance(permission, Access | Permission):
        raise Forbidden
    if permission is not PUBLIC and caller.person is None:
        raise NeedsSignIn(await _keep_late(request, caller, handler) if unsafe else None)
    if isinstance(permission, Permission):
        _allow(caller, permission)
    if unsafe and not handler.opt.get("csrf_exempt"):
        await csrf.check(request, caller)
    wanted = _sudo(handler)
    if wanted and (caller.person is None or caller.person.sudo < wanted):
        raise NeedsSudo(
            await _keep_early(request, caller, handler) if unsafe else None, any_factor=wanted is Sudo.FRESH
        )
    if unsafe and caller.person and kept.FIELD in await csrf.submitted(request):
        await _use_kept(request, caller.person)


def _allow(caller: Visitor, permission: Permission) -> None:
    """The one question about a right, of the membership that was read for this request."""
    if caller.membership is None or permission.label not in caller.membership.permissions:
        raise Forbidden(_("the right “%(right)s”", right=permission.words))


async def _keep_late(request: Request[Any, Any, Any], caller: Visitor, handler: BaseRouteHandler) -> UUID | None:
    gone = caller.gone
    if gone is None or gone.user_id is None or gone.session_id is None:
        return None
    if not await csrf.was_ours(request, gone.session_id):
        return None
    return await kept.keep(request, gone.user_id, act=handler.opt.get("act"), late=True)


async def _keep_early(request: Request[Any, Any, Any], caller: Visitor, handler: BaseRouteHandler) -> UUID | None:
    if caller.person is None:
        return None
    return await kept.keep(request, caller.person.id, act=handler.opt.get("act"), late=False)


async def _use_kept(request: Request[Any, Any, Any], sender: Person) -> None:
    """A kept form is sent once."""
    if not await kept.take(request, sender.id):
        raise Rejected(None, _("This form was sent already, or was kept for more than an hour. Fill it in again."))


def _sudo(handler: BaseRouteHandler) -> Sudo:
    """`sudo=True` is the highest level, as factors, addresses and ownership need it (decisions 32)."""
    word = handler.opt.get("sudo", Sudo.NONE)
    return Sudo.STRONGEST if word is True else Sudo(word)


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
    if isinstance(permission, Permission) and permission.label.endswith(":read") and methods - SAFE_METHODS:
        raise UndeclaredRoute(f"{path} changes something, and may not be guarded by {permission.label}")
