"""Signing in in steps: what a session has proven lately, sign-ins that wait for a second factor, kept forms."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0011_steps"
DESCRIPTION = "Proofs of a session, half-made sign-ins, forms kept while somebody proves who they are."

PROVEN_BY = """
ALTER TABLE "Sessions" ADD COLUMN "provenBy" VARCHAR[] NOT NULL DEFAULT ARRAY[]::VARCHAR[];
"""

HALF_SIGN_INS = """
CREATE TABLE "HalfSignIns" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "tokenHash" BYTEA NOT NULL UNIQUE,
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "method" VARCHAR NOT NULL,
    "liftsLock" BOOLEAN NOT NULL,
    "wrongTries" INTEGER NOT NULL DEFAULT 0,
    "expiresAt" TIMESTAMP NOT NULL,
    "endedAt" TIMESTAMP,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX half_sign_ins_user_id_idx ON "HalfSignIns" ("userId");
CREATE INDEX half_sign_ins_expires_at_idx ON "HalfSignIns" ("expiresAt");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "HalfSignIns" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

KEPT_FORMS = """
CREATE TABLE "KeptForms" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "path" VARCHAR NOT NULL,
    "sealed" BYTEA NOT NULL,
    "expiresAt" TIMESTAMP NOT NULL,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX kept_forms_user_id_idx ON "KeptForms" ("userId");
CREATE INDEX kept_forms_expires_at_idx ON "KeptForms" ("expiresAt");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "KeptForms" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, PROVEN_BY + HALF_SIGN_INS + KEPT_FORMS)
