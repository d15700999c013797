"""How much may be invited, by whom, and to which address."""

import pytest
from litestar import Litestar

from app import db
from app.members.invitations.batches import actions as batches
from tests.cast import Cast
from tests.mailbox import Mailbox
from tests.members.inviting import LIST, invitation_of, invite, role
from tests.teams import signed_in
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def olga(app: Litestar, cast: Cast) -> Browser:
    return await signed_in(app, cast.olga)


async def test_a_suspended_team_invites_nobody_any_more(app: Litestar, olga: Browser, mailbox: Mailbox) -> None:
    await olga.open(f"{LIST}/many")
    await olga.submit(f"{LIST}/many", typed="a@x.test\nb@x.test", file=None, roles=await role("Member"))
    batch = await db.value('SELECT "id" FROM "InvitationBatches"')
    await db.execute("""UPDATE "Tenants" SET "status" = 'suspended' WHERE "slug" = 'acme'""")

    await batches.work(batch)

    assert await db.value('SELECT count(*) FROM "Invitations"') == 0
    assert await db.value('SELECT "finishedAt" IS NOT NULL FROM "InvitationBatches"')


async def test_an_address_gets_five_invitations_a_day_from_all_teams_together(
    app: Litestar, olga: Browser, cast: Cast
) -> None:
    eve = await signed_in(app, cast.eve)
    for browser, slug in ((olga, "acme"), (eve, "beta")):
        for _n in range(4):
            path = f"/t/{slug}/invitations"
            await browser.open(f"{path}/new")
            await browser.submit(f"{path}/new", email="zoe@x.test", roles=await role("Member", slug))
            if browser.path == path:
                invited = await db.value(
                    """SELECT i."id" FROM "Invitations" i JOIN "Tenants" t ON t."id" = i."tenantId"
                    WHERE t."slug" = $1 AND i."status" = 'pending'""",
                    slug,
                )
                await browser.post(f"{path}/{invited}/cancel")

    assert await db.value("""SELECT count(*) FROM "Outbox" WHERE "recipient" = 'zoe@x.test'""") == 5
    assert "several invitations today" in eve.document.text


async def test_nobody_spends_the_resends_of_another_team(app: Litestar, olga: Browser, cast: Cast) -> None:
    await invite(olga, "zoe@x.test")
    own = await invitation_of("zoe@x.test")
    eve = await signed_in(app, cast.eve)
    await eve.open("/t/beta/invitations")
    assert (await eve.post(f"/t/beta/invitations/{own}/resend")).status_code == 404

    await olga.open(LIST)
    await olga.submit(f"{LIST}/{own}/resend")

    assert olga.path == LIST


async def test_nobody_invites_without_end(olga: Browser, cast: Cast) -> None:
    await db.execute(
        """INSERT INTO "Invitations" ("email", "token", "status", "expiresAt", "tenantId", "invitedById")
        SELECT n || '@x.test', n, 'cancelled', app_now(), t."id", u."id"
        FROM generate_series(1, 10000) n, "Tenants" t, "Users" u WHERE t."slug" = 'beta' AND u."email" = $1""",
        cast.olga,
    )

    await invite(olga, "zoe@x.test")
    assert (olga.page.status_code, olga.name) == (422, "invitations.new")
    assert "very many people today" in olga.document.text
    await olga.open(f"{LIST}/many")
    await olga.submit(f"{LIST}/many", typed="zoe@x.test", file=None, roles=await role("Member"))
    await batches.work(await db.value('SELECT "id" FROM "InvitationBatches"'))

    assert await db.value('SELECT "state" FROM "InvitationBatchLines"') == "too_often"
    assert await db.value("""SELECT count(*) FROM "Invitations" WHERE "email" = 'zoe@x.test'""") == 0
