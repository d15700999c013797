"""Known and remembered devices: listed, forgotten (row 3.1)."""

import pytest
from litestar import Litestar

from app import db
from tests.cast import Cast
from tests.second_step import STEP, code, first_step, give_app, id_of
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

PAGE = "/account/security/devices"


@pytest.fixture
async def browsers(app: Litestar, cast: Cast) -> tuple[Browser, Browser]:
    """Nora on a laptop that she had remembered, and on a phone."""
    await give_app(cast.nora)
    laptop = await first_step(app, cast.nora)
    await laptop.submit(STEP, code=await code(ago=1), remember="y")
    phone = Browser(app, agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/605.1")
    await first_step(app, cast.nora, browser=phone)
    await phone.submit(STEP, code=await code())
    assert laptop.name == phone.name == "account.home"
    return laptop, phone


async def test_the_list_says_which_is_which(browsers: tuple[Browser, Browser]) -> None:
    laptop, phone = browsers
    await laptop.open(PAGE)
    text = laptop.document.text
    assert "2 devices" in text
    assert "Firefox" in text
    assert "iOS" in text
    assert text.count("Remembered") == 1
    assert text.count("This device") == 1
    assert "Second step not asked until" in text
    await phone.open(PAGE)
    assert phone.document.text.index("This device") < phone.document.text.index("Remembered")


async def test_a_forgotten_device_is_asked_again_and_stays_signed_in(
    app: Litestar, browsers: tuple[Browser, Browser]
) -> None:
    laptop, phone = browsers
    device = await db.value('SELECT "id" FROM "KnownDevices" WHERE "rememberedAt" IS NOT NULL')
    await phone.open(PAGE)
    await phone.post(f"{PAGE}/forget", device=str(device))
    assert phone.name == "security.devices"
    assert "Remembered" not in phone.document.text
    await laptop.open("/")
    assert laptop.name == "account.home"
    await laptop.submit("/logout")

    await first_step(app, Cast.nora, browser=laptop)

    assert laptop.name == "login.second_factor"
    assert await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'device.forgotten\'') == 1


async def test_all_are_forgotten_at_once(browsers: tuple[Browser, Browser]) -> None:
    laptop, _phone = browsers
    await laptop.open(PAGE)

    await laptop.submit(f"{PAGE}/forget-all")

    assert "No device is known" in laptop.document.text
    assert await db.value('SELECT count(*) FROM "KnownDevices" WHERE "revokedAt" IS NULL') == 0


async def test_nobody_forgets_a_strangers_device(app: Litestar, browsers: tuple[Browser, Browser]) -> None:
    device = await db.value('SELECT "id" FROM "KnownDevices" WHERE "userId" = $1 LIMIT 1', await id_of(Cast.nora))
    mia = await first_step(app, Cast.mia)
    await mia.open(PAGE)
    for typed in (str(device), "00000000-0000-4000-8000-000000000000", "nonsense", ""):
        await mia.post(f"{PAGE}/forget", device=typed)
        assert mia.page.status_code == 404, typed
    await mia.open(PAGE)
    await mia.submit(f"{PAGE}/forget-all")
    assert await db.value(
        'SELECT count(*) FROM "KnownDevices" WHERE "userId" = $1 AND "revokedAt" IS NULL', await id_of(Cast.nora)
    )
