"""Acme in tests of members: its roles, what is granted to whom, and what its people hold."""

from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from app import db, tenancy
from app.actor import Actor
from app.members.roles import tables
from app.tenants.standing.tables import Standing
from tests.cast import Cast
from tests.users.links import sign_in
from tests.visitor import Browser

ROLES = "/t/acme/roles"
READ = ["tenant:read", "members:read"]
LEAD = ("tenant:read", "roles:read", "roles:update", "members:read")


async def tenant_id(slug: str = "acme") -> UUID:
    found: UUID = await db.value('SELECT "id" FROM "Tenants" WHERE "slug" = $1', slug)
    return found


async def role(name: str, slug: str = "acme") -> UUID:
    found: UUID = await db.value(
        'SELECT "id" FROM "Roles" WHERE "name" = $1 AND "tenantId" = $2', name, await tenant_id(slug)
    )
    return found


async def defaults(slug: str = "acme") -> list[str]:
    rows = await db.rows('SELECT "name" FROM "Roles" WHERE "isDefault" AND "tenantId" = $1', await tenant_id(slug))
    return [row["name"] for row in rows]


async def custom_role(name: str, *permissions: str, slug: str = "acme") -> UUID:
    """A role as some owner of the tenant made it."""
    with tenancy.scope(await tenant_id(slug)):
        made = await tables.make(name, None, [])
        await tables.set_permissions(made, list(permissions))
    return made


async def give(email: str, *roles: UUID, slug: str = "acme") -> None:
    """From now on the member holds these roles and no others; somebody who is none joins with them."""
    await db.execute(
        """INSERT INTO "TenantUsers" ("tenantId", "userId", "roles") SELECT $2, "id", $3 FROM "Users"
        WHERE "email" = $1 ON CONFLICT ("userId", "tenantId") DO UPDATE SET "roles" = excluded."roles" """,
        email,
        await tenant_id(slug),
        [str(each) for each in roles],
    )


async def suspend(email: str, slug: str = "acme") -> None:
    """As the verb does it: the roles are laid aside."""
    await db.execute(
        """INSERT INTO "MemberStandings" ("tenantId", "userId", "suspendedAt", "formerRoles")
        SELECT m."tenantId", m."userId", app_now(), m."roles" FROM "TenantUsers" m JOIN "Users" u ON u."id" = m."userId"
        WHERE u."email" = $1 AND m."tenantId" = $2""",
        email,
        await tenant_id(slug),
    )
    await give(email, slug=slug)


async def person(email: str) -> UUID:
    found: UUID = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', email)
    return found


async def actor(email: str) -> Actor:
    return Actor(kind="person", user_id=await person(email), name=email)


async def standing(email: str, slug: str = "acme") -> Standing | None:
    with tenancy.scope(await tenant_id(slug)):
        return await Standing.of(await person(email))


async def events(label: str) -> list[dict[str, Any]]:
    rows = await db.rows('SELECT "details" FROM "SecurityAuditLogs" WHERE "event" = $1 ORDER BY "createdAt"', label)
    return [row["details"] for row in rows]


async def all_roles() -> list[tuple[Any, ...]]:
    """Everything about all roles, to see that nothing changed."""
    rows = await db.rows(
        """SELECT r."id", r."name", r."description", r."scopes", r."isDefault", ARRAY(SELECT p."name" FROM
            "RolePermissions" rp JOIN "Permissions" p ON p."id" = rp."permissionId" WHERE rp."roleId" = r."id"
            ORDER BY 1) FROM "Roles" r ORDER BY r."id" """
    )
    return [tuple(row) for row in rows]


async def signed_in(app: Litestar, email: str, path: str = "/") -> Browser:
    browser = await sign_in(Browser(app), email)
    await browser.open(path)
    return browser


@pytest.fixture
async def olga(app: Litestar, cast: Cast) -> Browser:
    return await signed_in(app, cast.olga, ROLES)


@pytest.fixture
async def lead(app: Litestar, cast: Cast) -> Browser:
    """Mia, who may change roles, and holds little else."""
    await give(cast.mia, await custom_role("Lead", *LEAD))
    return await signed_in(app, cast.mia, ROLES)
