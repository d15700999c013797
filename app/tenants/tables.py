"""Tenants, who belongs to them, and what their roles allow."""

from enum import StrEnum
from uuid import UUID

import msgspec
from asyncpg import UniqueViolationError
from piccolo.columns import Array, Boolean, ForeignKey, Integer, Text, Varchar

from app import db
from app.columns import Document, Enum, String, UtcTimestamp
from app.table import Base, Row
from app.tenancy import TenantTable
from app.tenants.documents import Colors, Features, SecurityPolicy, SessionPolicy, TenantSettings
from app.users.tables import User

PLATFORM = "platform"
"""The slug of the tenant whose members are the operators."""

SLUG_TAKEN = "slug_taken"
LAST_OWNER = "last_owner"
"""What the database calls its refusals (piccolo_migrations/m0015_members.py)."""


class TenantStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    PENDING_DELETION = "pending_deletion"


class OnboardingStatus(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class BuiltInKind(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


class SecondStepRules(msgspec.Struct, frozen=True):
    """What the active tenants of a person say of the second step, as their names: one is enough (row 6.1)."""

    demanded_by: list[str]
    """Who demands a second factor of this person (`twoFactor.required`, `session.requireMFA`)."""
    no_backup_codes: list[str]
    no_remembering: list[str]


class Tenant(Row, tablename="Tenants"):
    """A company or team. `database_url` is encrypted (AES-SIV) and never part of what a page reads."""

    name = String()
    slug = String(unique=True)
    database_url = String(unique=True, secret=True)
    logo = String(null=True)
    colors = Document(Colors)
    features = Document(Features)
    security_policy = Document(SecurityPolicy)
    status = Enum(TenantStatus, "enum_Tenants_status", default=TenantStatus.ACTIVE, null=True)
    deletion_requested_at = UtcTimestamp(null=True)
    deletion_scheduled_at = UtcTimestamp(null=True)
    grace_period_days = Integer(default=7, null=True)
    settings = Document(TenantSettings)
    feature_flags = Document(Features)
    onboarding_status = Enum(
        OnboardingStatus, "enum_Tenants_onboardingStatus", default=OnboardingStatus.PENDING, null=True
    )

    @classmethod
    async def found(cls, tenant_id: UUID, name: str, slug: str, database_url: str) -> bool:
        """Makes the tenant with its built-in roles; False if the slug is taken, or looks like one that is."""
        try:
            async with db.transaction():
                return await db.value(_FOUND, tenant_id, name, slug, database_url) is not None
        except UniqueViolationError as error:
            if error.constraint_name != SLUG_TAKEN:
                raise
            return False

    @classmethod
    async def join(cls, slug: str, user_id: UUID, kind: BuiltInKind) -> bool:
        """Makes the person a member with one built-in role; False if they are a member already."""
        return await db.value(_JOIN, slug, user_id, kind.value) is not None

    @classmethod
    async def leave(cls, slug: str, user_id: UUID) -> bool:
        """Ends the membership; False if there is none."""
        return await db.value(_LEAVE, slug, user_id) is not None

    @classmethod
    async def second_step_rules(cls, user_id: UUID) -> SecondStepRules:
        """The strictest of the policies of the person's active tenants; without any, nothing is demanded."""
        rows = await db.rows(_SECOND_STEP_RULES, user_id)
        return SecondStepRules(
            demanded_by=[row["name"] for row in rows if row["demanded"]],
            no_backup_codes=[row["name"] for row in rows if not row["backup_codes"]],
            no_remembering=[row["name"] for row in rows if not row["remembering"]],
        )

    @classmethod
    async def member_count(cls, slug: str) -> int:
        """How many members a tenant has; 0 if it does not exist."""
        return int(await db.value(_MEMBER_COUNT, slug))


FEWEST_SESSIONS = 2
"""A tenant's limit holds for the whole person, so it has a floor: nobody is harassed elsewhere (decisions 31)."""

# Of the person `u` of the statement around it: the strictest limit of their active tenants, NULL without a tenant.
MOST_SESSIONS = f"""
SELECT CASE WHEN count(*) > 0 THEN greatest({FEWEST_SESSIONS}, min(CASE
    WHEN jsonb_typeof(t."securityPolicy" #> '{{session,maxConcurrentSessions}}') = 'number'
    THEN trunc((t."securityPolicy" #>> '{{session,maxConcurrentSessions}}')::numeric)::bigint
    ELSE {SessionPolicy().max_concurrent_sessions} END)) END
FROM "TenantUsers" m JOIN "Tenants" t ON t."id" = m."tenantId" AND t."status" = 'active' WHERE m."userId" = u."id"
"""

_FOUND = """
WITH tenant AS (
    INSERT INTO "Tenants" ("id", "name", "slug", "databaseUrl") VALUES ($1, $2, $3, $4)
    ON CONFLICT ("slug") DO NOTHING RETURNING "id"
), roles AS (
    INSERT INTO "Roles" ("tenantId", "name", "description", "isDefault")
    SELECT tenant."id", v.name, v.description, v.kind = 'member' FROM tenant, (VALUES
        ('Owner', 'Everything, ownership included', 'owner'),
        ('Admin', 'Members, roles and settings, but not ownership', 'admin'),
        ('Member', 'Uses the platform', 'member')) AS v (name, description, kind)
    RETURNING "id", "name", "tenantId"
), built_in AS (
    INSERT INTO "BuiltInRoles" ("roleId", "kind") SELECT "id", lower("name") FROM roles
)
SELECT "id" FROM tenant
"""

_JOIN = """
INSERT INTO "TenantUsers" ("tenantId", "userId", "roles")
SELECT t."id", $2, ARRAY[r."id"::text] FROM "Tenants" t
JOIN "Roles" r ON r."tenantId" = t."id" JOIN "BuiltInRoles" b ON b."roleId" = r."id" AND b."kind" = $3
WHERE t."slug" = $1
ON CONFLICT ("userId", "tenantId") DO NOTHING RETURNING "id"
"""

_LEAVE = """
DELETE FROM "TenantUsers" m USING "Tenants" t WHERE t."id" = m."tenantId" AND t."slug" = $1 AND m."userId" = $2
RETURNING m."id"
"""

# Whoever has a role beside the exempt ones is not exempt. Missing keys mean the reference's defaults.
_SECOND_STEP_RULES = """
SELECT t."name",
    coalesce((t."securityPolicy" #>> '{session,requireMFA}')::boolean, false) OR (
        coalesce((t."securityPolicy" #>> '{twoFactor,required}')::boolean, false)
        AND (coalesce(cardinality(m."roles"), 0) = 0 OR EXISTS (
            SELECT FROM unnest(m."roles") AS r (id)
            WHERE NOT coalesce(t."securityPolicy" #> '{twoFactor,exemptRoles}', '[]') ? r.id))) AS demanded,
    coalesce((t."securityPolicy" #>> '{twoFactor,allowBackupCodes}')::boolean, true) AS backup_codes,
    coalesce((t."securityPolicy" #>> '{twoFactor,allowRememberDevice}')::boolean, false) AS remembering
FROM "TenantUsers" m JOIN "Tenants" t ON t."id" = m."tenantId"
WHERE m."userId" = $1 AND t."status" = 'active' ORDER BY lower(t."name"), t."id"
"""

_MEMBER_COUNT = """
SELECT count(*) FROM "TenantUsers" m JOIN "Tenants" t ON t."id" = m."tenantId" WHERE t."slug" = $1
"""


_IS_IN = """
SELECT EXISTS (SELECT FROM "TenantUsers" m JOIN "Tenants" t ON t."id" = m."tenantId"
    WHERE t."slug" = $1 AND m."userId" = $2)
"""


class TenantUser(TenantTable, tablename="TenantUsers"):
    """A membership; `roles` are ids of this tenant's Roles, as text."""

    user_id = ForeignKey(User, null=False)
    tenant_id = ForeignKey(Tenant, null=False)
    roles = Array(Varchar(), null=True)

    @classmethod
    async def is_in(cls, slug: str, user_id: UUID) -> bool:
        """Whether the person belongs to the tenant, whatever the scope."""
        return bool(await db.value(_IS_IN, slug, user_id))


class Role(TenantTable, tablename="Roles"):
    """A role of one tenant; `scopes` is what its members may grant to applications, not what they may do here."""

    name = String()
    description = Text(default=None, null=True)
    scopes = Array(Varchar(), null=True)
    tenant_id = ForeignKey(Tenant, null=False)
    is_default = Boolean(default=False, null=True)


class Permission(Row, tablename="Permissions"):
    """The catalogue of app/permissions.py as rows, so that roles can refer to it."""

    name = String(unique=True)
    description = Text(default=None, null=True)
    resource = String()
    action = String()


class RolePermission(Row, tablename="RolePermissions"):
    """What a role allows: the one truth of rights in the portal. Reach it through a Role of the tenant."""

    role_id = ForeignKey(Role, null=False)
    permission_id = ForeignKey(Permission, null=False)


class BuiltInRole(Base, tablename="BuiltInRoles"):
    """Marks the roles every tenant has, which are neither renamed nor deleted."""

    role_id = ForeignKey(Role, null=False, primary_key=True)
    kind = Varchar(length=None, default=None, choices=BuiltInKind)
