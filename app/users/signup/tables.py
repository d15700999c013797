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
    async def of(cls, user_id: UUID) -> list[str]:
        """The versions that the person accepted."""
        rows = await db.rows('SELECT "version" FROM "TermsAcceptances" WHERE "userId" = $1', user_id)
        return [row["version"] for row in rows]

    @classmethod
    async def note(cls, user_id: UUID, version: str, ip: str | None) -> bool:
        """Writes the acceptance down, once for each version; False if it was there."""
        tag = await db.execute(
            'INSERT INTO "TermsAcceptances" ("userId", "version", "acceptedAt", "ipAddress")'
            ' VALUES ($1, $2, app_now(), $3) ON CONFLICT ("userId", "version") DO NOTHING',
            user_id,
            version,
            ip,
        )
        return tag == "INSERT 0 1"
