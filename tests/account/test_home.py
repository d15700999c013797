"""The signed-in home: one's teams and sign-ins, read together with the session."""

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.users.work import counted
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mia(app: Litestar, cast: Cast) -> Browser:
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=cast.mia, password=PASSWORD)
    assert browser.name == "account.home"
    return browser


async def test_nobody_signed_in_sees_the_landing_page(app: Litestar) -> None:
    assert (await Browser(app).open("/")).status_code == 200


async def test_home_shows_teams_with_roles_and_sign_ins(mia: Browser) -> None:
    await mia.open("/")

    assert "Hello, Mia Müller" in mia.document.text
    assert "Acme acme Member" in mia.document.text
    assert "Beta" not in mia.document.text
    assert "Firefox · Linux just now Signed in" in mia.document.text
    assert "Place" not in mia.document.text


async def test_home_shows_the_place_of_a_sign_in_once_one_is_known(mia: Browser) -> None:
    await db.execute("""UPDATE "LoginHistories" SET "location" = '{"city": "Lyon", "country": "France"}'""")

    await mia.open("/")

    assert "Lyon, France" in mia.document.text


async def test_who_is_in_no_team_is_told_so(app: Litestar, cast: Cast) -> None:
    nora = Browser(app)
    await nora.open("/login")
    await nora.submit("/login", email=cast.nora, password=PASSWORD)

    assert "You are not in a team yet" in nora.document.text


async def test_what_changed_shows_on_the_next_page(mia: Browser) -> None:
    await mia.open("/")
    await db.execute("""UPDATE "Tenants" SET "name" = 'Acme & Sons', "status" = 'suspended' WHERE "slug" = 'acme'""")

    await mia.open("/")

    assert "Acme & Sons acme Member Suspended" in mia.document.text


async def test_home_costs_one_statement(mia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    with counted(monkeypatch) as work:
        await mia.open("/")

    assert work.amount == (1, 0, 0)
