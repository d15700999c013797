"""One act about several members, in one transaction: who can be acted on is, the others are named with the reason.

What is shown before is found out by doing it and taking it back, so that what it says is what happens.
"""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

import msgspec

from app import db
from app.actor import Actor
from app.errors import Forbidden, NotFound, Rejected
from app.i18n import _
from app.members.one import actions
from app.members.one.judging import Case
from app.members.rights import acting
from app.permissions import Permission

MOST = 200


class Act(StrEnum):
    """What is done: roles are given, taken or set, or people suspended or removed."""

    ADD = "add"
    TAKE = "take"
    SET = "set"
    SUSPEND = "suspend"
    REMOVE = "remove"


_RIGHTS = {Act.SUSPEND: Permission.MEMBERS_SUSPEND, Act.REMOVE: Permission.MEMBERS_REMOVE}


class Order(msgspec.Struct, frozen=True):
    """What was asked for, its shape proven."""

    act: Act
    role_id: UUID | None
    members: tuple[UUID, ...]

    @classmethod
    def of(cls, act: str, role_id: str, members: Sequence[str]) -> "Order":
        """Raises Rejected."""
        if not members:
            raise Rejected("members", _("Choose at least one member."))
        if len(members) > MOST:
            raise Rejected("members", _("Choose at most %(most)s members at once.", most=MOST))
        if act not in list(Act):
            raise Rejected("act", _("Choose what to do."))
        role = _uuid(role_id) if act in (Act.ADD, Act.TAKE, Act.SET) else None
        if act in (Act.ADD, Act.TAKE, Act.SET) and role is None:
            raise Rejected("role", _("Choose which role."))
        return cls(Act(act), role, tuple(found for member in members if (found := _uuid(member))))


class Line(msgspec.Struct, frozen=True):
    """What it comes to for one member: `why_not` where they stay as they are."""

    name: str
    before: list[str]
    after: list[str]
    why_not: str | None


class Outcome(msgspec.Struct, frozen=True):
    """`role` is the name of the one that was meant."""

    lines: list[Line]
    role: str | None

    @property
    def changed(self) -> list[Line]:
        return [line for line in self.lines if line.why_not is None]

    @property
    def kept(self) -> list[Line]:
        return [line for line in self.lines if line.why_not is not None]


class _TakenBack(Exception):
    """Ends the transaction of `foresee`."""


async def foresee(order: Order, *, by: Actor) -> Outcome:
    """What would happen now. Raises Forbidden, and NotFound for a role of another team."""
    found = Outcome([], None)
    try:
        async with db.transaction():
            found = await carry_out(order, by=by)
            raise _TakenBack  # noqa: TRY301 - the block must be left by an exception to be taken back
    except _TakenBack:
        return found


async def carry_out(order: Order, *, by: Actor) -> Outcome:
    """Does it. People who are no members are passed over in silence: they may have left meanwhile."""
    async with db.transaction():
        actor = await acting(by, _RIGHTS.get(order.act, Permission.MEMBERS_UPDATE))
        lines, role = [], None
        for user_id in order.members:
            try:
                case = await Case.of(actor, user_id)
            except NotFound:
                continue
            if order.role_id is not None:
                if str(order.role_id) not in case.roles:
                    raise NotFound
                role = case.roles[str(order.role_id)].name
            lines.append(await _one(case, order, by=by))
        return Outcome(lines, role)


async def _one(case: Case, order: Order, *, by: Actor) -> Line:
    wanted = _wanted(case, order)
    before, after = case.names(case.held or case.former), case.names(wanted)
    if case.oneself:
        return Line(case.other.known_as, before, before, _("This is you: act on yourself alone, on your own page."))
    try:
        async with db.transaction():
            why_not = await _do(case, order.act, wanted, by=by)
    except Forbidden as no:
        why_not = _("It takes %(missing)s.", missing=no.missing or _("a right you do not have"))
    except Rejected as no:
        why_not = no.message
    return Line(case.other.known_as, before, before if why_not else after, why_not)


async def _do(case: Case, act: Act, wanted: set[str], *, by: Actor) -> str | None:
    """Why nothing happened, if nothing did."""
    if act is Act.SUSPEND:
        await actions.pause(case, None, by=by)
    elif act is Act.REMOVE:
        await actions.take_out(case, by=by)
    elif not await actions.set_roles(case, wanted, by=by):
        return _("Nothing changes for them.")
    return None


def _wanted(case: Case, order: Order) -> set[str]:
    role, held = {str(order.role_id)}, set(case.held)
    return {Act.ADD: held | role, Act.TAKE: held - role, Act.SET: role}.get(order.act, set())


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
