"""The sign-in history."""

from enum import StrEnum
from uuid import UUID

from piccolo.columns import ForeignKey

from app import db
from app.columns import Enum, Json, String
from app.table import Row
from app.users.tables import User


class LoginStatus(StrEnum):
    SUCCESS = "success"
    FAILED = "failed"


class LoginHistory(Row, tablename="LoginHistories"):
    """A sign-in of a known person, or a refused try at it."""

    user_id = ForeignKey(User, null=False)
    ip_address = String(null=True)
    user_agent = String(null=True)
    location = Json(null=True)
    status = Enum(LoginStatus, "enum_LoginHistories_status")
    failure_reason = String(null=True)

    @classmethod
    async def note_failure(
        cls, user_id: UUID | None, reason: str, ip: str | None, agent: str | None, place: str | None
    ) -> None:
        """Writes a refused try down; for nobody (None) the same statement writes nothing, in the same time."""
        await db.execute(
            'INSERT INTO "LoginHistories" ("userId", "status", "failureReason", "ipAddress", "userAgent", "location")'
            ' SELECT "id", \'failed\', $2, $3, $4, $5 FROM "Users" WHERE "id" = $1',
            user_id,
            reason,
            ip,
            agent,
            place,
        )
