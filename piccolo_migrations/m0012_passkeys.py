"""What a passkey has beside the reference: its model, its backup flags, the person's handle, open challenges."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0012_passkeys"
DESCRIPTION = "Companions of Authenticators, and challenges of browsers nobody has signed in with yet."

PASSKEYS = """
CREATE TABLE "Passkeys" (
    "authenticatorId" UUID PRIMARY KEY REFERENCES "Authenticators" ("id") ON DELETE CASCADE,
    "aaguid" UUID NOT NULL,
    "backupEligible" BOOLEAN NOT NULL,
    "backedUp" BOOLEAN NOT NULL,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "Passkeys" FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE "UserHandles" (
    "userId" UUID PRIMARY KEY REFERENCES "Users" ("id") ON DELETE CASCADE,
    "handle" BYTEA NOT NULL UNIQUE,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "UserHandles" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

LOGIN_CHALLENGES = """
CREATE TABLE "LoginChallenges" (
    "challenge" BYTEA PRIMARY KEY,
    "browserHash" BYTEA NOT NULL,
    "expiresAt" TIMESTAMP NOT NULL
);

CREATE INDEX login_challenges_expires_at_idx ON "LoginChallenges" ("expiresAt");
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, PASSKEYS + LOGIN_CHALLENGES)
