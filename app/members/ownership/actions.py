"""Handing a team over: an owner offers, the chosen one accepts or declines, and rights are judged both times."""

from uuid import UUID

from app import db, tenancy
from app.actor import Actor, Sudo
from app.audit.events import Event
from app.audit.log import record
from app.audit.tables import SecurityAuditLog
from app.errors import DeadLink, NeedsSignIn, Rejected
from app.i18n import _, _l
from app.members.ownership import tables
from app.members.ownership.emails import send_offer, send_taken, tell_one, tell_owners
from app.members.ownership.tables import Offer
from app.members.rights import acting, refuse, why_not, why_not_grant
from app.permissions import Permission
from app.tenants.standing.tables import RoleRights, Standing, lock_team
from app.tenants.tables import TenantStatus
from app.users.addresses import canonical

AGAIN = "/tenants"


async def offer(typed: str, *, stepping_down: bool, by: Actor) -> Offer:
    """Asks a member to become an owner; with `stepping_down` the actor becomes an admin in the same moment.

    Raises Rejected at `email`, Forbidden, and NeedsSudo.
    """
    if by.user_id is None:
        raise NeedsSignIn
    by.require(Sudo.STRONGEST)
    async with db.transaction():
        giver = await acting(by, Permission.OWNERS_UPDATE)
        refuse(why_not_grant(giver, await _built_in("owner")))
        taker = await _taker(canonical(typed), giver)
        await tables.lapse()
        if await Offer.open() is not None:
            raise Rejected(None, _("Ownership is offered to somebody already. Withdraw that offer first."))
        await tables.make(giver.user_id, taker.user_id, stepping_down)
        made = await Offer.open()
        if made is None:
            raise RuntimeError("an offer that was made a moment ago is not there")
        await _tell_offered(made, taker, by=by)
    return made


async def _tell_offered(made: Offer, taker: Standing, *, by: Actor) -> None:
    await record(
        Event.OWNERSHIP_OFFERED,
        by=by,
        team=made.team,
        taker=made.taker,
        taker_id=made.taker_id,
        stepping_down=made.stepping_down,
    )
    await send_offer(made, taker)
    words = {"giver": made.giver, "team": made.team}
    message = _l("%(giver)s offers you the ownership of %(team)s. A mail tells you how to answer.")
    await tell_one(taker.user_id, taker.language, message, **words)
    message = _l("%(giver)s offered the ownership of %(team)s to %(taker)s.")
    await tell_owners(message, but=by.user_id, taker=made.taker, **words)


async def withdraw(*, by: Actor) -> bool:
    """Takes the open offer back, whoever of the owners made it; False if there is none."""
    async with db.transaction():
        await acting(by, Permission.OWNERS_UPDATE)
        found = await Offer.open()
        if found is None or not await tables.end(found.id, "withdrawn"):
            return False
        await record(Event.OWNERSHIP_WITHDRAWN, by=by, about=found.giver_id, team=found.team, taker=found.taker)
        taker = await Standing.of(found.taker_id)
        words = {"team": found.team, "taker": found.taker}
        if taker is not None:
            await tell_one(taker.user_id, taker.language, _l("The offer to own %(team)s was withdrawn."), **words)
        await tell_owners(_l("The offer to %(taker)s to own %(team)s was withdrawn."), but=by.user_id, **words)
    return True


async def accept(offer_id: UUID, taker_id: UUID, *, by: Actor) -> Offer:
    """Makes the taker an owner beside what they are, then the giver an admin if that was offered.

    Runs in the caller's transaction and the tenant's scope. Raises DeadLink unless the offer is open, the giver still
    an owner who has not said since that it was somebody else, and the taker still an active member.
    """
    team = await lock_team()
    found = await Offer.to(offer_id, taker_id)
    if team.status != TenantStatus.ACTIVE or found is None or not await tables.end(offer_id, "accepted"):
        raise DeadLink(AGAIN)
    giver, taker, owner = await Standing.of(found.giver_id), await Standing.of(taker_id), await _built_in("owner")
    if giver is None or taker is None or taker.status != "active":
        raise DeadLink(AGAIN)
    if why_not(giver, Permission.OWNERS_UPDATE) or why_not_grant(giver, owner):
        raise DeadLink(AGAIN)
    if await SecurityAuditLog.happened_since(giver.user_id, [Event.NOT_ME_REPORTED.label], found.made_at):
        raise DeadLink(AGAIN)
    await tables.set_roles(taker_id, _with(taker.roles, owner))
    if found.stepping_down:
        left = [role for role in giver.roles if role != str(owner.id)]
        await tables.set_roles(giver.user_id, _with(left, await _built_in("admin")))
    await record(
        Event.OWNERSHIP_ACCEPTED,
        by=by,
        tenant_id=tenancy.current(),
        about=giver.user_id,
        team=found.team,
        taker=found.taker,
        taker_id=taker_id,
        stepping_down=found.stepping_down,
    )
    await send_taken(found, taker)
    await tell_owners(
        _l("%(taker)s accepted the offer and is an owner of %(team)s now."),
        but=giver.user_id,
        team=found.team,
        taker=found.taker,
    )
    return found


async def decline(offer_id: UUID, taker_id: UUID, *, by: Actor) -> Offer:
    """Ends the offer; nobody's roles change. Where it runs and what it raises: as `accept`."""
    await lock_team()
    found = await Offer.to(offer_id, taker_id)
    if found is None or not await tables.end(offer_id, "declined"):
        raise DeadLink(AGAIN)
    tenant_id = tenancy.current()
    await record(
        Event.OWNERSHIP_DECLINED, by=by, tenant_id=tenant_id, about=found.giver_id, team=found.team, taker=found.taker
    )
    await tell_owners(_l("%(taker)s declined to own %(team)s."), team=found.team, taker=found.taker)
    return found


async def _taker(email: str, giver: Standing) -> Standing:
    """Raises Rejected for an address that no active member has, and for one who owns the team already."""
    member = await tables.member_at(email)
    taker = await Standing.of(member) if member else None
    if taker is None or taker.status != "active":
        raise Rejected("email", _("No active member of this team has this address. Invite them first."))
    if taker.user_id == giver.user_id:
        raise Rejected("email", _("This is your own address. Enter that of another member."))
    if taker.is_owner:
        raise Rejected("email", _("%(name)s is an owner already.", name=taker.known_as))
    return taker


async def _built_in(kind: str) -> RoleRights:
    return next(role for role in await RoleRights.all() if role.kind == kind)


def _with(roles: list[str], more: RoleRights) -> list[str]:
    return roles if str(more.id) in roles else [*roles, str(more.id)]
