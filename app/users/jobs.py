"""Tidying up what the entrance leaves behind. Histories stay: their retention is the tenants' business."""

from app import ratelimit
from app.jobs.registry import job, scheduled
from app.users.proofs.tables import MailboxProof
from app.users.sessions.tables import Session
from app.users.tables import User


@scheduled("17 * * * *")
@job("users.prune")
async def prune_entrance() -> None:
    """Removes spent mailed secrets, full buckets, ended sessions and sign-ups that were never finished."""
    await MailboxProof.prune()
    await Session.prune()
    await User.prune()
    await ratelimit.prune()
