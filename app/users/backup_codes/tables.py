"""The backup codes of a person, in their own column of Users: MACs only, one fewer with each use."""

from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from app import db


class Stock(NamedTuple):
    """How many codes are left, and when the set was made."""

    left: int
    now: datetime
    made_at: datetime | None
    two_step: bool

    @classmethod
    async def of(cls, user_id: UUID) -> Self:
        row = await db.one(_OF, user_id)
        return cls(*row) if row else cls(0, await db.now(), None, two_step=False)

    @classmethod
    async def replace(cls, user_id: UUID, macs: list[str]) -> bool:
        """All earlier codes are dead. False where two-step sign-in is off: then there is nothing they could open."""
        return await db.value(_REPLACE, user_id, macs) is not None

    @classmethod
    async def use(cls, user_id: UUID, macs: list[str]) -> int | None:
        """Takes the code out, once, and gives how many are left; None if it is not there. The count of wrong ends."""
        left: int | None = await db.value(_USE, user_id, macs)
        return left

    @classmethod
    async def known(cls, user_id: UUID, macs: list[str]) -> set[str]:
        """Which of these are codes of the person that still work."""
        return set(await db.value(_KNOWN, user_id, macs) or ())


_OF = """
SELECT cardinality(coalesce(u."twoFactorBackupCodes", ARRAY[]::varchar[])), app_now(),
    (SELECT max(l."createdAt") FROM "ActivityLogs" l
        WHERE l."userId" = u."id" AND l."action" = 'backup_codes.made'),
    coalesce(u."twoFactorEnabled", false)
FROM "Users" u WHERE u."id" = $1
"""

_REPLACE = """
UPDATE "Users" SET "twoFactorBackupCodes" = $2 WHERE "id" = $1 AND "twoFactorEnabled" RETURNING "id"
"""

# A code stands in the array once, under one of the keys: whoever takes it out first has used it.
_USE = """
UPDATE "Users" u SET "twoFactorBackupCodes" = array_remove(u."twoFactorBackupCodes", m.mac),
    "twoFactorVerificationAttempts" = 0
FROM unnest($2::varchar[]) AS m (mac)
WHERE u."id" = $1 AND m.mac = ANY (u."twoFactorBackupCodes")
RETURNING cardinality(u."twoFactorBackupCodes")
"""

_KNOWN = """
SELECT array_agg(m.mac) FROM "Users" u, unnest($2::varchar[]) AS m (mac)
WHERE u."id" = $1 AND m.mac = ANY (u."twoFactorBackupCodes")
"""
