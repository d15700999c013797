"""The password of a person who is signed in: set and removed by one statement each."""

from uuid import UUID

import msgspec

from app import db


class PasswordState(msgspec.Struct, frozen=True):
    """`ways` counts what else opens the account beside a mailed code: each passkey, and Google."""

    password: str | None
    ways: int

    def __repr__(self) -> str:
        return f"PasswordState(ways={self.ways})"

    @classmethod
    async def of(cls, user_id: UUID) -> "PasswordState":
        row = await db.one(_STATE, user_id)
        return cls(row["password"], row["ways"]) if row else cls(None, 0)


async def set_password(user_id: UUID, hashed: str) -> bool | None:
    """Sets it; True if there was one before, None if the account cannot be used. Lock the person first."""
    had: bool | None = await db.value(_SET, user_id, hashed)
    return had


async def remove_password(user_id: UUID, least: int) -> bool:
    """Removes it where at least so many other ways exist; False if they do not, or there is none."""
    return await db.value(_REMOVE, user_id, least) is not None


_WAYS = """(SELECT count(*) FROM "Authenticators" a WHERE a."userId" = u."id") + (u."googleId" IS NOT NULL)::int"""

_STATE = f'SELECT u."password", {_WAYS} AS ways FROM "Users" u WHERE u."id" = $1'

_SET = """
UPDATE "Users" u SET "password" = $2, "failedLoginAttempts" = 0, "accountLockedUntil" = NULL
FROM (SELECT "id", "password" IS NOT NULL AS had FROM "Users" WHERE "id" = $1) old
WHERE u."id" = old."id" AND u."status" = 'active' RETURNING old.had
"""

_REMOVE = f"""
UPDATE "Users" u SET "password" = NULL
WHERE u."id" = $1 AND u."password" IS NOT NULL AND u."status" = 'active' AND {_WAYS} >= $2 RETURNING u."id"
"""
