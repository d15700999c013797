"""What may happen once happens once, however many try at the same moment: real connections, 20 at a time."""

from functools import partial

import pytest
from litestar import Litestar

from app import crypto, db
from app.operator import seeding
from tests.cast import PASSWORD
from tests.database import TestDatabase
from tests.mailbox import Mailbox
from tests.users.races import AT_ONCE, MIA, ROUNDS, fresh, together, twins
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def people(own_database: TestDatabase) -> Mailbox:
    await seeding.seed()
    return Mailbox()


async def test_a_sign_in_code_gives_one_session(app: Litestar, people: Mailbox) -> None:
    for _round in range(ROUNDS):
        await fresh("Sessions")
        browser = Browser(app)
        await browser.open("/login/code")
        await browser.submit("/login/code", email=MIA)
        code = await people.code(MIA)
        tabs = twins(app, browser)

        await together([partial(tab.submit, "/login/code/enter", code=code) for tab in tabs])

        assert await db.value('SELECT count(*) FROM "Sessions"') == 1


async def test_a_mailed_link_proves_one_browser(app: Litestar, people: Mailbox) -> None:
    for number in range(ROUNDS):
        await fresh()
        email = f"zoe{number}@zebra.test"
        browser = Browser(app)
        await browser.open("/signup")
        await browser.submit("/signup", name="Zoe", email=email)
        link = await people.link(email)
        others = [Browser(app) for _other in range(AT_ONCE)]
        for other in others:
            await other.open(link)

        await together([partial(other.submit, "/signup/verify/link") for other in others])

        assert sum(other.name == "signup.finish" for other in others) == 1


async def test_a_proof_sets_one_password(app: Litestar, people: Mailbox) -> None:
    for number in range(ROUNDS):
        await fresh()
        browser = Browser(app)
        await browser.open("/recover")
        await browser.submit("/recover", email=MIA)
        await browser.submit("/recover/sent", code=await people.code(MIA))
        tabs = twins(app, browser)
        words = [f"amber-window-{number}-{tab}" for tab in range(AT_ONCE)]

        await together(
            [partial(tab.submit, "/recover/reset", new_password=word) for tab, word in zip(tabs, words, strict=True)]
        )

        stored = await db.value('SELECT "password" FROM "Users" WHERE "email" = $1', MIA)
        assert sum([await crypto.verify_password(stored, word) for word in words]) == 1
        assert sum(tab.name == "login.index" for tab in tabs) == 1


async def test_parallel_wrong_passwords_are_all_counted_and_ten_are_looked_at(
    app: Litestar, people: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str | None] = []
    verify = crypto.verify_password

    async def watched(stored: str | None, password: str) -> bool:
        looked_at.append(stored)
        return await verify(stored, password)

    monkeypatch.setattr(crypto, "verify_password", watched)
    monkeypatch.setattr(crypto, "MOST_WAITING", 1000)
    browsers = [Browser(app, ip=f"198.51.100.{number}") for number in range(1, 51)]
    for browser in browsers:
        await browser.open("/login")

    await together([partial(browser.submit, "/login", email=MIA, password="wrong-wrong-wrong") for browser in browsers])

    assert await db.value('SELECT "failedLoginAttempts" FROM "Users" WHERE "email" = $1', MIA) == 10
    assert sum(stored is not None for stored in looked_at) == 10
    assert len(looked_at) == 50
    late = Browser(app)
    await late.open("/login")
    await late.submit("/login", email=MIA, password=PASSWORD)
    assert late.page.status_code == 422
    assert await people.count(MIA) == 1


async def test_parallel_wrong_codes_stop_at_five(app: Litestar, people: Mailbox) -> None:
    browser = Browser(app)
    await browser.open("/login/code")
    await browser.submit("/login/code", email=MIA)
    code = await people.code(MIA)
    wrong = "000000" if code != "000000" else "111111"
    tabs = twins(app, browser)

    await together([partial(tab.submit, "/login/code/enter", code=wrong) for tab in tabs])

    assert await db.value('SELECT max("attempts") FROM "MailboxProofs"') == 5
    await browser.submit("/login/code/enter", code=code)
    assert browser.page.status_code == 422


async def test_an_unlock_link_opens_once(app: Litestar, people: Mailbox) -> None:
    for number in range(10):
        guesser = Browser(app, ip=f"198.51.100.{number + 1}")
        await guesser.open("/login")
        await guesser.submit("/login", email=MIA, password="wrong-wrong-wrong")
    link = await people.link(MIA)
    browsers = [Browser(app) for _browser in range(AT_ONCE)]
    for browser in browsers:
        await browser.open(link)

    await together([partial(browser.submit, "/recover/unlock") for browser in browsers])

    assert sum(browser.name == "login.index" for browser in browsers) == 1
    assert await people.count(MIA) == 2


async def test_one_address_signed_up_twenty_times_at_once_is_one_account_and_one_mail(
    app: Litestar, people: Mailbox
) -> None:
    browsers = [Browser(app) for _browser in range(AT_ONCE)]
    for browser in browsers:
        await browser.open("/signup")

    await together([partial(browser.submit, "/signup", name="Zoe", email="zoe@zebra.test") for browser in browsers])

    assert await db.value('SELECT count(*) FROM "Users" WHERE "email" = \'zoe@zebra.test\'') == 1
    assert await people.count("zoe@zebra.test") == 1
    assert {browser.page.status_code for browser in browsers} == {200, 429}


async def test_a_sign_up_code_proves_once_and_makes_one_account(app: Litestar, people: Mailbox) -> None:
    for number in range(ROUNDS):
        await fresh("Sessions")
        email = f"zoe{number}@zebra.test"
        browser = Browser(app)
        await browser.open("/signup")
        await browser.submit("/signup", name="Zoe", email=email)
        code = await people.code(email)
        tabs = twins(app, browser)
        await together([partial(tab.submit, "/signup/verify", code=code) for tab in tabs])
        (winner,) = [tab for tab in tabs if tab.name == "signup.finish" and tab.page.status_code == 200]
        tabs = twins(app, winner)

        await together([partial(tab.submit, "/signup/finish", password=PASSWORD) for tab in tabs])

        assert await db.value('SELECT count(*) FROM "Sessions"') == 1
        assert sum(tab.page.status_code == 410 for tab in tabs) == AT_ONCE - 1
        assert await count_of("user.signed_up", email) == 1


async def test_two_people_at_two_machines_finish_one_account_once(app: Litestar, people: Mailbox) -> None:
    """One came by the code, the other by the link: two proofs, one account, one password."""
    for number in range(ROUNDS):
        await fresh()
        email = f"zoe{number}@zebra.test"
        browser, phone = Browser(app), Browser(app)
        await browser.open("/signup")
        await browser.submit("/signup", name="Zoe", email=email)
        code = await people.code(email)
        await phone.open(await people.link(email))
        await together(
            [partial(browser.submit, "/signup/verify", code=code), partial(phone.submit, "/signup/verify/link")]
        )
        proven = [each for each in (browser, phone) if each.name == "signup.finish"]
        assert proven

        await together([partial(each.submit, "/signup/finish", password=PASSWORD) for each in proven])

        assert sum(each.name == "account.home" for each in proven) == 1
        assert await count_of("user.signed_up", email) == 1


async def test_a_reset_link_proves_one_browser(app: Litestar, people: Mailbox) -> None:
    for _round in range(ROUNDS):
        await fresh()
        asker = Browser(app)
        await asker.open("/recover")
        await asker.submit("/recover", email=MIA)
        link = await people.link(MIA)
        others = [Browser(app) for _other in range(AT_ONCE)]
        for other in others:
            await other.open(link)

        await together([partial(other.submit, "/recover/reset/link") for other in others])

        assert sum(other.name == "recover.reset" for other in others) == 1


async def test_a_recovery_code_proves_once(app: Litestar, people: Mailbox) -> None:
    for _round in range(ROUNDS):
        await fresh()
        asker = Browser(app)
        await asker.open("/recover")
        await asker.submit("/recover", email=MIA)
        code = await people.code(MIA)
        tabs = twins(app, asker)

        await together([partial(tab.submit, "/recover/sent", code=code) for tab in tabs])

        assert sum(tab.name == "recover.reset" and tab.page.status_code == 200 for tab in tabs) == 1


async def test_the_right_password_among_wrong_ones_gets_in_or_is_locked_out_and_nothing_else(
    app: Litestar, people: Mailbox
) -> None:
    """Whichever comes first: never a session beside a count that says nobody got in."""
    for _round in range(ROUNDS):
        await fresh("Sessions")
        await db.execute('UPDATE "Users" SET "failedLoginAttempts" = 0, "accountLockedUntil" = NULL')
        browsers = [Browser(app, ip=f"198.51.100.{number}") for number in range(AT_ONCE)]
        for browser in browsers:
            await browser.open("/login")
        words = [PASSWORD if number == 7 else "wrong-wrong-wrong" for number in range(AT_ONCE)]

        await together(
            [
                partial(browser.submit, "/login", email=MIA, password=word)
                for browser, word in zip(browsers, words, strict=True)
            ]
        )

        inside = browsers[7].name == "account.home"
        assert await db.value('SELECT count(*) FROM "Sessions" WHERE "endedAt" IS NULL') == int(inside)
        assert [browser.name for browser in browsers].count("account.home") == int(inside)
        failed = await db.value('SELECT "failedLoginAttempts" FROM "Users" WHERE "email" = $1', MIA)
        assert failed == 10 if not inside else failed <= 10


async def test_signing_out_in_every_tab_at_once_is_noted_once(app: Litestar, people: Mailbox) -> None:
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=MIA, password=PASSWORD)
    tabs = twins(app, browser)

    await together([partial(tab.submit, "/logout") for tab in tabs])

    assert await db.value('SELECT count(*) FROM "Sessions" WHERE "endedAt" IS NULL') == 0
    assert await count_of("user.signed_out", MIA) == 1


async def count_of(event: str, email: str) -> int:
    return int(
        await db.value(
            'SELECT count(*) FROM "SecurityAuditLogs" a JOIN "Users" u ON u."id" = a."userId"'
            ' WHERE a."event" = $1 AND u."email" = $2',
            event,
            email,
        )
    )
