"""The door of a team: who is let in, what they may, read anew on every request."""

import pytest
from litestar import Litestar

from app import db
from tests.cast import Cast
from tests.teams import give_roles, make_role, signed_in, suspend
from tests.users.work import counted
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("slug", ["acme", "nobody-has-this", "ACME", "acme%00", "%20acme"])
async def test_strangers_find_nothing_whether_the_team_exists_or_not(app: Litestar, cast: Cast, slug: str) -> None:
    nora = await signed_in(app, cast.nora)

    assert (await nora.open(f"/t/{slug}")).status_code == 404
    assert "There is nothing here" in nora.document.text
    assert "Acme" not in nora.document.text


async def test_whoever_is_signed_out_is_asked_to_sign_in_whatever_the_address_names(app: Litestar, cast: Cast) -> None:
    for slug in ("acme", "nobody-has-this"):
        browser = Browser(app)
        await browser.open(f"/t/{slug}")
        assert browser.name == "login.index"
        assert str(browser.page.url).endswith(f"next=%2Ft%2F{slug}")


async def test_members_come_in_and_read_their_roles(app: Litestar, cast: Cast) -> None:
    mia = await signed_in(app, cast.mia)

    assert (await mia.open("/t/acme")).status_code == 200
    assert mia.document.headings == ["Acme"]
    assert "What you may do here follows from your roles: Member." in mia.document.text


async def test_a_change_of_role_bites_on_the_next_request(app: Litestar, cast: Cast) -> None:
    mia = await signed_in(app, cast.mia)
    assert (await mia.open("/t/acme")).status_code == 200

    await make_role("Outsider")
    await give_roles(cast.mia, "Outsider")
    assert (await mia.open("/t/acme")).status_code == 403
    assert "It takes the right “See the team and its pages”." in mia.document.text

    await db.execute(
        'DELETE FROM "TenantUsers" m USING "Users" u WHERE u."id" = m."userId" AND u."email" = $1', cast.mia
    )
    assert (await mia.open("/t/acme")).status_code == 404


async def test_a_suspended_member_learns_that_they_are_suspended(app: Litestar, cast: Cast) -> None:
    mia = await signed_in(app, cast.mia)

    await suspend(cast.mia)

    assert (await mia.open("/t/acme")).status_code == 403
    assert mia.document.headings == ["You are suspended in Acme"]


async def test_a_suspended_team_says_so_to_its_people_and_to_nobody_else(app: Litestar, cast: Cast) -> None:
    olga, nora = await signed_in(app, cast.olga), await signed_in(app, cast.nora)

    await db.execute("""UPDATE "Tenants" SET "status" = 'suspended' WHERE "slug" = 'acme'""")

    assert (await olga.open("/t/acme")).status_code == 403
    assert olga.document.headings == ["Acme is suspended"]
    assert (await nora.open("/t/acme")).status_code == 404


async def test_a_team_that_waits_for_its_end_is_open_still(app: Litestar, cast: Cast) -> None:
    await db.execute("""UPDATE "Tenants" SET "status" = 'pending_deletion' WHERE "slug" = 'acme'""")

    assert (await (await signed_in(app, cast.olga)).open("/t/acme")).status_code == 200


async def test_two_tabs_hold_two_teams(app: Litestar, cast: Cast) -> None:
    await give_roles(cast.mia, "Admin", slug="beta")
    mia = await signed_in(app, cast.mia)

    await mia.open("/t/beta")
    assert "your roles: Admin" in mia.document.text
    await mia.open("/t/acme")
    assert "your roles: Member" in mia.document.text
    assert "Beta" in mia.document.text, "the switcher names the other"


async def test_the_door_costs_one_statement_beside_the_sessions(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    nora, mia = await signed_in(app, cast.nora), await signed_in(app, cast.mia)

    with counted(monkeypatch) as refused:
        await nora.open("/t/acme")
    with counted(monkeypatch) as shown:
        await mia.open("/t/acme")

    assert refused.amount[0] == 2
    assert shown.amount[0] == 3, "the page itself reads once"


async def test_being_here_is_noted_every_five_minutes(app: Litestar, cast: Cast, clock: object) -> None:
    mia = await signed_in(app, cast.mia)
    read = 'SELECT i."lastActive" FROM "MemberIndex" i JOIN "Users" u ON u."id" = i."userId" WHERE u."email" = $1'
    assert await db.value(read, cast.mia) is None

    await mia.open("/t/acme")
    first = await db.value(read, cast.mia)
    await clock.advance(minutes=4)  # type: ignore[attr-defined]
    await mia.open("/t/acme")
    assert await db.value(read, cast.mia) == first
    await clock.advance(minutes=2)  # type: ignore[attr-defined]
    await mia.open("/t/acme")
    assert await db.value(read, cast.mia) > first
