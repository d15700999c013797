"""Whether one member may do something to another: beside the rules of `rights.py`, those of each act.

Who is suspended holds no rights for the time being; they are judged by the roles they had, so that nobody below an
owner removes an owner who is paused.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from app.errors import NotFound
from app.i18n import _
from app.members.one.tables import Profile
from app.members.rights import why_not_act, why_not_grant
from app.tenants.standing.tables import RoleRights, Standing


class Case(msgspec.Struct, frozen=True):
    """Who acts on whom, and the roles there are, as all of them are now."""

    actor: Standing
    other: Standing
    roles: dict[str, RoleRights]
    former: list[str]
    paused: bool
    """Suspended in the team, whatever else their account is."""

    @classmethod
    async def of(cls, actor: Standing, user_id: UUID) -> "Case":
        """Inside the transaction of the act, after `acting`. Raises NotFound for somebody who is no member."""
        other, profile = await Standing.of(user_id), await Profile.of(user_id)
        if other is None or profile is None:
            raise NotFound
        roles = {str(role.id): role for role in await RoleRights.all()}
        return cls(actor, other, roles, [role for role in profile.former_roles if role in roles], profile.paused)

    @property
    def oneself(self) -> bool:
        return self.actor.user_id == self.other.user_id

    @property
    def held(self) -> list[str]:
        return [role for role in self.roles if role in self.other.roles]

    @property
    def returning(self) -> list[str]:
        """The roles somebody gets back who is reinstated: those of before, else the one that new members get."""
        if self.former:
            return [role for role in self.roles if role in self.former]
        chosen = [role for role, one in self.roles.items() if one.is_default]
        return chosen[:1] or [role for role, one in self.roles.items() if one.kind == "member"]

    def named(self, roles: Iterable[str]) -> list[RoleRights]:
        return [self.roles[role] for role in roles]

    def names(self, roles: Iterable[str]) -> list[str]:
        meant = set(roles)
        return [one.name for role, one in self.roles.items() if role in meant]

    def why_not_touch(self) -> str | None:
        """What is missing for acting on this person at all."""
        return why_not_act(self.actor, self.other) or self._why_not(self.former)

    def why_not_change(self, wanted: Iterable[str]) -> str | None:
        """What is missing for giving exactly these roles; only those that come or go are judged."""
        return self.why_not_touch() or self._why_not(set(wanted) ^ set(self.held))

    def why_not_reinstate(self) -> str | None:
        return self.why_not_touch() or self._why_not(self.returning)

    def why_not_suspend(self) -> str | None:
        return self.why_not_touch()

    def why_not_role(self, role: str) -> str | None:
        """For a box on the page: what is missing for giving or taking this one role."""
        return why_not_grant(self.actor, self.roles[role])

    def refused(self, act: str) -> str | None:
        """A rule of the act that no right lifts, as a sentence."""
        if self.oneself and act == "suspend":
            return _("You cannot suspend yourself.")
        if self.oneself and act == "remove":
            return _("To go yourself, leave the team instead.")
        if act == "reinstate" and not self.paused:
            return _("This member is not suspended.")
        if act in ("roles", "suspend") and self.paused:
            return _("This member is suspended. Reinstate them first.")
        return None

    def _why_not(self, roles: Iterable[str]) -> str | None:
        return next((why for role in sorted(roles) if (why := why_not_grant(self.actor, self.roles[role]))), None)
