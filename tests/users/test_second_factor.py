"""The second step: who is asked for it, and what is offered (row 2.5; security 9.9, 9.13; 7.30-33, 7.40)."""

import pytest
from litestar import Litestar

from app import db
from app.actor import Actor
from app.errors import NeedsSudo, Rejected
from app.users.backup_codes import actions as backup_codes
from app.users.second_factor import actions
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.second_step import STEP, allow, code, first_step, id_of, nora, sessions, user, wrong_code
from tests.visitor import Browser

__all__ = ["nora"]

pytestmark = pytest.mark.anyio


async def test_every_way_in_leads_to_the_second_step(app: Litestar, nora: str, mailbox: Mailbox) -> None:
    by_password = await first_step(app, nora)
    by_code = Browser(app)
    await by_code.open("/login/code")
    await by_code.submit("/login/code", email=nora)
    await by_code.submit("/login/code/enter", code=await mailbox.code(nora))
    for browser in (by_password, by_code):
        assert browser.name == "login.second_factor"
        assert browser.cookie("session") is None
        for path in ("/account/security/totp", "/account/security/devices"):
            assert (await browser.http.get(path)).headers["location"].startswith("/login"), path
    assert await sessions(nora) == 0

    await by_code.submit(STEP, code=await code())
    assert by_code.name == "account.home"
    assert await db.value('SELECT "methods" FROM "Sessions"') == ["mail", "totp"]
    assert by_code.cookie("half") is None


async def test_a_person_with_nothing_left_for_the_second_step_is_shown_the_way_back(app: Litestar, cast: Cast) -> None:
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = true WHERE "email" = $1', cast.mia)
    visitor = await first_step(app, cast.mia)

    assert visitor.cookie("session") is None, "never a full session without the second step"
    assert visitor.name == "login.second_factor"
    assert "/recover/second-factor" in visitor.page.text


async def test_a_reset_password_does_not_leave_out_the_second_step(app: Litestar, nora: str, mailbox: Mailbox) -> None:
    browser = Browser(app)
    await browser.open("/recover")
    await browser.submit("/recover", email=nora)
    await browser.submit("/recover/sent", code=await mailbox.code(nora))
    await browser.submit("/recover/reset", new_password=PASSWORD + "-new")
    await browser.open("/login")
    await browser.submit("/login", email=nora, password=PASSWORD + "-new")

    assert browser.name == "login.second_factor"


async def test_where_one_was_going_survives_the_second_step(app: Litestar, nora: str) -> None:
    browser = Browser(app)
    await browser.open("/login?next=/account/security/devices")
    await browser.submit("/login", email=nora, password=PASSWORD)
    await browser.submit(STEP, code=await wrong_code())

    await browser.submit(STEP, code=await code())

    assert browser.path == "/account/security/devices"


async def test_a_half_made_sign_in_is_worth_nothing_elsewhere_later_or_twice(
    app: Litestar, nora: str, clock: Clock
) -> None:
    bare = Browser(app)
    await bare.open(STEP)
    assert bare.name == "login.index"
    assert "Start again" in bare.document.text
    browser = await first_step(app, nora)
    secret = str(browser.cookie("half"))
    as_session = Browser(app)
    as_session.plant("session", secret)
    await as_session.open("/")
    assert as_session.name == "home.landing"

    await clock.advance(minutes=11)
    await browser.submit(STEP, code=await code())
    assert browser.name == "login.index"
    assert browser.cookie("session") is None

    browser = await first_step(app, nora)
    secret = str(browser.cookie("half"))
    await browser.submit(STEP, code=await code())
    assert browser.name == "account.home"
    other = Browser(app)
    other.plant("half", secret)
    await other.open(STEP)
    assert other.name == "login.index"


async def test_signing_out_at_the_second_step_ends_the_half_made_sign_in(app: Litestar, nora: str) -> None:
    browser = await first_step(app, nora)
    secret = str(browser.cookie("half"))
    await browser.submit("/logout")
    assert browser.cookie("half") is None
    thief = Browser(app)
    thief.plant("half", secret)

    await thief.open(STEP)

    assert thief.name == "login.index"


async def test_a_person_suspended_meanwhile_is_not_let_in(app: Litestar, nora: str) -> None:
    browser = await first_step(app, nora)
    await db.execute('UPDATE "Users" SET "status" = \'suspended\' WHERE "email" = $1', nora)

    await browser.submit(STEP, code=await code())

    assert browser.name == "login.index"
    assert await sessions(nora) == 0


async def test_what_the_person_has_is_offered_best_first_then_what_was_used_last(app: Litestar, nora: str) -> None:
    browser = await first_step(app, nora)
    assert browser.document.form(STEP)[1]["way"] == "totp"
    assert "Use a backup code" not in browser.document.text, "there are none"
    await browser.submit(STEP, code=await code())
    assert browser.cookie("method2") == "totp"
    await backup_codes.renew(await id_of(nora), by=Actor.system("a test"))
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', nora)

    stranger = await first_step(app, nora)
    assert [text for text in stranger.document.words if text.startswith("Use ")] == [
        "Use a passkey",
        "Use your authenticator app",
        "Use a backup code",
        "Use another account",
    ]
    again = Browser(app)
    again.plant("method2", "totp")
    again = await first_step(app, nora, browser=again)
    assert again.document.form(STEP)[1]["way"] == "totp"
    assert "Use a passkey" in again.document.words
    await again.open(f"{STEP}?way=backup")
    assert again.document.form(STEP)[1]["way"] == "backup"
    await again.open(f"{STEP}?way=nonsense")
    assert again.document.form(STEP)[1]["way"] == "totp"
    assert "/recover/second-factor" in again.page.text


async def test_a_second_step_that_somebody_else_began_does_not_survive_another_way_in(app: Litestar, nora: str) -> None:
    browser = await first_step(app, nora)
    await first_step(app, Cast.mia, browser=browser)
    assert browser.name == "account.home"
    assert browser.cookie("half") is None
    assert await db.value('SELECT count(*) FROM "HalfSignIns" WHERE "endedAt" IS NULL') == 0


async def test_two_step_sign_in_for_people_with_passkeys_only(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    path = "/account/security/two-step"
    browser = await first_step(app, cast.mia)
    await browser.open(path)
    assert "There is no second step yet" in browser.document.text
    await browser.post(f"{path}/on")
    assert browser.page.status_code == 422
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', cast.mia)
    answer = await browser.http.post(f"{path}/on", data=browser.document.forms[-1][1])
    assert answer.headers["location"].startswith("/sudo"), "a password proves too little for a person with a passkey"

    await db.execute('UPDATE "Sessions" SET "provenBy" = ARRAY[\'passkey\']')
    await browser.open(path)
    await browser.submit(f"{path}/on")
    assert browser.name == "security.backup_codes_new"
    assert (await first_step(app, cast.mia)).name == "login.second_factor"
    await allow("acme", key="session,requireMFA", value="true")
    await browser.post(f"{path}/off")
    assert browser.page.status_code == 422
    assert "Acme asks its members" in browser.document.text
    await allow("acme", key="session,requireMFA", value="false")
    await browser.open(path)
    await browser.submit(f"{path}/off")
    assert await user(cast.mia, "twoFactorEnabled") is False
    assert (await first_step(app, cast.mia)).name == "account.home"
    subjects = [mail.subject for mail in await mailbox.all(cast.mia)]
    assert {"Two-step sign-in is on", "Two-step sign-in is off"} <= set(subjects)


async def test_two_step_sign_in_is_not_off_while_an_app_is_set_up(app: Litestar, nora: str) -> None:
    nora_id = await id_of(nora)
    with pytest.raises(Rejected, match="Remove the app"):
        await actions.switch_off(nora_id, sign_out=False, by=Actor.system("a test"))
    person = Actor(kind="person", user_id=nora_id)
    for act in (
        actions.switch_on(nora_id, sign_out=True, by=person),
        actions.switch_off(nora_id, sign_out=True, by=person),
    ):
        with pytest.raises(NeedsSudo):
            await act
