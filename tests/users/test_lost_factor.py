"""A lost second step: three days in which everybody hears of it, one press to stop it, and no session at the end."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from app import db
from app.actor import Actor
from app.users.recovery import jobs
from app.users.sessions import actions as sessions
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.users.work import counted
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

LOST = "/recover/second-factor"
ASKED = "Somebody asked to remove your second step"
WAITING = "Your second step is about to be removed"
READY = "You can remove your second step now"
STOPPED = "The recovery of your second step was stopped"
STRANGER = "198.51.100.66"


@pytest.fixture
async def visitor(app: Litestar, cast: Cast) -> Browser:
    """Mia signs in with two steps: an authenticator app, and backup codes."""
    await db.execute(
        'UPDATE "Users" SET "twoFactorEnabled" = true, "twoFactorSecret" = \'sealed\','
        " \"twoFactorBackupCodes\" = ARRAY['a', 'b'] WHERE \"email\" = $1",
        cast.mia,
    )
    return Browser(app)


async def sign_in(browser: Browser, email: str) -> Browser:
    await browser.open("/login")
    await browser.submit("/login", email=email, password=PASSWORD)
    return browser


async def start_from_the_first_step(browser: Browser, email: str) -> None:
    await sign_in(browser, email)
    await browser.open(LOST)
    assert browser.name == "recover.lost_begin"
    await browser.submit(f"{LOST}/start")


async def prove_mailbox(browser: Browser, email: str, mailbox: Mailbox) -> None:
    await browser.open(LOST)
    await browser.submit(LOST, email=email)
    await browser.submit(f"{LOST}/code", code=await mailbox.code(email))


async def of(email: str, column: str) -> Any:
    return await db.value(f'SELECT "{column}" FROM "Users" WHERE "email" = $1', email)  # noqa: S608 - of the test


async def ended() -> list[str | None]:
    rows = await db.rows('SELECT "endReason" FROM "TwoFactorRecoveries" ORDER BY "createdAt"')
    return [row["endReason"] for row in rows]


async def test_without_a_proof_nothing_starts(visitor: Browser, cast: Cast) -> None:
    await visitor.open(LOST)
    assert visitor.name == "recover.lost_address"

    await visitor.post(f"{LOST}/start")

    assert visitor.page.status_code == 410
    assert await ended() == []


async def test_the_first_step_is_enough_to_ask_and_opens_nothing(
    visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await start_from_the_first_step(visitor, cast.mia)

    assert visitor.name == "recover.lost_waiting"
    assert visitor.cookie("session") is None
    assert await mailbox.subjects(cast.mia) == [ASKED]
    assert "Firefox" in (await mailbox.newest(cast.mia)).text
    bell = await db.value('SELECT "message" FROM "Notifications"')
    assert bell == "Somebody asked to remove the second step of your sign-in"
    assert await of(cast.mia, "twoFactorSecret") == "sealed"


async def test_the_mailbox_is_enough_too(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await prove_mailbox(visitor, cast.mia, mailbox)
    assert visitor.name == "recover.lost_begin"

    await visitor.submit(f"{LOST}/start")

    assert visitor.name == "recover.lost_waiting"
    assert await db.value('SELECT "askedBy" FROM "TwoFactorRecoveries"') == "mailbox"


async def test_a_code_of_another_purpose_proves_nothing_here(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    for path in ("/login/code", "/recover"):
        await visitor.open(path)
        await visitor.submit(path, email=cast.mia)
    await visitor.open(LOST)
    await visitor.submit(LOST, email=cast.mia)
    here = await mailbox.code(cast.mia)
    codes = (await mailbox.all(cast.mia))[:2]
    for mail in codes:
        other = "".join(character for character in mail.text if character.isdigit())[:6]
        if other != here:
            await visitor.open(f"{LOST}/code")
            await visitor.submit(f"{LOST}/code", code=other)
            assert visitor.page.status_code == 422
    await visitor.open("/login/code/enter")
    await visitor.submit("/login/code/enter", code=here)
    assert visitor.page.status_code == 422


async def test_unknown_addresses_get_the_same_answers_for_the_same_work(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    amounts, answers = [], []
    for number, email in enumerate((cast.mia, cast.nora, "nobody@nowhere.test")):
        browser = Browser(app, ip=f"198.51.100.{number + 1}")
        await browser.open(LOST)
        with counted(monkeypatch) as work:
            await browser.submit(LOST, email=email)
        amounts.append(work.amount)
        answers.append(browser.comparable(email))
        await browser.submit(f"{LOST}/code", code="000000")
        answers[-1] += browser.comparable(email)
    assert len(set(amounts)) == 1
    assert len(set(answers)) == 1
    assert await mailbox.count("nobody@nowhere.test") == 0


async def test_whoever_has_no_second_step_is_told_so_after_the_proof(
    visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await prove_mailbox(visitor, cast.olga, mailbox)

    assert visitor.name == "recover.lost_nothing"
    await visitor.open("/login")
    await visitor.post(f"{LOST}/start")
    assert visitor.page.status_code == 410
    assert await ended() == []


async def test_asking_again_keeps_the_running_wait(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    await start_from_the_first_step(visitor, cast.mia)
    first = await db.value('SELECT "readyAt" FROM "TwoFactorRecoveries"')
    await clock.advance(hours=30)
    again = Browser(app)
    await sign_in(again, cast.mia)
    await again.open(LOST)
    assert again.name == "recover.lost_waiting"

    await again.open("/login")
    await again.post(f"{LOST}/start")

    assert again.name == "recover.lost_waiting"
    assert await db.value('SELECT "readyAt" FROM "TwoFactorRecoveries"') == first
    assert (await mailbox.subjects(cast.mia)).count(ASKED) == 1


async def test_everybody_hears_of_it_each_day_and_the_link_comes_on_the_third(
    visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    await start_from_the_first_step(visitor, cast.mia)
    for hours, subjects in (
        (23, [ASKED]),
        (2, [ASKED, WAITING]),
        (1, [ASKED, WAITING]),
        (24, [ASKED, WAITING, WAITING]),
        (21, [ASKED, WAITING, WAITING]),
        (2, [ASKED, WAITING, WAITING, READY]),
        (24, [ASKED, WAITING, WAITING, READY]),
    ):
        await clock.advance(hours=hours)
        await jobs.watch()
        await jobs.watch()
        assert await mailbox.subjects(cast.mia) == subjects, hours
    assert await db.value('SELECT count(*) FROM "Notifications"') == 4


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


async def test_whoever_knows_the_password_cannot_flood_the_mailbox(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    for _time in range(3):
        await start_from_the_first_step(visitor, cast.mia)
        await db.execute('UPDATE "TwoFactorRecoveries" SET "endedAt" = app_now(), "endReason" = \'vetoed\'')
    await sign_in(visitor, cast.mia)
    await visitor.open(LOST)

    await visitor.submit(f"{LOST}/start")

    assert visitor.page.status_code == 429
    assert (await mailbox.subjects(cast.mia)).count(ASKED) == 3


async def test_an_ended_first_step_asks_nothing(visitor: Browser, cast: Cast, clock: Clock) -> None:
    await sign_in(visitor, cast.mia)
    await clock.advance(minutes=10.1)

    await visitor.open(LOST)

    assert visitor.name == "recover.lost_address"


async def test_somebody_suspended_meanwhile_gets_no_link(
    visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    await start_from_the_first_step(visitor, cast.mia)
    await db.execute('UPDATE "Users" SET "status" = \'suspended\' WHERE "email" = $1', cast.mia)
    await clock.advance(hours=73)

    await jobs.watch()

    assert await mailbox.subjects(cast.mia) == [ASKED]


async def test_times_are_three_days_and_seven(visitor: Browser, cast: Cast) -> None:
    await start_from_the_first_step(visitor, cast.mia)

    row = await db.one('SELECT * FROM "TwoFactorRecoveries"')
    assert row is not None
    assert abs(row["readyAt"] - row["createdAt"] - timedelta(days=3)) < timedelta(seconds=1)
    assert abs(row["expiresAt"] - row["readyAt"] - timedelta(days=7)) < timedelta(seconds=1)
