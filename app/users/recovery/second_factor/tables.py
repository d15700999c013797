"""Recoveries of a lost second step, from asking to their end."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

import msgspec
from asyncpg import Record
from piccolo.columns import ForeignKey, OnDelete

from app import db
from app.clientinfo import Place
from app.columns import Json, String, UtcTimestamp
from app.table import Row
from app.users.tables import User

EndReason = Literal["vetoed", "signed_in", "not_me", "completed", "expired", "reset_by_operator"]


class Running(msgspec.Struct, frozen=True):
    """A recovery that has not ended: asked for at `asked_at`, from where, and possible from `ready_at` on."""

    id: UUID
    user_id: UUID
    asked_at: datetime
    ready_at: datetime
    expires_at: datetime
    is_ready: bool
    agent: str | None
    place: Place | None

    COLUMNS = """"id", "userId" AS user_id, "createdAt" AS asked_at, "readyAt" AS ready_at,
        "expiresAt" AS expires_at, "readyAt" <= app_now() AS is_ready, "userAgent" AS agent, "location" AS place"""

    @classmethod
    def of(cls, row: Record | None) -> Self | None:
        return cls(**{**row, "place": msgspec.convert(row["place"], Place | None)}) if row else None


class TwoFactorRecovery(Row, tablename="TwoFactorRecoveries"):
    """One at most is open for a person. `vouched_by` is for a tenant's admin, whose word shortens the wait
    (decisions 34).
    """

    user_id: ForeignKey[Any] = ForeignKey(User, null=False)
    asked_by = String()
    ready_at = UtcTimestamp()
    expires_at = UtcTimestamp()
    reminded_at = UtcTimestamp()
    link_sent_at = UtcTimestamp(null=True)
    vouched_by: ForeignKey[Any] = ForeignKey(User, on_delete=OnDelete.set_null)
    vouched_at = UtcTimestamp(null=True)
    ended_at = UtcTimestamp(null=True)
    end_reason = String(null=True)
    ip_address = String(null=True)
    user_agent = String(null=True)
    location = Json(null=True)

    @classmethod
    async def running(cls, user_id: UUID) -> Running | None:
        """The person's open recovery, if its time has not run out."""
        return Running.of(await db.one(_RUNNING, user_id))

    @classmethod
    async def by_id(cls, recovery_id: UUID) -> Running | None:
        """The recovery, if it is still open."""
        return Running.of(await db.one(_BY_ID, recovery_id))

    @classmethod
    async def begin(
        cls,
        user_id: UUID,
        asked_by: Literal["first_step", "mailbox"],
        *,
        wait_hours: int,
        valid_days: int,
        ip: str | None,
        agent: str | None,
        place: str | None,
    ) -> Running | None:
        """A new recovery, or None while another one is open."""
        await db.execute(_END_STALE, user_id)
        return Running.of(await db.one(_BEGIN, user_id, asked_by, wait_hours, valid_days, ip, agent, place))

    @classmethod
    async def end(cls, user_id: UUID, reason: EndReason) -> bool:
        """Ends the person's open recovery; False if there is none."""
        return await db.value(_END, user_id, reason) is not None

    @classmethod
    async def veto(cls, recovery_id: UUID) -> bool:
        """Stops this one; False if it has ended."""
        return await db.value(_VETO, recovery_id) is not None

    @classmethod
    async def complete(cls, recovery_id: UUID) -> bool:
        """Takes the recovery, once, if its wait is over and its time has not run out."""
        return await db.value(_COMPLETE, recovery_id) is not None

    @classmethod
    async def claim_reminder(cls, every_hours: int) -> Running | None:
        """One whose person was told so long ago, and notes that they are told now; None when all have been."""
        return Running.of(await db.one(_CLAIM_REMINDER, every_hours))

    @classmethod
    async def claim_link(cls, valid_days: int) -> Running | None:
        """One whose wait is over and whose link was not mailed yet; its days begin now."""
        return Running.of(await db.one(_CLAIM_LINK, valid_days))

    @classmethod
    async def expire(cls) -> None:
        """Ends those whose link nobody used in time."""
        await db.execute(_EXPIRE)


_RUNNING = f"""
SELECT {Running.COLUMNS} FROM "TwoFactorRecoveries"
WHERE "userId" = $1 AND "endedAt" IS NULL AND "expiresAt" > app_now()
"""

_BY_ID = f"""
SELECT {Running.COLUMNS} FROM "TwoFactorRecoveries"
WHERE "id" = $1 AND "endedAt" IS NULL AND "expiresAt" > app_now()
"""

_END_STALE = """
UPDATE "TwoFactorRecoveries" SET "endedAt" = app_now(), "endReason" = 'expired'
WHERE "userId" = $1 AND "endedAt" IS NULL AND "expiresAt" <= app_now()
"""

_BEGIN = f"""
INSERT INTO "TwoFactorRecoveries"
    ("userId", "askedBy", "readyAt", "expiresAt", "remindedAt", "ipAddress", "userAgent", "location")
VALUES ($1, $2, app_now() + make_interval(hours => $3), app_now() + make_interval(hours => $3, days => $4),
    app_now(), $5, $6, $7)
ON CONFLICT ("userId") WHERE "endedAt" IS NULL DO NOTHING
RETURNING {Running.COLUMNS}
"""

_END = """
UPDATE "TwoFactorRecoveries" SET "endedAt" = app_now(), "endReason" = $2
WHERE "userId" = $1 AND "endedAt" IS NULL RETURNING "id"
"""

_VETO = """
UPDATE "TwoFactorRecoveries" SET "endedAt" = app_now(), "endReason" = 'vetoed'
WHERE "id" = $1 AND "endedAt" IS NULL RETURNING "id"
"""

_COMPLETE = """
UPDATE "TwoFactorRecoveries" SET "endedAt" = app_now(), "endReason" = 'completed'
WHERE "id" = $1 AND "endedAt" IS NULL AND "readyAt" <= app_now() AND "expiresAt" > app_now() RETURNING "id"
"""

_CLAIM_REMINDER = f"""
UPDATE "TwoFactorRecoveries" SET "remindedAt" = app_now()
WHERE "id" = (SELECT "id" FROM "TwoFactorRecoveries"
    WHERE "endedAt" IS NULL AND "readyAt" > app_now() AND "remindedAt" <= app_now() - make_interval(hours => $1)
    LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING {Running.COLUMNS}
"""

_CLAIM_LINK = f"""
UPDATE "TwoFactorRecoveries" SET "linkSentAt" = app_now(), "remindedAt" = app_now(),
    "expiresAt" = app_now() + make_interval(days => $1)
WHERE "id" = (SELECT "id" FROM "TwoFactorRecoveries"
    WHERE "endedAt" IS NULL AND "readyAt" <= app_now() AND "expiresAt" > app_now() AND "linkSentAt" IS NULL
    LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING {Running.COLUMNS}
"""

_EXPIRE = """
UPDATE "TwoFactorRecoveries" SET "endedAt" = app_now(), "endReason" = 'expired'
WHERE "endedAt" IS NULL AND "expiresAt" <= app_now()
"""
