"""Leaving a team: always possible, but for the last owner, who is shown the way."""

import pytest
from litestar import Litestar

from app import db
from tests.cast import Cast
from tests.members.test_ownership import LEAVE, PAGE, bell
from tests.teams import roles_of, signed_in, suspend
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def olga(app: Litestar, cast: Cast) -> Browser:
    return await signed_in(app, cast.olga)


async def test_the_last_owner_does_not_leave_and_is_shown_the_way(olga: Browser, cast: Cast) -> None:
    await olga.open(LEAVE)
    assert PAGE in olga.page.text
    await olga.post(LEAVE)

    assert olga.page.status_code == 422
    assert "only owner" in olga.document.text
    assert await roles_of(cast.olga) == ["Owner"]


async def test_whoever_leaves_is_out_with_the_next_click_and_the_owners_hear_of_it(
    app: Litestar, olga: Browser, cast: Cast
) -> None:
    mia = await signed_in(app, cast.mia)
    await mia.open(LEAVE)
    await mia.submit(LEAVE)

    assert await roles_of(cast.mia) is None
    assert (await mia.open("/t/acme")).status_code == 404
    assert any("left" in line for line in await bell(cast.olga))


@pytest.mark.parametrize("shut", ["member", "team"])
async def test_there_is_always_a_way_out(app: Litestar, cast: Cast, shut: str) -> None:
    mia = await signed_in(app, cast.mia)
    if shut == "member":
        await suspend(cast.mia)
    else:
        await db.execute("""UPDATE "Tenants" SET "status" = 'suspended' WHERE "slug" = 'acme'""")

    await mia.open(LEAVE)
    await mia.submit(LEAVE)

    assert await roles_of(cast.mia) is None
