"""Reviews that are due, and what they are about."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from piccolo.columns import ForeignKey

from app import db
from app.clientinfo import Place
from app.columns import String, UtcTimestamp
from app.table import Row
from app.users.tables import User

ReviewCause = Literal["password_reset", "unlocked", "factor_recovered", "not_me"]
DoorKind = Literal["passkey", "totp", "google", "device", "session"]


class Due(msgspec.Struct, frozen=True):
    """A review that waits for the person."""

    cause: ReviewCause
    since: datetime


class Door(msgspec.Struct, frozen=True):
    """One thing that opens the account. A factor is `young` for 30 days, while sessions and remembered devices are
    never older; `since` is unknown of some old ones.
    """

    kind: DoorKind
    id: str
    name: str | None
    since: datetime | None
    used: datetime | None
    young: bool
    agent: str | None
    place: Place | None

    @property
    def key(self) -> str:
        """What the form calls it."""
        return f"{self.kind} {self.id}"


class RecoveryReview(Row, tablename="RecoveryReviews"):
    """One at most is open for a person, from a recovery until they have gone through what opens their account."""

    user_id = ForeignKey(User, null=False)
    cause = String()
    finished_at = UtcTimestamp(null=True)

    @classmethod
    async def open(cls, user_id: UUID, cause: ReviewCause) -> None:
        """Makes a review due; one that is due already goes on under the new cause."""
        await db.execute(_OPEN, user_id, cause)

    @classmethod
    async def due(cls, user_id: UUID) -> Due | None:
        row = await db.one(_DUE, user_id)
        return Due(row["cause"], row["createdAt"]) if row else None

    @classmethod
    async def finish(cls, user_id: UUID) -> bool:
        """Takes the open review, once."""
        return await db.value(_FINISH, user_id) is not None


async def doors_of(user_id: UUID, session_id: UUID | None) -> list[Door]:
    """Everything that opens the account but the session that looks, the youngest of each kind first."""
    rows = await db.rows(_DOORS, user_id, session_id)
    return [Door(**{**row, "place": msgspec.convert(row["place"], Place | None)}) for row in rows]


_OPEN = """
INSERT INTO "RecoveryReviews" ("userId", "cause") VALUES ($1, $2)
ON CONFLICT ("userId") WHERE "finishedAt" IS NULL DO UPDATE SET "cause" = excluded."cause"
"""

_DUE = """
SELECT "cause", "createdAt" FROM "RecoveryReviews" WHERE "userId" = $1 AND "finishedAt" IS NULL
"""

_FINISH = """
UPDATE "RecoveryReviews" SET "finishedAt" = app_now() WHERE "userId" = $1 AND "finishedAt" IS NULL RETURNING "id"
"""

# Since when somebody has an authenticator app or a Google account, the history alone knows.
_DOORS = """
SELECT d.kind, d.id, d.name, d.since, d.used, d.agent, d.place,
    coalesce(d.since > app_now() - interval '30 days' AND d.place_in_list <= 3, false) AS young FROM (
    SELECT 1 AS place_in_list, 'passkey' AS kind, a."id"::text AS id, a."friendlyName" AS name,
        a."createdAt" AS since, a."lastUsedAt" AS used, NULL::varchar AS agent, NULL::jsonb AS place
    FROM "Authenticators" a WHERE a."userId" = $1
    UNION ALL
    SELECT 2, 'totp', '', NULL, (SELECT max(l."createdAt") FROM "SecurityAuditLogs" l
            WHERE l."userId" = $1 AND l."event" IN ('totp.enabled', 'totp.replaced')),
        u."twoFactorLastVerifiedAt", NULL, NULL
    FROM "Users" u WHERE u."id" = $1 AND u."twoFactorSecret" NOT LIKE 'pending:%'
    UNION ALL
    SELECT 3, 'google', u."googleId", NULL, (SELECT max(l."createdAt") FROM "SecurityAuditLogs" l
            WHERE l."userId" = $1 AND l."event" = 'google.linked'), NULL, NULL, NULL
    FROM "Users" u WHERE u."id" = $1 AND u."googleId" IS NOT NULL
    UNION ALL
    SELECT 4, 'device', k."id"::text, NULL, k."rememberedAt", k."lastSeenAt", k."userAgent", k."location"
    FROM "KnownDevices" k WHERE k."userId" = $1 AND k."revokedAt" IS NULL
        AND k."rememberedAt" > app_now() - interval '30 days'
    UNION ALL
    SELECT 5, 'session', s."id"::text, NULL, s."createdAt", s."lastSeenAt", s."userAgent", s."location"
    FROM "Sessions" s WHERE s."userId" = $1 AND s."endedAt" IS NULL AND s."expiresAt" > app_now()
        AND s."lastSeenAt" + make_interval(secs => s."idleSeconds") > app_now() AND s."id" IS DISTINCT FROM $2
) d ORDER BY d.place_in_list, d.since DESC NULLS LAST, d.id
"""
