"""Invitations that let nobody in as they are: what changed since they were made (row 5.3; lessons L8, L12, L16)."""

import pytest
from litestar import Litestar

from app import db
from tests.cast import Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.members.inviting import (
    BOB,
    CHOSEN,
    bob,
    force,
    invitation_of,
    invite,
    link_of,
    olga,
    press,
    role,
    roles_at_acme,
    sign_in,
    state_of,
)  # fmt: skip
from tests.teams import remove
from tests.visitor import Browser

__all__ = ["bob", "olga"]

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("what", ["left", "suspended", "demoted", "closed"])
async def test_an_inviter_who_may_no_longer_invite_is_not_enough(
    app: Litestar, olga: Browser, mailbox: Mailbox, cast: Cast, what: str
) -> None:
    """Security 7.62: the rights of the inviter count when it is accepted, not when it was sent."""
    adam = await sign_in(Browser(app), cast.adam)
    await invite(adam, cast.nora)
    link = await link_of(mailbox, cast.nora)
    nora = await sign_in(Browser(app), cast.nora, onward=link)
    membership = """"TenantUsers" m USING "Users" u WHERE u."id" = m."userId" AND u."email" = $1"""
    statements = {
        "left": f"DELETE FROM {membership}",  # noqa: S608 - constants
        "suspended": """INSERT INTO "MemberStandings" ("tenantId", "userId", "suspendedAt")
            SELECT m."tenantId", m."userId", app_now() FROM "TenantUsers" m JOIN "Users" u ON u."id" = m."userId"
            WHERE u."email" = $1""",
        "demoted": f"""UPDATE "TenantUsers" m SET "roles" = ARRAY['{await role("Member")}'] FROM "Users" u
            WHERE u."id" = m."userId" AND u."email" = $1""",  # noqa: S608 - as above
        "closed": """UPDATE "Users" SET "status" = 'suspended' WHERE "email" = $1""",
    }
    await db.execute(statements[what], cast.adam)

    await nora.submit(f"{link}/accept")

    assert nora.page.status_code == 403
    assert "needs a new sender" in nora.document.text
    assert "Olga" not in nora.document.text, "no owner's name is told"
    assert await roles_at_acme(cast.nora) is None
    assert await state_of(cast.nora) == "pending"
    await press(olga, "resend", cast.nora)
    link = await link_of(mailbox, cast.nora)
    await nora.open(link)
    await nora.submit(f"{link}/accept")
    assert await roles_at_acme(cast.nora) == ["Member"]


async def test_an_inviter_who_can_no_longer_grant_the_role_is_not_enough(
    app: Litestar, olga: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    await invite(olga, cast.nora, roles=await role("Owner"))
    link = await link_of(mailbox, cast.nora)
    nora = await sign_in(Browser(app), cast.nora, onward=link)
    owner, admin = await role("Owner"), await role("Admin")
    swap = """UPDATE "TenantUsers" SET "roles" = ARRAY[$2::varchar]
        WHERE "userId" = (SELECT "id" FROM "Users" WHERE "email" = $1)"""
    await db.execute(swap, cast.adam, owner)
    await db.execute(swap, cast.olga, admin)

    await nora.submit(f"{link}/accept")

    assert nora.page.status_code == 403
    assert await roles_at_acme(cast.nora) is None
    await db.execute(swap, cast.olga, owner)
    await nora.open(link)
    await nora.submit(f"{link}/accept")
    assert await roles_at_acme(cast.nora) == ["Owner"]


async def test_a_suspended_team_lets_nobody_in(app: Litestar, olga: Browser, mailbox: Mailbox, cast: Cast) -> None:
    await invite(olga, cast.nora)
    link = await link_of(mailbox, cast.nora)
    nora = await sign_in(Browser(app), cast.nora, onward=link)
    await db.execute("""UPDATE "Tenants" SET "status" = 'suspended' WHERE "slug" = 'acme'""")

    await nora.submit(f"{link}/accept")

    assert nora.page.status_code == 403
    assert "Acme cannot be joined now" in nora.document.text
    assert await roles_at_acme(cast.nora) is None
    await db.execute("""UPDATE "Tenants" SET "status" = 'active' WHERE "slug" = 'acme'""")
    await nora.open(link)
    await nora.submit(f"{link}/accept")
    assert await roles_at_acme(cast.nora) == ["Member"]


DEMANDS = ('{"twoFactor": {"required": true}}', '{"session": {"requireMFA": true}}')


@pytest.mark.parametrize("policy", DEMANDS)
async def test_a_team_that_demands_a_second_step_asks_for_it_first(
    app: Litestar, olga: Browser, mailbox: Mailbox, cast: Cast, policy: str
) -> None:
    """Lesson 12: before the membership is written."""
    await invite(olga, cast.nora)
    link = await link_of(mailbox, cast.nora)
    await db.execute("""UPDATE "Tenants" SET "securityPolicy" = $1::jsonb WHERE "slug" = 'acme'""", policy)
    nora = await sign_in(Browser(app), cast.nora, onward=link)
    assert "/account/security?next=" in nora.page.text

    await force(nora, f"{link}/accept")

    assert nora.page.status_code == 403
    assert await roles_at_acme(cast.nora) is None
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', cast.nora)
    await nora.open(link)
    await nora.submit(f"{link}/accept")
    assert await roles_at_acme(cast.nora) == ["Member"]


async def test_a_new_person_of_such_a_team_gets_an_account_and_joins_later(
    olga: Browser, bob: Browser, mailbox: Mailbox
) -> None:
    await invite(olga)
    link = await link_of(mailbox)
    await db.execute("""UPDATE "Tenants" SET "securityPolicy" = $1::jsonb WHERE "slug" = 'acme'""", DEMANDS[0])
    await bob.open(link)
    await bob.submit(f"{link}/accept")

    await bob.submit("/signup/finish", name="Bob", password=CHOSEN)

    assert bob.path == f"/invitations/open/{await invitation_of()}"
    assert "One step before you join Acme" in bob.document.text
    assert await roles_at_acme(BOB) is None
    assert await state_of() == "pending"


async def test_an_invitation_to_a_deleted_role_gives_the_default(
    app: Litestar, olga: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    await db.execute(
        """INSERT INTO "Roles" ("tenantId", "name") SELECT "id", 'Guest' FROM "Tenants" WHERE "slug" = 'acme'"""
    )
    await invite(olga, cast.nora, roles=await role("Guest"))
    await db.execute("""DELETE FROM "Roles" WHERE "name" = 'Guest'""")
    link = await link_of(mailbox, cast.nora)
    nora = await sign_in(Browser(app), cast.nora, onward=link)

    await nora.submit(f"{link}/accept")

    assert await roles_at_acme(cast.nora) == ["Member"]


async def test_an_inviter_who_is_gone_hears_nothing_and_the_owners_do(
    app: Litestar, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    adam = await sign_in(Browser(app), cast.adam)
    await invite(adam)
    link = await link_of(mailbox)
    await remove(cast.adam)
    await clock.advance(days=8)
    before = len(await mailbox.all(cast.adam))

    bob = Browser(app)
    await bob.open(link)
    await bob.submit(f"{link}/ask")

    assert len(await mailbox.all(cast.adam)) == before
    heard = await db.rows(
        'SELECT "message" FROM "Notifications" n JOIN "Users" u ON u."id" = n."userId" WHERE u."email" = $1', cast.olga
    )
    assert any("asks for a new invitation" in row["message"] for row in heard)
