"""Signing in, being locked out, and getting in all the same."""

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.database import Clock, TestDatabase
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

WRONG = "wrong-harbour-lantern"


@pytest.fixture
async def visitor(app: Litestar, cast: Cast) -> Browser:
    return Browser(app)


async def sign_in(visitor: Browser, email: str, password: str = PASSWORD, path: str = "/login") -> None:
    await visitor.open(path)
    await visitor.submit("/login", email=email, password=password)


async def fail(app: Litestar, email: str, times: int) -> None:
    """Wrong passwords from one network after another, so that the account's own limit is what counts."""
    for time in range(times):
        await sign_in(Browser(app, ip=f"198.51.100.{time + 1}"), email, WRONG)


async def test_the_right_password_signs_in(visitor: Browser, cast: Cast) -> None:
    await sign_in(visitor, cast.mia, WRONG)
    assert visitor.page.status_code == 422
    assert visitor.cookie("session") is None

    await sign_in(visitor, cast.mia)

    assert visitor.name == "account.home"
    row = await db.one('SELECT * FROM "Users" WHERE "email" = $1', cast.mia)
    assert row is not None
    assert (row["loginCount"], row["failedLoginAttempts"]) == (1, 0)
    assert row["lastLoginAt"] is not None


async def test_the_address_may_be_typed_in_any_case(visitor: Browser) -> None:
    await sign_in(visitor, " Mia@ACME.test ")

    assert visitor.name == "account.home"


@pytest.mark.parametrize("password", [f" {PASSWORD}", f"{PASSWORD} ", PASSWORD.upper(), PASSWORD[:-1], PASSWORD + "x"])
async def test_a_password_is_compared_exactly(visitor: Browser, cast: Cast, password: str) -> None:
    await sign_in(visitor, cast.mia, password)

    assert visitor.page.status_code == 422


async def test_a_password_of_a_megabyte_is_refused_without_hashing(visitor: Browser, cast: Cast) -> None:
    await visitor.open("/login")
    await visitor.submit("/login", email=cast.mia, password="x" * 1_000_000)
    assert visitor.page.status_code == 413

    await visitor.open("/login")
    await visitor.submit("/login", email=cast.mia, password="x" * 300)

    assert visitor.page.status_code == 422
    assert await db.value('SELECT "failedLoginAttempts" FROM "Users" WHERE "email" = $1', cast.mia) == 0


async def test_ten_wrong_passwords_lock_and_only_the_mailbox_is_told(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await fail(app, cast.mia, 10)

    await sign_in(visitor, cast.mia)
    locked = visitor.comparable(cast.mia)
    await sign_in(visitor, "nobody@acme.test", WRONG)

    assert locked == visitor.comparable("nobody@acme.test")
    assert "locked" in (await mailbox.newest(cast.mia)).subject.lower()
    assert await mailbox.count(cast.mia) == 1


async def test_nine_wrong_passwords_do_not_lock(app: Litestar, visitor: Browser, cast: Cast) -> None:
    await fail(app, cast.mia, 9)

    await sign_in(visitor, cast.mia)

    assert visitor.name == "account.home"


async def test_a_lock_ends_by_itself_and_doubles(app: Litestar, visitor: Browser, cast: Cast, clock: Clock) -> None:
    async def minutes_locked() -> float:
        seconds = await db.value(
            'SELECT extract(epoch FROM "accountLockedUntil" - app_now()) FROM "Users" WHERE "email" = $1', cast.mia
        )
        return float(round(float(seconds) / 60))

    for minutes in (15, 30, 60, 60):
        await fail(app, cast.mia, 10)
        assert await minutes_locked() == minutes
        await clock.advance(minutes=minutes + 1)

    await sign_in(visitor, cast.mia)

    assert visitor.name == "account.home"


async def test_failures_far_apart_do_not_add_up(app: Litestar, visitor: Browser, cast: Cast, clock: Clock) -> None:
    await fail(app, cast.mia, 9)
    await clock.advance(minutes=16)
    await fail(app, cast.mia, 9)

    await sign_in(visitor, cast.mia)

    assert visitor.name == "account.home"


async def test_a_stranger_cannot_lock_out_a_known_device(app: Litestar, visitor: Browser, cast: Cast) -> None:
    await sign_in(visitor, cast.mia)
    await visitor.submit("/logout")
    await fail(app, cast.mia, 10)
    await sign_in(Browser(app), cast.mia)

    await sign_in(visitor, cast.mia)

    assert visitor.name == "account.home"
    stranger = Browser(app)
    await sign_in(stranger, cast.mia)
    assert stranger.page.status_code == 422, "the known device's sign-in must not open the door for strangers"


async def test_a_known_device_has_a_limit_of_its_own(app: Litestar, visitor: Browser, cast: Cast) -> None:
    await sign_in(visitor, cast.mia)
    await visitor.submit("/logout")
    for _time in range(10):
        await sign_in(visitor, cast.mia, WRONG)

    await sign_in(visitor, cast.mia)
    assert visitor.page.status_code == 422

    other = Browser(app)
    await sign_in(other, cast.mia)
    assert other.name == "account.home"


async def test_a_device_is_known_for_the_person_who_used_it_only(app: Litestar, visitor: Browser, cast: Cast) -> None:
    await sign_in(visitor, cast.mia)
    await visitor.submit("/logout")
    await fail(app, cast.adam, 10)

    await sign_in(visitor, cast.adam)

    assert visitor.page.status_code == 422


async def test_unlocking_by_mail(app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await fail(app, cast.mia, 10)
    link = await mailbox.link(cast.mia)
    await visitor.open(link)
    assert visitor.name == "recover.unlock"
    assert cast.mia in visitor.document.text

    await visitor.submit("/recover/unlock")
    await sign_in(visitor, cast.mia)

    assert visitor.name == "recover.review", "who guessed may have been here before"
    late = Browser(app)
    await late.open(link)
    assert late.page.status_code == 410


async def test_every_account_gets_the_same_refusal(app: Litestar, cast: Cast) -> None:
    """Known, unknown, unverified, suspended, locked, without a password, and what is no address at all."""
    await db.execute('UPDATE "Users" SET "status" = \'suspended\' WHERE "email" = $1', cast.adam)
    await db.execute('UPDATE "Users" SET "password" = NULL WHERE "email" = $1', cast.eve)
    await db.execute('UPDATE "Users" SET "emailVerified" = false WHERE "email" = $1', cast.nora)
    await db.execute(
        'UPDATE "Users" SET "accountLockedUntil" = app_now() + interval \'1 hour\' WHERE "email" = $1', cast.olga
    )
    pages = set()
    for email in (cast.mia, cast.adam, cast.eve, cast.nora, cast.olga, "nobody@acme.test", "no address"):
        browser = Browser(app)
        await sign_in(browser, email, WRONG)
        pages.add(browser.comparable(email))
        if email != cast.mia:
            await sign_in(browser, email, PASSWORD)
            pages.add(browser.comparable(email))

    assert len(pages) == 1


async def test_a_session_gets_a_new_secret_at_sign_in(visitor: Browser, cast: Cast) -> None:
    """A secret that was planted before is never adopted (session fixation)."""
    planted = "a" * 43
    visitor.plant("session", planted)

    await sign_in(visitor, cast.mia)

    assert visitor.cookie("session") not in {None, planted}
    assert await db.value('SELECT count(*) FROM "Sessions"') == 1


async def test_an_unknown_secret_is_nobodys(visitor: Browser) -> None:
    visitor.plant("session", "b" * 43)

    await visitor.open("/")

    assert visitor.name == "home.landing"


async def test_signing_in_again_ends_the_session_before(app: Litestar, visitor: Browser, cast: Cast) -> None:
    await sign_in(visitor, cast.mia)
    first = visitor.cookie("session")
    await visitor.open("/recover")
    token = visitor.document.form("/recover")[1]["csrf_token"]
    await visitor.http.post("/login", data={"csrf_token": token, "email": cast.olga, "password": PASSWORD})

    thief = Browser(app)
    thief.plant("session", str(first))
    await thief.open("/")

    assert thief.name == "home.landing"


async def test_signing_out_ends_the_session_on_the_server(app: Litestar, visitor: Browser, cast: Cast) -> None:
    await sign_in(visitor, cast.mia)
    secret = visitor.cookie("session")
    await visitor.open("/logout")
    assert visitor.name == "login.logout"
    await visitor.open("/")

    await visitor.submit("/logout")

    assert visitor.name == "login.index"
    thief = Browser(app)
    thief.plant("session", str(secret))
    await thief.open("/")
    assert thief.name == "home.landing"


@pytest.mark.parametrize(("hours", "alive"), [(11.9, True), (12.1, False)])
async def test_a_session_ends_when_it_is_idle(
    visitor: Browser, cast: Cast, clock: Clock, hours: float, alive: bool
) -> None:
    await sign_in(visitor, cast.mia)
    await clock.advance(hours=hours)

    await visitor.open("/")

    assert (visitor.name == "account.home") is alive


async def test_a_session_ends_after_thirty_days_however_busy(visitor: Browser, cast: Cast, clock: Clock) -> None:
    await sign_in(visitor, cast.mia)
    for _half_day in range(65):
        await clock.advance(hours=11)
        await visitor.open("/")
        assert visitor.name == "account.home"
    await clock.advance(hours=5.1)

    await visitor.open("/")

    assert visitor.name == "home.landing"


async def test_a_suspended_person_is_out_at_once(visitor: Browser, cast: Cast) -> None:
    await sign_in(visitor, cast.mia)
    await db.execute('UPDATE "Users" SET "status" = \'suspended\' WHERE "email" = $1', cast.mia)

    await visitor.open("/")

    assert visitor.name == "home.landing"


async def test_a_mailed_code_signs_in_once(app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await visitor.open("/login/code")
    await visitor.submit("/login/code", email=cast.mia)
    code = await mailbox.code(cast.mia)
    wrong = "000000" if code != "000000" else "111111"
    await visitor.submit("/login/code/enter", code=wrong)
    assert visitor.page.status_code == 422

    await visitor.submit("/login/code/enter", code=code)
    assert visitor.name == "account.home"

    await visitor.submit("/logout")
    await visitor.open("/login/code/enter")
    assert visitor.name == "login.code"


async def test_asking_for_a_code_tells_nothing(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    await db.execute('UPDATE "Users" SET "status" = \'suspended\' WHERE "email" = $1', cast.adam)
    pages = set()
    for email in (cast.mia, cast.adam, "nobody@acme.test"):
        browser = Browser(app)
        await browser.open("/login/code")
        await browser.submit("/login/code", email=email)
        pages.add(browser.comparable(email))
        await browser.submit("/login/code/enter", code="000000")
        pages.add(browser.comparable(email))

    assert len(pages) == 2
    assert {mail.to for mail in await mailbox.all()} == {cast.mia}


@pytest.mark.parametrize(
    "onward",
    ["//evil.test", "/\\evil.test", "https://evil.test", "https:evil.test", "/\t/evil.test", "/%09/evil.test\n",
     "http://localhost:8000@evil.test", "/..//evil.test", "javascript:alert(1)", "/\r\nSet-Cookie:x=1", "evil.test"],
)  # fmt: skip
async def test_next_never_leads_elsewhere(visitor: Browser, cast: Cast, onward: str) -> None:
    await visitor.open("/login")
    await visitor.submit("/login", email=cast.mia, password=PASSWORD, next=onward)

    assert visitor.path == "/"
    assert visitor.name == "account.home"


async def test_next_leads_to_where_the_person_was_going(visitor: Browser, cast: Cast) -> None:
    await sign_in(visitor, cast.mia, path="/login?next=%2Flogout")

    assert visitor.name == "login.logout"


async def test_a_network_that_keeps_guessing_is_told_to_wait(visitor: Browser) -> None:
    for time in range(16):
        await sign_in(visitor, "nobody@acme.test", f"{WRONG}{time}")

    assert visitor.page.status_code == 429
    assert int(visitor.page.headers["retry-after"]) > 0
    assert visitor.document.form("/login")[1]["email"] == "nobody@acme.test"


async def test_the_history_tells_success_from_failure(visitor: Browser, cast: Cast, database: TestDatabase) -> None:
    await sign_in(visitor, cast.mia, WRONG)
    await sign_in(visitor, cast.mia)

    rows = await db.rows(
        'SELECT "status"::text, "failureReason", "ipAddress", "userAgent" FROM "LoginHistories" ORDER BY "createdAt"'
    )

    assert [(row["status"], row["failureReason"]) for row in rows] == [("failed", "wrong_password"), ("success", None)]
    assert {row["ipAddress"] for row in rows} == {"203.0.113.7"}
    assert all("Firefox" in row["userAgent"] for row in rows)


async def test_the_way_that_was_used_last_is_offered_first(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await visitor.open("/login")
    assert "Email me a code instead" in visitor.document.text
    await visitor.open("/login/code")
    await visitor.submit("/login/code", email=cast.mia)
    await visitor.submit("/login/code/enter", code=await mailbox.code(cast.mia))
    await visitor.submit("/logout")

    text = visitor.document.text
    assert text.index("Email me a code") < text.index("Password")
