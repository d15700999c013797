"""Proving again who one is: when it is asked, by which ways, and how often one may be wrong."""

import pytest
from litestar import Litestar

from app import db
from app.actor import Actor
from app.users.backup_codes import actions as backup_codes
from app.users.tables import User
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.second_step import code, give_app, wrong_code
from tests.users.sudo import STALE, mail_only
from tests.users.test_sessions import PHONE, signed_in
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

WRONG = "wrong-harbour-lantern"


async def stale(app: Litestar, email: str, clock: Clock, **of: str) -> Browser:
    """Somebody whose last proof is older than ten minutes."""
    browser = await signed_in(app, email, **of)
    await clock.advance(**STALE)
    return browser


async def test_a_fresh_sign_in_is_asked_nothing(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await signed_in(app, cast.nora)
    await clock.advance(minutes=9)

    await browser.open("/account/password")

    assert browser.name == "password.index"


async def test_after_ten_minutes_the_page_asks_says_why_and_leads_back(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await stale(app, cast.nora, clock)
    await browser.open("/account/password?from=here")
    assert browser.name == "sudo.index"
    assert "changes how your account is protected" in browser.document.text
    assert "not for another 10 minutes" in browser.document.text

    await browser.submit("/sudo/password", password=WRONG)
    assert browser.page.status_code == 422
    assert "That is not your password" in browser.document.text
    await browser.submit("/sudo/password", password=PASSWORD)

    assert str(browser.page.url).endswith("/account/password?from=here")
    await browser.open("/sudo?next=/account/sessions")
    assert browser.path == "/account/sessions", "fresh enough: straight on"


async def test_the_door_is_for_people_who_are_signed_in(app: Litestar, cast: Cast) -> None:
    stranger = Browser(app)
    for path in ("/sudo", "/kept/00000000-0000-4000-8000-000000000000", "/account/password"):
        await stranger.open(path)
        assert stranger.name == "login.index", path


async def test_a_proof_gives_the_session_a_new_secret_and_other_tabs_stay_usable(
    app: Litestar, cast: Cast, clock: Clock
) -> None:
    browser = await stale(app, cast.nora, clock)
    await browser.open("/account/sessions")
    form, fields = browser.document.form("/logout")
    old = str(browser.cookie("session"))
    await browser.open("/sudo")
    await browser.submit("/sudo/password", password=PASSWORD)

    thief = Browser(app, ip="198.51.100.9")
    thief.plant("session", old)
    await thief.open("/account/sessions")
    assert thief.name == "login.index"
    assert browser.cookie("session") not in (None, old)
    answer = await browser.http.post(str(form["action"]), data=fields, headers={"origin": "http://localhost:8000"})
    assert answer.headers["location"] == "/login", "a tab that was open before still holds a good token"


async def test_the_second_of_two_proofs_at_once_leaves_the_browser_signed_in(
    app: Litestar, cast: Cast, clock: Clock
) -> None:
    """A form sent twice: the second comes with the old secret, and must not throw away the new one."""
    browser = await stale(app, cast.nora, clock)
    await browser.open("/sudo")
    old = str(browser.cookie("session"))
    form, fields = browser.document.form("/sudo/password")
    sent = fields | {"password": PASSWORD}
    await browser.http.post(str(form["action"]), data=sent)
    new = str(browser.cookie("session"))

    late = await browser.http.post(str(form["action"]), data=sent, headers={"cookie": f"session={old}"})

    assert late.status_code == 303
    assert "session=" not in "".join(late.headers.get_list("set-cookie"))
    assert browser.cookie("session") == new
    await browser.open("/account/sessions")
    assert browser.name == "sessions.index"


async def test_wrong_passwords_lock_the_account_as_at_sign_in(
    app: Litestar, cast: Cast, clock: Clock, mailbox: Mailbox
) -> None:
    browser = await stale(app, cast.nora, clock)
    browser.http.cookies.delete("device")
    for _try in range(10):
        await browser.open("/sudo")
        await browser.submit("/sudo/password", password=WRONG)
    refused = browser.document.text
    assert "locked" in (await mailbox.newest(cast.nora)).subject.lower()

    await browser.open("/sudo")
    await browser.submit("/sudo/password", password=PASSWORD)

    assert browser.page.status_code == 422
    assert browser.document.text == refused, "a lock answers like a wrong password"
    stranger = Browser(app, ip="198.51.100.9")
    await stranger.open("/login")
    await stranger.submit("/login", email=cast.nora, password=PASSWORD)
    assert stranger.page.status_code == 422


async def test_on_a_known_device_strangers_locks_do_not_count_and_its_own_do(
    app: Litestar, cast: Cast, clock: Clock
) -> None:
    browser = await stale(app, cast.nora, clock)
    await db.execute(
        'UPDATE "Users" SET "accountLockedUntil" = app_now() + interval \'1 hour\' WHERE "email" = $1', cast.nora
    )
    await browser.open("/sudo")
    await browser.submit("/sudo/password", password=PASSWORD)
    assert browser.page.status_code == 200

    await clock.advance(**STALE)
    for _try in range(10):
        await browser.open("/sudo")
        await browser.submit("/sudo/password", password=WRONG)
    await browser.submit("/sudo/password", password=PASSWORD)

    assert browser.page.status_code == 422


@pytest.mark.parametrize("known", [True, False])
async def test_right_passwords_never_add_up_to_a_lock(app: Litestar, cast: Cast, clock: Clock, known: bool) -> None:
    browser = await signed_in(app, cast.nora)
    if not known:
        browser.http.cookies.delete("device")
    for _time in range(12):
        await db.execute('UPDATE "Sessions" SET "authenticatedAt" = app_now() - interval \'11 minutes\'')
        await browser.open("/sudo")
        await browser.submit("/sudo/password", password=PASSWORD)
        assert browser.page.status_code == 200

    assert await db.value('SELECT "failedLoginAttempts" FROM "Users" WHERE "email" = $1', cast.nora) == 0
    assert await db.value('SELECT max("failedAttempts") FROM "KnownDevices"') == 0


async def test_a_mailed_code_is_for_people_with_nothing_else(
    app: Litestar, cast: Cast, clock: Clock, mailbox: Mailbox
) -> None:
    browser = await stale(app, cast.nora, clock)
    await browser.open("/sudo?way=mail&level=any")
    assert "/sudo/mail" not in browser.page.text
    sent = await mailbox.count(cast.nora)
    answer = await browser.post("/sudo/mail/send")
    assert answer.status_code == 422
    assert await mailbox.count(cast.nora) == sent

    await mail_only(cast.nora)
    await browser.open("/sudo?next=/account/password")
    await browser.submit("/sudo/mail/send")
    assert "on its way" in browser.document.text
    await browser.submit("/sudo/mail", code="000000")
    assert browser.page.status_code == 422
    await browser.submit("/sudo/mail", code=await mailbox.code(cast.nora))

    assert browser.name == "password.index"


async def test_a_mailed_code_works_in_the_session_that_asked_alone(
    app: Litestar, cast: Cast, clock: Clock, mailbox: Mailbox
) -> None:
    one, two = await signed_in(app, cast.nora), await signed_in(app, cast.nora, agent=PHONE)
    await clock.advance(**STALE)
    await mail_only(cast.nora)
    await one.open("/sudo")
    await one.submit("/sudo/mail/send")
    code = await mailbox.code(cast.nora)
    await two.open("/sudo")

    await two.post("/sudo/mail", code=code)

    assert two.page.status_code == 422
    await one.submit("/sudo/mail", code=code)
    assert one.name == "account.home"
    await one.post("/sudo/mail", code=code)
    assert one.page.status_code in {303, 422}, "once"


async def test_a_password_is_not_enough_for_whoever_has_a_passkey(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await signed_in(app, cast.nora)
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', cast.nora)

    await browser.open("/account/password")
    assert browser.name == "sudo.index"
    assert 'action="/sudo/password"' not in browser.page.text
    await browser.post("/sudo/password", password=PASSWORD, level="any", next="/account/password")

    assert browser.name == "sudo.index", "the guard weighs what was given, not what the form said"


async def test_with_an_authenticator_app_its_code_is_asked_for_and_counts(
    app: Litestar, cast: Cast, clock: Clock
) -> None:
    browser = await signed_in(app, cast.nora)
    await give_app(cast.nora)
    await browser.open("/account/password")
    assert browser.name == "sudo.index", "a password is not enough for whoever has an app"
    assert 'action="/sudo/password"' not in browser.page.text
    for wrong in ("12", await wrong_code()):
        await browser.submit("/sudo/totp", code=wrong)
        assert browser.page.status_code == 422
    right = await code()
    await browser.submit("/sudo/totp", code=right)
    assert browser.name == "password.index"

    await clock.advance(**STALE)
    await browser.open("/account/password")
    await browser.submit("/sudo/totp", code=right)
    assert browser.page.status_code == 422, "a code is accepted once"


async def test_a_backup_code_proves_once(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await signed_in(app, cast.nora)
    await give_app(cast.nora)
    account = await User.by_email(cast.nora)
    assert account is not None
    async with db.transaction():
        made = await backup_codes.make_first(account.id, by=Actor.system("a test"))
    await browser.open("/account/password")
    assert "Use a backup code" in browser.document.text
    await browser.open("/sudo?way=backup_code&next=/account/password")
    await browser.submit("/sudo/backup_code", code="AAAA-AAAA-AAAA-AAAA")
    assert browser.page.status_code == 422

    await browser.submit("/sudo/backup_code", code=made[0])

    assert browser.name == "password.index"
    await clock.advance(**STALE)
    await browser.open("/sudo?way=backup_code")
    await browser.submit("/sudo/backup_code", code=made[0])
    assert browser.page.status_code == 422


@pytest.mark.parametrize("path", ["/sudo/password", "/sudo/totp", "/sudo/backup_code", "/sudo/mail", "/sudo/mail/send"])
@pytest.mark.parametrize("who", ["password", "app", "passkey", "nothing"])
async def test_a_way_that_is_not_offered_is_refused_in_order(
    app: Litestar, cast: Cast, clock: Clock, path: str, who: str
) -> None:
    browser = await stale(app, cast.nora, clock)
    if who == "app":
        await give_app(cast.nora)
    elif who == "passkey":
        await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', cast.nora)
    elif who == "nothing":
        await mail_only(cast.nora)
    await browser.open("/sudo")

    for sent in ({}, {"code": "123456"}, {"password": WRONG}, {"code": "x", "password": "y"}):
        answer = await browser.post(path, **sent)
        assert answer.status_code == (
            200 if path == "/sudo/mail/send" and who == "nothing" and "password" not in sent else 422
        )
        assert await db.value('SELECT "provenBy" FROM "Sessions"') == ["password"]


async def test_whoever_it_is_not_signs_out_from_here(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await stale(app, cast.nora, clock)
    await browser.open("/sudo")

    await browser.submit("/logout")

    assert browser.name == "login.index"


@pytest.mark.parametrize("onward", ["//evil.test", "https://evil.test", "/\\evil.test"])
async def test_a_proof_leads_nowhere_else(app: Litestar, cast: Cast, clock: Clock, onward: str) -> None:
    browser = await stale(app, cast.nora, clock)
    await browser.open("/sudo")
    await browser.submit("/sudo/password", password=PASSWORD, next=onward)
    assert browser.path == "/"

    answer = await browser.http.get("/sudo", params={"next": onward})
    assert answer.headers["location"] == "/"
