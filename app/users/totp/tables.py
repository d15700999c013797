"""The authenticator app of a person, in their own columns of Users.

`twoFactorSecret` holds the secret in use, or `pending:` and the one being set up, or both with a blank between;
`twoFactorLastVerifiedAt` the time of the last step whose code was accepted.
"""

from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from asyncpg import Record

from app import db

SETUP_MINUTES = 10


class App(NamedTuple):
    """What is stored, still sealed. `whole` is the column as it was read; `step` is the current step of time."""

    whole: str | None
    step: int
    now: datetime
    set_up_at: datetime | None
    pending_is_fresh: bool

    @property
    def active(self) -> str | None:
        first = (self.whole or "").partition(" ")[0]
        return first if first and not first.startswith("pending:") else None

    @property
    def pending(self) -> str | None:
        """The secret being set up, for ten minutes."""
        return (self.whole or "").partition("pending:")[2] or None if self.pending_is_fresh else None

    @classmethod
    async def of(cls, user_id: UUID) -> Self:
        row: Record | None = await db.one(_OF, user_id, SETUP_MINUTES)
        return cls(*row) if row else cls(None, 0, await db.now(), None, pending_is_fresh=False)

    @classmethod
    async def begin(cls, user_id: UUID, sealed: str) -> bool:
        """Keeps a secret that waits to be confirmed, in place of an earlier one; the one in use goes on working.

        False for an account whose address is not proven: who holds the mailbox must always be able to get in.
        """
        return await db.value(_BEGIN, user_id, sealed) is not None

    @classmethod
    async def cancel(cls, user_id: UUID) -> None:
        """Drops the secret that waits."""
        await db.execute(_CANCEL, user_id)

    @classmethod
    async def confirm(cls, user_id: UUID, whole: str, sealed: str, step: int) -> bool:
        """Takes the waiting secret into use, once. `whole` is what was read: False if it is no longer so.

        The step of the confirming code counts as accepted.
        """
        return await db.value(_CONFIRM, user_id, whole, sealed, step, SETUP_MINUTES) is not None

    @classmethod
    async def accept(cls, user_id: UUID, active: str, step: int) -> bool:
        """Spends a step of the secret in use, once, and no step after a later one; the count of wrong ones ends."""
        return await db.value(_ACCEPT, user_id, active, step) is not None

    @classmethod
    async def plant(cls, user_id: UUID, sealed: str) -> None:
        """Puts a secret into use at once: for demo people and journeys."""
        await db.execute(_PLANT, user_id, sealed)

    @classmethod
    async def remove(cls, user_id: UUID, *, keeps_two_step: bool) -> bool:
        """Forgets the app; with `keeps_two_step` False two-step sign-in is off and the backup codes are gone too.

        False if there is none in use.
        """
        return await db.value(_REMOVE, user_id, keeps_two_step) is not None

    @classmethod
    async def forget_unfinished(cls) -> None:
        """Drops secrets whose set-up was never finished."""
        await db.execute(_FORGET_UNFINISHED, SETUP_MINUTES)


_OF = """
SELECT u."twoFactorSecret", floor(extract(epoch FROM app_now()) / 30)::bigint, app_now(),
    (SELECT max(l."createdAt") FROM "ActivityLogs" l
        WHERE l."userId" = u."id" AND l."action" IN ('totp.enabled', 'totp.replaced')),
    coalesce(u."twoFactorPendingVerification"
        AND u."twoFactorSetupStartedAt" > app_now() - make_interval(mins => $2), false)
FROM "Users" u WHERE u."id" = $1
"""

_BEGIN = """
UPDATE "Users" SET "twoFactorPendingVerification" = true, "twoFactorSetupStartedAt" = app_now(),
    "twoFactorSecret" = CASE WHEN "twoFactorSecret" NOT LIKE 'pending:%'
        THEN split_part("twoFactorSecret", ' ', 1) || ' ' ELSE '' END || 'pending:' || $2
WHERE "id" = $1 AND "emailVerified" AND "status" = 'active' RETURNING "id"
"""

_CONFIRM = """
UPDATE "Users" SET "twoFactorSecret" = $3, "twoFactorEnabled" = true, "twoFactorPendingVerification" = false,
    "twoFactorSetupStartedAt" = NULL, "twoFactorVerificationAttempts" = 0,
    "twoFactorLastVerifiedAt" = timestamp 'epoch' + make_interval(secs => $4::bigint * 30)
WHERE "id" = $1 AND "twoFactorSecret" = $2 AND "twoFactorPendingVerification"
    AND "twoFactorSetupStartedAt" > app_now() - make_interval(mins => $5)
RETURNING "id"
"""

_ACCEPT = """
UPDATE "Users" SET "twoFactorLastVerifiedAt" = timestamp 'epoch' + make_interval(secs => $3::bigint * 30),
    "twoFactorVerificationAttempts" = 0
WHERE "id" = $1 AND split_part("twoFactorSecret", ' ', 1) = $2
    AND ("twoFactorLastVerifiedAt" IS NULL OR floor(extract(epoch FROM "twoFactorLastVerifiedAt") / 30) < $3::bigint)
RETURNING "id"
"""

_PLANT = """
UPDATE "Users" SET "twoFactorSecret" = $2, "twoFactorEnabled" = true, "twoFactorPendingVerification" = false,
    "twoFactorSetupStartedAt" = NULL, "twoFactorLastVerifiedAt" = NULL
WHERE "id" = $1
"""

_REMOVE = """
UPDATE "Users" SET "twoFactorSecret" = NULL, "twoFactorPendingVerification" = false, "twoFactorSetupStartedAt" = NULL,
    "twoFactorLastVerifiedAt" = NULL, "twoFactorEnabled" = $2,
    "twoFactorBackupCodes" = CASE WHEN $2 THEN "twoFactorBackupCodes" ELSE ARRAY[]::varchar[] END
WHERE "id" = $1 AND "twoFactorSecret" NOT LIKE 'pending:%' AND (NOT $2 OR "passKeyEnabled") RETURNING "id"
"""

_DROP = """
UPDATE "Users" SET "twoFactorPendingVerification" = false, "twoFactorSetupStartedAt" = NULL,
    "twoFactorSecret" = CASE WHEN "twoFactorSecret" NOT LIKE 'pending:%' THEN split_part("twoFactorSecret", ' ', 1) END
WHERE "twoFactorPendingVerification" AND"""

_CANCEL = f"""{_DROP} "id" = $1"""

_FORGET_UNFINISHED = f"""{_DROP} "twoFactorSetupStartedAt" <= app_now() - make_interval(mins => $1)"""
