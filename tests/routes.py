"""The routes of the app for tests that walk all of them, and what may stand in the place of a path's parameter.

A route with a parameter that is not in PARAMETERS fails those tests: whoever adds one says here whose it is.
"""

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar.routes import HTTPRoute

from app import db
from app.users.sudo.tables import Kept, KeptForm
from app.web.assets import assets


class Route(msgspec.Struct, frozen=True):
    """One method of one path; `access` is the route's own word on who may use it."""

    method: str
    path: str
    access: object

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+):\w+}", self.path)

    async def at(self, tenant: str) -> str:
        """The path with the parameters of something that is there; what belongs to tenants is of this one."""
        path = self.path
        for name in self.parameters:
            path = re.sub(rf"{{{name}:\w+}}", await PARAMETERS[name].value(tenant), path)
        return path


class Parameter(msgspec.Struct, frozen=True):
    """`value` gives one that exists, for a tenant's slug. What is `owned` is nothing to other tenants."""

    value: Callable[[str], Awaitable[str]]
    owned: bool = True


def routes(app: Litestar) -> list[Route]:
    """Every route; those of one path together, as they were declared."""
    return [
        Route(str(method), route.path, handler.opt.get("permission"))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods)
        if method != "OPTIONS"
    ]


async def _slug(tenant: str) -> str:
    return tenant


async def _role(tenant: str) -> str:
    """One of the tenant's own: the built-in ones are the same everywhere and neither changed nor deleted."""
    found = await db.value(
        """INSERT INTO "Roles" ("tenantId", "name") SELECT "id", 'Own ' || uuid_generate_v4() FROM "Tenants"
        WHERE "slug" = $1 RETURNING "id" """,
        tenant,
    )
    return str(found)


async def _member(tenant: str) -> str:
    """The tenant's first member by address."""
    found = await db.value(
        """SELECT u."id" FROM "Users" u JOIN "TenantUsers" m ON m."userId" = u."id"
        JOIN "Tenants" t ON t."id" = m."tenantId" WHERE t."slug" = $1 ORDER BY u."email" LIMIT 1""",
        tenant,
    )
    return str(found)


async def _kept_mail(_tenant: str) -> str:
    return str(await db.value('SELECT max("id") FROM "DevMails"'))


async def _file(_tenant: str) -> str:
    return "css/portal.css"


async def _digest(tenant: str) -> str:
    return assets()[await _file(tenant)].digest


async def _session(tenant: str) -> str:
    """Of the tenant's first member by address."""
    found = await db.value(
        """INSERT INTO "Sessions" ("tokenHash", "userId", "methods", "authenticatedAt", "lastSeenAt", "idleSeconds",
            "expiresAt") SELECT uuid_send(uuid_generate_v4()), u."id", ARRAY['password'], app_now(), app_now(), 3600,
            app_now() + interval '1 hour'
        FROM "Users" u JOIN "TenantUsers" m ON m."userId" = u."id" JOIN "Tenants" t ON t."id" = m."tenantId"
        WHERE t."slug" = $1 ORDER BY u."email" LIMIT 1 RETURNING "id" """,
        tenant,
    )
    return str(found)


async def _kept_form(tenant: str) -> str:
    """Of the same member."""
    owner = await db.value('SELECT "userId" FROM "Sessions" WHERE "id" = $1', UUID(await _session(tenant)))
    return str(await KeptForm.keep(owner, Kept(path="/account/password", fields=[])))


async def _passkey(tenant: str) -> str:
    """Of the same member; no authenticator holds it."""
    found = await db.value(
        """INSERT INTO "Authenticators" ("userId", "credentialID", "credentialPublicKey")
        SELECT "userId", uuid_send(uuid_generate_v4()), '\\x01' FROM "Sessions" WHERE "id" = $1 RETURNING "id" """,
        UUID(await _session(tenant)),
    )
    await db.execute(
        'INSERT INTO "Passkeys" VALUES ($1, uuid_generate_v4(), false, false, app_now(), app_now())', found
    )
    return str(found)


async def _mailed_token(_tenant: str) -> str:
    """Of no link: what a good one does is tested where it is made."""
    return "a" * 43


async def _invitation(tenant: str) -> str:
    """Open, made by the tenant's owner."""
    found = await db.value(
        """WITH made AS (
            INSERT INTO "Invitations" ("email", "token", "expiresAt", "tenantId", "invitedById")
            SELECT 'invited-' || uuid_generate_v4() || '@acme.test', uuid_generate_v4()::text,
                app_now() + interval '1 day', t."id", h."userId"
            FROM "Tenants" t JOIN "MemberRoles" h ON h."tenantId" = t."id"
            JOIN "BuiltInRoles" b ON b."roleId" = h."roleId" AND b."kind" = 'owner' WHERE t."slug" = $1 LIMIT 1
            RETURNING "id", "tenantId"
        ), details AS (INSERT INTO "InvitationDetails" ("invitationId", "days") SELECT "id", 7 FROM made)
        SELECT "id" FROM made""",
        tenant,
    )
    return str(found)


async def _batch(tenant: str) -> str:
    found = await db.value(
        """INSERT INTO "InvitationBatches" ("tenantId", "userId", "roles", "days", "total")
        SELECT "tenantId", "invitedById", '{}', 7, 0 FROM "Invitations" WHERE "id" = $1 RETURNING "id" """,
        UUID(await _invitation(tenant)),
    )
    return str(found)


PARAMETERS = {
    "invitation_id": Parameter(_invitation),
    "batch_id": Parameter(_batch),
    "key_id": Parameter(_passkey),
    "token": Parameter(_mailed_token, owned=False),
    "session_id": Parameter(_session),
    "form_id": Parameter(_kept_form),
    "slug": Parameter(_slug),
    "user_id": Parameter(_member),
    "role_id": Parameter(_role),
    "mail_id": Parameter(_kept_mail, owned=False),  # of developers, never of a deployment
    "digest": Parameter(_digest, owned=False),
    "name": Parameter(_file, owned=False),
}
