"""Open sessions of one person: what the list shows, the limit at sign-in, ending one, and why one is no more."""

from datetime import datetime
from typing import Optional, Self
from uuid import UUID

import msgspec

from app import db
from app.clientinfo import Place
from app.tenants.tables import MOST_SESSIONS, PLATFORM

_OPEN = """s."endedAt" IS NULL AND s."expiresAt" > app_now()
    AND s."lastSeenAt" + make_interval(secs => s."idleSeconds") > app_now()"""


class OpenSession(msgspec.Struct, frozen=True):
    """A browser that is signed in; `methods` are the proofs its sign-in began with."""

    id: UUID
    methods: list[str]
    began: datetime
    seen: datetime
    agent: str | None
    place: Place | None
    now: datetime

    @classmethod
    async def all(cls, user_id: UUID) -> list[Self]:
        """The person's, the one seen last first."""
        rows = await db.rows(_ALL, user_id)
        return [cls(**dict(row) | {"place": msgspec.convert(row["place"], Place | None)}) for row in rows]

    @classmethod
    async def others(cls, user_id: UUID, keep: UUID) -> int:
        """How many the person has beside one."""
        return int(await db.value(_OTHERS, user_id, keep))

    @classmethod
    async def end(cls, session_id: UUID, user_id: UUID, reason: str) -> Optional["Ending"]:
        """Ends one if it is the person's; None if it is not, or never was."""
        row = await db.one(_END, session_id, user_id, reason)
        return Ending(row["agent"], row["ended"]) if row else None


class Ending(msgspec.Struct, frozen=True):
    """`now` is False where the session had ended before."""

    agent: str | None
    now: bool


class Rules(msgspec.Struct, frozen=True):
    """What holds for sessions of a person: how many at once (None: any number), and whether operators' times hold."""

    most: int | None
    operator: bool

    @classmethod
    async def of(cls, user_id: UUID) -> Self:
        """Locks the person's row until the transaction ends, so that sign-ins of one person come one by one."""
        row = await db.one(_RULES, user_id, PLATFORM)
        return cls(row["most"], row["operator"]) if row else cls(None, False)  # noqa: FBT003 - two plain facts


class Past(msgspec.Struct, frozen=True):
    """A session that is no more, as its own browser may know of it. `reason` may also be `idle` or `too_old`."""

    id: UUID
    user_id: UUID
    reason: str

    @classmethod
    async def of(cls, token_hash: bytes) -> Self | None:
        """Of a person whose account can be used; None for a secret that no session ever had."""
        row = await db.one(_PAST, token_hash)
        return cls(**dict(row)) if row else None

    @property
    def ran_out(self) -> bool:
        """Whether nobody ended it."""
        return self.reason in ("idle", "too_old")


async def overtake(user_id: UUID, *, keep: UUID, most: int) -> list[str | None]:
    """Ends the oldest sessions until `most` are left, `keep` among them; gives the agents of the ended ones.

    Call it after `Rules.of` in the same transaction: the lock makes it exact.
    """
    return [row["userAgent"] for row in await db.rows(_OVERTAKE, user_id, keep, most)]


async def tighten(user_id: UUID, *, idle_seconds: int, absolute_seconds: int) -> None:
    """Open sessions of a person who becomes an operator last no longer than an operator's."""
    await db.execute(_TIGHTEN, user_id, idle_seconds, absolute_seconds)


async def lock(user_id: UUID) -> None:
    """Whatever signs a person in, or ends what they have, takes this lock first: no two wait for each other."""
    await db.execute('SELECT FROM "Users" WHERE "id" = $1 FOR NO KEY UPDATE', user_id)


_ALL = f"""
SELECT s."id", s."methods", s."createdAt" AS began, s."lastSeenAt" AS seen, s."userAgent" AS agent,
    s."location" AS place, app_now() AS now
FROM "Sessions" s WHERE s."userId" = $1 AND {_OPEN} ORDER BY s."lastSeenAt" DESC, s."id"
"""

_OTHERS = f'SELECT count(*) FROM "Sessions" s WHERE s."userId" = $1 AND s."id" <> $2 AND {_OPEN}'

_END = f"""
WITH ended AS (
    UPDATE "Sessions" s SET "endedAt" = app_now(), "endReason" = $3
    WHERE s."id" = $1 AND s."userId" = $2 AND {_OPEN} RETURNING s."id"
)
SELECT s."userAgent" AS agent, ended."id" IS NOT NULL AS ended
FROM "Sessions" s LEFT JOIN ended ON ended."id" = s."id" WHERE s."id" = $1 AND s."userId" = $2
"""

_RULES = f"""
SELECT ({MOST_SESSIONS}) AS most, EXISTS (
    SELECT FROM "TenantUsers" m JOIN "Tenants" t ON t."id" = m."tenantId" WHERE m."userId" = u."id" AND t."slug" = $2
) AS operator
FROM "Users" u WHERE u."id" = $1 FOR NO KEY UPDATE OF u
"""

_OVERTAKE = f"""
UPDATE "Sessions" SET "endedAt" = app_now(), "endReason" = 'overtaken'
WHERE "endedAt" IS NULL AND "id" IN (
    SELECT s."id" FROM "Sessions" s WHERE s."userId" = $1 AND s."id" <> $2 AND {_OPEN}
    ORDER BY s."createdAt" DESC, s."id" DESC OFFSET $3 - 1
)
RETURNING "userAgent"
"""

_TIGHTEN = f"""
UPDATE "Sessions" s SET "idleSeconds" = least(s."idleSeconds", $2),
    "expiresAt" = least(s."expiresAt", s."createdAt" + make_interval(secs => $3))
WHERE s."userId" = $1 AND {_OPEN}
"""

_PAST = """
SELECT s."id", s."userId" AS user_id,
    coalesce(s."endReason", CASE WHEN s."expiresAt" <= app_now() THEN 'too_old' ELSE 'idle' END) AS reason
FROM "Sessions" s JOIN "Users" u ON u."id" = s."userId" WHERE s."tokenHash" = $1 AND u."status" = 'active'
"""
