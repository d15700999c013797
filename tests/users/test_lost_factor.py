"""Asking to remove a lost second step: a proof first, then three days in which everybody hears of it."""

from datetime import timedelta

import pytest
from litestar import Litestar

from app import db
from app.users.recovery import jobs
from tests.cast import Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.users.links import of, sign_in
from tests.users.lost_factor import ASKED, LOST, READY, WAITING, ended, start_from_the_first_step, visitor
from tests.users.work import counted
from tests.visitor import Browser

__all__ = ["visitor"]

pytestmark = pytest.mark.anyio


async def prove_mailbox(browser: Browser, email: str, mailbox: Mailbox) -> None:
    await browser.open(LOST)
    await browser.submit(LOST, email=email)
    await browser.submit(f"{LOST}/code", code=await mailbox.code(email))


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
