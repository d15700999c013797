"""Inviting as one act among others in a transaction: for one address, and for each line of a batch."""

from collections.abc import Iterable
from typing import Self
from uuid import UUID, uuid4

import msgspec

from app import crypto
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.errors import NotFound, Rejected
from app.i18n import _
from app.members.invitations import emails, tables
from app.members.rights import acting, prove_for_owners, refuse, why_not_grant
from app.permissions import Permission
from app.tenants.standing.tables import RoleRights, Standing


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What is written on an invitation. `label` is for the team alone."""

    roles: list[RoleRights]
    note: str | None
    label: str | None
    days: int


class RoleChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A role as a form offers it; `why_not` is what the inviter lacks to give it."""

    id: str
    name: str
    is_default: bool
    why_not: str | None


class Desk(msgspec.Struct, frozen=True):
    """The team is locked, and the actor is known as they are now."""

    by: Actor
    actor: Standing
    roles: list[RoleRights]

    @classmethod
    async def open(cls, by: Actor) -> Self:
        """Raises Forbidden. Call it first in the transaction."""
        actor = await acting(by, Permission.MEMBERS_INVITE)
        return cls(by, actor, await RoleRights.all())

    def chosen(self, typed: Iterable[str]) -> list[RoleRights]:
        """The roles of these ids. Raises Rejected for none, NotFound for one that is not this team's, and Forbidden
        for one that the actor may not give; NeedsSudo for Owner.
        """
        wanted = set(typed)
        if not wanted:
            raise Rejected("roles", _("Choose at least one role."))
        found = [role for role in self.roles if str(role.id) in wanted]
        if len(found) != len(wanted):
            raise NotFound
        return self._given(found)

    def kept(self, ids: Iterable[UUID]) -> list[RoleRights]:
        """Of an invitation that stands already: what is left of its roles, else the default. Raises Forbidden."""
        wanted = set(ids)
        found = [role for role in self.roles if role.id in wanted] or [role for role in self.roles if role.is_default]
        return self._given(found)

    def _given(self, roles: list[RoleRights]) -> list[RoleRights]:
        for role in roles:
            refuse(why_not_grant(self.actor, role))
        prove_for_owners(self.by, roles)
        return roles

    async def invite(self, email: str, card: Card, *, token: crypto.Token | None = None) -> tables.Made:
        """Invites a canonical address by mail, unless `Made` says why not. The token stands in the mail alone, but
        for whoever brought one.
        """
        token, invitation_id, mail_id = token or crypto.new_token(), uuid4(), uuid4()
        ids = [role.id for role in card.roles]
        made = await tables.make(
            invitation_id, email, token.digest.hex(), self.actor.user_id, card.days, ids, card.note, card.label, mail_id
        )
        if made.expires_at is None:
            return made
        letter = emails.Letter(
            email=email,
            team=made.team,
            inviter=self.actor,
            roles=card.roles,
            note=card.note,
            expires_at=made.expires_at,
            has_account=made.has_account,
            spoken=made.language,
        )
        await emails.send_invite(letter, token, mail_id)
        names = [role.name for role in card.roles]
        await record(Event.INVITATION_CREATED, by=self.by, email=email, invitation=str(invitation_id), roles=names)
        return made


async def choices(user_id: UUID) -> list[RoleChoice]:
    """Every role of the team, for the form: what may not be given is shown with the reason."""
    actor = await Standing.of(user_id)
    return [
        RoleChoice(
            id=str(role.id),
            name=role.name,
            is_default=role.is_default,
            why_not=why_not_grant(actor, role) if actor else _("being in the team"),
        )
        for role in await RoleRights.all()
    ]
