"""The mail of proving again who one is."""

from datetime import timedelta

from app import db
from app.mail.outbox import send
from app.users.mailbox import CODE_MINUTES
from app.users.tables import Account


async def send_code(account: Account, *, code: str) -> None:
    """The code that confirms; only in the session that asked."""
    await send(
        "sudo/code",
        account.email,
        user_id=account.id,
        language=account.language,
        secret={"code": code},
        expires_at=await db.now() + timedelta(minutes=CODE_MINUTES),
        name=account.name,
        minutes=CODE_MINUTES,
    )
