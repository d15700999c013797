"""The mails of signing in."""

from datetime import timedelta
from uuid import UUID

from app import clientinfo, crypto, db
from app.actor import Actor
from app.config import settings
from app.mail.outbox import send
from app.users.mailbox import CODE_MINUTES
from app.users.proofs.tables import MailedLink
from app.users.tables import Attempt

UNLOCK_MINUTES = 24 * 60


async def send_code(email: str, *, code: str, name: str | None, user_id: UUID, language: str) -> None:
    """The code that signs in; only in the browser that asked."""
    await send(
        "login/code",
        email,
        user_id=user_id,
        language=language,
        secret={"code": code},
        expires_at=await db.now() + timedelta(minutes=CODE_MINUTES),
        name=name,
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
