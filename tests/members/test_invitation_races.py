"""Accepting under twenty at once, and against whatever ends it at the same moment: real connections (security 7.62)."""

from functools import partial

import pytest
from litestar import Litestar

from app import crypto, db
from app.operator import seeding
from tests.cast import Cast
from tests.database import TestDatabase
from tests.mailbox import Mailbox
from tests.members.inviting import (
    LIST,
    NEW,
    id_of,
    invitation_of,
    invite,
    link_of,
    role,
    roles_at_acme,
    sign_in,
    state_of,
)
from tests.users.races import ROUNDS, fresh, together, twins
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

NORA = Cast.nora


class World:
    """Olga invites Nora, who is signed in with the invitation open."""

    def __init__(self, app: Litestar, mailbox: Mailbox) -> None:
        self.app, self.mailbox = app, mailbox

    async def begin(self) -> None:
        self.olga = await sign_in(Browser(self.app), Cast.olga)
        self.nora = await sign_in(Browser(self.app), NORA)

    async def again(self) -> str:
        """A fresh invitation; gives its link, which is open in Nora's browser."""
        await db.execute('DELETE FROM "TenantUsers" WHERE "userId" = $1', await id_of(NORA))
        await fresh("Invitations", "Outbox", "DevMails")
        await invite(self.olga, NORA)
        link = await link_of(self.mailbox, NORA)
        await self.nora.open(link)
        await self.olga.open(LIST)
        return link


@pytest.fixture
async def world(app: Litestar, own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(crypto, "MOST_WAITING", 1000)
    await seeding.seed()
    world = World(app, Mailbox())
    await world.begin()
    return world


async def joined() -> int:
    found: int = await db.value('SELECT count(*) FROM "TenantUsers" WHERE "userId" = $1', await id_of(NORA))
    return found


async def test_twenty_accepts_at_once_make_one_membership(world: World) -> None:
    for number in range(ROUNDS):
        link = await world.again()

        await together([partial(tab.post, f"{link}/accept") for tab in twins(world.app, world.nora)])

        assert await roles_at_acme(NORA) == ["Member"]
        assert await joined() == 1
        told = 'SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'member.joined\''
        assert await db.value(told) == number + 1
        assert await db.value('SELECT count(*) FROM "Outbox" WHERE "kind" = \'invitations/accepted\'') == 1


@pytest.mark.parametrize("what", ["cancel", "resend"])
async def test_accepting_against_what_the_team_does_has_one_end(world: World, what: str) -> None:
    ends = set()
    for number in range(ROUNDS):
        link = await world.again()
        acts = [
            partial(world.nora.post, f"{link}/accept"),
            partial(world.olga.post, f"{LIST}/{await invitation_of(NORA)}/{what}"),
        ]
        await together(acts if number % 2 else acts[::-1])

        state, member = await state_of(NORA), await joined()
        assert (state == "accepted") == (member == 1), (state, member)
        ends.add(state)
    assert ends <= {"accepted", "cancelled" if what == "cancel" else "pending"}


async def test_accepting_against_declining_has_one_end(world: World) -> None:
    for number in range(ROUNDS):
        link = await world.again()
        first, second = twins(world.app, world.nora)[:2]
        acts = [partial(first.post, f"{link}/accept"), partial(second.post, f"{link}/decline")]

        await together(acts if number % 2 else acts[::-1])

        assert (await state_of(NORA), await joined()) in {("accepted", 1), ("cancelled", 0)}


async def test_accepting_against_the_end_of_the_inviters_rights_is_never_more_than_they_hold(world: World) -> None:
    """Whoever comes first: a membership given while the inviter could, or none."""
    member, owner = await role("Member"), await role("Owner")
    set_roles = 'UPDATE "TenantUsers" SET "roles" = ARRAY[$2::varchar] WHERE "userId" = $1'
    await db.execute(set_roles, await id_of(Cast.adam), owner)
    olga = await id_of(Cast.olga)
    for _round in range(ROUNDS):
        await db.execute(set_roles, olga, owner)
        link = await world.again()

        async def demote() -> object:
            async with db.transaction():
                await db.execute('SELECT FROM "Tenants" WHERE "slug" = \'acme\' FOR NO KEY UPDATE')
                await db.execute(set_roles, olga, member)
            return await world.olga.http.get("/")

        answers = await together([partial(world.nora.post, f"{link}/accept"), demote])  # type: ignore[list-item]

        assert (answers[0], await joined()) in {(200, 1), (403, 0)}


async def test_twenty_invitations_of_one_address_at_once_are_one(world: World) -> None:
    member = await role("Member")
    for _round in range(5):
        await fresh("Invitations", "Outbox", "DevMails")
        await world.olga.open(NEW)
        tabs = twins(world.app, world.olga)

        answers = await together([
            partial(tab.submit, NEW, email="bob@builder.test", roles=member) for tab in tabs
        ])  # fmt: skip

        assert sorted(answers) == [200] + [422] * 19
        assert await db.value('SELECT count(*) FROM "Invitations"') == 1
        assert await db.value('SELECT count(*) FROM "Outbox" WHERE "kind" = \'invitations/invite\'') == 1


async def test_twenty_strangers_who_finish_at_once_are_one_member(world: World) -> None:
    """Two steps each; one browser is the owner of the mailbox."""
    await invite(world.olga, "bob@builder.test")
    link = await link_of(world.mailbox)
    bob = Browser(world.app)
    await bob.open(link)
    await bob.submit(f"{link}/accept")
    assert bob.name == "signup.finish"

    await together([
        partial(tab.submit, "/signup/finish", name="Bob", password="copper-meadow-sextant")
        for tab in twins(world.app, bob)
    ])  # fmt: skip

    found = 'SELECT count(*) FROM "TenantUsers" m JOIN "Users" u ON u."id" = m."userId" WHERE u."email" = $1'
    assert await db.value(found, "bob@builder.test") == 1
