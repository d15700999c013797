"""The worker's part of inviting."""

from uuid import UUID

from app.jobs.registry import job, scheduled
from app.members.invitations import tables
from app.members.invitations.batches import actions


@scheduled("29 * * * *")
@job("invitations.expire")
async def expire() -> None:
    """Nothing depends on it: what is over by its time is over on reading."""
    await tables.write_down_expired()


@job(actions.JOB)
async def batch(batch_id: str) -> None:
    await actions.work(UUID(batch_id))
