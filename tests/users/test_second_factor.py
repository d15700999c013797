"""The second step: who is asked for it, what is offered, and what happens to whoever guesses (row 2.5; security 9.9,
9.13; 7.30-33, 7.40).
"""

import pytest
from litestar import Litestar

from app import crypto, db
from app.actor import Actor
from app.audit.events import Event
from app.errors import Limited, NeedsSudo, Rejected
from app.ratelimit import Bucket
from app.users import limits
from app.users.backup_codes import actions as backup_codes
from app.users.login.tables import HalfSignIn
from app.users.second_factor import actions
from app.users.totp import actions as totp
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.second_step import (
    STEP,
    allow,
    code,
    first_step,
    forget_step,
    give_app,
    id_of,
    sign_in_with_app,
    user,
    wrong_code,
)
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def nora(cast: Cast) -> str:
    """Nora has an authenticator app and belongs to no tenant."""
    await give_app(cast.nora)
    return cast.nora


async def fail(app: Litestar, email: str, times: int) -> Browser:
    """Wrong codes, five for each half-made sign-in, each of them from another network."""
    browser = Browser(app)
    wrong = await wrong_code()
    for number in range(times):
        if browser.name != "login.second_factor":
            browser = await first_step(app, email, ip=f"198.51.100.{number + 1}")
        await browser.submit(STEP, code=wrong)
    return browser


async def sessions(email: str) -> int:
    return int(await db.value('SELECT count(*) FROM "Sessions" WHERE "userId" = $1', await id_of(email)))


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


async def test_five_wrong_codes_end_the_half_made_sign_in(app: Litestar, nora: str) -> None:
    browser = await first_step(app, nora)
    for number in range(4):
        await browser.submit(STEP, code=await wrong_code())
        assert browser.page.status_code == 422, number
        assert browser.document.invalid == ["code"]
    await browser.submit(STEP, code=await wrong_code())
    assert browser.name == "login.index"
    assert "wrong five times" in browser.document.text

    assert await db.value('SELECT "wrongTries" FROM "HalfSignIns"') == 5
    assert await db.value('SELECT "endedAt" IS NOT NULL FROM "HalfSignIns"')
    assert await db.value('SELECT count(*) FROM "LoginHistories" WHERE "failureReason" = \'second_step\'') == 5
    await browser.open(STEP)
    assert browser.name == "login.index"
    browser = await first_step(app, nora)
    await browser.submit(STEP, code=await code())
    assert browser.name == "account.home"


async def test_wrong_codes_of_all_factors_count_together(app: Litestar, nora: str) -> None:
    browser = await first_step(app, nora)
    for typed in (await wrong_code(), "AAAA-BBBB-CCCC-DDDD", await wrong_code(), "AAAA-BBBB-CCCC-DDDD"):
        await browser.submit(STEP, code=typed)
        assert browser.page.status_code == 422
    await browser.submit(STEP, code="AAAA-BBBB-CCCC-DDDD")
    assert browser.name == "login.index"
    assert await user(nora, "twoFactorVerificationAttempts") == 5


async def test_what_cannot_be_a_code_costs_no_try_and_keeps_what_was_typed(app: Litestar, nora: str) -> None:
    browser = await first_step(app, nora)
    for typed in ("", "12", "1234567", "a" * 61, "１２３４５６", "\0" * 6):
        await browser.submit(STEP, code=typed)
        assert browser.page.status_code == 422
    assert await user(nora, "twoFactorVerificationAttempts") == 0

    await browser.submit(STEP, code="12", remember="y")
    _form, fields = browser.document.form(STEP)
    assert (fields["code"], fields["remember"]) == ("12", "y")


async def test_twenty_wrong_codes_pause_codes_for_an_hour_whoever_types_and_the_person_is_told(
    app: Litestar, nora: str, mailbox: Mailbox, clock: Clock
) -> None:
    await fail(app, nora, 20)
    assert await user(nora, "twoFactorVerificationAttempts") == 20
    told = [mail for mail in await mailbox.all(nora) if "paused for an hour" in mail.subject]
    assert len(told) == 1

    browser = await first_step(app, nora, ip="203.0.113.99")
    assert "none is accepted for 60 minutes" in browser.document.text
    right = await code()
    await browser.submit(STEP, code=right)
    assert browser.page.status_code == 429
    assert 3500 < int(browser.page.headers["retry-after"]) <= 3600
    assert browser.document.form(STEP)[1]["code"] == right, "what was typed is kept"
    nora_id = await id_of(nora)
    for check in (totp.check_code, backup_codes.check_code, actions.check_code):
        with pytest.raises(Limited):
            await check(nora_id, right if check is not backup_codes.check_code else "A" * 16, by=Actor.system("a test"))
    assert await user(nora, "twoFactorVerificationAttempts") == 20, "nothing is judged, nothing counted"
    assert await sessions(nora) == 0

    await clock.advance(minutes=61)
    browser = await first_step(app, nora)
    await browser.submit(STEP, code=await code())
    assert browser.name == "account.home"
    assert await user(nora, "twoFactorVerificationAttempts") == 0


async def test_a_right_code_starts_the_count_again_and_a_quiet_hour_does_not(
    app: Litestar, nora: str, clock: Clock
) -> None:
    """Whoever guesses slowly, nineteen an hour, is told of too."""
    await fail(app, nora, 19)
    await clock.advance(minutes=61)
    await fail(app, nora, 1)
    assert await user(nora, "twoFactorVerificationAttempts") == 20

    await clock.advance(minutes=61)
    await sign_in_with_app(app, nora)
    assert await user(nora, "twoFactorVerificationAttempts") == 0
    await fail(app, nora, 2)
    await clock.advance(hours=25)
    await fail(app, nora, 1)
    assert await user(nora, "twoFactorVerificationAttempts") == 1


async def test_while_codes_are_paused_a_passkey_is_offered(app: Litestar, nora: str) -> None:
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', nora)
    await db.execute(
        'UPDATE "Users" SET "twoFactorVerificationAttempts" = 20, "twoFactorLastFailedAttempt" = app_now()'
        ' WHERE "email" = $1',
        nora,
    )
    browser = await first_step(app, nora)
    assert browser.name == "login.second_factor"
    assert "Use your authenticator app" in browser.document.text, "the passkey comes first, the app is another way"
    assert not [form for form in browser.document.forms if form[0].get("action") == STEP]


async def test_a_network_that_keeps_guessing_is_told_to_wait_and_what_was_typed_is_kept(
    app: Litestar, nora: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SECOND_STEP_NETWORK", Bucket("second step network", 2, 3600))
    browser = await first_step(app, nora)
    wrong = await wrong_code()
    for _try in range(3):
        await browser.submit(STEP, code=wrong)

    assert browser.page.status_code == 429
    assert browser.document.form(STEP)[1]["code"] == wrong
    assert await user(nora, "twoFactorVerificationAttempts") == 2
    other = await first_step(app, nora, ip="198.51.100.77")
    await other.submit(STEP, code=await code())
    assert other.name == "account.home"


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


async def test_the_password_lock_is_lifted_by_both_steps_together_and_not_by_the_first(
    app: Litestar, nora: str
) -> None:
    await db.execute(
        'UPDATE "Users" SET "failedLoginAttempts" = 3, "lastFailedLoginAt" = app_now() WHERE "email" = $1', nora
    )
    browser = await first_step(app, nora)
    assert await user(nora, "failedLoginAttempts") == 4
    await browser.submit(STEP, code=await code())
    assert await user(nora, "failedLoginAttempts") == 0


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


async def test_a_refused_second_step_leaves_no_secret_anywhere(app: Litestar, nora: str) -> None:
    browser = await first_step(app, nora)
    secret = str(browser.cookie("half"))
    typed = await wrong_code()
    await browser.submit(STEP, code=typed)
    details = await db.value(
        'SELECT string_agg("details"::text, \' \') FROM "SecurityAuditLogs" WHERE "event" = $1',
        Event.SECOND_STEP_FAILED.label,
    )
    assert "totp" in details
    assert typed not in details.replace("-", "")
    assert secret not in browser.page.text
    assert await HalfSignIn.end(crypto.digest(secret))
