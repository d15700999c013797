"""Which page comes after signing in, and how often something was offered."""

from typing import Literal
from uuid import UUID

from piccolo.columns import ForeignKey, Integer

from app import db
from app.columns import String, UtcTimestamp
from app.table import Row
from app.users.tables import User

Stop = Literal["terms", "review", "invitation", "passkey", "backup_codes"]

OFFERED_TIMES = 3
AGAIN_DAYS = 30


class OfferedStop(Row, tablename="OfferedStops"):
    """What was offered to a person after signing in: each offer three times at most, 30 days apart."""

    user_id = ForeignKey(User, null=False)
    offer = String()
    shown = Integer(default=None)
    shown_at = UtcTimestamp()

    @classmethod
    async def next(cls, user_id: UUID, terms_version: str | None) -> Stop | None:
        """The first stop that applies, in one statement. An offer counts as shown with that.

        Nobody is offered anything on the day they made their account: they have just chosen how to sign in.
        """
        stop: Stop | None = await db.value(_NEXT, user_id, terms_version, OFFERED_TIMES, AGAIN_DAYS)
        return stop


_NEXT = """
WITH person AS (
    SELECT u."createdAt" < app_now() - interval '1 day' AS settled,
        u."passKeyEnabled" IS NOT TRUE AS without_passkey,
        coalesce(u."twoFactorEnabled" AND coalesce(cardinality(u."twoFactorBackupCodes"), 0) = 0, false)
            AS without_codes,
        $2::varchar IS NOT NULL AND NOT EXISTS (
            SELECT FROM "TermsAcceptances" t WHERE t."userId" = $1 AND t."version" = $2) AS terms,
        EXISTS (SELECT FROM "RecoveryReviews" r WHERE r."userId" = $1 AND r."finishedAt" IS NULL) AS review,
        EXISTS (SELECT FROM "Invitations" i JOIN "Tenants" t ON t."id" = i."tenantId" AND t."status" = 'active'
            WHERE i."email" = u."email" AND u."emailVerified" AND i."status" = 'pending' AND i."expiresAt" > app_now()
                AND NOT EXISTS (SELECT FROM "TenantUsers" m WHERE m."tenantId" = t."id" AND m."userId" = $1)
        ) AS invitation
    FROM "Users" u WHERE u."id" = $1
), offer AS (
    SELECT o.name FROM person, (VALUES ('passkey', 1), ('backup_codes', 2)) o (name, place)
    WHERE settled AND NOT terms AND NOT review AND NOT invitation
        AND CASE o.name WHEN 'passkey' THEN without_passkey ELSE without_codes END
        AND NOT EXISTS (SELECT FROM "OfferedStops" s WHERE s."userId" = $1 AND s."offer" = o.name
            AND (s."shown" >= $3 OR s."shownAt" > app_now() - make_interval(days => $4)))
    ORDER BY o.place LIMIT 1
), shown AS (
    INSERT INTO "OfferedStops" AS s ("userId", "offer", "shown", "shownAt") SELECT $1, name, 1, app_now() FROM offer
    ON CONFLICT ("userId", "offer") DO UPDATE SET "shown" = s."shown" + 1, "shownAt" = app_now()
)
SELECT CASE WHEN terms THEN 'terms' WHEN review THEN 'review' WHEN invitation THEN 'invitation'
    ELSE (SELECT name FROM offer) END FROM person
"""
