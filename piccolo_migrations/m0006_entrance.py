"""What the entrance needs beside the reference: sessions, devices, mailed secrets, limits, outbox."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0006_entrance"
DESCRIPTION = "Companions for sign-up, sign-in and mail."

SESSIONS = """
CREATE TABLE "KnownDevices" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "tokenHash" BYTEA NOT NULL,
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "failedAttempts" INTEGER NOT NULL DEFAULT 0,
    "lastFailedAt" TIMESTAMP,
    "lockedUntil" TIMESTAMP,
    "rememberedAt" TIMESTAMP,
    "userAgent" VARCHAR,
    "ipAddress" VARCHAR,
    "location" JSONB,
    "lastSeenAt" TIMESTAMP NOT NULL,
    "revokedAt" TIMESTAMP,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL,
    UNIQUE ("tokenHash", "userId")
);

CREATE INDEX known_devices_user_id_idx ON "KnownDevices" ("userId");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "KnownDevices" FOR EACH ROW EXECUTE FUNCTION touch_row();

-- lastSeenAt moves once a minute: room on the page, and no index on it, keep that update cheap.
CREATE TABLE "Sessions" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "tokenHash" BYTEA NOT NULL UNIQUE,
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "deviceId" UUID REFERENCES "KnownDevices" ("id") ON DELETE SET NULL,
    "methods" VARCHAR[] NOT NULL,
    "authenticatedAt" TIMESTAMP NOT NULL,
    "lastSeenAt" TIMESTAMP NOT NULL,
    "idleSeconds" INTEGER NOT NULL,
    "expiresAt" TIMESTAMP NOT NULL,
    "endedAt" TIMESTAMP,
    "endReason" VARCHAR,
    "ipAddress" VARCHAR,
    "userAgent" VARCHAR,
    "location" JSONB,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX sessions_user_id_idx ON "Sessions" ("userId");
CREATE INDEX sessions_device_id_idx ON "Sessions" ("deviceId") WHERE "deviceId" IS NOT NULL;
CREATE INDEX sessions_expires_at_idx ON "Sessions" ("expiresAt");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "Sessions" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

MAILED_SECRETS = """
CREATE TABLE "MailboxProofs" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "purpose" VARCHAR NOT NULL CHECK ("purpose" IN ('signup', 'sign_in', 'recovery')),
    "email" VARCHAR NOT NULL,
    "userId" UUID REFERENCES "Users" ("id") ON DELETE CASCADE,
    "name" VARCHAR,
    "browserHash" BYTEA NOT NULL,
    "codeHash" BYTEA NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "expiresAt" TIMESTAMP NOT NULL,
    "provenAt" TIMESTAMP,
    "usedAt" TIMESTAMP,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX mailbox_proofs_browser_idx ON "MailboxProofs" ("browserHash", "purpose", "createdAt");
CREATE INDEX mailbox_proofs_user_id_idx ON "MailboxProofs" ("userId");
CREATE INDEX mailbox_proofs_expires_at_idx ON "MailboxProofs" ("expiresAt");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "MailboxProofs" FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE "MailedLinks" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "tokenHash" BYTEA NOT NULL UNIQUE,
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "act" VARCHAR NOT NULL,
    "parameters" JSONB NOT NULL DEFAULT '{}',
    "expiresAt" TIMESTAMP NOT NULL,
    "usedAt" TIMESTAMP,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX mailed_links_user_id_idx ON "MailedLinks" ("userId");
CREATE INDEX mailed_links_expires_at_idx ON "MailedLinks" ("expiresAt");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "MailedLinks" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

TERMS = """
CREATE TABLE "TermsAcceptances" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "version" VARCHAR NOT NULL,
    "acceptedAt" TIMESTAMP NOT NULL,
    "ipAddress" VARCHAR,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL,
    UNIQUE ("userId", "version")
);

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "TermsAcceptances" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

LIMITS = """
-- No trigger: every statement on it sets updatedAt itself, since the level of the bucket is reckoned from it.
CREATE TABLE "RateLimits" (
    "key" VARCHAR PRIMARY KEY,
    "tokens" DOUBLE PRECISION NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
) WITH (fillfactor = 50);
"""

MAIL = """
CREATE TABLE "Outbox" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "kind" VARCHAR NOT NULL,
    "recipient" VARCHAR NOT NULL,
    "userId" UUID REFERENCES "Users" ("id") ON DELETE SET NULL,
    "language" VARCHAR NOT NULL DEFAULT 'en',
    "parameters" JSONB NOT NULL DEFAULT '{}',
    "secret" BYTEA,
    "messageId" VARCHAR NOT NULL UNIQUE,
    "status" VARCHAR NOT NULL DEFAULT 'queued' CHECK ("status" IN ('queued', 'sent', 'dead', 'expired')),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "lastError" VARCHAR,
    "sentAt" TIMESTAMP,
    "expiresAt" TIMESTAMP,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX outbox_user_id_idx ON "Outbox" ("userId") WHERE "userId" IS NOT NULL;
CREATE INDEX outbox_created_at_idx ON "Outbox" ("createdAt");
CREATE INDEX outbox_queued_idx ON "Outbox" ("createdAt") WHERE "status" = 'queued';

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "Outbox" FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE "DevMails" (
    "id" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "recipient" VARCHAR NOT NULL,
    "subject" VARCHAR NOT NULL,
    "text" TEXT NOT NULL,
    "html" TEXT NOT NULL,
    "headers" JSONB NOT NULL DEFAULT '{}',
    "createdAt" TIMESTAMP NOT NULL
);

CREATE TRIGGER stamp_row BEFORE INSERT ON "DevMails" FOR EACH ROW EXECUTE FUNCTION stamp_row();

CREATE TABLE "WorkerHeartbeats" (
    "id" VARCHAR PRIMARY KEY,
    "seenAt" TIMESTAMP NOT NULL
);
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, SESSIONS + MAILED_SECRETS + TERMS + LIMITS + MAIL)
