"""A session notes that it was seen by a function, called once a minute: see the read in app/users/sessions/tables.py."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0007_seen"
DESCRIPTION = "Noting that a session was seen."

NOTE_SEEN = """
CREATE FUNCTION note_seen(session uuid) RETURNS timestamp LANGUAGE sql AS $$
    UPDATE "Sessions" SET "lastSeenAt" = app_now()
    WHERE "id" = session AND "lastSeenAt" < app_now() - interval '1 minute'
    RETURNING "lastSeenAt"
$$;
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, NOTE_SEEN)
