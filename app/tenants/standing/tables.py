"""What somebody is in a tenant: read at the door, and again by every verb that judges rights."""

from typing import NamedTuple, Optional, Self
from uuid import UUID

import msgspec
from asyncpg import Record

from app import db, tenancy
from app.errors import NotFound
from app.tenancy import scoped_sql

# Of the member `i`; the arrays are cast because the driver asks the server about a varchar[], once in each connection.
_IS_OWNER = """EXISTS (
        SELECT FROM "MemberRoles" h JOIN "BuiltInRoles" b ON b."roleId" = h."roleId" AND b."kind" = 'owner'
        WHERE h."tenantId" = i."tenantId" AND h."userId" = i."userId")"""

_PERMISSIONS = """ARRAY(
        SELECT DISTINCT p."name"::text FROM "MemberRoles" h
        JOIN "RolePermissions" rp ON rp."roleId" = h."roleId" JOIN "Permissions" p ON p."id" = rp."permissionId"
        WHERE h."tenantId" = i."tenantId" AND h."userId" = i."userId")"""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant as one of its members enters it."""

    tenant_id: UUID
    name: str
    slug: str
    logo: str | None
    status: str
    suspended: bool
    is_owner: bool
    role_names: list[str]
    permissions: list[str]
    others: list[tuple[str, str]]

    @classmethod
    async def of(cls, slug: str, user_id: UUID) -> Self | None:
        """In one statement, which also notes at most every five minutes that the person was here.

        None for a tenant that does not exist, and for one the person does not belong to.
        """
        if "\0" in slug:
            return None
        row = await db.one(_ENTER, slug, user_id)
        if row is None:
            return None
        values = dict(row)
        values.pop("noted")
        return cls(**values | {"others": msgspec.json.decode(row["others"], type=list[tuple[str, str]])})


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A member as verbs judge them: read inside the transaction, after `lock_team`."""

    user_id: UUID
    name: str | None
    email: str
    language: str
    status: str
    """`active`, `suspended` here, or `closed`: the account itself cannot be used."""
    is_owner: bool
    roles: list[str]
    permissions: frozenset[str]

    @property
    def known_as(self) -> str:
        return self.name or self.email

    @staticmethod
    @scoped_sql(
        f"""
        SELECT u."id" AS user_id, u."name", u."email", coalesce(u."profile"->>'language', 'en') AS language, i."status",
            {_IS_OWNER} AS is_owner, m."roles"::text[] AS roles, {_PERMISSIONS} AS permissions
        FROM "MemberIndex" i JOIN "TenantUsers" m ON m."tenantId" = i."tenantId" AND m."userId" = i."userId"
        JOIN "Users" u ON u."id" = i."userId" JOIN "Tenants" t ON t."id" = i."tenantId"
        WHERE i."tenantId" = {{tenant}} AND i."userId" = ANY ($1::uuid[]) ORDER BY i."nameKey", i."userId"
        """
    )
    def several(rows: list[Record]) -> list["Standing"]:
        """The members among these people; who is none is left out."""
        return [Standing(**dict(row) | {"permissions": frozenset(row["permissions"])}) for row in rows]

    @classmethod
    async def of(cls, user_id: UUID) -> Optional["Standing"]:
        """None for somebody who is no member."""
        found = await cls.several([user_id])
        return found[0] if found else None


class RoleRights(msgspec.Struct, frozen=True, kw_only=True):
    """A role of the tenant as verbs judge it. `kind` is owner, admin or member for the built-in ones."""

    id: UUID
    name: str
    kind: str | None
    is_default: bool
    permissions: frozenset[str]

    @staticmethod
    @scoped_sql(
        """
        SELECT r."id", r."name", b."kind", coalesce(r."isDefault", false) AS is_default,
            ARRAY(SELECT p."name"::text FROM "RolePermissions" rp JOIN "Permissions" p ON p."id" = rp."permissionId"
                WHERE rp."roleId" = r."id") AS permissions
        FROM "Roles" r LEFT JOIN "BuiltInRoles" b ON b."roleId" = r."id" WHERE r."tenantId" = {tenant}
        ORDER BY array_position(ARRAY['owner', 'admin', 'member'], b."kind"::text), lower(r."name"), r."id"
        """
    )
    def all(rows: list[Record]) -> list["RoleRights"]:
        """The built-in ones first, from the owner down, then the others by name."""
        return [RoleRights(**dict(row) | {"permissions": frozenset(row["permissions"])}) for row in rows]


class Locked(NamedTuple):
    """The team as it is now."""

    slug: str
    status: str


async def lock_team() -> Locked:
    """Whatever changes who is in the tenant, or what they may, takes this lock first: one such act at a time.

    It also is the lock of the last-owner rule, so nobody waits for each other. Raises NotFound for one that is gone.
    """
    row = await db.one(
        'SELECT "slug", "status"::text FROM "Tenants" WHERE "id" = $1 FOR NO KEY UPDATE', tenancy.current()
    )
    if row is None:
        raise NotFound
    return Locked(row["slug"], row["status"])


_ENTER = f"""
SELECT t."id" AS tenant_id, t."name", t."slug", t."logo", t."status"::text,
    i."status" = 'suspended' AS suspended,
    {_IS_OWNER} AS is_owner,
    ARRAY(SELECT r."name"::text FROM "MemberRoles" h JOIN "Roles" r ON r."id" = h."roleId"
        WHERE h."tenantId" = t."id" AND h."userId" = i."userId" ORDER BY r."name") AS role_names,
    {_PERMISSIONS} AS permissions,
    json_build_array(VARIADIC ARRAY(SELECT json_build_array(o."name", o."slug") FROM "MemberIndex" x
        JOIN "Tenants" o ON o."id" = x."tenantId" WHERE x."userId" = i."userId" AND o."id" <> t."id"
        ORDER BY lower(o."name"), o."id" LIMIT 8)) AS others,
    CASE WHEN i."status" = 'active' AND t."status" <> 'suspended'
            AND coalesce(i."lastActive" < app_now() - interval '5 minutes', true)
        THEN note_active(t."id", i."userId") END AS noted
FROM "Tenants" t JOIN "MemberIndex" i ON i."tenantId" = t."id" AND i."userId" = $2
WHERE t."slug" = $1
"""
