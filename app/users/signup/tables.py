"""What was agreed to at sign-up."""

from uuid import UUID

from piccolo.columns import ForeignKey

from app import db
from app.columns import String, UtcTimestamp
from app.table import Row
from app.users.tables import User


class TermsAcceptance(Row, tablename="TermsAcceptances"):
    """Which version of the terms a person accepted, and when."""

    user_id = ForeignKey(User, null=False)
    version = String()
    accepted_at = UtcTimestamp()
    ip_address = String(null=True)

    @classmethod
    async def note(cls, user_id: UUID, version: str, ip: str | None) -> None:
        """Writes the acceptance down, once for each version."""
        await db.execute(
            'INSERT INTO "TermsAcceptances" ("userId", "version", "acceptedAt", "ipAddress")'
            ' VALUES ($1, $2, app_now(), $3) ON CONFLICT ("userId", "version") DO NOTHING',
            user_id,
            version,
            ip,
        )
