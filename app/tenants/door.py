"""Where: who the person is in the tenant whose address was opened. Strangers learn nothing, not even that it exists."""

from typing import Any, cast

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from app import tenancy
from app.errors import NotFound, Shut
from app.tenants.standing.tables import Entry
from app.tenants.tables import TenantStatus
from app.web.visitor import Membership, Team, Visitor


class Door(ASGIMiddleware):
    """Reads membership and rights in one statement on every request, and opens the tenant's scope.

    Raises NotFound for a tenant the person does not belong to, and Shut where the tenant or the member is suspended.
    Who is signed out is asked to sign in by the guard, whatever the address names.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        caller = cast("Visitor", scope["state"]["visitor"])
        if caller.person is None:
            await next_app(scope, receive, send)
            return
        slug = cast("dict[str, Any]", scope["path_params"])["slug"]
        entry = await Entry.of(slug, caller.person.id)
        if entry is None:
            raise NotFound
        if entry.status == TenantStatus.SUSPENDED:
            raise Shut("tenant_suspended", entry.name, entry.slug)
        if entry.suspended:
            raise Shut("suspended", entry.name, entry.slug)
        caller.membership = _membership(entry)
        with tenancy.scope(entry.tenant_id):
            await next_app(scope, receive, send)


def _membership(entry: Entry) -> Membership:
    return Membership(
        tenant_id=entry.tenant_id,
        name=entry.name,
        slug=entry.slug,
        logo=entry.logo,
        status=entry.status,
        is_owner=entry.is_owner,
        role_names=tuple(entry.role_names),
        permissions=frozenset(entry.permissions),
        others=tuple(Team(*other) for other in entry.others),
    )
