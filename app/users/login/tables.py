"""Signing in: sign-ins that wait for their second step, and the history of all."""

from enum import StrEnum
from uuid import UUID

from piccolo.columns import Boolean, ForeignKey, Integer

from app import db
from app.columns import Bytes, Enum, Json, String, UtcTimestamp
from app.table import Row
from app.users.tables import User


class HalfSignIn(Row, tablename="HalfSignIns"):
    """A sign-in whose first step is done, in one browser: worth nothing but the right to try the second."""

    token_hash = Bytes(unique=True, secret=True)
    user_id = ForeignKey(User, null=False)
    method = String()
    lifts_lock = Boolean(default=None)
    wrong_tries = Integer(default=0)
    expires_at = UtcTimestamp()
    ended_at = UtcTimestamp(null=True)

    @classmethod
    async def begin(cls, user_id: UUID, method: str, token_hash: bytes, minutes: int, *, lifts_lock: bool) -> None:
        await db.execute(_BEGIN_HALF, user_id, method, token_hash, minutes, lifts_lock)

    @classmethod
    async def end(cls, token_hash: bytes) -> UUID | None:
        """Ends the half-made sign-in, once, and gives whose it was; None if it had ended."""
        owner: UUID | None = await db.value(_END_HALF, token_hash)
        return owner

    @classmethod
    async def whose(cls, token_hash: bytes) -> UUID | None:
        """Who did the first step in this browser, while the second may still be tried."""
        person: UUID | None = await db.value(_WHOSE_HALF, token_hash)
        return person

    @classmethod
    async def end_all(cls, user_id: UUID) -> None:
        """Ends every half-made sign-in of the person."""
        await db.execute(
            'UPDATE "HalfSignIns" SET "endedAt" = app_now() WHERE "userId" = $1 AND "endedAt" IS NULL', user_id
        )

    @classmethod
    async def prune(cls) -> None:
        await db.execute('DELETE FROM "HalfSignIns" WHERE "expiresAt" < app_now() - interval \'1 day\'')


_END_HALF = """
UPDATE "HalfSignIns" SET "endedAt" = app_now() WHERE "tokenHash" = $1 AND "endedAt" IS NULL AND "expiresAt" > app_now()
RETURNING "userId"
"""

_BEGIN_HALF = """
INSERT INTO "HalfSignIns" ("userId", "method", "tokenHash", "expiresAt", "liftsLock")
VALUES ($1, $2, $3, app_now() + make_interval(mins => $4), $5)
"""

_WHOSE_HALF = """
SELECT "userId" FROM "HalfSignIns" WHERE "tokenHash" = $1 AND "endedAt" IS NULL AND "expiresAt" > app_now()
"""


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
