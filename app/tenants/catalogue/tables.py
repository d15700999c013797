"""The catalogue of app/permissions.py as rows, and what the built-in roles hold of it."""

from uuid import UUID

from app import db
from app.permissions import BUILT_IN, Permission


async def sync() -> None:
    """Brings Permissions to the catalogue of this release, and the built-in roles of all tenants to what they hold.

    A right that is no more goes, and with it from every role.
    """
    rows = [(right.label, str(right.words), right.resource, right.action) for right in Permission]
    await db.execute(_UPSERT, *(list(column) for column in zip(*rows, strict=True)))
    await db.execute('DELETE FROM "Permissions" WHERE NOT "name" = ANY ($1::varchar[])', [row[0] for row in rows])
    await db.execute(_TAKE, *_held())
    await db.execute(_GRANT, *_held(), None)


async def grant_built_in(tenant_id: UUID) -> None:
    """Gives the built-in roles of a new tenant their rights."""
    await db.execute(_GRANT, *_held(), tenant_id)


def _held() -> tuple[list[str], list[str]]:
    pairs = [(kind, right.label) for kind, rights in BUILT_IN.items() for right in rights]
    return [kind for kind, _label in pairs], [label for _kind, label in pairs]


_UPSERT = """
INSERT INTO "Permissions" AS p ("name", "description", "resource", "action")
SELECT * FROM unnest($1::varchar[], $2::text[], $3::varchar[], $4::varchar[])
ON CONFLICT ("name") DO UPDATE SET "description" = excluded."description"
WHERE p."description" IS DISTINCT FROM excluded."description"
"""

_HELD = "unnest($1::varchar[], $2::varchar[]) AS held (kind, name)"

_TAKE = f"""
DELETE FROM "RolePermissions" rp USING "BuiltInRoles" b, "Permissions" p
WHERE b."roleId" = rp."roleId" AND p."id" = rp."permissionId"
    AND NOT EXISTS (SELECT FROM {_HELD} WHERE held.kind = b."kind" AND held.name = p."name")
"""

_GRANT = f"""
INSERT INTO "RolePermissions" ("roleId", "permissionId")
SELECT b."roleId", p."id" FROM {_HELD}
JOIN "BuiltInRoles" b ON b."kind" = held.kind JOIN "Permissions" p ON p."name" = held.name
JOIN "Roles" r ON r."id" = b."roleId" AND ($3::uuid IS NULL OR r."tenantId" = $3)
ON CONFLICT ("roleId", "permissionId") DO NOTHING
"""
