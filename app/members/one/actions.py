"""What is done about one member: each verb judges anew, changes, records and tells in one transaction."""

from collections.abc import Iterable
from uuid import UUID

from app import db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.config import settings
from app.errors import NotFound, Rejected
from app.i18n import _, _l
from app.members.one import tables
from app.members.one.judging import Case
from app.members.one.telling import tell_member
from app.members.ownership.emails import tell_owners
from app.members.ownership.tables import end_of
from app.members.rights import acting, prove_for_owners, refuse
from app.permissions import Permission
from app.tenants.tables import BuiltInKind


async def change_roles(user_id: UUID, wanted: Iterable[str], *, by: Actor) -> bool:
    """Gives the member exactly these roles; False if they hold them already.

    Raises NotFound, Forbidden, and Rejected at `roles` for none, or where nobody would own the team.
    """
    async with db.transaction():
        case = await Case.of(await acting(by, Permission.MEMBERS_UPDATE), user_id)
        return await set_roles(case, set(wanted), by=by)


async def set_roles(case: Case, wanted: set[str], *, by: Actor) -> bool:
    """The same of a case that stands already, within its transaction."""
    if not wanted <= case.roles.keys():
        raise NotFound
    refuse(case.why_not_touch())
    _follow(case, "roles")
    if not wanted:
        raise Rejected("roles", _("Choose at least one role. To take all of them away, suspend the member."))
    refuse(case.why_not_change(wanted))
    if wanted == set(case.held):
        return False
    chosen = [role for role in case.roles if role in wanted]
    changed = case.named(wanted ^ set(case.held))
    prove_for_owners(by, changed)
    await tables.set_roles(case.other.user_id, chosen)
    if any(role.kind == BuiltInKind.OWNER for role in changed):
        await _owners_changed(case, becomes=not case.other.is_owner, by=by)
    before, after = case.names(case.held), case.names(chosen)
    await record(Event.MEMBER_ROLES_CHANGED, by=by, about=case.other.user_id, before=before, after=after)
    await tell_member("members/roles", case.other, by=by, before=", ".join(before), after=", ".join(after))
    return True


async def suspend(user_id: UUID, reason: str | None, *, by: Actor) -> None:
    """The member keeps their place, and no right until they are reinstated. Raises as `change_roles`."""
    async with db.transaction():
        await pause(await Case.of(await acting(by, Permission.MEMBERS_SUSPEND), user_id), reason, by=by)


async def pause(case: Case, reason: str | None, *, by: Actor) -> None:
    """The same of a case that stands already."""
    refuse(case.why_not_suspend())
    _follow(case, "suspend")
    prove_for_owners(by, case.named(case.held))
    await tables.suspend(case.other.user_id, by.user_id, reason or None)
    before = case.names(case.held)
    if case.other.is_owner:
        await _owners_changed(case, becomes=False, by=by)
    await end_of(case.other.user_id)
    await record(Event.MEMBER_SUSPENDED, by=by, about=case.other.user_id, before=before, reason=reason or None)
    await tell_member("members/suspended", case.other, by=by, reason=reason or None)


async def reinstate(user_id: UUID, *, by: Actor) -> None:
    """The roles of before come back; where none of them is left, the one that new members get.

    Raises NotFound, Rejected for somebody who is not suspended, and Forbidden for roles the actor may not give.
    """
    async with db.transaction():
        case = await Case.of(await acting(by, Permission.MEMBERS_SUSPEND), user_id)
        _follow(case, "reinstate")
        refuse(case.why_not_reinstate())
        prove_for_owners(by, case.named(case.returning))
        await tables.reinstate(user_id, case.returning)
        after = case.names(case.returning)
        await record(Event.MEMBER_REINSTATED, by=by, about=user_id, after=after)
        await tell_member("members/reinstated", case.other, by=by, after=", ".join(after))


async def remove(user_id: UUID, *, by: Actor) -> None:
    """Ends the membership. Raises NotFound, Forbidden, and Rejected for oneself and for the last owner."""
    async with db.transaction():
        await take_out(await Case.of(await acting(by, Permission.MEMBERS_REMOVE), user_id), by=by)


async def take_out(case: Case, *, by: Actor) -> None:
    """The same of a case that stands already."""
    refuse(case.why_not_touch())
    _follow(case, "remove")
    before = case.names(case.held or case.former)
    prove_for_owners(by, case.named(case.held or case.former))
    await end_of(case.other.user_id)
    await tables.remove(case.other.user_id)
    if case.other.is_owner:
        await _owners_changed(case, becomes=False, by=by)
    await record(Event.MEMBER_REMOVED, by=by, about=case.other.user_id, before=before)
    await tell_member("members/removed", case.other, by=by)


async def _owners_changed(case: Case, *, becomes: bool, by: Actor) -> None:
    """The other owners hear of it at the bell, and what somebody offered as an owner is off."""
    if not becomes:
        await end_of(case.other.user_id)
    team = await tables.TeamName.now()
    words = {"name": case.other.known_as, "who": by.name or settings().site_name, "team": team.name}
    message = _l("%(who)s made %(name)s an owner of %(team)s.")
    if not becomes:
        message = _l("%(who)s ended the ownership of %(team)s by %(name)s.")
    await tell_owners(message, but=by.user_id, **words)


def _follow(case: Case, act: str) -> None:
    no = case.refused(act)
    if no:
        raise Rejected(None, no)
