"""People as the reference has them: Users, Authenticators, LoginHistories, Notifications."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0002_people"
DESCRIPTION = "Users, Authenticators, LoginHistories and Notifications."

USERS = """
CREATE TYPE "enum_Users_status" AS ENUM ('active', 'inactive', 'suspended', 'deleted');

CREATE TABLE "Users" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "email" VARCHAR NOT NULL UNIQUE,
    "name" VARCHAR,
    "password" VARCHAR,
    "status" "enum_Users_status" DEFAULT 'active',
    "avatar" VARCHAR,
    "googleId" VARCHAR UNIQUE,
    "failedLoginAttempts" INTEGER DEFAULT 0,
    "accountLockedUntil" TIMESTAMP,
    "lastFailedLoginAt" TIMESTAMP,
    "currentChallenge" VARCHAR,
    "passKeyEnabled" BOOLEAN DEFAULT false,
    "passkeyRegistrationStartedAt" TIMESTAMP,
    "twoFactorSecret" VARCHAR,
    "twoFactorEnabled" BOOLEAN DEFAULT false,
    "twoFactorPendingVerification" BOOLEAN DEFAULT false,
    "twoFactorBackupCodes" VARCHAR[] DEFAULT ARRAY[]::VARCHAR[],
    "twoFactorSetupStartedAt" TIMESTAMP,
    "twoFactorLastVerifiedAt" TIMESTAMP,
    "twoFactorVerificationAttempts" INTEGER DEFAULT 0,
    "twoFactorLastFailedAttempt" TIMESTAMP,
    "emailVerified" BOOLEAN DEFAULT false,
    "verificationToken" VARCHAR,
    "verificationTokenExpires" TIMESTAMP,
    "resetToken" VARCHAR,
    "resetTokenExpires" TIMESTAMP,
    "preferences" JSONB DEFAULT '{}',
    "lastActivity" TIMESTAMP,
    "profile" JSONB DEFAULT '{
        "phoneNumber": null,
        "address": null,
        "timezone": "UTC",
        "language": "en",
        "bio": null,
        "socialLinks": {},
        "skills": [],
        "title": null,
        "department": null
    }',
    "emailPreferences" JSONB DEFAULT '{
        "marketing": true,
        "updates": true,
        "security": true,
        "newsletter": false
    }',
    "deletedAt" TIMESTAMP,
    "deletedBy" UUID REFERENCES "Users" ("id"),
    "statusReason" VARCHAR,
    "statusChangedAt" TIMESTAMP,
    "statusChangedBy" UUID REFERENCES "Users" ("id"),
    "deactivatedAt" TIMESTAMP,
    "deactivatedBy" UUID REFERENCES "Users" ("id"),
    "deactivationReason" VARCHAR,
    "lastLoginAt" TIMESTAMP,
    "loginCount" INTEGER DEFAULT 0,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX users_email_idx ON "Users" ("email");
CREATE INDEX users_status_idx ON "Users" ("status");

CREATE UNIQUE INDEX users_lower_email_key ON "Users" (lower("email"));
CREATE INDEX users_verification_token_idx ON "Users" ("verificationToken") WHERE "verificationToken" IS NOT NULL;
CREATE INDEX users_reset_token_idx ON "Users" ("resetToken") WHERE "resetToken" IS NOT NULL;
CREATE INDEX users_deleted_by_idx ON "Users" ("deletedBy") WHERE "deletedBy" IS NOT NULL;
CREATE INDEX users_status_changed_by_idx ON "Users" ("statusChangedBy") WHERE "statusChangedBy" IS NOT NULL;
CREATE INDEX users_deactivated_by_idx ON "Users" ("deactivatedBy") WHERE "deactivatedBy" IS NOT NULL;

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "Users" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

AUTHENTICATORS = """
CREATE TABLE "Authenticators" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "credentialID" BYTEA NOT NULL UNIQUE,
    "credentialPublicKey" BYTEA NOT NULL,
    "counter" INTEGER NOT NULL DEFAULT 0,
    "transports" VARCHAR[] DEFAULT ARRAY[]::VARCHAR[],
    "friendlyName" VARCHAR NOT NULL DEFAULT 'Primary Authenticator',
    "lastUsedAt" TIMESTAMP,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX authenticators_user_id_idx ON "Authenticators" ("userId");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "Authenticators" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

LOGIN_HISTORIES = """
CREATE TYPE "enum_LoginHistories_status" AS ENUM ('success', 'failed');

CREATE TABLE "LoginHistories" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "ipAddress" VARCHAR,
    "userAgent" VARCHAR,
    "location" JSONB,
    "status" "enum_LoginHistories_status" NOT NULL,
    "failureReason" VARCHAR,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX login_histories_user_id_idx ON "LoginHistories" ("userId");
CREATE INDEX login_histories_created_at_idx ON "LoginHistories" ("createdAt");

CREATE INDEX login_histories_person_idx ON "LoginHistories" ("userId", "createdAt" DESC, "id" DESC);

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "LoginHistories" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

NOTIFICATIONS = """
CREATE TABLE "Notifications" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "message" TEXT NOT NULL,
    "read" BOOLEAN DEFAULT false,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX notifications_user_id_idx ON "Notifications" ("userId");
CREATE INDEX notifications_read_idx ON "Notifications" ("read");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "Notifications" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, USERS + AUTHENTICATORS + LOGIN_HISTORIES + NOTIFICATIONS)
