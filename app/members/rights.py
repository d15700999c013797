"""What one member may do to another, to a role, or with a role: the one place that decides it (decisions 9).

The guard asks about the right a route names. Verbs ask here, inside their transaction, and the explainer asks here
too, so that what it says is what happens.
"""

from collections.abc import Iterable
from uuid import UUID

from app.actor import Actor, Sudo
from app.errors import Forbidden, NeedsSignIn
from app.i18n import _
from app.permissions import Permission
from app.tenants.standing.tables import RoleRights, Standing, lock_team
from app.tenants.tables import PLATFORM, BuiltInKind, TenantStatus

_NOBODY = UUID(int=0)
ALL = frozenset(right.label for right in Permission)


async def acting(by: Actor, *needed: Permission) -> Standing:
    """Locks the team and gives the actor as they are now, not as they were when the page was opened.

    The product itself holds every right. Raises Forbidden for somebody who is no member any more, is suspended, or
    lacks one of the rights, and for anybody in a suspended team; NeedsSignIn for nobody in particular. Who operates
    the platform is for the console alone (`portico operator`), which has more to do then.
    """
    team = await lock_team()
    if by.kind == "system":
        return Standing(
            user_id=_NOBODY, name=by.name, email="", language="en", status="active", is_owner=True, roles=[],
            permissions=ALL,
        )  # fmt: skip
    if by.user_id is None:
        raise NeedsSignIn
    standing = await Standing.of(by.user_id)
    if standing is None:
        raise Forbidden(_("being in the team"))
    if team.slug == PLATFORM:
        raise Forbidden(_("the console of the server: operators are made and ended there"))
    if team.status != TenantStatus.ACTIVE:
        raise Forbidden(_("a team that is not suspended"))
    for right in needed:
        refuse(why_not(standing, right))
    return standing


async def mine(by: Actor) -> Standing:
    """The actor as they are now, for pages that say beforehand what would be refused; takes no lock.

    Raises Forbidden for somebody who is no member any more.
    """
    standing = await Standing.of(by.user_id) if by.user_id else None
    if standing is None:
        raise Forbidden(_("being in the team"))
    return standing


def why_not(actor: Standing, right: Permission) -> str | None:
    """What is missing for an act that asks for this right, or None."""
    if actor.status != "active":
        return _("being in the team, not suspended")
    if right.label not in actor.permissions:
        return _("the right “%(right)s”", right=right.words)
    return None


def why_not_act(actor: Standing, other: Standing) -> str | None:
    """Nobody acts on someone above them; on oneself one may, as far as the right goes."""
    if other.is_owner and not actor.is_owner:
        return _("being an owner, as %(name)s is", name=other.known_as)
    return _lacking(actor, other.permissions)


def why_not_grant(actor: Standing, role: RoleRights) -> str | None:
    """Nobody grants what they do not hold: also not by inviting, or by a role made ready by others."""
    if role.kind == "owner" and not (actor.is_owner and Permission.OWNERS_UPDATE.label in actor.permissions):
        return _("being an owner")
    return _lacking(actor, role.permissions)


def prove_for_owners(by: Actor, roles: Iterable[RoleRights]) -> None:
    """Whoever makes, ends, pauses or invites an owner has just proven who they are, by whatever path (decisions 32).

    `roles` are those that come, go or rest. Raises NeedsSudo.
    """
    if any(role.kind == BuiltInKind.OWNER for role in roles):
        by.require(Sudo.STRONGEST)


def why_not_give(actor: Standing, other: Standing, role: RoleRights) -> str | None:
    """What is missing to give the role to this member."""
    return why_not(actor, Permission.MEMBERS_UPDATE) or why_not_act(actor, other) or why_not_grant(actor, role)


def why_not_edit(actor: Standing, role: RoleRights) -> str | None:
    """Built-in roles are the same in every team; a role above one's own is not changed, nor one's own raised."""
    if role.kind is not None:
        return _("another role: Owner, Admin and Member are the same in every team")
    return _lacking(actor, role.permissions)


def why_not_allow(actor: Standing, labels: Iterable[str]) -> str | None:
    """What is missing to put these rights into a role."""
    return _lacking(actor, frozenset(labels))


def refuse(missing: str | None) -> None:
    """Raises Forbidden if something is missing."""
    if missing is not None:
        raise Forbidden(missing)


def _lacking(actor: Standing, wanted: frozenset[str]) -> str | None:
    lacking = wanted - actor.permissions
    if not lacking:
        return None
    first = min((right for right in Permission if right.label in lacking), key=lambda right: right.label, default=None)
    return _("the right “%(right)s”", right=first.words) if first else _("a right you do not have")
