"""Tenants as the reference has them: Tenants, TenantUsers, Roles, Permissions, RolePermissions, Invitations."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0003_tenants"
DESCRIPTION = "Tenants, members, roles, permissions and invitations."

TENANTS = """
CREATE TYPE "enum_Tenants_status" AS ENUM ('active', 'suspended', 'pending_deletion');
CREATE TYPE "enum_Tenants_onboardingStatus" AS ENUM ('pending', 'in_progress', 'completed');

CREATE TABLE "Tenants" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "name" VARCHAR NOT NULL,
    "slug" VARCHAR NOT NULL UNIQUE,
    "databaseUrl" VARCHAR NOT NULL UNIQUE,
    "logo" VARCHAR,
    "colors" JSONB DEFAULT '{}',
    "features" JSONB DEFAULT '{}',
    "securityPolicy" JSONB DEFAULT '{
        "session": {
            "maxConcurrentSessions": 3,
            "sessionTimeout": 3600,
            "extendOnActivity": true,
            "requireMFA": false
        },
        "twoFactor": {
            "required": false,
            "graceLogins": 3,
            "gracePeriodDays": 7,
            "allowBackupCodes": true,
            "allowRememberDevice": false,
            "exemptRoles": [],
            "enforcementDate": null
        },
        "ipRestrictions": {
            "enabled": false,
            "allowedIPs": [],
            "allowedRanges": [],
            "blockList": []
        }
    }',
    "status" "enum_Tenants_status" DEFAULT 'active',
    "deletionRequestedAt" TIMESTAMP,
    "deletionScheduledAt" TIMESTAMP,
    "gracePeriodDays" INTEGER DEFAULT 7,
    "settings" JSONB DEFAULT '{}',
    "featureFlags" JSONB DEFAULT '{}',
    "onboardingStatus" "enum_Tenants_onboardingStatus" DEFAULT 'pending',
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX tenants_slug_idx ON "Tenants" ("slug");
CREATE INDEX tenants_status_idx ON "Tenants" ("status");

CREATE INDEX tenants_security_policy_idx ON "Tenants" USING gin ("securityPolicy" jsonb_path_ops);
CREATE INDEX tenants_features_idx ON "Tenants" USING gin ("features" jsonb_path_ops);
CREATE INDEX tenants_feature_flags_idx ON "Tenants" USING gin ("featureFlags" jsonb_path_ops);

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "Tenants" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

TENANT_USERS = """
CREATE TABLE "TenantUsers" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "tenantId" UUID NOT NULL REFERENCES "Tenants" ("id") ON DELETE CASCADE,
    "roles" VARCHAR[] DEFAULT ARRAY[]::VARCHAR[],
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL,
    UNIQUE ("userId", "tenantId")
);

CREATE INDEX tenant_users_user_id_idx ON "TenantUsers" ("userId");
CREATE INDEX tenant_users_tenant_id_idx ON "TenantUsers" ("tenantId");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "TenantUsers" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

ROLES = """
CREATE TABLE "Roles" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "name" VARCHAR NOT NULL,
    "description" TEXT,
    "scopes" VARCHAR[] DEFAULT ARRAY[]::VARCHAR[],
    "tenantId" UUID NOT NULL REFERENCES "Tenants" ("id") ON DELETE CASCADE,
    "isDefault" BOOLEAN DEFAULT false,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL,
    UNIQUE ("name", "tenantId")
);

CREATE INDEX roles_tenant_id_idx ON "Roles" ("tenantId");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "Roles" FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE "Permissions" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "name" VARCHAR NOT NULL UNIQUE,
    "description" TEXT,
    "resource" VARCHAR NOT NULL,
    "action" VARCHAR NOT NULL,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "Permissions" FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE "RolePermissions" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "roleId" UUID NOT NULL REFERENCES "Roles" ("id") ON DELETE CASCADE,
    "permissionId" UUID NOT NULL REFERENCES "Permissions" ("id") ON DELETE CASCADE,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL,
    UNIQUE ("roleId", "permissionId")
);

CREATE INDEX role_permissions_role_id_idx ON "RolePermissions" ("roleId");

CREATE INDEX role_permissions_permission_id_idx ON "RolePermissions" ("permissionId");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "RolePermissions" FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE "BuiltInRoles" (
    "roleId" UUID PRIMARY KEY REFERENCES "Roles" ("id") ON DELETE CASCADE,
    "kind" VARCHAR NOT NULL CHECK ("kind" IN ('owner', 'admin', 'member'))
);
"""

INVITATIONS = """
CREATE TYPE "enum_Invitations_status" AS ENUM ('pending', 'accepted', 'expired', 'cancelled');

CREATE TABLE "Invitations" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "email" VARCHAR NOT NULL,
    "token" VARCHAR NOT NULL,
    "status" "enum_Invitations_status" DEFAULT 'pending',
    "cancelledAt" TIMESTAMP,
    "cancelledBy" UUID REFERENCES "Users" ("id"),
    "expiresAt" TIMESTAMP NOT NULL,
    "tenantId" UUID NOT NULL REFERENCES "Tenants" ("id") ON DELETE CASCADE,
    "invitedById" UUID NOT NULL REFERENCES "Users" ("id"),
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX invitations_email_idx ON "Invitations" ("email");
CREATE INDEX invitations_token_idx ON "Invitations" ("token");
CREATE INDEX invitations_tenant_id_idx ON "Invitations" ("tenantId");

CREATE UNIQUE INDEX invitations_token_key ON "Invitations" ("token");
CREATE UNIQUE INDEX invitations_pending_key ON "Invitations" ("tenantId", lower("email")) WHERE "status" = 'pending';
CREATE INDEX invitations_cancelled_by_idx ON "Invitations" ("cancelledBy") WHERE "cancelledBy" IS NOT NULL;
CREATE INDEX invitations_invited_by_id_idx ON "Invitations" ("invitedById");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "Invitations" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, TENANTS + TENANT_USERS + ROLES + INVITATIONS)
