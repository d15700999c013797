"""Mailed codes that confirm who one is, beside those that sign in."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0015_sessions"
DESCRIPTION = "A fourth purpose of mailbox proofs: proving again who one is."

SUDO = """
ALTER TABLE "MailboxProofs" DROP CONSTRAINT IF EXISTS "MailboxProofs_purpose_check";
ALTER TABLE "MailboxProofs" ADD CONSTRAINT "MailboxProofs_purpose_check"
    CHECK ("purpose" IN ('signup', 'sign_in', 'recovery', 'sudo'));
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, SUDO)
