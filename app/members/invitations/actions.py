"""What the team does with invitations: invite, send again, cancel, correct, make a link for chat."""

from uuid import UUID, uuid4

from app import crypto, db, ratelimit
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.errors import NotFound, Rejected
from app.i18n import _
from app.members.invitations import emails, limits, tables
from app.members.invitations.desk import Card, Desk
from app.members.invitations.tables import Invited, Made
from app.users import addresses


async def invite(typed_email: str, *, roles: list[str], note: str, label: str, days: int, by: Actor) -> str:
    """Mails an invitation and gives the address as it is written down.

    Raises Rejected at `email` for an address that cannot be invited and says why, at `roles` without any; Forbidden
    and NotFound for roles that the actor may not give or that are not this team's.
    """
    email = addresses.canonical(typed_email)
    addresses.refuse_blocked(email)
    async with db.transaction():
        desk = await Desk.open(by)
        card = Card(roles=desk.chosen(roles), note=note or None, label=label or None, days=days)
        _refuse_unless_made(await desk.invite(email, card), email)
    return email


async def resend(invitation_id: UUID, *, by: Actor) -> str:
    """Mails it anew with a new link; the old one says that a newer mail was sent. Whoever sends it vouches for it.

    Gives the address. Raises Limited after three a day, and Rejected if it is over for another reason than its time.
    """
    await _invited(invitation_id)
    await ratelimit.take(
        limits.RESENT_LATELY, str(invitation_id), _("This invitation was sent a moment ago. Give the mail some time.")
    )
    await ratelimit.take(limits.RESENT, str(invitation_id), _("This invitation was sent three times today."))
    async with db.transaction():
        desk = await Desk.open(by)
        found = await _invited(invitation_id)
        roles = desk.kept(found.roles)
        token, mail_id = crypto.new_token(), uuid4()
        expires_at = await tables.renew(found.id, token.digest.hex(), desk.actor.user_id, found.days, mail_id)
        if expires_at is None:
            raise over()
        letter = emails.Letter(
            email=found.email,
            team=found.team,
            inviter=desk.actor,
            roles=roles,
            note=found.note,
            expires_at=expires_at,
            has_account=found.has_account,
            spoken=found.language,
        )
        await emails.send_invite(letter, token, mail_id)
        await record(Event.INVITATION_RESENT, by=by, email=found.email, invitation=str(found.id))
    return found.email


async def cancel(invitation_id: UUID, *, by: Actor) -> str:
    """Ends it; its links say so. Gives the address. Raises Rejected if it is over already."""
    async with db.transaction():
        await Desk.open(by)
        found = await _invited(invitation_id)
        if not await tables.end(found.id, by.user_id, "cancelled", None):
            raise over()
        await record(Event.INVITATION_CANCELLED, by=by, email=found.email, invitation=str(found.id))
    return found.email


async def correct(invitation_id: UUID, typed_email: str, *, by: Actor) -> str:
    """Invites another address with the same card, in place of a mistyped one, whose link dies. Gives the new address.

    Raises Rejected at `email`, also if it was over already.
    """
    email = addresses.canonical(typed_email)
    addresses.refuse_blocked(email)
    async with db.transaction():
        desk = await Desk.open(by)
        found = await _invited(invitation_id)
        if found.email == email:
            raise Rejected("email", _("This is the address it went to already."))
        card = Card(roles=desk.kept(found.roles), note=found.note, label=found.label, days=found.days)
        if not await tables.end(found.id, by.user_id, "corrected", None):
            raise over()
        _refuse_unless_made(await desk.invite(email, card), email)
        await record(Event.INVITATION_CORRECTED, by=by, email=found.email, invitation=str(found.id), corrected=email)
    return email


async def chat_link(invitation_id: UUID, *, by: Actor) -> tuple[str, str]:
    """A secret for a link to be sent by chat, in place of an earlier one, and the invited address.

    It proves no mailbox. Raises Rejected if the invitation is over.
    """
    token = crypto.new_token()
    async with db.transaction():
        desk = await Desk.open(by)
        found = await _invited(invitation_id)
        desk.kept(found.roles)
        if not await tables.give_chat_token(found.id, token.digest):
            raise over()
        await record(Event.INVITATION_LINK_MADE, by=by, email=found.email, invitation=str(found.id))
    return token.plain, found.email


async def seen_by_team(invitation_id: UUID) -> Invited:
    """One of this team's. Raises NotFound."""
    return await _invited(invitation_id)


def over() -> Rejected:
    return Rejected(None, _("This invitation is no longer open: it was answered, cancelled or has run out meanwhile."))


async def _invited(invitation_id: UUID) -> Invited:
    found = await Invited.of(invitation_id)
    if found is None:
        raise NotFound
    return found


def _refuse_unless_made(made: Made, email: str) -> None:
    if made.expires_at is not None:
        return
    if made.is_member:
        raise Rejected("email", _("%(email)s is in the team already.", email=email))
    if made.open_id is not None:
        raise Rejected(
            "email",
            _("%(email)s is invited already. Find it in the list of invitations to send it again.", email=email),
        )
    if made.mailed >= tables.MAILS_A_DAY:
        raise Rejected("email", _("%(email)s got several invitations today. Wait until tomorrow.", email=email))
    raise Rejected(None, _("You have invited very many people today. Go on tomorrow."))
