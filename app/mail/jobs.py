"""The worker's part of mail."""

from uuid import UUID

from app import db
from app.jobs.queue import enqueue
from app.jobs.registry import job, scheduled
from app.mail import delivery
from app.mail.outbox import DELIVER

_EXPIRED = """
UPDATE "Outbox" SET "status" = 'expired', "secret" = NULL WHERE "status" = 'queued' AND "expiresAt" <= app_now()
"""

# Ten minutes, so that a mail on its usual way is left alone.
_STRANDED = """
SELECT "id" FROM "Outbox" o
WHERE "status" = 'queued' AND "createdAt" < app_now() - interval '10 minutes'
  AND NOT EXISTS (
    SELECT FROM pgqueuer j WHERE j.dedupe_key = $1 || ' ' || o."id" AND j.status IN ('queued', 'picked')
  )
ORDER BY "createdAt" LIMIT 1000
"""

_PRUNE = """
DELETE FROM "Outbox" WHERE "status" <> 'queued' AND "createdAt" < app_now() - interval '90 days';
DELETE FROM "DevMails" WHERE "createdAt" < app_now() - interval '7 days';
"""


@job(DELIVER, retries=40)
async def deliver(mail_id: str) -> None:
    await delivery.deliver(UUID(mail_id))


@scheduled("*/5 * * * *")
@job("mail.sweep")
async def sweep() -> None:
    """No secret outlives its time, and no mail is lost because its job was."""
    await db.execute(_EXPIRED)
    for row in await db.rows(_STRANDED, DELIVER):
        await enqueue(DELIVER, key=f"{DELIVER} {row['id']}", mail_id=str(row["id"]))


@scheduled("41 3 * * *")
@job("mail.prune")
async def prune() -> None:
    """Addresses of people are not kept for longer than an operator may have to look into a complaint."""
    await db.execute(_PRUNE)
