"""Batches: who is invited with what, and what became of each line. In the tenant's scope but for the worker's reads."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Optional
from uuid import UUID

import msgspec
from asyncpg import Record

from app import db, tenancy
from app.tenancy import scoped_sql

CHUNK = 100
"""Lines in one transaction: so much is done once more after a crash, and so long the team is locked."""

FAILED = ("blocked", "malformed", "too_often")


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch and how far it is. Finished with lines left over, it was stopped."""

    id: UUID
    tenant_id: UUID
    user_id: UUID
    author: str | None
    roles: list[str]
    note: str | None
    days: int
    total: int
    done: int
    finished_at: datetime | None
    made_at: datetime

    @property
    def stopped(self) -> bool:
        return self.finished_at is not None and self.done < self.total

    @classmethod
    async def by_id(cls, batch_id: UUID) -> Optional["Batch"]:
        """For the worker: of whatever tenant."""
        row = await db.one(f'{_BATCH} WHERE b."id" = $1', batch_id)
        return cls(**dict(row)) if row else None

    @classmethod
    async def here(cls, batch_id: UUID) -> Optional["Batch"]:
        """One of this tenant's."""
        row = await db.one(f'{_BATCH} WHERE b."id" = $1 AND b."tenantId" = $2', batch_id, tenancy.current())
        return cls(**dict(row)) if row else None

    @classmethod
    async def latest(cls) -> "list[Batch]":
        """The newest few of this tenant."""
        sql = f'{_BATCH} WHERE b."tenantId" = $1 ORDER BY b."createdAt" DESC LIMIT 5'
        return [cls(**dict(row)) for row in await db.rows(sql, tenancy.current())]


class BatchLine(NamedTuple):
    line: int
    typed: str
    state: str


_BATCH = """
SELECT b."id", b."tenantId" AS tenant_id, b."userId" AS user_id, u."name" AS author, b."roles"::text[] AS roles,
    b."note", b."days", b."total", b."done", b."finishedAt" AS finished_at, b."createdAt" AS made_at
FROM "InvitationBatches" b JOIN "Users" u ON u."id" = b."userId"
"""


@scoped_sql(
    """
    WITH batch AS (
        INSERT INTO "InvitationBatches" ("id", "tenantId", "userId", "roles", "note", "days", "total")
        VALUES ($1, {tenant}, $2, $3::varchar[], $4, $5, cardinality($6::varchar[]))
        RETURNING "id"
    )
    INSERT INTO "InvitationBatchLines" ("batchId", "line", "typed", "state")
    SELECT batch."id", n, typed, 'waiting' FROM batch, unnest($6::varchar[]) WITH ORDINALITY AS t (typed, n)
    RETURNING "line"
    """
)
def make(rows: list[Record]) -> int:
    """A batch of a person with roles, note and days, its lines waiting; gives how many."""
    return len(rows)


@scoped_sql(
    """
    SELECT l."line", l."typed", l."state" FROM "InvitationBatchLines" l
    JOIN "InvitationBatches" b ON b."id" = l."batchId" AND b."tenantId" = {tenant}
    WHERE l."batchId" = $1 AND ($2::varchar[] IS NULL OR l."state" = ANY ($2::varchar[])) AND l."line" > $3
    ORDER BY l."line" LIMIT $4
    """
)
def lines(rows: list[Record]) -> list[BatchLine]:
    """Those in some states, or all, after a line, at most so many."""
    return [BatchLine(*row) for row in rows]


@scoped_sql(
    """
    SELECT l."state", count(*) AS number FROM "InvitationBatchLines" l
    JOIN "InvitationBatches" b ON b."id" = l."batchId" AND b."tenantId" = {tenant}
    WHERE l."batchId" = $1 GROUP BY l."state"
    """
)
def counts(rows: list[Record]) -> dict[str, int]:
    """How many lines are in which state."""
    return {row["state"]: row["number"] for row in rows}


async def unfinished(batch_id: UUID) -> bool:
    """Locks the batch; False if it is finished, so that two workers do not go on with it after one another."""
    sql = 'SELECT FROM "InvitationBatches" WHERE "id" = $1 AND "finishedAt" IS NULL FOR UPDATE'
    return await db.one(sql, batch_id) is not None


async def settle(batch_id: UUID, found: Sequence[BatchLine]) -> None:
    """Writes down what became of these lines, and counts them."""
    await db.execute(_SETTLE, batch_id, [line.line for line in found], [line.state for line in found])


async def finish(batch_id: UUID) -> None:
    await db.execute(
        'UPDATE "InvitationBatches" SET "finishedAt" = app_now() WHERE "id" = $1 AND "finishedAt" IS NULL', batch_id
    )


_SETTLE = """
WITH settled AS (
    UPDATE "InvitationBatchLines" l SET "state" = n.state
    FROM unnest($2::int[], $3::varchar[]) AS n (line, state)
    WHERE l."batchId" = $1 AND l."line" = n.line AND l."state" = 'waiting' RETURNING l."line"
)
UPDATE "InvitationBatches" SET "done" = "done" + (SELECT count(*) FROM settled) WHERE "id" = $1
"""
