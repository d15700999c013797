"""The queue's own upkeep."""

from app import db
from app.jobs.registry import JOBS, job, scheduled

_REVIVE = """
UPDATE pgqueuer AS j
SET status = 'queued', execute_after = clock_timestamp(), updated = clock_timestamp(), attempts = attempts + 1
FROM unnest($1::text[], $2::int[]) AS known (name, retries)
WHERE j.status = 'failed' AND j.entrypoint = known.name AND j.attempts < known.retries
  AND NOT EXISTS (SELECT FROM pgqueuer o WHERE o.dedupe_key = j.dedupe_key AND o.status IN ('queued', 'picked'))
"""

_PRUNE = """
DELETE FROM pgqueuer_log WHERE created < clock_timestamp() - interval '14 days';
DELETE FROM pgqueuer_statistics WHERE created < clock_timestamp() - interval '14 days';
DELETE FROM "WorkerHeartbeats" WHERE "seenAt" < app_now() - interval '1 day';
"""


@scheduled("* * * * *")
@job("jobs.revive")
async def revive() -> None:
    """A job that failed for good has used up its retries. One that has not fell with a connection: it goes on."""
    await db.execute(_REVIVE, [known.name for known in JOBS.values()], [known.retries for known in JOBS.values()])


@scheduled("17 3 * * *")
@job("jobs.prune")
async def prune() -> None:
    """Failed jobs stay until an operator deals with them; the log of the others does not grow for ever."""
    await db.execute(_PRUNE)
