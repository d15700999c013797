"""A lost second step in tests: whoever asks to have it removed, and the mails that go out about it."""

import pytest
from litestar import Litestar

from app import db
from tests.cast import Cast
from tests.users.links import sign_in
from tests.visitor import Browser

LOST = "/recover/second-factor"
ASKED = "Somebody asked to remove your second step"
WAITING = "Your second step is about to be removed"
READY = "You can remove your second step now"
STOPPED = "The recovery of your second step was stopped"


@pytest.fixture
async def visitor(app: Litestar, cast: Cast) -> Browser:
    """Mia signs in with two steps: an authenticator app, and backup codes."""
    await db.execute(
        'UPDATE "Users" SET "twoFactorEnabled" = true, "twoFactorSecret" = \'sealed\','
        " \"twoFactorBackupCodes\" = ARRAY['a', 'b'] WHERE \"email\" = $1",
        cast.mia,
    )
    return Browser(app)


async def start_from_the_first_step(browser: Browser, email: str) -> None:
    await sign_in(browser, email)
    await browser.open(LOST)
    assert browser.name == "recover.lost_begin"
    await browser.submit(f"{LOST}/start")


async def ended() -> list[str | None]:
    rows = await db.rows('SELECT "endReason" FROM "TwoFactorRecoveries" ORDER BY "createdAt"')
    return [row["endReason"] for row in rows]
