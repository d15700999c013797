"""The mails of signing in."""

from datetime import timedelta

from app import clientinfo, crypto, db
from app.actor import Actor
from app.config import settings
from app.i18n import language
from app.mail.outbox import send
from app.users.mailbox import CODE_MINUTES
from app.users.proofs.tables import MailedLink
from app.users.tables import Account, Attempt

UNLOCK_MINUTES = 24 * 60


async def send_code(email: str, account: Account | None, *, code: str) -> None:
    """The code that signs in; only in the browser that asked. Without an account the work is done and nothing sent."""
    await send(
        "login/code",
        email,
        user_id=account.id if account else None,
        language=account.language if account else language(),
        secret={"code": code},
        expires_at=await db.now() + timedelta(minutes=CODE_MINUTES),
        withheld=account is None,
        name=account.name if account else None,
        minutes=CODE_MINUTES,
    )


async def send_locked(attempt: Attempt, *, by: Actor) -> None:
    """The account is locked for a while; the page does not say so, the mailbox does, with a way to open it."""
    link = crypto.new_token()
    await MailedLink.make(attempt.id, "unlock", link.digest, UNLOCK_MINUTES)
    await send(
        "login/locked",
        attempt.email,
        user_id=attempt.id,
        language=attempt.language,
        secret={"link": f"{settings().base_url}/recover/unlock?token={link.plain}"},
        expires_at=await db.now() + timedelta(minutes=UNLOCK_MINUTES),
        name=attempt.name,
        when=(await db.now()).isoformat(timespec="minutes"),
        device=clientinfo.device(by.agent),
        place=clientinfo.place_words(clientinfo.place(by.ip)),
    )
