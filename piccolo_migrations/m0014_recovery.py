"""Ways back in: a lost second factor, the review after a recovery, what is offered after signing in."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0014_recovery"
DESCRIPTION = "Lost second factors, reviews after a recovery, offers after signing in, what a mailed link came to."

MAILED = """
ALTER TABLE "MailedLinks" ADD COLUMN "outcome" JSONB;

ALTER TABLE "MailboxProofs" DROP CONSTRAINT IF EXISTS "MailboxProofs_purpose_check";
ALTER TABLE "MailboxProofs" ADD CONSTRAINT "MailboxProofs_purpose_check"
    CHECK ("purpose" IN ('signup', 'sign_in', 'recovery', 'second_factor', 'sudo'));
"""

SECOND_FACTOR = """
CREATE TABLE "TwoFactorRecoveries" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "askedBy" VARCHAR NOT NULL CHECK ("askedBy" IN ('first_step', 'mailbox')),
    "readyAt" TIMESTAMP NOT NULL,
    "expiresAt" TIMESTAMP NOT NULL,
    "remindedAt" TIMESTAMP NOT NULL,
    "linkSentAt" TIMESTAMP,
    "vouchedBy" UUID REFERENCES "Users" ("id") ON DELETE SET NULL,
    "vouchedAt" TIMESTAMP,
    "endedAt" TIMESTAMP,
    "endReason" VARCHAR
        CHECK ("endReason" IN ('vetoed', 'signed_in', 'not_me', 'completed', 'expired', 'reset_by_operator')),
    "ipAddress" VARCHAR,
    "userAgent" VARCHAR,
    "location" JSONB,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE UNIQUE INDEX two_factor_recoveries_open_key ON "TwoFactorRecoveries" ("userId") WHERE "endedAt" IS NULL;
CREATE INDEX two_factor_recoveries_user_id_idx ON "TwoFactorRecoveries" ("userId");
CREATE INDEX two_factor_recoveries_vouched_by_idx ON "TwoFactorRecoveries" ("vouchedBy")
    WHERE "vouchedBy" IS NOT NULL;

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "TwoFactorRecoveries"
    FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

REVIEWS = """
CREATE TABLE "RecoveryReviews" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "cause" VARCHAR NOT NULL
        CHECK ("cause" IN ('password_reset', 'unlocked', 'factor_recovered', 'not_me')),
    "finishedAt" TIMESTAMP,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE UNIQUE INDEX recovery_reviews_open_key ON "RecoveryReviews" ("userId") WHERE "finishedAt" IS NULL;
CREATE INDEX recovery_reviews_user_id_idx ON "RecoveryReviews" ("userId");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "RecoveryReviews" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

OFFERS = """
CREATE TABLE "OfferedStops" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "offer" VARCHAR NOT NULL CHECK ("offer" IN ('passkey', 'backup_codes')),
    "shown" INTEGER NOT NULL,
    "shownAt" TIMESTAMP NOT NULL,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL,
    UNIQUE ("userId", "offer")
);

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "OfferedStops" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, MAILED + SECOND_FACTOR + REVIEWS + OFFERS)
