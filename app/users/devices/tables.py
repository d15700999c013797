"""What the page of devices reads and does with KnownDevices."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from app import db
from app.clientinfo import Place

REMEMBERED_DAYS = 30


class KnownOne(NamedTuple):
    """A browser the person signed in from. `remembered_until` is None where the second step is asked."""

    id: UUID
    token_hash: bytes
    agent: str | None
    place: Place | None
    since: datetime
    last_seen_at: datetime
    remembered_until: datetime | None


class DeviceList(NamedTuple):
    """All of a person's known devices, the newest first, and the time they were read at."""

    now: datetime
    devices: list[KnownOne]

    @classmethod
    async def of(cls, user_id: UUID) -> "DeviceList":
        rows = await db.rows(_OF, user_id, REMEMBERED_DAYS)
        devices = [
            KnownOne(*tuple(row)[:7])._replace(place=msgspec.convert(row["location"], Place | None)) for row in rows
        ]
        return cls(rows[0]["now"] if rows else await db.now(), devices)

    def id_of(self, token_hash: bytes) -> UUID | None:
        """The device that shows this digest."""
        return {device.token_hash: device.id for device in self.devices}.get(token_hash)

    @classmethod
    async def remember(cls, user_id: UUID, token_hash: bytes) -> None:
        """The second step may be left out on this device for 30 days from now."""
        await db.execute(_REMEMBER, user_id, token_hash)

    @classmethod
    async def forget(cls, user_id: UUID, device_id: UUID) -> bool:
        """Whether the device was known, and is not any more."""
        return await db.value(_FORGET, user_id, device_id) is not None

    @classmethod
    async def forget_all(cls, user_id: UUID) -> int:
        """How many were known, and are not any more."""
        return len(await db.rows(_FORGET_ALL, user_id))


_OF = """
SELECT "id", "tokenHash", "userAgent", "location", "createdAt", "lastSeenAt",
    CASE WHEN "rememberedAt" > app_now() - make_interval(days => $2)
        THEN "rememberedAt" + make_interval(days => $2) END AS until, app_now() AS now
FROM "KnownDevices" WHERE "userId" = $1 AND "revokedAt" IS NULL ORDER BY "lastSeenAt" DESC, "id" DESC
"""

_REMEMBER = """
UPDATE "KnownDevices" SET "rememberedAt" = app_now()
WHERE "userId" = $1 AND "tokenHash" = $2 AND "revokedAt" IS NULL
"""

_FORGET = """
UPDATE "KnownDevices" SET "revokedAt" = app_now(), "rememberedAt" = NULL
WHERE "userId" = $1 AND "id" = $2 AND "revokedAt" IS NULL RETURNING "id"
"""

_FORGET_ALL = """
UPDATE "KnownDevices" SET "revokedAt" = app_now(), "rememberedAt" = NULL
WHERE "userId" = $1 AND "revokedAt" IS NULL RETURNING "id"
"""
