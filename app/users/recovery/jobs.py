"""What goes on while somebody waits for the recovery of their second step."""

from app.jobs.registry import job, scheduled
from app.users.recovery.second_factor import actions
from app.users.recovery.second_factor.tables import TwoFactorRecovery


@scheduled("*/10 * * * *")
@job("recovery.watch")
async def watch() -> None:
    """Reminds each day, mails the link at the end, and ends what nobody finished; each person in a transaction."""
    await TwoFactorRecovery.expire()
    while await actions.remind_one():
        pass
    while await actions.mail_one_link():
        pass
