"""The ground the tables stand on: ids, the one clock, and the trigger that keeps createdAt and updatedAt."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0001_ground"
DESCRIPTION = "Functions for ids and time, and the trigger of every table."

# uuid-ossp comes with Debian's server, not with the embedded one; the name in the defaults is the same.
UUID_GENERATE_V4 = """
DO $$
BEGIN
    IF to_regprocedure('uuid_generate_v4()') IS NULL THEN
        BEGIN
            CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
        EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
            CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
                AS 'SELECT gen_random_uuid()';
        END;
    END IF;
END
$$;
"""

# app/migrations.py replaces it outside production by one whose time tests can shift.
APP_NOW = """
CREATE FUNCTION app_now() RETURNS timestamp LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN clock_timestamp() AT TIME ZONE 'UTC';
END
$$;
"""

TOUCH_ROW = """
CREATE FUNCTION touch_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."updatedAt" := app_now();
    IF TG_OP = 'INSERT' THEN
        NEW."createdAt" := coalesce(NEW."createdAt", NEW."updatedAt");
    ELSE
        NEW."createdAt" := coalesce(NEW."createdAt", OLD."createdAt");
    END IF;
    RETURN NEW;
END
$$;
"""

STAMP_ROW = """
CREATE FUNCTION stamp_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."createdAt" := coalesce(NEW."createdAt", app_now());
    RETURN NEW;
END
$$;
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, UUID_GENERATE_V4 + APP_NOW + TOUCH_ROW + STAMP_ROW)
