"""What people hear of a recovery of their second step, by mail and at the bell."""

from datetime import timedelta

from app import clientinfo, crypto, db
from app.config import settings
from app.i18n import _, language, use_language
from app.mail.outbox import send
from app.notifications.tables import Notification
from app.users.mailbox import CODE_MINUTES
from app.users.proofs.tables import MailedLink
from app.users.recovery.second_factor.tables import Running
from app.users.tables import Account

VETO = "veto"
FINISH = "remove_second_step"


async def send_code(email: str, account: Account | None, *, code: str) -> None:
    """The code that proves the mailbox. Without an account the work is done and nothing sent."""
    await send(
        "recover/lost_code",
        email,
        user_id=account.id if account else None,
        language=account.language if account else language(),
        secret={"code": code},
        expires_at=await db.now() + timedelta(minutes=CODE_MINUTES),
        withheld=account is None,
        name=account.name if account else None,
        minutes=CODE_MINUTES,
    )


async def tell_asked(account: Account, running: Running) -> None:
    """Somebody has just asked for it; the mail's link stops it."""
    with use_language(account.language):
        await Notification.add(account.id, _("Somebody asked to remove the second step of your sign-in"))
    await _tell("recover/lost_asked", account, running, link=await _link(account, VETO, running))


async def tell_waiting(account: Account, running: Running) -> None:
    """The same on each day of the wait."""
    with use_language(account.language):
        await Notification.add(account.id, _("The second step of your sign-in is about to be removed"))
    await _tell("recover/lost_waiting", account, running, link=await _link(account, VETO, running))


async def tell_ready(account: Account, running: Running) -> None:
    """The wait is over: one link finishes it, the other still stops it."""
    with use_language(account.language):
        await Notification.add(account.id, _("The second step of your sign-in can be removed now"))
    finish, stop = await _link(account, FINISH, running), await _link(account, VETO, running)
    await _tell("recover/lost_ready", account, running, link=finish, stop=stop)


async def _link(account: Account, act: str, running: Running) -> str:
    """A link that works as long as the recovery may."""
    token = crypto.new_token()
    minutes = int((running.expires_at - await db.now()).total_seconds() // 60)
    await MailedLink.make(account.id, act, token.digest, minutes, {"recovery": str(running.id)})
    return f"{settings().base_url}/links/{token.plain}"


async def _tell(kind: str, account: Account, running: Running, **secret: str) -> None:
    await send(
        kind,
        account.email,
        user_id=account.id,
        language=account.language,
        secret=secret,
        expires_at=running.expires_at,
        name=account.name,
        when=running.asked_at.isoformat(timespec="minutes"),
        ready=running.ready_at.isoformat(timespec="minutes"),
        device=clientinfo.device(running.agent),
        place=clientinfo.place_words(running.place),
    )
