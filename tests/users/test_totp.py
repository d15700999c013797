"""The authenticator app: set up, replaced, removed (security 1.6, 7.28-38, 9.11)."""

import base64
import re
from collections.abc import Awaitable, Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import pytest
from litestar import Litestar

from app import crypto, db
from app.actor import Actor
from app.audit.events import Event
from app.errors import NeedsSudo, Rejected
from app.users.jobs import prune_entrance
from app.users.totp import actions, codes
from tests.cast import Cast
from tests.conftest import configured
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.second_step import (
    SECRET,
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
from tests.users.totp import PAGE, audited, begin, nora, secret_on
from tests.visitor import Browser

__all__ = ["nora"]

pytestmark = pytest.mark.anyio

SYSTEM = Actor.system("a test")


async def test_an_app_is_set_up_with_one_right_code(nora: Browser, mailbox: Mailbox) -> None:
    secret = await begin(nora)
    assert len(base64.b32decode(secret)) == 20
    assert await user(Cast.nora, "twoFactorPendingVerification")
    assert not await user(Cast.nora, "twoFactorEnabled")

    await nora.submit(f"{PAGE}/confirm", code=await wrong_code(secret))
    assert nora.page.status_code == 422
    assert nora.document.invalid == ["code"]
    assert secret_on(nora) == secret, "the key stays to be scanned"
    assert not await user(Cast.nora, "twoFactorEnabled")

    await nora.submit(f"{PAGE}/confirm", code=await code(secret))
    assert nora.name == "security.backup_codes_new"
    assert await user(Cast.nora, "twoFactorEnabled")
    assert not await user(Cast.nora, "twoFactorPendingVerification")
    assert await user(Cast.nora, "twoFactorSetupStartedAt") is None
    subjects = [mail.subject for mail in await mailbox.all(Cast.nora)]
    assert "Your authenticator app is set up" in subjects
    assert "New backup codes were made" in subjects
    assert await audited(Event.TOTP_ENABLED) == 1


async def test_the_page_shows_a_qr_code_without_styles_and_the_key_in_groups_of_four(nora: Browser) -> None:
    configured(site_name="Acme: Portal")
    secret = await begin(nora)
    svg = re.search(r"<svg[^>]*>(?:(?!</svg>).)*#fff.*?</svg>", nora.page.text, re.DOTALL)
    assert svg
    assert "style" not in svg[0]
    assert "class" not in svg[0]
    assert " ".join(re.findall("....", secret)) in nora.document.text
    found = re.search(r'href="otpauth://totp/([^"?]+)\?([^"]+)"', nora.page.text)
    assert found
    assert "nora%40nowhere.test" in found[1]
    assert parse_qs(unescape(found[2]))["issuer"] == ["Acme: Portal"]


async def test_each_start_has_its_own_key_and_only_the_newest_counts(nora: Browser) -> None:
    first = await begin(nora)
    await nora.submit(f"{PAGE}/start")
    second = secret_on(nora)
    assert first != second

    await nora.submit(f"{PAGE}/confirm", code=await code(first))
    assert nora.page.status_code == 422
    await nora.submit(f"{PAGE}/confirm", code=await code(second))
    assert nora.page.status_code == 200


async def test_a_set_up_ends_after_ten_minutes(nora: Browser, clock: Clock) -> None:
    secret = await begin(nora)
    await clock.advance(minutes=9)
    await nora.open(PAGE)
    assert secret_on(nora) == secret

    await clock.advance(seconds=62)
    with pytest.raises(Rejected, match="longer than ten minutes"):
        await actions.confirm(await id_of(Cast.nora), await code(secret), session=None, sign_out=False, by=SYSTEM)
    assert not await user(Cast.nora, "twoFactorEnabled")
    assert await actions.waiting_secret(await id_of(Cast.nora)) is None
    await prune_entrance()
    assert await user(Cast.nora, "twoFactorSecret") is None
    assert not await user(Cast.nora, "twoFactorPendingVerification")


async def test_the_key_is_never_shown_after_set_up_and_stored_encrypted_for_this_person(nora: Browser) -> None:
    secret = await begin(nora)
    await nora.submit(f"{PAGE}/confirm", code=await code(secret))

    await nora.open(PAGE)
    assert "otpauth" not in nora.page.text
    assert secret not in nora.page.text.replace(" ", "")
    stored = str(await user(Cast.nora, "twoFactorSecret"))
    assert secret not in stored
    assert codes.opened(stored, await id_of(Cast.nora)) == secret
    with pytest.raises(crypto.CannotDecrypt):
        codes.opened(stored, await id_of(Cast.mia))


async def test_the_page_and_its_acts_ask_for_a_fresh_proof(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await first_step(app, cast.nora)
    await browser.open(PAGE)
    token = browser.document.form(f"{PAGE}/start")[1]
    await clock.advance(minutes=11)
    assert (await browser.http.get(PAGE)).headers["location"].startswith("/sudo")
    for act in ("start", "cancel", "confirm", "remove"):
        answer = await browser.http.post(f"{PAGE}/{act}", data=token)
        assert answer.headers["location"].startswith("/sudo"), act
    assert await user(cast.nora, "twoFactorSecret") is None


async def test_the_verbs_ask_too(cast: Cast) -> None:
    nora = await id_of(cast.nora)
    by = Actor(kind="person", user_id=nora)
    acts: list[Callable[[], Awaitable[Any]]] = [
        lambda: actions.start(nora, by=by),
        lambda: actions.cancel(nora, by=by),
        lambda: actions.confirm(nora, "123456", session=None, sign_out=True, by=by),
        lambda: actions.remove(nora, keep_two_step=False, sign_out=True, by=by),
    ]
    for act in acts:
        with pytest.raises(NeedsSudo):
            await act()


async def test_an_account_whose_address_is_not_proven_gets_no_app(cast: Cast) -> None:
    await db.execute('UPDATE "Users" SET "emailVerified" = false WHERE "email" = $1', cast.nora)
    with pytest.raises(Rejected, match="Confirm your email address first"):
        await actions.start(await id_of(cast.nora), by=SYSTEM)
    assert await user(cast.nora, "twoFactorSecret") is None


async def test_setting_up_ends_other_sessions_unless_one_says_no(app: Litestar, cast: Cast) -> None:
    """Sessions made before the second factor end (GitLab 31307)."""
    for tick, alive in ((None, True), ("y", False)):
        other, here = await first_step(app, cast.nora), await first_step(app, cast.nora)
        before = here.cookie("session")
        secret = await begin(here)
        await here.submit(f"{PAGE}/confirm", code=await code(secret), sign_out=tick)
        assert here.page.status_code == 200

        await other.open("/")
        assert (other.name == "account.home") is alive
        await here.open("/")
        assert here.name == "account.home"
        assert here.cookie("session") != before, "the session has a new secret"
        stale = Browser(app)
        stale.plant("session", str(before))
        await stale.open("/")
        assert stale.name == "home.landing"
        await db.execute(
            'UPDATE "Users" SET "twoFactorSecret" = NULL, "twoFactorEnabled" = false, "twoFactorBackupCodes" = NULL'
        )


async def test_a_replacement_leaves_the_old_app_working_until_it_is_confirmed(app: Litestar, cast: Cast) -> None:
    await give_app(cast.nora)
    browser = await sign_in_with_app(app, cast.nora)
    fresh = await begin(browser)
    assert "keeps working" in browser.document.text

    other = await sign_in_with_app(app, cast.nora)
    assert other.name == "account.home", "the old one still works"

    await browser.submit(f"{PAGE}/confirm", code=await code(fresh))
    assert await audited(Event.TOTP_REPLACED) == 1
    refused = await first_step(app, cast.nora)
    await forget_step(cast.nora)
    await refused.submit(STEP, code=await code(SECRET))
    assert refused.page.status_code == 422, "and is dead afterwards"
    assert (await sign_in_with_app(app, cast.nora, fresh)).name == "account.home"


async def test_a_replacement_can_be_confirmed_in_the_step_in_which_the_old_app_was_used(
    app: Litestar, cast: Cast
) -> None:
    await give_app(cast.nora)
    browser = await sign_in_with_app(app, cast.nora)
    fresh = await begin(browser)

    await browser.submit(f"{PAGE}/confirm", code=await code(fresh))

    assert await audited(Event.TOTP_REPLACED) == 1


async def test_a_cancelled_replacement_leaves_the_old_app(app: Litestar, cast: Cast) -> None:
    await give_app(cast.nora)
    browser = await sign_in_with_app(app, cast.nora)
    before = await user(cast.nora, "twoFactorSecret")
    await begin(browser)

    await browser.submit(f"{PAGE}/cancel")

    assert await user(cast.nora, "twoFactorSecret") == before
    assert "Remove the app" in browser.document.text


async def test_removing_ends_two_step_sign_in_and_the_backup_codes(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    await give_app(cast.nora)
    await db.execute('UPDATE "Users" SET "twoFactorBackupCodes" = ARRAY[\'x\'] WHERE "email" = $1', cast.nora)
    browser = await sign_in_with_app(app, cast.nora)
    await browser.open(PAGE)

    await browser.submit(f"{PAGE}/remove")

    assert await user(cast.nora, "twoFactorSecret") is None
    assert await user(cast.nora, "twoFactorEnabled") is False
    assert await user(cast.nora, "twoFactorBackupCodes") == []
    assert await user(cast.nora, "twoFactorLastVerifiedAt") is None
    assert (await first_step(app, cast.nora)).name == "account.home"
    assert "Your authenticator app was removed" in [mail.subject for mail in await mailbox.all(cast.nora)]


@pytest.mark.parametrize("key", ["twoFactor,required", "session,requireMFA"])
async def test_the_last_factor_that_a_tenant_demands_is_not_removed_and_the_tenant_is_named(
    app: Litestar, cast: Cast, key: str
) -> None:
    await give_app(cast.mia)
    await allow("acme", key=key, value="true")
    browser = await sign_in_with_app(app, cast.mia)
    await browser.open(PAGE)
    assert "Acme asks its members for a second step" in browser.document.text
    await browser.post(f"{PAGE}/remove", sign_out="y")
    assert browser.page.status_code == 422
    assert "Acme asks" in browser.document.text
    assert await user(cast.mia, "twoFactorSecret")
    await begin(browser)

    await db.execute('UPDATE "Tenants" SET "status" = \'suspended\' WHERE "slug" = \'acme\'')
    await browser.post(f"{PAGE}/remove", sign_out="y")
    assert await user(cast.mia, "twoFactorSecret") is None


async def test_with_a_passkey_the_app_may_go_if_two_step_sign_in_stays(app: Litestar, cast: Cast) -> None:
    await give_app(cast.mia)
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', cast.mia)
    await allow("acme", key="twoFactor,required", value="true")
    browser = await first_step(app, cast.mia)
    await browser.open(f"{STEP}?way=totp")
    await browser.submit(STEP, code=await code())
    await browser.open(PAGE)
    await browser.submit(f"{PAGE}/remove", keep_two_step=None)
    assert browser.page.status_code == 422
    assert "Keep two-step sign-in on" in browser.document.text

    await browser.submit(f"{PAGE}/remove", keep_two_step="y")

    assert await user(cast.mia, "twoFactorSecret") is None
    assert await user(cast.mia, "twoFactorEnabled") is True


async def test_exempt_roles_are_not_demanded_a_second_factor(app: Litestar, cast: Cast) -> None:
    await give_app(cast.mia)
    role = await db.value('SELECT "roles"[1] FROM "TenantUsers" WHERE "userId" = $1', await id_of(cast.mia))
    await allow("acme", key="twoFactor,required", value="true")
    await allow("acme", key="twoFactor,exemptRoles", value=f'["{role}"]')
    browser = await sign_in_with_app(app, cast.mia)
    await browser.open(PAGE)

    await browser.submit(f"{PAGE}/remove")

    assert await user(cast.mia, "twoFactorSecret") is None
