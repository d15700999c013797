"""Signing up: the mailbox first, proven by code or link; the same answer for every address."""

import re

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.database import Clock, TestDatabase
from tests.mailbox import Mailbox
from tests.users.signup import ZOE, start, visitor
from tests.visitor import Browser

__all__ = ["visitor"]

pytestmark = pytest.mark.anyio


async def test_a_stranger_becomes_a_signed_in_person_by_code(visitor: Browser, mailbox: Mailbox) -> None:
    await start(visitor)
    assert visitor.name == "signup.verify"
    assert ZOE in visitor.document.text

    await visitor.submit("/signup/verify", code=await mailbox.code(ZOE))
    assert visitor.name == "signup.finish"

    await visitor.submit("/signup/finish", password=PASSWORD)
    assert visitor.path == "/"
    assert visitor.name == "account.home"
    assert "Zoe Zander" in visitor.document.text


async def test_no_credential_and_no_proof_exists_before_the_mailbox_is_proven(
    visitor: Browser, mailbox: Mailbox
) -> None:
    await start(visitor)

    row = await db.one('SELECT "password", "emailVerified", "status"::text FROM "Users" WHERE "email" = $1', ZOE)
    assert row is not None
    assert (row["password"], row["emailVerified"], row["status"]) == (None, False, "active")
    await visitor.open("/signup/finish")
    assert visitor.name != "signup.finish"


async def test_the_link_works_in_another_browser(app: Litestar, visitor: Browser, mailbox: Mailbox) -> None:
    await start(visitor)
    phone = Browser(app, ip="198.51.100.9")

    await phone.open(await mailbox.link(ZOE))
    assert phone.name == "signup.confirm"
    assert ZOE in phone.document.text
    await phone.submit("/signup/verify/link")
    await phone.submit("/signup/finish", password=PASSWORD)

    assert phone.name == "account.home"


async def test_looking_at_a_link_consumes_nothing(app: Litestar, visitor: Browser, mailbox: Mailbox) -> None:
    """Mail scanners open every link, some of them several times."""
    await start(visitor)
    link = await mailbox.link(ZOE)

    for _time in range(3):
        await Browser(app).open(link)
    await visitor.open(link)
    await visitor.submit("/signup/verify/link")

    assert visitor.name == "signup.finish"


async def test_a_link_works_once(app: Litestar, visitor: Browser, mailbox: Mailbox) -> None:
    await start(visitor)
    link = await mailbox.link(ZOE)
    await visitor.open(link)
    await visitor.submit("/signup/verify/link")

    late = Browser(app)
    await late.open(link)

    assert (late.page.status_code, late.name) == (410, "links.dead")


async def test_a_used_code_kills_the_link_and_a_used_link_kills_the_code(
    app: Litestar, visitor: Browser, mailbox: Mailbox
) -> None:
    await start(visitor)
    link, code = await mailbox.link(ZOE), await mailbox.code(ZOE)
    phone = Browser(app)
    await phone.open(link)
    await phone.submit("/signup/verify/link")

    await visitor.submit("/signup/verify", code=code)

    assert visitor.name != "signup.finish"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "12345６"])
async def test_what_is_no_code_is_refused_at_its_field(visitor: Browser, mailbox: Mailbox, typed: str) -> None:
    await start(visitor)

    await visitor.submit("/signup/verify", code=typed)

    assert visitor.page.status_code == 422
    assert visitor.document.invalid == ["code"]


async def test_a_code_with_blanks_is_the_same_code(visitor: Browser, mailbox: Mailbox) -> None:
    await start(visitor)
    code = await mailbox.code(ZOE)

    await visitor.submit("/signup/verify", code=f" {code[:3]} {code[3:]} ")

    assert visitor.name == "signup.finish"


async def test_five_wrong_codes_end_the_code(visitor: Browser, mailbox: Mailbox) -> None:
    await start(visitor)
    code = await mailbox.code(ZOE)
    wrong = "000000" if code != "000000" else "111111"
    for _try in range(5):
        await visitor.submit("/signup/verify", code=wrong)
        assert visitor.page.status_code == 422

    await visitor.submit("/signup/verify", code=code)

    assert visitor.page.status_code == 422
    assert "no longer" in visitor.document.text


async def test_a_code_is_worth_nothing_in_another_browser(app: Litestar, visitor: Browser, mailbox: Mailbox) -> None:
    await start(visitor)
    code = await mailbox.code(ZOE)
    other = Browser(app)
    await start(other, "yan@zebra.test")

    await other.submit("/signup/verify", code=code)

    assert other.page.status_code == 422


async def test_a_code_is_good_for_ten_minutes(visitor: Browser, mailbox: Mailbox, clock: Clock) -> None:
    await start(visitor)
    code = await mailbox.code(ZOE)
    await clock.advance(minutes=11)

    await visitor.submit("/signup/verify", code=code)

    assert visitor.name == "signup.index"


async def test_a_link_is_good_for_an_hour_also_when_posted(visitor: Browser, mailbox: Mailbox, clock: Clock) -> None:
    await start(visitor)
    await visitor.open(await mailbox.link(ZOE))
    await clock.advance(minutes=61)

    await visitor.submit("/signup/verify/link")

    assert visitor.page.status_code == 410


async def test_asking_again_at_once_keeps_the_code_that_is_out(visitor: Browser, mailbox: Mailbox) -> None:
    await start(visitor)
    code = await mailbox.code(ZOE)

    await start(visitor)

    assert await mailbox.count(ZOE) == 1
    await visitor.submit("/signup/verify", code=code)
    assert visitor.name == "signup.finish"


async def test_a_stranger_cannot_kill_a_code_by_asking_again(app: Litestar, visitor: Browser, mailbox: Mailbox) -> None:
    await start(visitor)
    code = await mailbox.code(ZOE)
    stranger = Browser(app, ip="198.51.100.66")
    await start(stranger)
    assert stranger.page.status_code == 429
    assert int(stranger.page.headers["retry-after"]) > 0

    await visitor.submit("/signup/verify", code=code)

    assert visitor.name == "signup.finish"


async def test_a_newer_mail_replaces_the_older_code(visitor: Browser, mailbox: Mailbox, clock: Clock) -> None:
    await start(visitor)
    old = await mailbox.code(ZOE)
    await clock.advance(minutes=2)
    await visitor.submit("/signup/verify/resend")
    new = await mailbox.code(ZOE)

    await visitor.submit("/signup/verify", code=old)
    if old != new:
        assert visitor.page.status_code == 422
    await visitor.submit("/signup/verify", code=new)

    assert visitor.name == "signup.finish"


async def test_five_mails_a_day_for_one_address(visitor: Browser, mailbox: Mailbox, clock: Clock) -> None:
    for _time in range(5):
        await start(visitor)
        assert visitor.name == "signup.verify"
        await clock.advance(minutes=2)

    await start(visitor)

    assert visitor.page.status_code == 429
    assert await mailbox.count(ZOE) == 5


async def test_every_address_gets_the_same_answer(
    app: Litestar, database: TestDatabase, cast: Cast, mailbox: Mailbox
) -> None:
    """Known, unknown, unverified, suspended, locked: byte-equal pages, and only the mailbox learns which."""
    unverified = "una@zebra.test"
    await start(Browser(app), unverified)
    await db.execute('UPDATE "Users" SET "status" = \'suspended\' WHERE "email" = \'adam@acme.test\'')
    await db.execute(
        'UPDATE "Users" SET "accountLockedUntil" = app_now() + interval \'1 hour\' WHERE "email" = $1', "mia@acme.test"
    )
    await db.execute('DELETE FROM "RateLimits"')
    pages = set()
    for email in ("olga@acme.test", "new1@zebra.test", unverified, "adam@acme.test", "mia@acme.test"):
        visitor = Browser(app)
        await start(visitor, email)
        pages.add(visitor.comparable(email))

    assert len(pages) == 1


async def test_a_known_address_is_told_so_by_mail_only(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await start(visitor, "olga@acme.test", "Mallory")

    mail = await mailbox.newest("olga@acme.test")
    assert "/recover" in mail.text
    assert await db.value('SELECT "name" FROM "Users" WHERE "email" = \'olga@acme.test\'') == "Olga Olsen"


def countdown(visitor: Browser) -> int:
    """The seconds that the page says are left until a new code can be sent; 0 if it says nothing."""
    found = re.search(r'data-wait="(\d+)"', visitor.page.text)
    told = re.search(r"A new code can be sent in (\d+) second", visitor.document.text)
    assert (found is None) == (told is None)
    assert found is None or found.group(1) == (told.group(1) if told else None)
    return int(found.group(1)) if found else 0


async def test_the_waiting_page_counts_down_and_does_not_begin_anew(
    visitor: Browser, mailbox: Mailbox, clock: Clock
) -> None:
    await start(visitor)
    assert countdown(visitor) in range(55, 61)

    await clock.advance(seconds=40)
    await visitor.open("/signup/verify")
    assert countdown(visitor) in range(15, 21)
    await visitor.submit("/signup/verify", code="12")
    assert countdown(visitor) in range(15, 21)

    await clock.advance(seconds=21)
    await visitor.open("/signup/verify")
    assert countdown(visitor) == 0
    await visitor.submit("/signup/verify/resend")
    assert countdown(visitor) in range(55, 61)
    assert await mailbox.count(ZOE) == 2
