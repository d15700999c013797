"""People who are invited into a team, and what became of it: every case in which a link may be opened (row 5.3)."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from app import crypto, tenancy
from app.actor import Actor
from app.config import settings
from app.members.invitations import actions
from app.members.invitations.desk import Card, Desk
from app.members.invitations.landing import actions as landing
from app.members.leave import actions as leaving
from app.members.one import actions as members
from app.operator.qa import tables, teams
from app.operator.qa.steps import Making
from app.operator.tenants.tables import id_of
from app.tenants.standing.tables import RoleRights
from app.tenants.tables import BuiltInKind
from app.users.tables import User

DAYS = 7
"""How long an invitation is open where nobody says otherwise."""


class Sent:
    """An invitation that was just mailed to `email`, and those who may act on it."""

    def __init__(self, making: Making, email: str, tenant_id: UUID, inviter: Actor, owner: Actor) -> None:
        self.making, self.email, self.tenant_id = making, email, tenant_id
        self.inviter, self.owner = inviter, owner
        self.token = crypto.new_token()

    @property
    def invitee(self) -> Actor:
        return self.making.by.as_person(self.making.id, self.making.made.name)


Then = Callable[[Sent], Awaitable[object]]


def invite(then: Then | None = None, *, somebody_else: bool = False) -> Callable[[Making], Awaitable[None]]:
    """The person, or `somebody_else` without an account, is invited by the admin of a new team, `then` it happens."""

    async def step(making: Making) -> None:
        sent = await _send(making, f"guest.{secrets.token_hex(5)}@qa.test" if somebody_else else making.made.email)
        if then:
            with tenancy.scope(sent.tenant_id):
                await then(sent)

    return step


async def accept(sent: Sent) -> None:
    await landing.accept(sent.token.plain, by=sent.invitee)


async def leave(sent: Sent) -> None:
    await accept(sent)
    await leaving.leave(sent.making.made.tenant or "", by=sent.invitee)


async def decline(sent: Sent) -> None:
    await landing.decline(sent.token.plain, "Not this year.", by=sent.invitee)


async def cancel(sent: Sent) -> None:
    await actions.cancel(await _id(sent), by=sent.owner)


async def correct(sent: Sent) -> None:
    await actions.correct(await _id(sent), f"right.{secrets.token_hex(5)}@qa.test", by=sent.owner)


async def send_again(sent: Sent) -> None:
    await actions.resend(await _id(sent), by=sent.inviter)


async def run_out(sent: Sent) -> None:
    await tables.move_tenant_back(sent.tenant_id, timedelta(days=DAYS, minutes=1))


async def demote_the_inviter(sent: Sent) -> None:
    member = next(role for role in await RoleRights.all() if role.is_default)
    await members.change_roles(sent.inviter.user_id or sent.tenant_id, [str(member.id)], by=sent.owner)


async def shut_the_team(sent: Sent) -> None:
    await tables.suspend_tenant(sent.tenant_id)


async def demand_a_second_step(sent: Sent) -> None:
    await tables.demand_second_step(sent.tenant_id)


async def pass_by_chat(sent: Sent) -> None:
    """`links.invitation` is one for chat, which proves no mailbox."""
    plain, _email = await actions.chat_link(await _id(sent), by=sent.inviter)
    _tell(sent, plain)


async def _send(making: Making, email: str) -> Sent:
    made = making.made
    await teams.found_with_colleagues(making)
    tenant_id = await id_of(made.tenant or "")
    if tenant_id is None:
        raise RuntimeError(f"{made.tenant} is not there")
    sent = Sent(making, email, tenant_id, await _person(making, made.admin), await _person(making, made.owner))
    with tenancy.scope(tenant_id):
        desk = await Desk.open(sent.inviter)
        roles = [role for role in desk.roles if role.kind == BuiltInKind.MEMBER]
        card = Card(roles=roles, note="We meet on Mondays.", label=None, days=DAYS)
        await desk.invite(email, card, token=sent.token)
    made.invited = email
    _tell(sent, sent.token.plain)
    return sent


def _tell(sent: Sent, plain: str) -> None:
    sent.making.made.links["invitation"] = f"{settings().base_url}/invitations/{plain}"


async def _person(making: Making, email: str | None) -> Actor:
    account = await User.by_email(email or "")
    if account is None:
        raise RuntimeError(f"{email} is not there")
    return making.by.as_person(account.id, account.name)


async def _id(sent: Sent) -> UUID:
    seen, _case = await landing.look(sent.token.plain, by=sent.making.by)
    return seen.id
