"""What a browser is known by: the session it has, and the device it is."""

from functools import cache
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
    async def forget_all(cls, user_id: UUID) -> None:
        """No browser of the person is known any more."""
        await db.execute(
            'UPDATE "KnownDevices" SET "revokedAt" = app_now(), "rememberedAt" = NULL'
            ' WHERE "userId" = $1 AND "revokedAt" IS NULL',
            user_id,
        )


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


class Session(Row, tablename="Sessions"):
    """One sign-in of one browser. It lives while `ended_at` is NULL, idle time is left and `expires_at` is ahead.

    `authenticated_at` is the last fresh proof of who it is (for sudo), `methods` are the proofs given so far.
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
    ) -> None:
        """A full sign-in in one statement: the session, the device, the account's counters, the history."""
        await db.execute(
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

    @classmethod
    async def end(cls, token_hash: bytes, reason: str) -> bool:
        return await db.value(_END, token_hash, reason) is not None

    @classmethod
    async def end_all(cls, user_id: UUID, reason: str) -> int:
        """Ends every session of the person; gives how many."""
        return len(await db.rows(_END_ALL, user_id, reason))

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
SELECT s."id", s."userId", s."createdAt", s."authenticatedAt", s."methods"::text[] AS methods,
    u."email", u."name", u."avatar",
    coalesce(u."profile"->>'language', 'en') AS language, coalesce(u."profile"->>'timezone', 'UTC') AS timezone,
    CASE WHEN s."lastSeenAt" < app_now() - interval '1 minute' THEN note_seen(s."id") END AS seen,
    {beside} AS beside
FROM "Sessions" s JOIN "Users" u ON u."id" = s."userId"
WHERE s."tokenHash" = $1 AND s."endedAt" IS NULL AND s."expiresAt" > app_now()
    AND s."lastSeenAt" + make_interval(secs => s."idleSeconds") > app_now() AND u."status" = 'active'
"""


@cache
def _read(beside: str) -> str:
    return _READ.format(beside=beside)


_START = """
WITH device AS (
    INSERT INTO "KnownDevices" AS d ("tokenHash", "userId", "userAgent", "ipAddress", "location", "lastSeenAt")
    VALUES ($3, $1, $8, $7, $9, app_now())
    ON CONFLICT ("tokenHash", "userId") DO UPDATE SET "lastSeenAt" = app_now(), "failedAttempts" = 0,
        "lockedUntil" = NULL, "revokedAt" = NULL, "userAgent" = excluded."userAgent",
        "ipAddress" = excluded."ipAddress", "location" = excluded."location"
    RETURNING d."id"
), person AS (
    UPDATE "Users" SET "lastLoginAt" = app_now(), "lastActivity" = app_now(),
        "loginCount" = coalesce("loginCount", 0) + 1,
        "failedLoginAttempts" = CASE WHEN $10 THEN 0 ELSE "failedLoginAttempts" END,
        "accountLockedUntil" = CASE WHEN $10 THEN NULL ELSE "accountLockedUntil" END
    WHERE "id" = $1
), history AS (
    INSERT INTO "LoginHistories" ("userId", "status", "ipAddress", "userAgent", "location")
    VALUES ($1, 'success', $7, $8, $9)
)
INSERT INTO "Sessions" ("tokenHash", "userId", "deviceId", "methods", "authenticatedAt", "lastSeenAt", "idleSeconds",
    "expiresAt", "ipAddress", "userAgent", "location")
SELECT $2, $1, device."id", $4, app_now(), app_now(), $5, app_now() + make_interval(secs => $6), $7, $8, $9 FROM device
"""

_END = """
UPDATE "Sessions" SET "endedAt" = app_now(), "endReason" = $2 WHERE "tokenHash" = $1 AND "endedAt" IS NULL
RETURNING "id"
"""

_END_ALL = """
UPDATE "Sessions" SET "endedAt" = app_now(), "endReason" = $2 WHERE "userId" = $1 AND "endedAt" IS NULL
RETURNING "id"
"""
