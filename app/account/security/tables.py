"""What the security page reads across tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import msgspec

from app import db
from app.clientinfo import Place

# Everything in one statement; each part is found by an index that begins with the person.
_STANDING = """
SELECT app_now() AS now,
    u."password" IS NOT NULL AS password,
    coalesce(u."twoFactorEnabled", false) AS two_step,
    coalesce(u."twoFactorSecret" NOT LIKE 'pending:%', false) AS totp,
    coalesce(cardinality(u."twoFactorBackupCodes"), 0) AS codes,
    u."googleId" IS NOT NULL AS google,
    g."email" AS google_email,
    k.count AS passkeys, k.newest AS newest_passkey,
    (SELECT max(a."createdAt") FROM "SecurityAuditLogs" a WHERE a."userId" = u."id" AND (a."event" = ANY ($2)
        OR a."event" = $3 AND a."details"->>'with_' = 'password')) AS password_since,
    (SELECT count(*) FROM "KnownDevices" d WHERE d."userId" = u."id" AND d."revokedAt" IS NULL
        AND d."rememberedAt" > app_now() - interval '30 days') AS remembered,
    (SELECT count(*) FROM "Sessions" s WHERE s."userId" = u."id" AND s."endedAt" IS NULL AND s."expiresAt" > app_now()
        AND s."lastSeenAt" + make_interval(secs => s."idleSeconds") > app_now()) AS sessions,
    (SELECT count(*) FROM "LoginHistories" f WHERE f."userId" = u."id" AND f."status" = 'failed'
        AND f."createdAt" > app_now() - interval '7 days') AS refused,
    h."createdAt" AS last_at, h."userAgent" AS last_agent, h."location" AS last_place
FROM "Users" u
LEFT JOIN "GoogleLinks" g ON g."userId" = u."id"
CROSS JOIN LATERAL (
    SELECT count(*) AS count, max("createdAt") AS newest FROM "Authenticators" WHERE "userId" = u."id"
) k
LEFT JOIN LATERAL (
    SELECT "createdAt", "userAgent", "location" FROM "LoginHistories"
    WHERE "userId" = u."id" AND "status" = 'success' ORDER BY "createdAt" DESC, "id" DESC LIMIT 1
) h ON true
WHERE u."id" = $1
"""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How the account is guarded now. `refused` are the tries of the last week; the rest is what the person has."""

    now: datetime
    password: bool
    password_since: datetime | None
    two_step: bool
    totp: bool
    codes: int
    google: bool
    google_email: str | None
    passkeys: int
    newest_passkey: datetime | None
    remembered: int
    sessions: int
    refused: int
    last_at: datetime | None
    last_agent: str | None
    last_place: Place | None

    @classmethod
    async def of(cls, user_id: UUID, *, password_events: Sequence[str], signed_up: str) -> Self | None:
        """The events are those that give an account its password; the first comes with signing up."""
        row = await db.one(_STANDING, user_id, list(password_events), signed_up)
        if row is None:
            return None
        return cls(**{**row, "last_place": msgspec.convert(row["last_place"], Place | None)})
