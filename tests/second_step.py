"""The second step for tests: people with an authenticator app, its codes at the database's time, half-made sign-ins."""

from uuid import UUID

import pytest
from litestar import Litestar

from app import db
from app.users.totp import actions as totp
from app.users.totp import codes
from tests.cast import PASSWORD, Cast
from tests.visitor import Browser

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = "/login/second-factor"


async def id_of(email: str) -> UUID:
    found: UUID = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', email)
    return found


async def user(email: str, column: str) -> object:
    return await db.value(f'SELECT "{column}" FROM "Users" WHERE "email" = $1', email)  # noqa: S608 - a test's constant


async def give_app(email: str, secret: str = SECRET) -> None:
    """The person has an authenticator app with this secret."""
    await totp.plant(await id_of(email), secret)


@pytest.fixture
async def nora(cast: Cast) -> str:
    """Nora has an authenticator app and belongs to no tenant."""
    await give_app(cast.nora)
    return cast.nora


async def sessions(email: str) -> int:
    return int(await db.value('SELECT count(*) FROM "Sessions" WHERE "userId" = $1', await id_of(email)))


async def step_now() -> int:
    return int(await db.value("SELECT floor(extract(epoch FROM app_now()) / 30)::bigint"))


async def code(secret: str = SECRET, *, ago: int = 0) -> str:
    """What the app shows, or showed some steps ago; a negative number looks ahead."""
    return codes.code_at(secret, await step_now() - ago)


async def wrong_code(secret: str = SECRET) -> str:
    """Six digits that are right at no step near now."""
    now = await step_now()
    right = {codes.code_at(secret, now + away) for away in range(-3, 4)}
    return next(text for text in ("000000", "111111", "222222", "333333") if text not in right)


async def forget_step(email: str) -> None:
    """As if no code had been accepted lately: the code of this very moment works."""
    await db.execute('UPDATE "Users" SET "twoFactorLastVerifiedAt" = NULL WHERE "email" = $1', email)


async def first_step(app: Litestar, email: str, *, ip: str = "203.0.113.7", browser: Browser | None = None) -> Browser:
    """A browser that has given the right password."""
    browser = browser or Browser(app, ip=ip)
    await browser.open("/login")
    await browser.submit("/login", email=email, password=PASSWORD)
    return browser


async def sign_in_with_app(app: Litestar, email: str, secret: str = SECRET, *, ip: str = "203.0.113.7") -> Browser:
    """Both steps, whatever code was used a moment before: for Otto, whose secret is seeding.OTTO_TOTP, and others."""
    browser = await first_step(app, email, ip=ip)
    await forget_step(email)
    await browser.submit(STEP, code=await code(secret))
    return browser


async def allow(slug: str, *, key: str, value: str) -> None:
    """Changes one key of a tenant's policy, such as `twoFactor,allowRememberDevice`."""
    await db.execute(
        'UPDATE "Tenants" SET "securityPolicy" = jsonb_set("securityPolicy", $2::text[], $3::text::jsonb)'
        ' WHERE "slug" = $1',
        slug,
        key.split(","),
        value,
    )
