"""Making, changing and deleting roles: nobody puts into one, or takes from one, what they do not hold themselves."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from app import db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.errors import NotFound, Rejected
from app.i18n import _
from app.members.rights import ALL, acting, refuse, why_not_allow, why_not_edit, why_not_grant
from app.members.roles import tables
from app.members.roles.tables import RoleCard, RoleUse
from app.permissions import BUILT_IN, Permission

MOST_ROLES = 50
"""Roles of one team: more cannot be compared, and nobody remembers what they are for."""

SCOPES = ("openid", "profile", "email", "offline_access", "tenant", "roles")
"""What members may grant to applications, if one of their roles says so."""


class Terms(NamedTuple):
    """What a role is: its name, what it is for, the labels of its rights, and the scopes of applications."""

    name: str
    description: str
    permissions: Sequence[str]
    scopes: Sequence[str]


async def make(terms: Terms, *, by: Actor) -> UUID:
    """Makes a role that nobody holds yet. Raises Rejected, and Forbidden for rights that the actor does not hold."""
    terms = _in_order(terms)
    async with db.transaction():
        actor = await acting(by, Permission.ROLES_UPDATE)
        refuse(why_not_allow(actor, terms.permissions))
        if len(await RoleCard.listed()) >= MOST_ROLES:
            raise Rejected(None, _("A team has at most %(most)s roles. Delete one that nobody needs.", most=MOST_ROLES))
        await _refuse_name(terms.name)
        role_id = await tables.make(terms.name, terms.description or None, list(terms.scopes))
        await tables.set_permissions(role_id, list(terms.permissions))
        await record(Event.ROLE_CREATED, by=by, role=role_id, before=None, after=terms._asdict())
    return role_id


async def change(role_id: UUID, terms: Terms, *, by: Actor) -> bool:
    """Makes the role what the terms say; False if it was that already.

    Raises Rejected, NotFound, and Forbidden for a built-in role, one above the actor, and rights the actor lacks.
    """
    terms = _in_order(terms)
    async with db.transaction():
        actor = await acting(by, Permission.ROLES_UPDATE)
        role = await named(role_id)
        refuse(why_not_edit(actor, role) or why_not_allow(actor, terms.permissions))
        before = terms_of(role)
        if before == terms:
            return False
        await _refuse_name(terms.name, role_id)
        await tables.rewrite(role_id, terms.name, terms.description or None, list(terms.scopes))
        await tables.set_permissions(role_id, list(terms.permissions))
        await record(Event.ROLE_CHANGED, by=by, role=role_id, before=before._asdict(), after=terms._asdict())
    return True


async def make_default(role_id: UUID, *, by: Actor) -> None:
    """New members get this role unless somebody chooses another. Raises Rejected for Owner, NotFound, Forbidden."""
    async with db.transaction():
        actor = await acting(by, Permission.ROLES_UPDATE)
        role = await named(role_id)
        if role.kind == "owner":
            raise Rejected(None, _("Owner cannot be the default role: everyone who joins would own the team."))
        refuse(why_not_grant(actor, role))
        if role.is_default:
            return
        before = [each.id for each in await RoleCard.listed() if each.is_default]
        await tables.set_default(role_id)
        await record(Event.ROLE_DEFAULT_CHANGED, by=by, before=before, after=[role_id], name=role.name)


async def delete(role_id: UUID, replacement: UUID | None, *, by: Actor) -> RoleUse:
    """Deletes the role; whoever has it gets the replacement. Gives how many these were.

    Raises Rejected("replacement") for a role in use without one, NotFound, and Forbidden for a built-in role, one
    above the actor, and a replacement that the actor may not grant.
    """
    async with db.transaction():
        actor = await acting(by, Permission.ROLES_UPDATE)
        role = await named(role_id)
        refuse(why_not_edit(actor, role))
        if role.is_default:
            raise Rejected(None, _("This is the default role. Make another one the default first."))
        moved = await RoleUse.of(role_id)
        heir = await named(replacement) if replacement else None
        if heir is not None:
            refuse(why_not_grant(actor, heir))
        if moved.is_used:
            if heir is None or heir.id == role_id:
                raise Rejected("replacement", _("Choose the role that takes its place."))
            moved = await tables.replace(role_id, heir.id)
        await tables.delete(role_id)
        await record(
            Event.ROLE_DELETED,
            by=by,
            role=role_id,
            before=terms_of(role)._asdict(),
            after=None,
            replacement=heir.id if heir else None,
            members=moved.members,
            former_members=moved.former,
            invitations=moved.invitations,
        )
    return moved


async def named(role_id: UUID) -> RoleCard:
    """The role of this tenant. Raises NotFound."""
    role = await RoleCard.one(role_id)
    if role is None:
        raise NotFound
    return role


def terms_of(role: RoleCard) -> Terms:
    return Terms(role.name, role.description or "", _sorted(role.permissions, ORDER), _sorted(role.scopes, SCOPES))


ORDER = tuple(right.label for right in Permission)


def _in_order(terms: Terms) -> Terms:
    """The terms as they are kept. Raises Rejected for a right or a scope that does not exist: nothing is guessed."""
    if not ALL.issuperset(terms.permissions):
        raise Rejected("permissions", _("One of these rights does not exist. Nothing was changed."))
    if not set(SCOPES).issuperset(terms.scopes):
        raise Rejected("scopes", _("One of these does not exist. Nothing was changed."))
    name = " ".join(terms.name.split())
    return Terms(name, terms.description, _sorted(terms.permissions, ORDER), _sorted(terms.scopes, SCOPES))


def _sorted(chosen: Any, order: Sequence[str]) -> tuple[str, ...]:
    return tuple(each for each in order if each in set(chosen))


async def _refuse_name(name: str, own: UUID | None = None) -> None:
    """Raises Rejected("name") for a name that is empty or taken, and for those of the built-in roles."""
    if not name:
        raise Rejected("name", _("Enter a name for the role."))
    if name.casefold() in BUILT_IN or await tables.name_is_taken(name, own):
        raise Rejected("name", _("There is a role of this name already. Choose another name."))
