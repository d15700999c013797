"""The history: SecurityAuditLogs and ActivityLogs, and the trigger that lets nobody rewrite it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0005_history"
DESCRIPTION = "SecurityAuditLogs and ActivityLogs, to which rows are only added."

# Two things may pass. The foreign key's SET NULL is known by the person being gone: no other statement can meet
# that. The retention job says so for its own transaction: SELECT set_config('portico.retention', 'on', true).
KEEP_HISTORY = """
CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('portico.retention', true) = 'on' THEN
        IF TG_OP = 'UPDATE' THEN
            RETURN NEW;
        ELSIF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD."userId" IS NOT NULL AND NEW."userId" IS NULL
        AND to_jsonb(NEW) - '{userId,updatedAt}'::text[] = to_jsonb(OLD) - '{userId,updatedAt}'::text[]
        AND NOT EXISTS (SELECT FROM "Users" WHERE "id" = OLD."userId")
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of "%" is refused: history is only added to', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""

SECURITY_AUDIT_LOGS = """
CREATE TYPE "enum_SecurityAuditLogs_severity" AS ENUM ('low', 'medium', 'high', 'critical');

CREATE TABLE "SecurityAuditLogs" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "userId" UUID REFERENCES "Users" ("id") ON DELETE SET NULL,
    "event" VARCHAR NOT NULL,
    "details" JSONB,
    "ipAddress" VARCHAR,
    "userAgent" VARCHAR,
    "severity" "enum_SecurityAuditLogs_severity" DEFAULT 'low',
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX security_audit_logs_user_id_idx ON "SecurityAuditLogs" ("userId");
CREATE INDEX security_audit_logs_event_idx ON "SecurityAuditLogs" ("event");
CREATE INDEX security_audit_logs_created_at_idx ON "SecurityAuditLogs" ("createdAt");

CREATE INDEX security_audit_logs_tenant_idx
    ON "SecurityAuditLogs" (("details" ->> 'tenantId'), "createdAt" DESC, "id" DESC)
    WHERE "details" ->> 'tenantId' IS NOT NULL;
CREATE INDEX security_audit_logs_tenant_event_idx
    ON "SecurityAuditLogs" (("details" ->> 'tenantId'), "event", "createdAt" DESC, "id" DESC)
    WHERE "details" ->> 'tenantId' IS NOT NULL;
CREATE INDEX security_audit_logs_person_idx ON "SecurityAuditLogs" ("userId", "createdAt" DESC, "id" DESC);
CREATE INDEX security_audit_logs_details_idx ON "SecurityAuditLogs" USING gin ("details" jsonb_path_ops);

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "SecurityAuditLogs" FOR EACH ROW EXECUTE FUNCTION touch_row();
CREATE TRIGGER keep_history BEFORE UPDATE OR DELETE ON "SecurityAuditLogs"
    FOR EACH ROW EXECUTE FUNCTION keep_history();
CREATE TRIGGER keep_history_whole BEFORE TRUNCATE ON "SecurityAuditLogs"
    FOR EACH STATEMENT EXECUTE FUNCTION keep_history();
"""

ACTIVITY_LOGS = """
CREATE TABLE "ActivityLogs" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "userId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "action" VARCHAR NOT NULL,
    "details" JSONB,
    "ipAddress" VARCHAR,
    "userAgent" VARCHAR,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX activity_logs_user_id_idx ON "ActivityLogs" ("userId");
CREATE INDEX activity_logs_created_at_idx ON "ActivityLogs" ("createdAt");

CREATE INDEX activity_logs_tenant_idx
    ON "ActivityLogs" (("details" ->> 'tenantId'), "createdAt" DESC, "id" DESC)
    WHERE "details" ->> 'tenantId' IS NOT NULL;
CREATE INDEX activity_logs_tenant_action_idx
    ON "ActivityLogs" (("details" ->> 'tenantId'), "action", "createdAt" DESC, "id" DESC)
    WHERE "details" ->> 'tenantId' IS NOT NULL;
CREATE INDEX activity_logs_person_idx ON "ActivityLogs" ("userId", "createdAt" DESC, "id" DESC);
CREATE INDEX activity_logs_details_idx ON "ActivityLogs" USING gin ("details" jsonb_path_ops);

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "ActivityLogs" FOR EACH ROW EXECUTE FUNCTION touch_row();
CREATE TRIGGER keep_history BEFORE UPDATE OR DELETE ON "ActivityLogs"
    FOR EACH ROW EXECUTE FUNCTION keep_history();
CREATE TRIGGER keep_history_whole BEFORE TRUNCATE ON "ActivityLogs"
    FOR EACH STATEMENT EXECUTE FUNCTION keep_history();
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, KEEP_HISTORY + SECURITY_AUDIT_LOGS + ACTIVITY_LOGS)
