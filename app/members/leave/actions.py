"""Leaving a team: everyone may, also who is suspended there and where the team is; its last owner may not."""

from typing import NamedTuple
from uuid import UUID

from app import db, tenancy
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.errors import NeedsSignIn, NotFound, Rejected
from app.i18n import _, _l
from app.members.leave.tables import end_membership
from app.members.ownership.emails import tell_owners
from app.members.ownership.tables import Owner, end_of
from app.tenants.standing.tables import Entry, Standing, lock_team
from app.tenants.tables import PLATFORM


class Leaving(NamedTuple):
    """The team as somebody is about to leave it. Its `last_owner` cannot."""

    entry: Entry
    last_owner: bool


async def look(slug: str, user_id: UUID) -> Leaving:
    """Raises NotFound for a team the person does not belong to."""
    entry = await Entry.of(slug, user_id)
    if entry is None:
        raise NotFound
    with tenancy.scope(entry.tenant_id):
        return Leaving(entry, entry.is_owner and await _is_alone(user_id))


async def leave(slug: str, *, by: Actor) -> str:
    """Ends the actor's membership at once and gives the team's name. Raises NotFound, and Rejected for the last owner.

    The owners are told at the bell. An open offer of ownership by or to the person ends.
    """
    if by.user_id is None:
        raise NeedsSignIn
    entry = await Entry.of(slug, by.user_id)
    if entry is None:
        raise NotFound
    if slug == PLATFORM:
        raise Rejected(None, _("Operators are made and ended at the console of the server."))
    with tenancy.scope(entry.tenant_id):
        async with db.transaction():
            await lock_team()
            me = await Standing.of(by.user_id)
            if me is None:
                raise NotFound
            if me.is_owner and await _is_alone(me.user_id):
                raise Rejected(None, _("You are the only owner. Somebody else must own the team before you leave it."))
            await end_of(me.user_id)
            await end_membership(me.user_id)
            await record(Event.MEMBER_LEFT, by=by, tenant_id=entry.tenant_id, team=entry.name, roles=me.roles)
            await tell_owners(_l("%(name)s left %(team)s."), name=me.known_as, team=entry.name)
    return entry.name


async def _is_alone(user_id: UUID) -> bool:
    """Whether nobody else owns the team whose account can be used."""
    return all(owner.user_id == user_id for owner in await Owner.all())
