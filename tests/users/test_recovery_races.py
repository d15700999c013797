"""The ways back in under 20 presses at the same moment: each act is done once, each wait begun once."""

import asyncio
from functools import partial
from uuid import UUID

import pytest
from litestar import Litestar

from app import db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.operator import seeding
from app.users.recovery import jobs
from tests.cast import PASSWORD
from tests.database import TestDatabase
from tests.mailbox import Mailbox
from tests.users.races import AT_ONCE, MIA, ROUNDS, together
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

LOST = "/recover/second-factor"


@pytest.fixture
async def people(own_database: TestDatabase) -> Mailbox:
    await seeding.seed()
    return Mailbox()


async def mia() -> UUID:
    found: UUID = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', MIA)
    return found


async def two_steps() -> None:
    await db.execute(
        'UPDATE "Users" SET "twoFactorEnabled" = true, "twoFactorSecret" = \'sealed\' WHERE "email" = $1', MIA
    )


async def count_of(event: str) -> int:
    count: int = await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = $1', event)
    return count


async def opened(app: Litestar, link: str) -> list[Browser]:
    """As many browsers, each with the link's page open."""
    browsers = [Browser(app) for _browser in range(AT_ONCE)]
    for browser in browsers:
        await browser.open(link)
    return browsers


async def presses(browsers: list[Browser], link: str) -> list[int]:
    """All press; only the answers to that count, not the pages they lead to."""
    sent = [browser.document.form(link)[1] for browser in browsers]
    headers = {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"}
    return await together(
        [
            partial(browser.http.post, link, data=data, headers=headers)
            for browser, data in zip(browsers, sent, strict=True)
        ]
    )


async def test_not_me_is_done_once(app: Litestar, people: Mailbox) -> None:
    person = await mia()
    for number in range(ROUNDS):
        await db.execute('DELETE FROM "RateLimits"')
        await db.execute('UPDATE "Users" SET "password" = \'theirs\' WHERE "id" = $1', person)
        async with db.transaction():
            await record(Event.PASSWORD_CHANGED, by=Actor.system("a test"), about=person)
        link = await people.act(MIA, "Your password was changed")

        found = await presses(await opened(app, link), link)

        assert sorted(found) == [303] + [410] * (AT_ONCE - 1)
        assert await count_of("not_me.reported") == number + 1
        assert (await people.subjects(MIA)).count("A new password for your account") == number + 1


async def test_a_lost_second_step_is_removed_once(app: Litestar, people: Mailbox) -> None:
    person = await mia()
    for number in range(ROUNDS):
        await db.execute('DELETE FROM "RateLimits"')
        await two_steps()
        await db.execute(
            'INSERT INTO "TwoFactorRecoveries" ("userId", "askedBy", "readyAt", "expiresAt", "remindedAt")'
            " VALUES ($1, 'mailbox', app_now(), app_now() + interval '7 days', app_now())",
            person,
        )
        await jobs.watch()
        link = await people.act(MIA, "You can remove your second step now")

        found = await presses(await opened(app, link), link)

        assert sorted(found) == [303] + [410] * (AT_ONCE - 1)
        assert await count_of("factor_recovery.completed") == number + 1


async def test_stopping_and_finishing_at_once_is_one_of_them(app: Litestar, people: Mailbox) -> None:
    person = await mia()
    for number in range(ROUNDS):
        await db.execute('DELETE FROM "RateLimits"')
        await two_steps()
        await db.execute(
            'INSERT INTO "TwoFactorRecoveries" ("userId", "askedBy", "readyAt", "expiresAt", "remindedAt")'
            " VALUES ($1, 'mailbox', app_now(), app_now() + interval '7 days', app_now())",
            person,
        )
        await jobs.watch()
        mail = [mail for mail in await people.all(MIA) if mail.subject == "You can remove your second step now"][-1]
        finish, stop = [word.removeprefix("http://localhost:8000") for word in mail.text.split() if "/links/" in word]
        first, second = (await opened(app, finish))[:2], (await opened(app, stop))[:2]
        acts = [
            partial(
                browser.http.post,
                link,
                data=browser.document.form(link)[1],
                headers={"origin": "http://localhost:8000"},
            )
            for link, browsers in ((finish, first), (stop, second))
            for browser in browsers
        ]

        found = await together(acts)

        assert found.count(303) == 1
        assert await count_of("factor_recovery.completed") + await count_of("factor_recovery.vetoed") == number + 1
        on = await db.value('SELECT "twoFactorEnabled" FROM "Users" WHERE "id" = $1', person)
        vetoed = await db.value('SELECT "endReason" FROM "TwoFactorRecoveries" ORDER BY "createdAt" DESC LIMIT 1')
        assert on is (vetoed == "vetoed")


async def test_asking_twenty_times_at_once_begins_one_wait(app: Litestar, people: Mailbox) -> None:
    for number in range(ROUNDS):
        await db.execute('DELETE FROM "RateLimits"')
        await db.execute(
            'UPDATE "TwoFactorRecoveries" SET "endedAt" = app_now(), "endReason" = \'vetoed\' WHERE "endedAt" IS NULL'
        )
        await two_steps()
        await db.execute('UPDATE "Users" SET "failedLoginAttempts" = 0')  # the second step alone would do that
        first = Browser(app)
        await first.open("/login")
        await first.submit("/login", email=MIA, password=PASSWORD)
        await first.open(LOST)
        assert first.name == "recover.lost_begin", (number, first.page.status_code, first.document.text)
        tabs = [Browser(app) for _tab in range(AT_ONCE)]
        for tab in tabs:
            tab.http.cookies, tab.page = first.http.cookies, first.page

        await together([partial(tab.submit, f"{LOST}/start") for tab in tabs])

        assert await db.value('SELECT count(*) FROM "TwoFactorRecoveries" WHERE "endedAt" IS NULL') == 1
        assert await count_of("factor_recovery.requested") == number + 1


async def test_two_workers_remind_each_person_once(people: Mailbox) -> None:
    await db.execute(
        'INSERT INTO "TwoFactorRecoveries" ("userId", "askedBy", "readyAt", "expiresAt", "remindedAt")'
        " SELECT \"id\", 'mailbox', app_now() + interval '1 day', app_now() + interval '8 days',"
        " app_now() - interval '25 hours' FROM \"Users\""
    )

    await asyncio.gather(*(jobs.watch() for _worker in range(4)))

    assert await db.value('SELECT count(*) FROM "Notifications"') == 6
    assert await people.count() == 6


async def test_a_review_is_finished_once(app: Litestar, people: Mailbox) -> None:
    person = await mia()
    browser = Browser(app)
    await db.execute('INSERT INTO "RecoveryReviews" ("userId", "cause") VALUES ($1, \'unlocked\')', person)
    await browser.open("/login")
    await browser.submit("/login", email=MIA, password=PASSWORD)
    assert browser.path == "/recover/review"
    tabs = [Browser(app) for _tab in range(AT_ONCE)]
    for tab in tabs:
        tab.http.cookies, tab.page = browser.http.cookies, browser.page

    await together([partial(tab.submit, "/recover/review", answer="mine", remove=None) for tab in tabs])

    assert await count_of("review.finished") == 1
