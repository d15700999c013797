"""Links in mails, in tests: something happened to a person, who may say "This was not me"."""

from typing import Any

import pytest
from litestar import Litestar

from app import db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from tests.cast import PASSWORD, Cast
from tests.second_step import id_of
from tests.visitor import Browser

NEW = "amber-window-thistle"
STRANGER = "198.51.100.66"
NEW_SIGN_IN = "New sign-in to your account"


@pytest.fixture
async def visitor(app: Litestar, cast: Cast) -> Browser:
    return Browser(app)


async def sign_in(browser: Browser, email: str, password: str = PASSWORD) -> Browser:
    await browser.open("/login")
    await browser.submit("/login", email=email, password=password)
    return browser


async def tell(email: str, event: Event, undo: dict[str, str] | None = None, **details: Any) -> None:
    """Something happened to the person, as a verb of another part would record it."""
    person = await id_of(email)
    by = Actor(kind="person", user_id=person, ip=STRANGER, agent="Mozilla/5.0 (Windows NT 10.0) Firefox/151.0")
    async with db.transaction():
        await record(event, by=by, about=person, undo=undo, **details)


async def of(email: str, column: str) -> Any:
    return await db.value(f'SELECT "{column}" FROM "Users" WHERE "email" = $1', email)  # noqa: S608 - of the test
