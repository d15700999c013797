"""Guessing the second step: wrong codes are counted, end the sign-in, pause all codes, and the person is told."""

import pytest
from litestar import Litestar

from app import crypto, db
from app.actor import Actor
from app.audit.events import Event
from app.errors import Limited
from app.ratelimit import Bucket
from app.users import limits
from app.users.backup_codes import actions as backup_codes
from app.users.login.tables import HalfSignIn
from app.users.second_factor import actions
from app.users.totp import actions as totp
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.second_step import STEP, code, first_step, id_of, nora, sessions, sign_in_with_app, user, wrong_code
from tests.visitor import Browser

__all__ = ["nora"]

pytestmark = pytest.mark.anyio


async def fail(app: Litestar, email: str, times: int) -> Browser:
    """Wrong codes, five for each half-made sign-in, each of them from another network."""
    browser = Browser(app)
    wrong = await wrong_code()
    for number in range(times):
        if browser.name != "login.second_factor":
            browser = await first_step(app, email, ip=f"198.51.100.{number + 1}")
        await browser.submit(STEP, code=wrong)
    return browser


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
