"""What tests of teams share: people signed in, ids by name, memberships by hand."""

from uuid import UUID

from litestar import Litestar

from app import db
from tests.cast import PASSWORD
from tests.visitor import Browser


async def signed_in(app: Litestar, email: str) -> Browser:
    """A browser of one of the cast."""
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=email, password=PASSWORD)
    assert browser.name == "account.home", browser.name
    return browser


async def tenant_id(slug: str = "acme") -> UUID:
    return UUID(str(await db.value('SELECT "id" FROM "Tenants" WHERE "slug" = $1', slug)))


async def role_id(name: str, slug: str = "acme") -> UUID:
    found = await db.value(
        'SELECT r."id" FROM "Roles" r JOIN "Tenants" t ON t."id" = r."tenantId" WHERE r."name" = $1 AND t."slug" = $2',
        name,
        slug,
    )
    return UUID(str(found))


async def roles_of(email: str, slug: str = "acme") -> list[str] | None:
    """Names of the roles somebody holds, in order; None for somebody who is no member."""
    row = await db.one(
        """SELECT ARRAY(SELECT r."name"::text FROM "Roles" r WHERE r."id"::text = ANY (m."roles") ORDER BY 1) AS names
        FROM "TenantUsers" m JOIN "Users" u ON u."id" = m."userId" JOIN "Tenants" t ON t."id" = m."tenantId"
        WHERE u."email" = $1 AND t."slug" = $2""",
        email,
        slug,
    )
    return list(row["names"]) if row else None


async def give_roles(email: str, *names: str, slug: str = "acme") -> None:
    """Makes somebody a member with exactly these roles, by hand."""
    await db.execute(
        """INSERT INTO "TenantUsers" AS m ("tenantId", "userId", "roles")
        SELECT t."id", u."id", ARRAY(SELECT r."id"::text FROM "Roles" r
            WHERE r."tenantId" = t."id" AND r."name" = ANY ($3::varchar[]))
        FROM "Tenants" t, "Users" u WHERE t."slug" = $2 AND u."email" = $1
        ON CONFLICT ("userId", "tenantId") DO UPDATE SET "roles" = excluded."roles" """,
        email,
        slug,
        list(names),
    )


async def remove(email: str, slug: str = "acme") -> None:
    """Ends a membership, by hand."""
    await db.execute(
        """DELETE FROM "TenantUsers" m USING "Users" u, "Tenants" t
        WHERE u."id" = m."userId" AND t."id" = m."tenantId" AND u."email" = $1 AND t."slug" = $2""",
        email,
        slug,
    )


async def make_role(name: str, *rights: str, slug: str = "acme") -> UUID:
    """A role of the team's own with these rights, by hand."""
    made = await db.value(
        """WITH role AS (INSERT INTO "Roles" ("tenantId", "name") SELECT "id", $1 FROM "Tenants" WHERE "slug" = $2
            RETURNING "id"), rights AS (INSERT INTO "RolePermissions" ("roleId", "permissionId")
            SELECT role."id", p."id" FROM role, "Permissions" p WHERE p."name" = ANY ($3::varchar[]))
        SELECT "id" FROM role""",
        name,
        slug,
        list(rights),
    )
    return UUID(str(made))


async def suspend(email: str, slug: str = "acme") -> None:
    """Pauses a membership, by hand."""
    await db.execute(
        """INSERT INTO "MemberStandings" AS s ("tenantId", "userId", "suspendedAt")
        SELECT t."id", u."id", app_now() FROM "Tenants" t, "Users" u WHERE t."slug" = $2 AND u."email" = $1
        ON CONFLICT ("tenantId", "userId") DO UPDATE SET "suspendedAt" = app_now()""",
        email,
        slug,
    )
    await give_roles(email, slug=slug)
