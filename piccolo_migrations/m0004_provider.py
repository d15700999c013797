"""The OAuth provider as the reference has it: OAuthClients and OAuthTokens."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0004_provider"
DESCRIPTION = "OAuthClients and OAuthTokens."

CLIENTS = """
CREATE TABLE "OAuthClients" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "clientId" VARCHAR NOT NULL UNIQUE,
    "clientSecret" VARCHAR,
    "name" VARCHAR NOT NULL,
    "type" VARCHAR NOT NULL,
    "grants" VARCHAR[] DEFAULT ARRAY[]::VARCHAR[],
    "redirectUris" VARCHAR[] DEFAULT ARRAY[]::VARCHAR[],
    "allowedScopes" VARCHAR[] DEFAULT ARRAY[]::VARCHAR[],
    "tenantId" UUID REFERENCES "Tenants" ("id") ON DELETE CASCADE,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX oauth_clients_client_id_idx ON "OAuthClients" ("clientId");

CREATE INDEX oauth_clients_tenant_id_idx ON "OAuthClients" ("tenantId");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "OAuthClients" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

TOKENS = """
CREATE TABLE "OAuthTokens" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "accessToken" VARCHAR NOT NULL UNIQUE,
    "accessTokenExpiresAt" TIMESTAMP NOT NULL,
    "refreshToken" VARCHAR UNIQUE,
    "refreshTokenExpiresAt" TIMESTAMP,
    "clientId" UUID NOT NULL REFERENCES "OAuthClients" ("id") ON DELETE CASCADE,
    "userId" UUID REFERENCES "Users" ("id") ON DELETE CASCADE,
    "scopes" VARCHAR[] DEFAULT ARRAY[]::VARCHAR[],
    "type" VARCHAR DEFAULT 'access',
    "revoked" BOOLEAN DEFAULT false,
    "revokedAt" TIMESTAMP,
    "revokedBy" UUID REFERENCES "Users" ("id"),
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX oauth_tokens_access_token_idx ON "OAuthTokens" ("accessToken");
CREATE INDEX oauth_tokens_refresh_token_idx ON "OAuthTokens" ("refreshToken");

CREATE INDEX oauth_tokens_client_id_idx ON "OAuthTokens" ("clientId");
CREATE INDEX oauth_tokens_user_id_idx ON "OAuthTokens" ("userId");
CREATE INDEX oauth_tokens_revoked_by_idx ON "OAuthTokens" ("revokedBy") WHERE "revokedBy" IS NOT NULL;

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "OAuthTokens" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, CLIENTS + TOKENS)
