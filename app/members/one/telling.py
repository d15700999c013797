"""The mails and the lines at the bell that tell a member what was done about them, and by whom."""

from typing import Any

from app import db
from app.actor import Actor
from app.config import settings
from app.i18n import _, use_language
from app.mail.outbox import send
from app.members.one.tables import TeamName
from app.notifications.tables import Notification
from app.tenants.standing.tables import Standing

_LINES = {
    "members/roles": lambda team: _("Your roles in %(team)s were changed", team=team),
    "members/suspended": lambda team: _("You are suspended in %(team)s", team=team),
    "members/reinstated": lambda team: _("You are back in %(team)s", team=team),
    "members/removed": lambda team: _("You were removed from %(team)s", team=team),
}


async def tell_member(kind: str, other: Standing, *, by: Actor, **words: Any) -> None:
    """In the transaction of the act; an account that cannot be used is told nothing."""
    if other.status == "closed":
        return
    team = await TeamName.now()
    with use_language(other.language):
        await Notification.add(other.user_id, _LINES[kind](team.name))
    await send(
        kind,
        other.email,
        user_id=other.user_id,
        language=other.language,
        name=other.name,
        team=team.name,
        who=by.name or settings().site_name,
        when=(await db.now()).isoformat(timespec="minutes"),
        **words,
    )
