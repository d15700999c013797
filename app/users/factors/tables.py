"""The statements that take a way in from a person. Each says whether it was there; none records or judges anything."""

from typing import NamedTuple
from uuid import UUID

from app import db


class Removed(NamedTuple):
    """What a person had of a second step before it was removed."""

    totp: bool
    two_step: bool
    backup_codes: int


async def drop_passkey(user_id: UUID, passkey_id: UUID) -> str | None:
    """The name of the passkey that was theirs until now, or None."""
    name: str | None = await db.value(_DROP_PASSKEY, user_id, passkey_id)
    return name


async def drop_totp(user_id: UUID, mark: str | None = None) -> bool:
    """The authenticator app and what waits to take its place; with `mark` only if it is still that one."""
    return await db.value(_DROP_TOTP, user_id, mark) is not None


async def drop_google(user_id: UUID, google_id: str | None) -> bool:
    """The Google account, if it is still that one; None takes any."""
    return await db.value(_DROP_GOOGLE, user_id, google_id) is not None


async def drop_password(user_id: UUID) -> bool:
    return await db.value(_DROP_PASSWORD, user_id) is not None


async def drop_backup_codes(user_id: UUID) -> bool:
    return await db.value(_DROP_BACKUP_CODES, user_id) is not None


async def drop_second_steps(user_id: UUID) -> Removed:
    """Authenticator app, backup codes and two-step sign-in; passkeys stay."""
    row = await db.one(_DROP_SECOND_STEPS, user_id)
    return (
        Removed(row["totp"], row["two_step"], row["codes"])
        if row
        else Removed(totp=False, two_step=False, backup_codes=0)
    )


async def switch_on_two_step(user_id: UUID) -> bool:
    """On again, if it is off and something is left that can be asked for."""
    return await db.value(_SWITCH_ON, user_id) is not None


async def switch_off_without_factor(user_id: UUID) -> bool:
    """Off, if it is on and nothing is left that could be asked for: nobody could come in any more."""
    return await db.value(_SWITCH_OFF, user_id) is not None


# The subquery sees the passkeys as they were before the statement, so the one that goes is left out by its id.
_DROP_PASSKEY = """
WITH gone AS (
    DELETE FROM "Authenticators" WHERE "userId" = $1 AND "id" = $2 RETURNING "friendlyName"
), person AS (
    UPDATE "Users" SET "passKeyEnabled" =
        EXISTS (SELECT FROM "Authenticators" a WHERE a."userId" = $1 AND a."id" <> $2)
    WHERE "id" = $1
)
SELECT "friendlyName" FROM gone
"""

_DROP_TOTP = """
UPDATE "Users" SET "twoFactorSecret" = NULL, "twoFactorPendingVerification" = false,
    "twoFactorSetupStartedAt" = NULL, "twoFactorLastVerifiedAt" = NULL
WHERE "id" = $1 AND "twoFactorSecret" NOT LIKE 'pending:%'
    AND ($2::varchar IS NULL
        OR left(encode(sha256(convert_to(split_part("twoFactorSecret", ' ', 1), 'UTF8')), 'hex'), 32) = $2)
RETURNING "id"
"""

_DROP_GOOGLE = """
WITH person AS (
    UPDATE "Users" SET "googleId" = NULL
    WHERE "id" = $1 AND "googleId" IS NOT NULL AND ($2::varchar IS NULL OR "googleId" = $2) RETURNING "id"
), link AS (
    DELETE FROM "GoogleLinks" l USING person WHERE l."userId" = person."id"
)
SELECT "id" FROM person
"""

_DROP_PASSWORD = """
UPDATE "Users" SET "password" = NULL WHERE "id" = $1 AND "password" IS NOT NULL RETURNING "id"
"""

_DROP_BACKUP_CODES = """
UPDATE "Users" SET "twoFactorBackupCodes" = NULL
WHERE "id" = $1 AND cardinality("twoFactorBackupCodes") > 0 RETURNING "id"
"""

_DROP_SECOND_STEPS = """
UPDATE "Users" u SET "twoFactorSecret" = NULL, "twoFactorEnabled" = false, "twoFactorBackupCodes" = NULL,
    "twoFactorPendingVerification" = false, "twoFactorSetupStartedAt" = NULL, "twoFactorLastVerifiedAt" = NULL,
    "twoFactorVerificationAttempts" = 0
FROM (SELECT "id", coalesce("twoFactorSecret" NOT LIKE 'pending:%', false) AS totp,
        coalesce("twoFactorEnabled", false) AS two_step, coalesce(cardinality("twoFactorBackupCodes"), 0) AS codes
    FROM "Users" WHERE "id" = $1 FOR UPDATE) was
WHERE u."id" = was."id" RETURNING was.totp, was.two_step, was.codes
"""

_SWITCH_ON = """
UPDATE "Users" SET "twoFactorEnabled" = true
WHERE "id" = $1 AND "twoFactorEnabled" IS NOT TRUE
    AND ("passKeyEnabled" OR "twoFactorSecret" NOT LIKE 'pending:%') RETURNING "id"
"""

_SWITCH_OFF = """
UPDATE "Users" SET "twoFactorEnabled" = false, "twoFactorBackupCodes" = NULL
WHERE "id" = $1 AND "twoFactorEnabled" AND "passKeyEnabled" IS NOT TRUE
    AND coalesce("twoFactorSecret" LIKE 'pending:%', true) RETURNING "id"
"""
