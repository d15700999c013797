"""A notice by mail and by bell, in the transaction of what it tells of: whoever did it, and by whatever path."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app import clientinfo, crypto, db
from app.actor import Actor
from app.audit.events import Event
from app.audit.notices import NOTICES
from app.config import settings
from app.i18n import _, use_language
from app.mail.outbox import send
from app.notifications.tables import Notification
from app.users.proofs.tables import MailedLink
from app.users.tables import User

NOT_ME = "not_me"
NOT_ME_DAYS = 7


async def tell(event: Event, user_id: UUID, *, by: Actor, undo: Mapping[str, str], details: Mapping[str, Any]) -> None:
    """Tells the person; the mail's link "This was not me" works for 7 days and leads to `/links/{token}`."""
    account = await User.by_id(user_id)
    if account is None or not account.verified:
        return
    notice = NOTICES[event]
    shown: dict[str, Any] = {name: str(value) for name, value in details.items()}
    with use_language(account.language):
        await Notification.add(user_id, _(notice.title))
    link = crypto.new_token()
    device, place = clientinfo.device(by.agent), clientinfo.place_words(clientinfo.place(by.ip))
    parameters = {"event": event.label, **undo, "told": shown | {"device": device, "place": place}}
    await MailedLink.make(user_id, NOT_ME, link.digest, NOT_ME_DAYS * 1440, parameters)
    await send(
        "notice/event",
        account.email,
        user_id=user_id,
        language=account.language,
        secret={"link": f"{settings().base_url}/links/{link.plain}"},
        words={"title": notice.title, "text": notice.text},
        **shown,
        name=account.name,
        when=(await db.now()).isoformat(timespec="minutes"),
        device=device,
        place=place,
        staff=by.kind in ("operator", "system"),
    )
