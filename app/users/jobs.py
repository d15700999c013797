"""Tidying up what the entrance leaves behind. Histories stay: their retention is the tenants' business."""

from app import ratelimit
from app.jobs.registry import job, scheduled
from app.users.google.tables import GoogleSignIn
from app.users.login.tables import HalfSignIn
from app.users.passkeys.challenges.tables import LoginChallenge
from app.users.proofs.tables import MailboxProof
from app.users.sessions.tables import Session
from app.users.sudo.tables import KeptForm
from app.users.tables import User
from app.users.totp.tables import App


@scheduled("17 * * * *")
@job("users.prune")
async def prune_entrance() -> None:
    """Removes what is spent: mailed secrets, challenges, buckets, sessions, sign-ups that were never finished."""
    await MailboxProof.prune()
    await Session.prune()
    await HalfSignIn.prune()
    await GoogleSignIn.prune()
    await KeptForm.prune()
    await LoginChallenge.prune()
    await User.prune()
    await App.forget_unfinished()
    await ratelimit.prune()
