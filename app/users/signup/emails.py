"""The mails of signing up."""

from datetime import timedelta
from uuid import UUID

from app import db
from app.config import settings
from app.i18n import language as current_language
from app.mail.outbox import send
from app.users.mailbox import CODE_MINUTES


async def send_code(email: str, *, name: str, code: str, token: str, user_id: UUID) -> None:
    """The code for the browser that asked, and the link for any other."""
    await send(
        "signup/code",
        email,
        user_id=user_id,
        language=current_language(),
        secret={"code": code, "link": f"{settings().base_url}/signup/verify?token={token}"},
        expires_at=await db.now() + timedelta(minutes=60),
        name=name,
        minutes=CODE_MINUTES,
    )


async def send_known(email: str, *, name: str | None, user_id: UUID, language: str) -> None:
    """Somebody signed up with an address that has an account already: only its owner learns that."""
    await send("signup/known", email, user_id=user_id, language=language, name=name)
