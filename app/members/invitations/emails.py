"""The mails of inviting, and what the inviter finds at the bell."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app import crypto
from app.config import settings
from app.i18n import _, language, use_language
from app.mail.outbox import send
from app.members.invitations.landing.tables import Seen
from app.notifications.tables import Notification
from app.tenants.standing.tables import RoleRights, Standing


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What an invitation's mail says. `spoken` is the language of the account, if there is one."""

    email: str
    team: str
    inviter: Standing
    roles: list[RoleRights]
    note: str | None
    expires_at: datetime
    has_account: bool
    spoken: str | None


async def send_invite(letter: Letter, token: crypto.Token, mail_id: UUID) -> None:
    """Who invites whom to what, until when, and whether an account is made by it."""
    await send(
        "invitations/invite",
        letter.email,
        language=letter.spoken or language(),
        secret={"link": f"{settings().base_url}/invitations/{token.plain}"},
        expires_at=letter.expires_at,
        mail_id=mail_id,
        team=letter.team,
        inviter=letter.inviter.known_as,
        inviter_email=letter.inviter.email,
        roles=", ".join(role.name for role in letter.roles),
        note=letter.note,
        expires=letter.expires_at.isoformat(timespec="minutes"),
        joins=letter.has_account,
    )


async def tell_accepted(seen: Seen, *, name: str | None) -> None:
    """The inviter hears that somebody joined."""
    with use_language(seen.inviter_language):
        who = name or seen.email
        await Notification.add(seen.inviter_id, _("%(who)s joined %(team)s.", who=who, team=seen.team))
    await _tell("invitations/accepted", seen, who=who, roles=", ".join(seen.roles))


async def tell_declined(seen: Seen, *, word: str) -> None:
    """The inviter hears that somebody does not want to, and why, if they said so."""
    with use_language(seen.inviter_language):
        words = _("%(email)s declined the invitation to %(team)s.", email=seen.email, team=seen.team)
        await Notification.add(seen.inviter_id, words)
    await _tell("invitations/declined", seen, note=word or None)


async def tell_asked(seen: Seen) -> None:
    """The inviter hears that the invitation ran out before it was answered."""
    with use_language(seen.inviter_language):
        words = _("%(email)s asks for a new invitation to %(team)s.", email=seen.email, team=seen.team)
        await Notification.add(seen.inviter_id, words)
    await _tell("invitations/asked", seen)


async def _tell(kind: str, seen: Seen, **parameters: Any) -> None:
    await send(
        kind,
        seen.inviter_email,
        user_id=seen.inviter_id,
        language=seen.inviter_language,
        name=seen.inviter,
        team=seen.team,
        email=seen.email,
        slug=seen.slug,
        **parameters,
    )
