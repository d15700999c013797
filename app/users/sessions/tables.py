"""What a browser is known by: the session it has, and the device it is."""

from functools import cache
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record
from piccolo.columns import Array, ForeignKey, Integer, OnDelete, Varchar

from app import db
from app.columns import Bytes, Json, String, UtcTimestamp
from app.table import Row
from app.users.tables import Account, Attempt, User


class KnownDevice(Row, tablename="KnownDevices"):
    """A browser that signed in fully before: limited apart from strangers, and maybe remembered for 2FA."""

    token_hash = Bytes(secret=True)
    user_id = ForeignKey(User, null=False)
    failed_attempts = Integer(default=0)
    last_failed_at = UtcTimestamp(null=True)
    locked_until = UtcTimestamp(null=True)
    remembered_at = UtcTimestamp(null=True)
    user_agent = String(null=True)
    ip_address = String(null=True)
    location = Json(null=True)
    last_seen_at = UtcTimestamp()
    revoked_at = UtcTimestamp(null=True)

    @classmethod
    async def count_attempt(cls, email: str, token_hash: bytes) -> Attempt | None:
        """Counts a try to sign in from a browser that this person used before; None: it is not known as theirs."""
        return Attempt.of(await db.one(_COUNT_ATTEMPT, email, token_hash))

    @classmethod
    async def forgive(cls, user_id: UUID, token_hash: bytes) -> None:
        """The right password was typed there: its count of wrong ones starts again."""
        await db.execute(
            'UPDATE "KnownDevices" SET "failedAttempts" = 0, "lockedUntil" = NULL'
            ' WHERE "userId" = $1 AND "tokenHash" = $2',
            user_id,
            token_hash,
        )

    @classmethod
    async def is_remembered(cls, user_id: UUID, token_hash: bytes) -> bool:
        """Whether the second step may be left out here: remembered in the last 30 days, and not revoked."""
        return bool(await db.value(_IS_REMEMBERED, user_id, token_hash))

    @classmethod
    async def forget_second_steps(cls, user_id: UUID) -> None:
        """Every browser of the person asks for the second step again; they stay known."""
        await db.execute(
            'UPDATE "KnownDevices" SET "rememberedAt" = NULL WHERE "userId" = $1 AND "rememberedAt" IS NOT NULL',
            user_id,
        )

    @classmethod
    async def forget_second_step(cls, user_id: UUID, device_id: UUID) -> None:
        """Has this browser of the person ask for the second step again; it stays known."""
        await db.execute(
            'UPDATE "KnownDevices" SET "rememberedAt" = NULL WHERE "userId" = $1 AND "id" = $2', user_id, device_id
        )

    @classmethod
    async def forget_all(cls, user_id: UUID) -> None:
        """No browser of the person is known any more."""
        await db.execute(
            'UPDATE "KnownDevices" SET "revokedAt" = app_now(), "rememberedAt" = NULL'
            ' WHERE "userId" = $1 AND "revokedAt" IS NULL',
            user_id,
        )


_IS_REMEMBERED = """
SELECT true FROM "KnownDevices"
WHERE "userId" = $1 AND "tokenHash" = $2 AND "revokedAt" IS NULL AND "rememberedAt" > app_now() - interval '30 days'
"""

_COUNT_ATTEMPT = f"""
WITH counted AS (
    UPDATE "KnownDevices" d SET
        "failedAttempts" = n.count,
        "lastFailedAt" = app_now(),
        "lockedUntil" = CASE WHEN n.count % 10 = 0 THEN app_now() + interval '15 minutes' ELSE d."lockedUntil" END
    FROM (
        SELECT k."id", CASE WHEN k."lastFailedAt" < app_now() - interval '15 minutes' THEN 1
            ELSE k."failedAttempts" + 1 END AS count
        FROM "KnownDevices" k JOIN "Users" u ON u."id" = k."userId"
        WHERE u."email" = $1 AND k."tokenHash" = $2 AND k."revokedAt" IS NULL FOR UPDATE OF k
    ) n
    WHERE d."id" = n."id" AND (d."lockedUntil" IS NULL OR d."lockedUntil" <= app_now())
    RETURNING d."id"
)
SELECT {Account.COLUMNS}, u."password", counted."id" IS NOT NULL AS allowed, d."lockedUntil" AS locked_until,
    false AS locked_now, true AS on_known_device
FROM "KnownDevices" d JOIN "Users" u ON u."id" = d."userId" LEFT JOIN counted ON counted."id" = d."id"
WHERE u."email" = $1 AND d."tokenHash" = $2 AND d."revokedAt" IS NULL
"""


class Begun(NamedTuple):
    """A session that has just begun, and what its sign-in may put an end to: other sessions, a recovery."""

    id: UUID
    new_device: bool
    others: int
    recovering: bool


class Session(Row, tablename="Sessions"):
    """One sign-in of one browser. It lives while `ended_at` is NULL, idle time is left and `expires_at` is ahead.

    `methods` are the proofs it began with; `proven_by` is the last proof of who it is, given at `authenticated_at`
    (for sudo).
    """

    token_hash = Bytes(unique=True, secret=True)
    user_id = ForeignKey(User, null=False)
    device_id = ForeignKey(KnownDevice, on_delete=OnDelete.set_null)
    methods = Array(Varchar())
    authenticated_at = UtcTimestamp()
    last_seen_at = UtcTimestamp()
    idle_seconds = Integer(default=None)
    expires_at = UtcTimestamp()
    ended_at = UtcTimestamp(null=True)
    end_reason = String(null=True)
    ip_address = String(null=True)
    user_agent = String(null=True)
    location = Json(null=True)
    proven_by = Array(Varchar())

    @classmethod
    async def read(cls, token_hash: bytes, beside: str = "NULL") -> Record | None:
        """The live session of this secret with its person, in one statement that also notes it was seen.

        `beside` is one more expression of SQL, about the person `u`, whose value a page wants to have.
        """
        return await db.one(_read(beside), token_hash)

    @classmethod
    async def start(
        cls,
        user_id: UUID,
        *,
        token_hash: bytes,
        device_hash: bytes,
        methods: list[str],
        idle_seconds: int,
        absolute_seconds: int,
        ip: str | None,
        agent: str | None,
        place: str | None,
        lifts_lock: bool,
    ) -> Begun:
        """A full sign-in in one statement: the session, the device, the account's counters, the history."""
        row = await db.one(
            _START,
            user_id,
            token_hash,
            device_hash,
            methods,
            idle_seconds,
            absolute_seconds,
            ip,
            agent,
            place,
            lifts_lock,
        )
        if row is None:
            raise RuntimeError("a session was not made")
        return Begun(**dict(row))

    @classmethod
    async def prove(cls, session_id: UUID, old_hash: bytes, new_hash: bytes, method: str) -> bool:
        """Notes a fresh proof and gives the session a new secret (ASVS 7.2.4); False if it has ended."""
        return await db.value(_PROVE, session_id, old_hash, new_hash, method) is not None

    @classmethod
    async def renew(cls, session_id: UUID, old_hash: bytes, new_hash: bytes) -> bool:
        """Gives the session a new secret and proves nothing; False if it has ended."""
        return await db.value(_RENEW, session_id, old_hash, new_hash) is not None

    @classmethod
    async def end(cls, token_hash: bytes, reason: str) -> bool:
        return await db.value(_END, token_hash, reason) is not None

    @classmethod
    async def end_one(cls, user_id: UUID, session_id: UUID, reason: str) -> bool:
        """Ends this session of the person; False if it has ended, or is not theirs."""
        return await db.value(_END_ONE, user_id, session_id, reason) is not None

    @classmethod
    async def end_all(cls, user_id: UUID, reason: str, *, keep: UUID | None = None) -> int:
        """Ends every session of the person but the one to `keep`; gives how many."""
        return len(await db.rows(_END_ALL, user_id, reason, keep))

    @classmethod
    async def prune(cls) -> None:
        """Removes sessions that ended or ran out 30 days ago; the sign-in history is kept elsewhere."""
        await db.execute(
            'DELETE FROM "Sessions" WHERE coalesce("endedAt", "expiresAt") < app_now() - interval \'30 days\''
        )


# Seen is noted at most once a minute, by a function: an UPDATE in the statement costs a fifth of it even when it finds
# nothing to do. The methods are cast because the driver asks the server about a varchar[], once in each connection, and
# that takes longer than several pages.
_READ = """
SELECT s."id", s."userId", s."createdAt", s."methods"::text[] AS methods, s."provenBy"::text[] AS "provenBy",
    u."email", u."name", u."avatar",
    extract(epoch FROM app_now() - s."authenticatedAt")::float8 AS proof_age,
    s."idleSeconds", extract(epoch FROM CASE WHEN s."lastSeenAt" < app_now() - interval '1 minute' THEN interval '0'
        ELSE s."lastSeenAt" - app_now() END)::float8 + s."idleSeconds" AS idle_left,
    coalesce(u."profile"->>'language', 'en') AS language, coalesce(u."profile"->>'timezone', 'UTC') AS timezone,
    u."password" IS NOT NULL AS password, coalesce(u."passKeyEnabled", false) AS passkey,
    u."googleId" IS NOT NULL AS google, coalesce(u."twoFactorEnabled", false) AS two_step,
    coalesce(u."twoFactorSecret" NOT LIKE 'pending:%', false) AS totp,
    CASE WHEN s."lastSeenAt" < app_now() - interval '1 minute' THEN note_seen(s."id") END AS seen,
    {beside} AS beside
FROM "Sessions" s JOIN "Users" u ON u."id" = s."userId"
WHERE s."tokenHash" = $1 AND s."endedAt" IS NULL AND s."expiresAt" > app_now()
    AND s."lastSeenAt" + make_interval(secs => s."idleSeconds") > app_now() AND u."status" = 'active'
"""


@cache
def _read(beside: str) -> str:
    return _READ.format(beside=beside)


# A device that was forgotten, as all are after a recovery, is as new as one that never was here.
_START = """
WITH forgotten AS (
    SELECT true FROM "KnownDevices" WHERE "tokenHash" = $3 AND "userId" = $1 AND "revokedAt" IS NOT NULL
), device AS (
    INSERT INTO "KnownDevices" AS d ("tokenHash", "userId", "userAgent", "ipAddress", "location", "lastSeenAt")
    VALUES ($3, $1, $8, $7, $9, app_now())
    ON CONFLICT ("tokenHash", "userId") DO UPDATE SET "lastSeenAt" = app_now(), "failedAttempts" = 0,
        "lockedUntil" = NULL, "revokedAt" = NULL, "userAgent" = excluded."userAgent",
        "ipAddress" = excluded."ipAddress", "location" = excluded."location"
    RETURNING d."id", d.xmax = 0 OR EXISTS (SELECT FROM forgotten) AS new
), person AS (
    UPDATE "Users" SET "lastLoginAt" = app_now(), "lastActivity" = app_now(),
        "loginCount" = coalesce("loginCount", 0) + 1,
        "failedLoginAttempts" = CASE WHEN $10 THEN 0 ELSE "failedLoginAttempts" END,
        "accountLockedUntil" = CASE WHEN $10 THEN NULL ELSE "accountLockedUntil" END
    WHERE "id" = $1
), history AS (
    INSERT INTO "LoginHistories" ("userId", "status", "ipAddress", "userAgent", "location")
    VALUES ($1, 'success', $7, $8, $9)
), session AS (
    INSERT INTO "Sessions" ("tokenHash", "userId", "deviceId", "methods", "provenBy", "authenticatedAt", "lastSeenAt",
        "idleSeconds", "expiresAt", "ipAddress", "userAgent", "location")
    SELECT $2, $1, device."id", $4, $4, app_now(), app_now(), $5, app_now() + make_interval(secs => $6), $7, $8, $9
    FROM device RETURNING "id"
)
SELECT session."id", device.new AS new_device,
    (SELECT count(*) FROM "Sessions" s WHERE s."userId" = $1 AND s."endedAt" IS NULL AND s."expiresAt" > app_now())
        AS others,
    EXISTS (SELECT FROM "TwoFactorRecoveries" r WHERE r."userId" = $1 AND r."endedAt" IS NULL) AS recovering
FROM session, device
"""

_PROVE = """
UPDATE "Sessions" SET "tokenHash" = $3, "provenBy" = ARRAY[$4::varchar], "authenticatedAt" = app_now()
WHERE "id" = $1 AND "tokenHash" = $2 AND "endedAt" IS NULL AND "expiresAt" > app_now() RETURNING "id"
"""

_RENEW = """
UPDATE "Sessions" SET "tokenHash" = $3
WHERE "id" = $1 AND "tokenHash" = $2 AND "endedAt" IS NULL AND "expiresAt" > app_now() RETURNING "id"
"""

_END = """
UPDATE "Sessions" SET "endedAt" = app_now(), "endReason" = $2 WHERE "tokenHash" = $1 AND "endedAt" IS NULL
RETURNING "id"
"""

_END_ONE = """
UPDATE "Sessions" SET "endedAt" = app_now(), "endReason" = $3
WHERE "userId" = $1 AND "id" = $2 AND "endedAt" IS NULL RETURNING "id"
"""

_END_ALL = """
UPDATE "Sessions" SET "endedAt" = app_now(), "endReason" = $2
WHERE "userId" = $1 AND "endedAt" IS NULL AND "expiresAt" > app_now() AND "id" IS DISTINCT FROM $3
RETURNING "id"
"""
