"""The worker's part of inviting."""

from app.jobs.registry import job, scheduled
from app.members.invitations import tables


@scheduled("29 * * * *")
@job("invitations.expire")
async def expire() -> None:
    """Nothing depends on it: what is over by its time is over on reading."""
    await tables.write_down_expired()
