"""How the wait for a lost second step ends: stopped by one press or a sign-in, or by a link that gives no session."""

from uuid import UUID

import pytest
from litestar import Litestar

from app import db
from app.actor import Actor
from app.users.recovery import jobs
from app.users.sessions import actions as sessions
from tests.cast import Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.users.links import STRANGER, of, sign_in
from tests.users.lost_factor import ASKED, READY, STOPPED, ended, start_from_the_first_step, visitor
from tests.visitor import Browser

__all__ = ["visitor"]

pytestmark = pytest.mark.anyio


async def test_one_press_stops_it_and_changes_nothing_else(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await start_from_the_first_step(visitor, cast.mia)
    link = await mailbox.act(cast.mia, ASKED)
    reader = Browser(app)
    await reader.open(link)
    assert reader.name == "links.veto"
    assert cast.mia in reader.document.text
    assert await ended() == [None]

    await reader.submit(link)

    assert reader.name == "links.vetoed"
    assert await ended() == ["vetoed"]
    assert await of(cast.mia, "twoFactorSecret") == "sealed"
    assert STOPPED in await mailbox.subjects(cast.mia)
    await reader.open("/login")
    await reader.post(link)
    assert reader.page.status_code == 410


async def test_each_mail_can_stop_it_and_the_last_one_too(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    await start_from_the_first_step(visitor, cast.mia)
    await clock.advance(hours=73)
    await jobs.watch()
    ready = await mailbox.newest(cast.mia)
    finish, stop = [word for word in ready.text.split() if "/links/" in word]
    reader = Browser(app)
    await reader.open(stop)
    await reader.submit(stop.removeprefix("http://localhost:8000"))
    assert reader.name == "links.vetoed"

    await reader.open(finish)

    assert reader.page.status_code == 410
    assert await of(cast.mia, "twoFactorEnabled") is True


async def test_a_veto_link_survives_a_new_password(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await start_from_the_first_step(visitor, cast.mia)
    link = await mailbox.act(cast.mia, ASKED)
    await visitor.open("/recover")
    await visitor.submit("/recover", email=cast.mia)
    await visitor.submit("/recover/sent", code=await mailbox.code(cast.mia))
    await visitor.submit("/recover/reset", new_password="amber-window-thistle")

    await visitor.open(link)

    assert visitor.name == "links.veto"


async def finishing_link(visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock) -> str:
    await start_from_the_first_step(visitor, cast.mia)
    await clock.advance(hours=72.1)
    await jobs.watch()
    return await mailbox.act(cast.mia, READY)


async def test_the_link_removes_the_second_step_and_gives_no_session(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    await db.execute(
        'INSERT INTO "Authenticators" ("userId", "credentialID", "credentialPublicKey", "counter", "friendlyName")'
        " SELECT \"id\", '\\x01', '\\x01', 0, 'Mine' FROM \"Users\" WHERE \"email\" = $1",
        cast.mia,
    )
    link = await finishing_link(visitor, cast, mailbox, clock)
    reader = Browser(app)
    await reader.open(link)
    assert reader.name == "links.second_step"
    assert await of(cast.mia, "twoFactorEnabled") is True

    await reader.submit(link)

    assert reader.name == "links.second_step_removed"
    assert reader.cookie("session") is None
    row = await db.one('SELECT * FROM "Users" WHERE "email" = $1', cast.mia)
    assert row is not None
    assert (row["twoFactorSecret"], row["twoFactorEnabled"], row["twoFactorBackupCodes"]) == (None, False, None)
    assert await db.value('SELECT count(*) FROM "Authenticators"') == 1
    assert await ended() == ["completed"]
    assert "Your second step was removed" in await mailbox.subjects(cast.mia)
    await sign_in(reader, cast.mia)
    assert reader.name == "recover.review"


async def test_the_link_ends_all_that_was_open(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    home = Browser(app)
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = false WHERE "email" = $1', cast.mia)
    await sign_in(home, cast.mia)
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = true WHERE "email" = $1', cast.mia)
    link = await finishing_link(visitor, cast, mailbox, clock)
    await db.execute('UPDATE "Sessions" SET "lastSeenAt" = app_now()')
    await home.open("/")
    assert home.name == "account.home"
    await visitor.open(link)

    await visitor.submit(link)

    await home.open("/")
    assert home.name == "home.landing"
    assert await db.value('SELECT "endReason" FROM "Sessions"') == "factor_recovered"
    assert await db.value('SELECT count(*) FROM "KnownDevices" WHERE "revokedAt" IS NULL') == 0


async def test_the_link_works_once_and_for_seven_days(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    link = await finishing_link(visitor, cast, mailbox, clock)
    await clock.advance(days=6.99)
    await visitor.open(link)
    assert visitor.name == "links.second_step"
    await clock.advance(days=0.02)

    await visitor.submit(link)

    assert visitor.page.status_code == 410
    assert await of(cast.mia, "twoFactorEnabled") is True
    await jobs.watch()
    assert await ended() == ["expired"]
    await start_from_the_first_step(Browser(app), cast.mia)
    assert await ended() == ["expired", None]


async def test_no_link_finishes_before_the_wait_is_over(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    """Even a finishing link that was made too early."""
    await start_from_the_first_step(visitor, cast.mia)
    await db.execute('UPDATE "MailedLinks" SET "act" = \'remove_second_step\'')
    link = await mailbox.act(cast.mia, ASKED)
    await visitor.open(link)

    await visitor.submit(link)

    assert visitor.page.status_code == 410
    assert await of(cast.mia, "twoFactorEnabled") is True


async def test_showing_the_second_step_ends_it_and_says_so(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await start_from_the_first_step(visitor, cast.mia)
    mia: UUID = await of(cast.mia, "id")
    by = Actor(kind="person", user_id=mia, ip=STRANGER)
    for methods in (("password",), ("password", "remembered")):
        async with db.transaction():
            await sessions.start(mia, by=by, methods=methods, device=None)
        assert await ended() == [None]

    async with db.transaction():
        await sessions.start(mia, by=by, methods=("password", "totp"), device=None)

    assert await ended() == ["signed_in"]
    assert STOPPED in await mailbox.subjects(cast.mia)


async def test_not_me_ends_it(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = false WHERE "email" = $1', cast.mia)
    await sign_in(visitor, cast.mia)
    link = await mailbox.act(cast.mia)
    await visitor.submit("/logout")
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = true WHERE "email" = $1', cast.mia)
    await db.execute('DELETE FROM "KnownDevices"')
    await start_from_the_first_step(visitor, cast.mia)
    await visitor.open(link)

    await visitor.submit(link)

    assert "A recovery of the second step was stopped." in visitor.document.text
    assert await ended() == ["not_me"]
