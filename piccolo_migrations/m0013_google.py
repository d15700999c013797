"""Signing in with Google: browsers on their way there, accounts they came back with, and what is linked."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0013_google"
DESCRIPTION = "Ways to Google and back, what they offer, and the address of a linked Google account."

SIGN_INS = """
CREATE TABLE "GoogleSignIns" (
    "stateHash" BYTEA PRIMARY KEY,
    "browserHash" BYTEA NOT NULL,
    "nonceHash" BYTEA NOT NULL,
    "verifier" BYTEA NOT NULL,
    "purpose" VARCHAR NOT NULL CHECK ("purpose" IN ('sign_in', 'link')),
    "userId" UUID REFERENCES "Users" ("id") ON DELETE CASCADE,
    "next" VARCHAR NOT NULL,
    "expiresAt" TIMESTAMP NOT NULL
);

CREATE INDEX google_sign_ins_user_id_idx ON "GoogleSignIns" ("userId");
CREATE INDEX google_sign_ins_expires_at_idx ON "GoogleSignIns" ("expiresAt");
"""

OFFERS = """
CREATE TABLE "GoogleOffers" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "browserHash" BYTEA NOT NULL UNIQUE,
    "purpose" VARCHAR NOT NULL CHECK ("purpose" IN ('link', 'sign_up')),
    "userId" UUID REFERENCES "Users" ("id") ON DELETE CASCADE,
    "subject" VARCHAR NOT NULL,
    "email" VARCHAR NOT NULL,
    "name" VARCHAR NOT NULL,
    "vouched" BOOLEAN NOT NULL,
    "next" VARCHAR NOT NULL,
    "expiresAt" TIMESTAMP NOT NULL,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX google_offers_user_id_idx ON "GoogleOffers" ("userId");
CREATE INDEX google_offers_expires_at_idx ON "GoogleOffers" ("expiresAt");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "GoogleOffers" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

LINKS = """
CREATE TABLE "GoogleLinks" (
    "userId" UUID PRIMARY KEY REFERENCES "Users" ("id") ON DELETE CASCADE,
    "email" VARCHAR NOT NULL,
    "linkedAt" TIMESTAMP NOT NULL,
    "lastUsedAt" TIMESTAMP,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "GoogleLinks" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, SIGN_INS + OFFERS + LINKS)
