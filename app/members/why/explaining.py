"""Why somebody can or cannot do something: every answer is one of `members/rights.py`, which verbs ask too."""

from typing import NamedTuple
from uuid import UUID

from app.actor import Actor
from app.errors import NotFound
from app.members.rights import mine, why_not, why_not_act, why_not_give
from app.members.why.tables import may_give_roles
from app.permissions import Permission
from app.tenants.standing.tables import RoleRights, Standing

MOST_NAMES = 5
ACTS = (Permission.MEMBERS_UPDATE, Permission.MEMBERS_SUSPEND, Permission.MEMBERS_REMOVE)
"""What one member may do to another."""


class Answer(NamedTuple):
    """Whether they hold a right; by which of their roles, or which roles would give it, and who could give one."""

    right: Permission
    missing: str | None
    by: list[str]
    would: list[str]
    givers: list[str]


class Explanation(NamedTuple):
    """`acts` are what the one who asks may do to the person, with what is missing."""

    person: Standing
    answers: list[Answer]
    acts: list[tuple[Permission, str | None]]


async def explain(user_id: UUID, *, by: Actor) -> Explanation:
    """What this member may do, and why. Raises NotFound for somebody who is none."""
    asking, person = await mine(by), await Standing.of(user_id)
    if person is None:
        raise NotFound
    roles = await RoleRights.all()
    givers = await Standing.several(await may_give_roles())
    givers.sort(key=lambda giver: not giver.is_owner)
    acts = [(act, why_not(asking, act) or why_not_act(asking, person)) for act in ACTS]
    return Explanation(person, [_answer(person, right, roles, givers) for right in Permission], acts)


def _answer(person: Standing, right: Permission, roles: list[RoleRights], givers: list[Standing]) -> Answer:
    missing = why_not(person, right)
    holding = [role for role in roles if right.label in role.permissions]
    by = [role for role in holding if str(role.id) in person.roles]
    would = [role for role in holding if str(role.id) not in person.roles]
    able = [
        giver
        for giver in givers
        if giver.user_id != person.user_id and any(why_not_give(giver, person, role) is None for role in would)
    ]
    return Answer(
        right,
        missing,
        [role.name for role in by],
        [role.name for role in would] if missing else [],
        [giver.known_as for giver in able[:MOST_NAMES]] if missing else [],
    )
