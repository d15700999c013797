"""Sign-ins that wait for their second step, and the count of wrong tries at it.

Two counts, in one statement, before the code is judged: five of a half-made sign-in, which end it, and twenty
of a person, across sessions, browsers and factors, which pause codes for an hour. A person's count ends with a right
code, or a day after the last try. The person is always locked before the half-made sign-in, here and where a code is
accepted, so that no two of them wait for each other.
"""

from typing import NamedTuple, Self
from uuid import UUID

from app import db
from app.users.sessions.live.tables import lock

TRIES_OF_A_HALF = 5
TRIES_OF_A_PERSON = 20


class Half(NamedTuple):
    """A live half-made sign-in with what its person has for the second step. `paused_for` is in seconds."""

    user_id: UUID
    method: str
    lifts_lock: bool
    email: str
    name: str | None
    passkey: bool
    totp: bool
    codes: int
    paused_for: int

    @classmethod
    async def waiting(cls, token_hash: bytes) -> Self | None:
        """None: unknown, ended, expired, tried out, or of a person who may not sign in any more."""
        row = await db.one(_WAITING, token_hash, TRIES_OF_A_HALF)
        return cls(*row) if row else None


class Tries(NamedTuple):
    """What a try has been counted as; `person` is None while codes are paused, and then it must not be judged."""

    half: int
    person: int | None

    @property
    def pauses(self) -> bool:
        """Whether this try, if it is wrong, is the one that pauses codes."""
        return bool(self.person) and (self.person or 0) % TRIES_OF_A_PERSON == 0

    @classmethod
    async def of_half(cls, token_hash: bytes, user_id: UUID) -> Self | None:
        """Counts a try at the person's second step; None if the half-made sign-in is over, and nothing is counted.

        The lock is a statement of its own: one that locks a row and changes it sees the row as it was before it
        waited, and under many tries at once PostgreSQL 18 then finds a deadlock.
        """
        async with db.transaction():
            await lock(user_id)
            row = await db.one(_COUNT, token_hash, user_id, TRIES_OF_A_HALF, TRIES_OF_A_PERSON)
        return cls(*row) if row else None

    @classmethod
    async def of_person(cls, user_id: UUID) -> Self:
        """Counts a try of somebody signed in. Call it outside a transaction."""
        return cls(0, await db.value(_COUNT_PERSON, user_id, TRIES_OF_A_PERSON))

    @staticmethod
    async def pause_left(user_id: UUID) -> int:
        """Seconds until codes are judged again; 0 while they are."""
        return int(await db.value(_PAUSE_LEFT, user_id, TRIES_OF_A_PERSON) or 0)


class TwoStep(NamedTuple):
    """Whether a second step is asked of a person, and what they have for it."""

    on: bool
    passkey: bool
    totp: bool

    @classmethod
    async def of(cls, user_id: UUID) -> Self:
        row = await db.one(_TWO_STEP, user_id)
        return cls(*row) if row else cls(on=False, passkey=False, totp=False)

    @classmethod
    async def switch_on(cls, user_id: UUID) -> bool:
        """False if it is on already, or the person has no passkey to do it with."""
        return await db.value(_SWITCH_ON, user_id) is not None

    @classmethod
    async def switch_off(cls, user_id: UUID) -> bool:
        """Off, with the backup codes gone. False if it is off already, or an authenticator app is set up."""
        return await db.value(_SWITCH_OFF, user_id) is not None


def _paused(person: str, limit: str) -> str:
    return f"""(coalesce({person}."twoFactorVerificationAttempts", 0) > 0
        AND {person}."twoFactorVerificationAttempts" % {limit} = 0
        AND {person}."twoFactorLastFailedAttempt" > app_now() - interval '1 hour')"""


def _seconds(person: str, limit: str) -> str:
    return f"""CASE WHEN {_paused(person, limit)} THEN
        ceil(3600 - extract(epoch FROM app_now() - {person}."twoFactorLastFailedAttempt"))::int ELSE 0 END"""


_COUNTED = """"twoFactorLastFailedAttempt" = app_now(), "twoFactorVerificationAttempts" = CASE
        WHEN u."twoFactorLastFailedAttempt" < app_now() - interval '1 day' THEN 1
        ELSE least(coalesce(u."twoFactorVerificationAttempts", 0), 999999) + 1 END"""

_WAITING = f"""
SELECT h."userId", h."method", h."liftsLock", u."email", u."name", coalesce(u."passKeyEnabled", false),
    coalesce(u."twoFactorSecret" NOT LIKE 'pending:%', false),
    cardinality(coalesce(u."twoFactorBackupCodes", ARRAY[]::varchar[])), {_seconds("u", "20")}
FROM "HalfSignIns" h JOIN "Users" u ON u."id" = h."userId"
WHERE h."tokenHash" = $1 AND h."endedAt" IS NULL AND h."expiresAt" > app_now() AND h."wrongTries" < $2
    AND u."status" = 'active' AND u."emailVerified"
"""

_COUNT = f"""
WITH half AS (
    UPDATE "HalfSignIns" h SET "wrongTries" = h."wrongTries" + 1
    WHERE h."tokenHash" = $1 AND h."userId" = $2 AND h."endedAt" IS NULL AND h."expiresAt" > app_now()
        AND h."wrongTries" < $3
    RETURNING h."userId", h."wrongTries"
), person AS (
    UPDATE "Users" u SET {_COUNTED}
    FROM half WHERE u."id" = half."userId" AND NOT {_paused("u", "$4")}
    RETURNING u."twoFactorVerificationAttempts" AS count
)
SELECT half."wrongTries", person.count FROM half LEFT JOIN person ON true
"""

_COUNT_PERSON = f"""
UPDATE "Users" u SET {_COUNTED} WHERE u."id" = $1 AND NOT {_paused("u", "$2")}
RETURNING u."twoFactorVerificationAttempts"
"""

_PAUSE_LEFT = f"""
SELECT {_seconds("u", "$2")} FROM "Users" u WHERE u."id" = $1
"""

_TWO_STEP = """
SELECT coalesce("twoFactorEnabled", false), coalesce("passKeyEnabled", false),
    coalesce("twoFactorSecret" NOT LIKE 'pending:%', false)
FROM "Users" WHERE "id" = $1
"""

_SWITCH_ON = """
UPDATE "Users" SET "twoFactorEnabled" = true
WHERE "id" = $1 AND "passKeyEnabled" AND "twoFactorEnabled" IS NOT TRUE AND "emailVerified" RETURNING "id"
"""

_SWITCH_OFF = """
UPDATE "Users" SET "twoFactorEnabled" = false, "twoFactorBackupCodes" = ARRAY[]::varchar[]
WHERE "id" = $1 AND "twoFactorEnabled" AND ("twoFactorSecret" IS NULL OR "twoFactorSecret" LIKE 'pending:%')
RETURNING "id"
"""
