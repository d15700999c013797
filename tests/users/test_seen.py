"""When a session was last seen: kept to the minute, by the statement that reads it."""

from datetime import datetime

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


async def _seen() -> datetime:
    seen: datetime = await db.value('SELECT "lastSeenAt" FROM "Sessions"')
    return seen


async def test_a_page_notes_that_its_session_was_seen_once_a_minute(app: Litestar, cast: Cast, clock: Clock) -> None:
    mia = Browser(app)
    await mia.open("/login")
    await mia.submit("/login", email=cast.mia, password=PASSWORD)
    first = await _seen()

    await clock.advance(seconds=50)
    await mia.open("/")
    assert await _seen() == first

    await clock.advance(seconds=20)
    await mia.open("/")
    assert (await _seen() - first).total_seconds() >= 70


async def test_a_session_that_has_run_out_is_not_seen(app: Litestar, cast: Cast, clock: Clock) -> None:
    mia = Browser(app)
    await mia.open("/login")
    await mia.submit("/login", email=cast.mia, password=PASSWORD)
    first = await _seen()

    await clock.advance(hours=13)
    await mia.open("/")

    assert mia.name != "account.home"
    assert await _seen() == first
