"""Devices on which the second step is left out: by the tick alone, for thirty days, if every tenant agrees."""

import pytest
from litestar import Litestar

from app import db
from app.actor import Actor
from app.users.totp import actions as totp
from tests.cast import Cast
from tests.database import Clock
from tests.second_step import STEP, allow, code, first_step, forget_step, give_app, id_of, nora, sign_in_with_app
from tests.visitor import Browser

__all__ = ["nora"]

pytestmark = pytest.mark.anyio


async def test_a_device_is_remembered_for_thirty_days(app: Litestar, nora: str, clock: Clock) -> None:
    browser = await first_step(app, nora)
    await browser.submit(STEP, code=await code(), remember="y")
    assert browser.name == "account.home"
    other = await first_step(app, nora)
    assert other.name == "login.second_factor", "only this one"

    await clock.advance(days=29)
    await browser.submit("/logout")
    await first_step(app, nora, browser=browser)
    assert browser.name in {"account.home", "stops.passkey"}, "an offer may stand between, the second step does not"
    assert await db.value('SELECT "methods" FROM "Sessions" ORDER BY "createdAt" DESC LIMIT 1') == [
        "password",
        "remembered",
    ]
    await clock.advance(days=2)
    await browser.open("/")
    if browser.name == "account.home":
        await browser.submit("/logout")
    await first_step(app, nora, browser=browser)
    assert browser.name == "login.second_factor", "it is 30 days since the second step, not since the last sign-in"


async def test_without_the_tick_nothing_is_remembered(app: Litestar, nora: str) -> None:
    browser = await sign_in_with_app(app, nora)
    await browser.submit("/logout")
    await first_step(app, nora, browser=browser)
    assert browser.name == "login.second_factor"


async def test_a_remembered_device_is_forgotten_when_a_factor_changes(app: Litestar, nora: str) -> None:
    for number in range(2):
        browser = await first_step(app, nora)
        await forget_step(nora)
        await browser.submit(STEP, code=await code(), remember="y")
        assert browser.name == "account.home", number
        nora_id, by = await id_of(nora), Actor.system("a test")
        if number:
            await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', nora)
            await totp.remove(nora_id, keep_two_step=True, sign_out=False, by=by)
        else:
            await totp.start(nora_id, by=by)
            fresh = str(await totp.waiting_secret(nora_id))
            await totp.confirm(nora_id, await code(fresh), session=None, sign_out=False, by=by)
        await browser.open("/")
        assert browser.name == "account.home", "the session itself stays, the tick was taken away"
        await browser.submit("/logout")
        await first_step(app, nora, browser=browser)
        assert browser.name == "login.second_factor"
        await give_app(nora)


async def test_remembering_needs_every_tenant_of_the_person(app: Litestar, cast: Cast) -> None:
    """The reference's default is no; a tenant that changes its mind ends what was remembered."""
    await give_app(cast.mia)
    browser = await first_step(app, cast.mia)
    assert "remember" not in browser.document.form(STEP)[1]
    assert "30 days" not in browser.document.text
    await browser.post(STEP, way="totp", code=await code(), remember="y")
    assert browser.name == "account.home"
    assert await db.value('SELECT count(*) FROM "KnownDevices" WHERE "rememberedAt" IS NOT NULL') == 0

    await allow("acme", key="twoFactor,allowRememberDevice", value="true")
    browser = await first_step(app, cast.mia)
    await forget_step(cast.mia)
    await browser.submit(STEP, code=await code(), remember="y")
    await browser.submit("/logout")
    await first_step(app, cast.mia, browser=browser)
    assert browser.name == "account.home"
    await browser.submit("/logout")
    await allow("acme", key="twoFactor,allowRememberDevice", value="false")
    await first_step(app, cast.mia, browser=browser)
    assert browser.name == "login.second_factor"


async def test_a_known_device_does_not_leave_out_the_second_step(app: Litestar, nora: str) -> None:
    browser = await sign_in_with_app(app, nora)
    device = str(browser.cookie("device"))
    other = Browser(app)
    other.plant("device", device)
    await first_step(app, nora, browser=other)
    assert other.name == "login.second_factor"
