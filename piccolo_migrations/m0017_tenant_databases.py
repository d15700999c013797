"""The databases that tenants have of their own, and how far each of them is."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0017_tenant_databases"
DESCRIPTION = "Databases of tenants: a row for each, also for the tenants that there are already."

# No foreign key: what a tenant had on another server must be known when the tenant is gone.
DATABASES = """
CREATE TABLE "TenantDatabases" (
    "tenantId" UUID PRIMARY KEY,
    "cluster" VARCHAR,
    "databaseName" VARCHAR NOT NULL UNIQUE,
    "roleName" VARCHAR NOT NULL UNIQUE,
    "state" VARCHAR NOT NULL DEFAULT 'pending'
        CHECK ("state" IN ('pending', 'creating', 'ready', 'failed', 'dropping', 'dropped', 'unavailable')),
    "schemaVersion" INTEGER,
    "problem" VARCHAR,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "readyAt" TIMESTAMP,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX tenant_databases_unsettled_idx ON "TenantDatabases" ("updatedAt")
    WHERE "state" <> 'ready';

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "TenantDatabases" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

EARLIER_TENANTS = """
INSERT INTO "TenantDatabases" ("tenantId", "databaseName", "roleName")
SELECT "id", 'tenant_' || replace("id"::text, '-', ''), 'tenant_' || replace("id"::text, '-', '') FROM "Tenants";
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, DATABASES + EARLIER_TENANTS)
