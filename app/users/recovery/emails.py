"""The mails of the ways back in."""

from datetime import timedelta

from app import clientinfo, db
from app.actor import Actor
from app.config import settings
from app.i18n import language
from app.mail.outbox import send
from app.users.tables import Account


async def send_link(email: str, account: Account | None, *, token: str, code: str) -> None:
    """The reset link for any browser, the code for the one that asked. Without an account only the work is done."""
    await send(
        "recover/link",
        email,
        user_id=account.id if account else None,
        language=account.language if account else language(),
        secret={"code": code, "link": f"{settings().base_url}/recover/reset?token={token}"},
        expires_at=await db.now() + timedelta(minutes=60),
        withheld=account is None,
        name=account.name if account else None,
    )


async def send_done(account: Account, *, by: Actor) -> None:
    """The password was changed by mail, from where."""
    await _send_event("recover/done", account, by=by)


async def send_unlocked(account: Account, *, by: Actor) -> None:
    """The lockout was lifted: by its link, from where, or by the people who run the platform."""
    await _send_event("recover/unlocked", account, by=by)


async def _send_event(kind: str, account: Account, *, by: Actor) -> None:
    await send(
        kind,
        account.email,
        user_id=account.id,
        language=account.language,
        name=account.name,
        when=(await db.now()).isoformat(timespec="minutes"),
        device=clientinfo.device(by.agent),
        place=clientinfo.place_words(clientinfo.place(by.ip)),
        staff=by.kind in ("operator", "system"),
    )
