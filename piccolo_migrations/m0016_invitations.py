"""Invitations: what they carry beside the reference's columns, links that were replaced, and many at once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0016_invitations"
DESCRIPTION = "Roles, notes and tokens of invitations, and batches of them."

ONE = """
CREATE INDEX invitations_newest_idx ON "Invitations" ("tenantId", "createdAt" DESC, "id" DESC);
CREATE INDEX invitations_inviter_day_idx ON "Invitations" ("invitedById", "createdAt");
CREATE INDEX invitations_pending_until_idx ON "Invitations" ("expiresAt") WHERE "status" = 'pending';

CREATE TABLE "InvitationRoles" (
    "invitationId" UUID NOT NULL REFERENCES "Invitations" ("id") ON DELETE CASCADE,
    "roleId" UUID NOT NULL REFERENCES "Roles" ("id") ON DELETE CASCADE,
    PRIMARY KEY ("invitationId", "roleId")
);

CREATE INDEX invitation_roles_role_id_idx ON "InvitationRoles" ("roleId");

CREATE TABLE "InvitationDetails" (
    "invitationId" UUID PRIMARY KEY REFERENCES "Invitations" ("id") ON DELETE CASCADE,
    "note" VARCHAR,
    "label" VARCHAR,
    "days" INTEGER NOT NULL,
    "chatTokenHash" BYTEA UNIQUE,
    "sentAt" TIMESTAMP,
    "sentTimes" INTEGER NOT NULL DEFAULT 0,
    "mailId" UUID REFERENCES "Outbox" ("id") ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    "proofId" UUID REFERENCES "MailboxProofs" ("id") ON DELETE SET NULL,
    "endReason" VARCHAR CHECK ("endReason" IN ('cancelled', 'declined', 'corrected', 'inviter_gone')),
    "word" VARCHAR,
    "acceptedAt" TIMESTAMP,
    "acceptedBy" UUID REFERENCES "Users" ("id") ON DELETE SET NULL,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX invitation_details_mail_id_idx ON "InvitationDetails" ("mailId") WHERE "mailId" IS NOT NULL;
CREATE INDEX invitation_details_proof_id_idx ON "InvitationDetails" ("proofId") WHERE "proofId" IS NOT NULL;
CREATE INDEX invitation_details_accepted_by_idx ON "InvitationDetails" ("acceptedBy") WHERE "acceptedBy" IS NOT NULL;

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "InvitationDetails" FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE "InvitationTokens" (
    "tokenHash" VARCHAR PRIMARY KEY,
    "invitationId" UUID NOT NULL REFERENCES "Invitations" ("id") ON DELETE CASCADE
);

CREATE INDEX invitation_tokens_invitation_id_idx ON "InvitationTokens" ("invitationId");
"""

MANY = """
CREATE TABLE "InvitationBatches" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "tenantId" UUID NOT NULL REFERENCES "Tenants" ("id") ON DELETE CASCADE,
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "roles" VARCHAR[] NOT NULL,
    "note" VARCHAR,
    "days" INTEGER NOT NULL,
    "total" INTEGER NOT NULL,
    "done" INTEGER NOT NULL DEFAULT 0,
    "finishedAt" TIMESTAMP,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX invitation_batches_tenant_id_idx ON "InvitationBatches" ("tenantId", "createdAt" DESC);
CREATE INDEX invitation_batches_user_id_idx ON "InvitationBatches" ("userId");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "InvitationBatches" FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE "InvitationBatchLines" (
    "batchId" UUID NOT NULL REFERENCES "InvitationBatches" ("id") ON DELETE CASCADE,
    "line" INTEGER NOT NULL,
    "typed" VARCHAR NOT NULL,
    "state" VARCHAR NOT NULL CHECK ("state" IN
        ('waiting', 'invited', 'member', 'invited_already', 'blocked', 'malformed', 'repeated', 'too_often')),
    PRIMARY KEY ("batchId", "line")
);

CREATE INDEX invitation_batch_lines_state_idx ON "InvitationBatchLines" ("batchId", "state", "line");
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, ONE + MANY)
