"""Answering an invitation. A refusal is a Case, not an exception: its page has the words."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from app import db, ratelimit, tenancy
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.errors import DeadLink, NotFound, PorticoError
from app.i18n import _, _l
from app.members.invitations import emails, limits, tables
from app.members.invitations.landing.cases import Case, answerable, ended, given
from app.members.invitations.landing.tables import Seen, waiting_for
from app.members.ownership.emails import tell_owners
from app.members.rights import why_not
from app.permissions import Permission
from app.tenants.standing.tables import RoleRights, Standing, lock_team
from app.users import mailbox
from app.users.mailbox import Purpose
from app.users.proofs.tables import Proof
from app.users.signup import actions as signup

Way = str | UUID
"""How somebody came: the secret of a link, or the id of an invitation to their own address."""


async def look(way: Way, *, by: Actor) -> tuple[Seen, Case]:
    """The invitation and where it stands for the actor. Changes nothing.

    Raises DeadLink and Limited for a secret nobody was given, and NotFound for an id that is not theirs.
    """
    seen = await _find(way, by=by)
    with tenancy.scope(seen.tenant_id):
        return seen, await _stands(seen, by.user_id)


async def accept(way: Way, *, by: Actor) -> tuple[Seen, Case]:
    """Makes the actor a member if the invitation is for their proven address and stands: JOINED, else what is so."""
    found = await _find(way, by=by)
    with tenancy.scope(found.tenant_id):
        async with db.transaction():
            await lock_team()
            seen = await _find(way, by=by)
            case = await _stands(seen, by.user_id)
            if case is not Case.JOIN or by.user_id is None:
                return seen, case
            roles = given(seen, await RoleRights.all())
            if not await tables.accept(seen.id, by.user_id, [str(role.id) for role in roles]):
                return seen, ended(seen, by.user_id) or Case.USED
            names = [role.name for role in roles]
            await record(Event.MEMBER_JOINED, by=by, tenant_id=seen.tenant_id, invitation=str(seen.id), roles=names)
            await emails.tell_accepted(seen, name=by.name)
    return seen, Case.JOINED


async def decline(way: Way, word: str, *, by: Actor) -> tuple[Seen, Case]:
    """Ends an open invitation in the name of the invitee, whose word reaches the inviter: DECLINED, else what is so.

    A link for chat proves nothing, so with it only the owner of the address may. Whoever has the mailed link may
    without any account.
    """
    found = await _find(way, by=by)
    with tenancy.scope(found.tenant_id):
        async with db.transaction():
            await lock_team()
            seen = await _find(way, by=by)
            case = ended(seen, by.user_id)
            if case is not None:
                return seen, case
            if not seen.me_owner and (by.user_id is not None or seen.way == "chat"):
                return seen, Case.OTHER_ACCOUNT if by.user_id else Case.CHAT
            if await tables.end(seen.id, by.user_id, "declined", word or None):
                await record(Event.INVITATION_DECLINED, by=by, tenant_id=seen.tenant_id, invitation=str(seen.id))
                tell = partial(emails.tell_declined, word=word)
                await _tell(tell, seen, _l("%(email)s declined the invitation to %(team)s."))
    return seen, Case.DECLINED


async def begin(token: str, *, browser: bytes, by: Actor) -> tuple[Seen, Case]:
    """A stranger accepts: by the mailed link the mailbox is proven (NEW), by one for chat a code is mailed (CHAT).

    In both cases the account is made at the end of signing up, and with it the membership. Else what is so.
    """
    seen, case = await look(token, by=by)
    if case is Case.NEW:
        proof = await signup.begin_by_link(seen.email, browser=browser, by=by)
        if proof is None:
            return await look(token, by=by)
        await tables.note_proof(seen.id, proof.id)
    elif case is Case.CHAT:
        await signup.begin_by_code("", seen.email, browser=browser, by=by)
        asked = await mailbox.waiting(Purpose.SIGN_UP, browser=browser)
        if asked is not None:
            await tables.note_proof(seen.id, asked.id)
    return seen, case


async def ask_again(token: str, *, by: Actor) -> tuple[Seen, Case]:
    """Tells whoever can send it anew, once a day, that an expired invitation is wanted. Raises Limited."""
    seen, case = await look(token, by=by)
    if case is Case.EXPIRED:
        await ratelimit.take(limits.ASKED_AGAIN, str(seen.id), _("A new invitation was asked for already."))
        async with db.transaction():
            await record(Event.INVITATION_ASKED_FOR, by=by, tenant_id=seen.tenant_id, invitation=str(seen.id))
            await _tell(emails.tell_asked, seen, _l("%(email)s asks for a new invitation to %(team)s."))
    return seen, case


async def welcome(proof: Proof, by: Actor) -> None:
    """At the end of signing up: whoever proved the mailbox for an invitation is in. What stands in the way is told by
    the page that comes next.
    """
    invitation_id = await waiting_for(proof.id)
    if invitation_id is None:
        return
    try:
        await accept(invitation_id, by=by)
    except PorticoError:
        return


signup.WELCOMES.append(welcome)
signup.RENEWALS.append(tables.follow_proof)


async def _tell(tell: Callable[[Seen], Awaitable[None]], seen: Seen, message: str) -> None:
    """The inviter hears of it; where they look after invitations no more, the owners do."""
    with tenancy.scope(seen.tenant_id):
        inviter = await Standing.of(seen.inviter_id)
        if inviter is not None and why_not(inviter, Permission.MEMBERS_INVITE) is None:
            await tell(seen)
        else:
            await tell_owners(message, email=seen.email, team=seen.team)


async def _find(way: Way, *, by: Actor) -> Seen:
    if isinstance(way, UUID):
        seen = await Seen.by_owner(way, by.user_id) if by.user_id else None
        if seen is None:
            raise NotFound
        return seen
    async with mailbox.counting_dead_links(by.ip):
        seen = await Seen.by_token(way, by.user_id)
        if seen is None:
            raise DeadLink(None)
    return seen


async def _stands(seen: Seen, me: UUID | None) -> Case:
    over = ended(seen, me)
    if over is not None:
        return over
    return answerable(seen, me, await Standing.of(seen.inviter_id), await RoleRights.all())
