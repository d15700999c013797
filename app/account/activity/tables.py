"""The sign-in history of one person: a page of it, and its last 30 days in quarters of an hour."""

from datetime import datetime
from typing import Literal, NamedTuple, Self
from uuid import UUID

import msgspec

from app import db
from app.clientinfo import Place

DAYS = 30

# The page and the chart in one statement, as rows of one shape. Quarters of an hour, because zones differ by such; the
# day they belong to is the reader's, and is found where zones are known.
_HISTORY = """
(SELECT 'line' AS kind, app_now() AS now, "id", "createdAt" AS at, "status"::text AS status, "failureReason" AS reason,
    "ipAddress" AS ip, "userAgent" AS agent, "location" AS place, 1 AS count
FROM "LoginHistories"
WHERE "userId" = $1 AND ($2::text IS NULL OR "status"::text = $2)
    AND ($3::timestamp IS NULL OR ("createdAt", "id") < ($3, $4))
ORDER BY "createdAt" DESC, "id" DESC LIMIT $5)
UNION ALL
(SELECT 'quarter', app_now(), NULL, date_bin('15 minutes', "createdAt", '2000-01-01'), "status"::text, NULL,
    NULL, NULL, NULL, count(*)
FROM "LoginHistories" WHERE $6 AND "userId" = $1 AND "createdAt" > app_now() - make_interval(days => $7)
GROUP BY 4, 5)
"""


class Key(NamedTuple):
    """Where a page ends: the next one begins after it."""

    at: datetime
    id: UUID


class SignIn(msgspec.Struct, frozen=True):
    """One sign-in, or a refused try at it."""

    id: UUID
    at: datetime
    status: Literal["success", "failed"]
    reason: str | None
    ip: str | None
    agent: str | None
    place: Place | None

    @property
    def key(self) -> Key:
        return Key(self.at, self.id)


class Quarter(NamedTuple):
    """How many sign-ins of a kind began within 15 minutes from `at`, in UTC."""

    at: datetime
    status: Literal["success", "failed"]
    number: int


class History(msgspec.Struct, frozen=True):
    """`lines` are at most one more than was asked for, `quarters` those of the last DAYS days."""

    now: datetime | None
    lines: list[SignIn]
    quarters: list[Quarter]

    @classmethod
    async def of(cls, user_id: UUID, *, status: str | None, after: Key | None, most: int, chart: bool) -> Self:
        at, row_id = after or (None, None)
        rows = await db.rows(_HISTORY, user_id, status, at, row_id, most + 1, chart, DAYS + 1)
        lines = [
            SignIn(
                row["id"],
                row["at"],
                row["status"],
                row["reason"],
                row["ip"],
                row["agent"],
                msgspec.convert(row["place"], Place | None),
            )
            for row in rows
            if row["kind"] == "line"
        ]
        quarters = [Quarter(row["at"], row["status"], row["count"]) for row in rows if row["kind"] == "quarter"]
        return cls(rows[0]["now"] if rows else None, lines, quarters)
