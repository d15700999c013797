"""The codes of an authenticator app: each is good once, in its step or the next (security 7.28)."""

import pytest
from litestar import Litestar

from app import db
from app.actor import Actor
from app.audit.events import Event
from app.errors import Rejected
from app.operator import seeding
from app.users.totp import actions, codes
from tests.cast import Cast
from tests.second_step import (
    SECRET,
    STEP,
    code,
    first_step,
    give_app,
    id_of,
    sign_in_with_app,
    step_now,
    user,
    wrong_code,
)
from tests.users.totp import PAGE, audited, begin, nora
from tests.visitor import Browser

__all__ = ["nora"]

pytestmark = pytest.mark.anyio


async def test_a_code_of_the_step_before_works_and_no_other(app: Litestar, cast: Cast) -> None:
    await give_app(cast.nora)
    for ago in (2, -1, 20, -20):
        browser = await first_step(app, cast.nora)
        await browser.submit(STEP, code=await code(ago=ago))
        assert browser.page.status_code == 422, ago

    browser = await first_step(app, cast.nora)
    await browser.submit(STEP, code=await code(ago=1))
    assert browser.name == "account.home"


async def test_a_code_works_once_in_whatever_browser_and_form(app: Litestar, cast: Cast) -> None:
    """Security 7.28: twice, in another session, as other digits, with blanks; the previous step after the current."""
    await give_app(cast.nora)
    now, before = await code(), await code(ago=1)
    browser = await first_step(app, cast.nora)
    await browser.submit(STEP, code=f"{now[:3]} {now[3:]}")
    assert browser.name == "account.home", "blanks do not matter"
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in now)
    arabic = "".join(chr(ord(digit) - ord("0") + 0x0660) for digit in now)

    for typed in (now, f"{now[:3]}-{now[3:]}", f" {now} ", wide, arabic, before, f"0{now}", now[:5], f"+{now[1:]}"):
        other = await first_step(app, cast.nora, ip="198.51.100.9")
        await other.submit(STEP, code=typed)
        assert other.page.status_code == 422, typed
        assert other.cookie("session") is None


async def test_other_scripts_digits_are_refused_even_when_the_code_is_fresh(app: Litestar, cast: Cast) -> None:
    """Pyotp itself would accept them (NFKC)."""
    await give_app(cast.nora)
    now = await code()
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in now)
    assert codes.step_of(SECRET, wide, await step_now()) is None
    assert codes.step_of(SECRET, now, await step_now()) is not None
    browser = await first_step(app, cast.nora)
    await browser.submit(STEP, code=wide)
    assert browser.page.status_code == 422


async def test_the_confirming_code_does_not_sign_in(app: Litestar, nora: Browser) -> None:
    secret = await begin(nora)
    typed = await code(secret)
    await nora.submit(f"{PAGE}/confirm", code=typed)
    thief = await first_step(app, Cast.nora)

    await thief.submit(STEP, code=typed)

    assert thief.page.status_code == 422


async def test_the_accepted_step_is_remembered_as_its_time(app: Litestar, cast: Cast) -> None:
    await give_app(cast.nora)
    await sign_in_with_app(app, cast.nora)
    assert await db.value(
        "SELECT app_now() - \"twoFactorLastVerifiedAt\" < interval '61 seconds'"
        ' AND extract(epoch FROM "twoFactorLastVerifiedAt")::bigint % 30 = 0 FROM "Users" WHERE "email" = $1',
        cast.nora,
    )


async def test_a_secret_whose_key_is_gone_opens_nothing_and_breaks_nothing(app: Litestar, cast: Cast) -> None:
    await give_app(cast.nora)
    browser = await first_step(app, cast.nora)
    right = await code()
    await db.execute('UPDATE "Users" SET "twoFactorSecret" = $2 WHERE "email" = $1', cast.nora, "AAAA" * 20)

    await browser.submit(STEP, code=right)

    assert browser.page.status_code == 422


async def test_a_code_proves_somebody_who_is_signed_in_once(cast: Cast) -> None:
    """What /sudo calls."""
    await give_app(cast.nora)
    nora = await id_of(cast.nora)
    by = Actor(kind="person", user_id=nora)
    with pytest.raises(Rejected) as refused:
        await actions.check_code(nora, await wrong_code(), by=by)
    assert refused.value.field == "code"
    assert await user(cast.nora, "twoFactorVerificationAttempts") == 1
    assert await audited(Event.SUDO_FAILED) == 1

    right = await code()
    await actions.check_code(nora, right, by=by)
    assert await user(cast.nora, "twoFactorVerificationAttempts") == 0
    with pytest.raises(Rejected):
        await actions.check_code(nora, right, by=by)


async def test_the_demo_operator_has_the_app_that_the_documentation_names(app: Litestar, cast: Cast) -> None:
    browser = await first_step(app, cast.otto)
    assert browser.name == "login.second_factor"

    await browser.submit(STEP, code=await code(seeding.OTTO_TOTP))

    assert browser.name == "account.home"
