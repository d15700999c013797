"""Roles as their pages show them, and the statements that change them. The verbs hold the team's lock meanwhile."""

from typing import Optional
from uuid import UUID

import msgspec
from asyncpg import Record

from app.tenancy import scoped_sql
from app.tenants.listing.tables import COUNTED
from app.tenants.standing.tables import RoleRights

_CARDS = f"""
SELECT r."id", r."name", b."kind", coalesce(r."isDefault", false) AS is_default, r."description",
    coalesce(r."scopes", '{{}}')::text[] AS scopes,
    ARRAY(SELECT p."name"::text FROM "RolePermissions" rp JOIN "Permissions" p ON p."id" = rp."permissionId"
        WHERE rp."roleId" = r."id") AS permissions,
    (SELECT count(*) FROM (SELECT FROM "MemberRoles" h WHERE h."roleId" = r."id" AND h."tenantId" = r."tenantId"
        LIMIT {COUNTED}) counted) AS members
FROM "Roles" r LEFT JOIN "BuiltInRoles" b ON b."roleId" = r."id" WHERE r."tenantId" = {{tenant}}
"""

_IN_ORDER = """
ORDER BY array_position(ARRAY['owner', 'admin', 'member'], b."kind"::text), lower(r."name"), r."id"
"""


_PROMISED = """"InvitationRoles" p JOIN "Invitations" i ON i."id" = p."invitationId" AND i."tenantId" = {tenant}
                AND i."status" IN ('pending', 'expired') WHERE p."roleId" = $1::uuid"""


class RoleCard(RoleRights, frozen=True, kw_only=True):
    """A role as its page shows it; `members` are counted up to COUNTED."""

    description: str | None
    scopes: list[str]
    members: int

    @staticmethod
    @scoped_sql(_CARDS + _IN_ORDER)
    def listed(rows: list[Record]) -> list["RoleCard"]:
        """The built-in ones first, from the owner down, then the others by name."""
        return [_card(row) for row in rows]

    @staticmethod
    @scoped_sql(_CARDS + 'AND r."id" = $1')
    def one(rows: list[Record]) -> Optional["RoleCard"]:
        """None for a role of another tenant too."""
        return _card(rows[0]) if rows else None


class RoleUse(msgspec.Struct, frozen=True):
    """Who would lose something with the role: members, up to COUNTED, suspended ones who would come back to it, and
    invitations that promise it, open ones and those that may be sent again.
    """

    members: int
    former: int
    invitations: int

    @property
    def is_used(self) -> bool:
        return bool(self.members or self.former or self.invitations)

    @staticmethod
    @scoped_sql(
        f"""
        SELECT (SELECT count(*) FROM (SELECT FROM "MemberRoles" h WHERE h."roleId" = $1::uuid
                AND h."tenantId" = {{tenant}} LIMIT {COUNTED}) counted) AS members,
            (SELECT count(*) FROM "MemberStandings" s WHERE s."tenantId" = {{tenant}}
                AND $1::uuid::text = ANY (s."formerRoles")) AS former,
            (SELECT count(*) FROM {_PROMISED}) AS invitations
        """
    )
    def of(rows: list[Record]) -> "RoleUse":
        return RoleUse(**dict(rows[0]))


@scoped_sql(
    """
    SELECT "id" FROM "Roles" WHERE "tenantId" = {tenant} AND fold("name") = fold($1)
        AND ($2::uuid IS NULL OR "id" <> $2)
    """
)
def name_is_taken(rows: list[Record]) -> bool:
    """Whether another role of the tenant has this name, whatever its case and accents."""
    return bool(rows)


@scoped_sql(
    """
    INSERT INTO "Roles" ("tenantId", "name", "description", "scopes", "isDefault")
    VALUES ({tenant}, $1, $2, $3::varchar[], false) RETURNING "id"
    """
)
def make(rows: list[Record]) -> UUID:
    made: UUID = rows[0]["id"]
    return made


@scoped_sql(
    """
    UPDATE "Roles" SET "name" = $2, "description" = $3, "scopes" = $4::varchar[]
    WHERE "id" = $1 AND "tenantId" = {tenant}
    """
)
def rewrite(rows: list[Record]) -> None:
    """Sets name, description and scopes."""


@scoped_sql(
    """
    WITH here AS (SELECT "id" FROM "Roles" WHERE "id" = $1 AND "tenantId" = {tenant}),
    gone AS (
        DELETE FROM "RolePermissions" rp USING here, "Permissions" p
        WHERE rp."roleId" = here."id" AND p."id" = rp."permissionId" AND NOT p."name" = ANY ($2::varchar[])
    )
    INSERT INTO "RolePermissions" ("roleId", "permissionId")
    SELECT here."id", p."id" FROM here, "Permissions" p WHERE p."name" = ANY ($2::varchar[])
    ON CONFLICT ("roleId", "permissionId") DO NOTHING
    """
)
def set_permissions(rows: list[Record]) -> None:
    """From now on the role holds these rights and no others."""


@scoped_sql(
    """
    UPDATE "Roles" SET "isDefault" = ("id" = $1)
    WHERE "tenantId" = {tenant} AND "isDefault" IS DISTINCT FROM ("id" = $1)
    """
)
def set_default(rows: list[Record]) -> None:
    """From now on this role is the default, and no other."""


_MOVED = """CASE WHEN $2::uuid::text = ANY ({roles}) THEN array_remove({roles}, $1::uuid::text::varchar)
        ELSE array_replace({roles}, $1::uuid::text::varchar, $2::uuid::text::varchar) END"""


@scoped_sql(
    f"""
    WITH members AS (
        UPDATE "TenantUsers" m SET "roles" = {_MOVED.replace("{roles}", 'm."roles"')}
        WHERE m."tenantId" = {{tenant}} AND m."userId" IN (
            SELECT h."userId" FROM "MemberRoles" h WHERE h."roleId" = $1::uuid AND h."tenantId" = {{tenant}})
        RETURNING m."userId"
    ), former AS (
        UPDATE "MemberStandings" s SET "formerRoles" = {_MOVED.replace("{roles}", 's."formerRoles"')}
        WHERE s."tenantId" = {{tenant}} AND $1::uuid::text = ANY (s."formerRoles")
        RETURNING s."userId"
    ), promised AS (
        SELECT p."invitationId" FROM {_PROMISED}
    ), invitations AS (
        INSERT INTO "InvitationRoles" ("invitationId", "roleId") SELECT "invitationId", $2::uuid FROM promised
        ON CONFLICT DO NOTHING
    ), batches AS (
        UPDATE "InvitationBatches" b SET "roles" = {_MOVED.replace("{roles}", 'b."roles"')}
        WHERE b."tenantId" = {{tenant}} AND b."finishedAt" IS NULL AND $1::uuid::text = ANY (b."roles")
    )
    SELECT (SELECT count(*) FROM members) AS members, (SELECT count(*) FROM former) AS former,
        (SELECT count(*) FROM promised) AS invitations
    """
)
def replace(rows: list[Record]) -> RoleUse:
    """Whoever has or would have the first role gets the second in its place; gives how many these were.

    The rows of invitations that hold the first go with the role itself.
    """
    return RoleUse(**dict(rows[0]))


@scoped_sql('DELETE FROM "Roles" WHERE "id" = $1 AND "tenantId" = {tenant}')
def delete(rows: list[Record]) -> None:
    """The database refuses it for a built-in role, and for one that somebody holds."""


def _card(row: Record) -> RoleCard:
    return RoleCard(**dict(row) | {"permissions": frozenset(row["permissions"])})
