"""Who looks after members: those who could give somebody a right."""

from uuid import UUID

from asyncpg import Record

from app.permissions import Permission
from app.tenancy import scoped_sql

MOST = 20


@scoped_sql(
    f"""
    SELECT i."userId" FROM "MemberIndex" i WHERE i."tenantId" = {{tenant}} AND i."status" = 'active' AND i."userId" IN (
        SELECT h."userId" FROM "MemberRoles" h JOIN "RolePermissions" rp ON rp."roleId" = h."roleId"
        JOIN "Permissions" p ON p."id" = rp."permissionId" AND p."name" = '{Permission.MEMBERS_UPDATE.label}'
        WHERE h."tenantId" = {{tenant}})
    ORDER BY NOT EXISTS (SELECT FROM "MemberRoles" h JOIN "BuiltInRoles" b ON b."roleId" = h."roleId"
        AND b."kind" = 'owner' WHERE h."tenantId" = {{tenant}} AND h."userId" = i."userId"), i."nameKey", i."userId"
    LIMIT {MOST}
    """
)
def may_give_roles(rows: list[Record]) -> list[UUID]:
    """Some members who may change roles of members, owners first."""
    return [row["userId"] for row in rows]
