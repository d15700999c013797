"""The lock under an attack that never ends, and a server too busy to look at passwords."""

import pytest
from litestar import Litestar

from app import crypto, db
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.users.work import counted
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

WRONG = "wrong-harbour-lantern"


async def sign_in(app: Litestar, email: str, password: str, ip: str = "203.0.113.7") -> Browser:
    browser = Browser(app, ip=ip)
    await browser.open("/login")
    await browser.submit("/login", email=email, password=password)
    return browser


@pytest.mark.parametrize("failures", [10_249, 999_999, 1_000_000, 2_147_483_647])
async def test_an_attack_of_years_still_locks_for_an_hour(app: Litestar, cast: Cast, failures: int) -> None:
    await db.execute(
        'UPDATE "Users" SET "failedLoginAttempts" = $2, "lastFailedLoginAt" = app_now() WHERE "email" = $1',
        cast.mia,
        failures,
    )

    refused = await sign_in(app, cast.mia, WRONG)

    assert refused.page.status_code == 422
    seconds = await db.value(
        'SELECT extract(epoch FROM "accountLockedUntil" - app_now()) FROM "Users" WHERE "email" = $1', cast.mia
    )
    assert 3500 < seconds <= 3600


async def test_a_server_too_busy_to_look_at_a_password_does_not_count_the_try(
    app: Litestar, cast: Cast, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a rush would lock people out who typed the right one, and nobody would tell them."""
    with monkeypatch.context() as rush:
        rush.setattr(crypto, "MOST_WAITING", 0)
        for _try in range(12):
            refused = await sign_in(app, cast.mia, PASSWORD)
            assert refused.page.status_code == 503
            assert int(refused.page.headers["retry-after"]) > 0

    assert (await sign_in(app, cast.mia, PASSWORD)).name == "account.home"
    assert [mail.subject for mail in await mailbox.all()] == ["New sign-in to your account"]


async def test_during_a_lock_no_password_is_compared_with_the_real_one(
    app: Litestar, cast: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        await sign_in(app, cast.mia, WRONG, ip=f"198.51.100.{number + 1}")
    with counted(monkeypatch) as work:
        assert (await sign_in(app, cast.mia, PASSWORD)).page.status_code == 422
    assert (work.hashes, work.real) == (1, 0)

    await clock.advance(minutes=16)
    with counted(monkeypatch) as work:
        assert (await sign_in(app, cast.mia, PASSWORD)).name == "account.home"
    assert (work.hashes, work.real) == (1, 1)
