"""After a recovery the next sign-in opens with everything that opens the account, each kept or removed."""

from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from app import crypto, db
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

NEW = "amber-window-thistle"
REVIEW = "/recover/review"


@pytest.fixture
async def visitor(app: Litestar, cast: Cast) -> Browser:
    return Browser(app)


async def sign_in(browser: Browser, email: str, password: str = PASSWORD, onward: str = "") -> Browser:
    await browser.open(f"/login{onward}")
    await browser.submit("/login", email=email, password=password)
    return browser


async def id_of(email: str) -> UUID:
    found: UUID = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', email)
    return found


async def due(email: str, cause: str = "password_reset") -> None:
    await db.execute('INSERT INTO "RecoveryReviews" ("userId", "cause") VALUES ($1, $2)', await id_of(email), cause)


async def add_passkey(email: str, name: str) -> str:
    key: UUID = await db.value(
        'INSERT INTO "Authenticators" ("userId", "credentialID", "credentialPublicKey", "counter", "friendlyName")'
        " VALUES ($1, uuid_send(uuid_generate_v4()), '\\x01', 0, $2) RETURNING \"id\"",
        await id_of(email),
        name,
    )
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', email)
    return f"passkey {key}"


async def of(email: str, column: str) -> Any:
    return await db.value(f'SELECT "{column}" FROM "Users" WHERE "email" = $1', email)  # noqa: S608 - of the test


async def is_due() -> bool:
    return bool(await db.value('SELECT EXISTS (SELECT FROM "RecoveryReviews" WHERE "finishedAt" IS NULL)'))


async def test_the_sign_in_after_a_reset_opens_with_a_review(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await visitor.open("/recover")
    await visitor.submit("/recover", email=cast.mia)
    await visitor.submit("/recover/sent", code=await mailbox.code(cast.mia))
    await visitor.submit("/recover/reset", new_password=NEW)

    await sign_in(visitor, cast.mia, NEW, "?next=/dev/mail")

    assert visitor.path == REVIEW
    assert "Nothing else opens your account" in visitor.document.text
    await visitor.submit(REVIEW, answer="mine")
    assert visitor.path == "/dev/mail"
    assert not await is_due()


async def test_so_does_the_one_after_an_unlocking_by_mail(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    for time in range(10):
        await sign_in(Browser(app, ip=f"198.51.100.{time + 1}"), cast.mia, "wrong-harbour-lantern")
    browser = Browser(app)
    await browser.open(await mailbox.link(cast.mia))
    await browser.submit("/recover/unlock")

    await sign_in(browser, cast.mia)

    assert browser.path == REVIEW
    assert "locked after many wrong passwords" in browser.document.text


async def test_it_is_for_whoever_is_signed_in_and_only_while_it_is_due(visitor: Browser, cast: Cast) -> None:
    await visitor.open(REVIEW)
    assert visitor.name == "login.index"
    await sign_in(visitor, cast.mia)

    await visitor.open(f"{REVIEW}?next=/dev/mail")

    assert visitor.path == "/dev/mail"


async def test_it_lists_everything_and_marks_what_is_young(
    app: Litestar, visitor: Browser, cast: Cast, clock: Clock
) -> None:
    old = await add_passkey(cast.mia, "Old key")
    await db.execute(
        'UPDATE "Users" SET "twoFactorSecret" = \'sealed\', "googleId" = \'sub-1\' WHERE "email" = $1', cast.mia
    )
    await clock.advance(days=31)
    young = await add_passkey(cast.mia, "Young key")
    other = await sign_in(Browser(app, agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari"), cast.mia)
    await db.execute('UPDATE "KnownDevices" SET "rememberedAt" = app_now()')
    await due(cast.mia)
    await add_passkey(cast.olga, "Hers")

    await sign_in(visitor, cast.mia)

    page = visitor.page.text
    for key in (old, young, "totp ", "google sub-1", "device ", "session "):
        assert f'value="{key}' in page, key
    assert "Hers" not in page
    assert page.count("Newer than 30 days") == 1, "sessions and remembered devices are never older"
    assert page.count('name="remove"') == 6, "the browser that looks is not listed"
    assert str(other.cookie("session")) not in page


async def test_what_is_ticked_goes_and_the_rest_stays(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    mine, theirs = await add_passkey(cast.mia, "Mine"), await add_passkey(cast.mia, "Theirs")
    await db.execute(
        'UPDATE "Users" SET "twoFactorSecret" = \'sealed\', "googleId" = \'sub-1\' WHERE "email" = $1', cast.mia
    )
    await due(cast.mia)
    await sign_in(visitor, cast.mia)

    await visitor.submit(REVIEW, remove=[theirs, "google sub-1"], answer="remove")

    assert visitor.name == "account.home"
    assert "2 things were removed." in visitor.document.text
    left = [f"passkey {row['id']}" for row in await db.rows('SELECT "id" FROM "Authenticators"')]
    assert left == [mine]
    assert (await of(cast.mia, "twoFactorSecret"), await of(cast.mia, "googleId")) == ("sealed", None)
    subjects = await mailbox.subjects(cast.mia)
    assert {"A passkey was removed", "Your Google account was unlinked"} <= set(subjects)
    details = await db.value('SELECT "details" FROM "SecurityAuditLogs" WHERE "event" = \'review.finished\'')
    assert sorted(details["removed"]) == ["google", "passkey"]
    assert not await is_due()


async def test_a_removed_factor_ends_other_sessions_and_remembered_devices(
    app: Litestar, visitor: Browser, cast: Cast
) -> None:
    other = await sign_in(Browser(app), cast.mia)
    await db.execute('UPDATE "KnownDevices" SET "rememberedAt" = app_now()')
    await db.execute('UPDATE "Users" SET "twoFactorSecret" = \'sealed\' WHERE "email" = $1', cast.mia)
    await due(cast.mia)
    await sign_in(visitor, cast.mia)

    await visitor.submit(REVIEW, remove=["totp "], answer="remove")

    assert visitor.name == "account.home"
    await other.open("/")
    assert other.name == "home.landing"
    assert await of(cast.mia, "twoFactorSecret") is None
    assert await db.value('SELECT count(*) FROM "KnownDevices" WHERE "rememberedAt" IS NOT NULL') == 0


async def test_a_session_or_a_device_alone_may_go(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    gone, stays = await sign_in(Browser(app), cast.mia), await sign_in(Browser(app), cast.mia)
    session = await db.value(
        'SELECT "id" FROM "Sessions" WHERE "tokenHash" = $1', crypto.digest(str(gone.cookie("session")))
    )
    device = await db.value('SELECT "id" FROM "KnownDevices" ORDER BY "id" LIMIT 1')
    await db.execute('UPDATE "KnownDevices" SET "rememberedAt" = app_now()')
    await due(cast.mia)
    await sign_in(visitor, cast.mia)

    await visitor.submit(REVIEW, remove=[f"session {session}", f"device {device}"], answer="remove")

    await gone.open("/")
    await stays.open("/")
    assert (gone.name, stays.name) == ("home.landing", "account.home")
    remembered = [
        row["id"] for row in await db.rows('SELECT "id" FROM "KnownDevices" WHERE "rememberedAt" IS NOT NULL')
    ]
    assert device not in remembered
    assert len(remembered) == 1
    assert "A device was signed out" in await mailbox.subjects(cast.mia)


async def test_what_belongs_to_others_is_passed_over(app: Litestar, visitor: Browser, cast: Cast) -> None:
    hers = await add_passkey(cast.olga, "Hers")
    olga = await sign_in(Browser(app), cast.olga)
    session = await db.value('SELECT "id" FROM "Sessions"')
    await due(cast.mia)
    await sign_in(visitor, cast.mia)
    own = await db.value('SELECT "id" FROM "Sessions" WHERE "userId" = $1', await id_of(cast.mia))

    await visitor.submit(
        REVIEW, remove=[hers, f"session {session}", f"session {own}", "nonsense", "passkey x"], answer="remove"
    )

    assert visitor.name == "account.home"
    assert await db.value('SELECT count(*) FROM "Authenticators"') == 1
    await olga.open("/")
    assert olga.name == "account.home"


@pytest.mark.parametrize(("answer", "ticked"), [("mine", True), ("remove", False), ("", False)])
async def test_the_two_answers_are_not_mixed_up(visitor: Browser, cast: Cast, answer: str, ticked: bool) -> None:
    key = await add_passkey(cast.mia, "Mine")
    await due(cast.mia)
    await sign_in(visitor, cast.mia)

    await visitor.submit(REVIEW, answer=answer, **({"remove": [key]} if ticked else {}))

    assert visitor.page.status_code == 422
    assert ("checked" in visitor.page.text) is ticked, "what was ticked stays ticked"
    assert await is_due()
    assert await db.value('SELECT count(*) FROM "Authenticators"') == 1


async def test_it_stays_due_until_it_is_done(app: Litestar, visitor: Browser, cast: Cast) -> None:
    await due(cast.mia)
    await sign_in(visitor, cast.mia)
    assert visitor.path == REVIEW
    await visitor.open("/")
    assert visitor.name == "account.home", "nobody is trapped"
    await visitor.open(REVIEW)
    await visitor.submit("/logout")
    assert visitor.name == "login.index"

    await sign_in(visitor, cast.mia)

    assert visitor.path == REVIEW


async def test_an_old_sign_in_is_not_proof_enough(visitor: Browser, cast: Cast, clock: Clock) -> None:
    key = await add_passkey(cast.mia, "Mine")
    await due(cast.mia)
    await sign_in(visitor, cast.mia)
    await clock.advance(minutes=10.1)

    answer = await visitor.http.post(
        REVIEW,
        data={"csrf_token": str(visitor.document.form(REVIEW)[1]["csrf_token"]), "remove": key, "answer": "remove"},
    )

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sudo")
    assert await is_due()
    assert await db.value('SELECT count(*) FROM "Authenticators"') == 1


async def test_a_mailed_code_is_not_proof_enough_for_whoever_has_more(
    visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    key = await add_passkey(cast.mia, "Mine")
    await due(cast.mia)
    await visitor.open("/login/code")
    await visitor.submit("/login/code", email=cast.mia)
    await visitor.submit("/login/code/enter", code=await mailbox.code(cast.mia))
    assert visitor.path == REVIEW

    await visitor.submit(REVIEW, remove=[key], answer="remove")

    assert visitor.path == "/sudo"
    assert await db.value('SELECT count(*) FROM "Authenticators"') == 1


async def test_a_strangers_passkey_goes_by_the_password_alone(visitor: Browser, cast: Cast) -> None:
    """The strongest thing the account has is what the stranger put there: it cannot be asked for."""
    key = await add_passkey(cast.mia, "Theirs")
    await due(cast.mia)
    await sign_in(visitor, cast.mia)

    await visitor.submit(REVIEW, remove=[key], answer="remove")

    assert visitor.name == "account.home"
    assert await of(cast.mia, "passKeyEnabled") is False


async def test_a_second_window_changes_nothing(app: Litestar, visitor: Browser, cast: Cast) -> None:
    key = await add_passkey(cast.mia, "Mine")
    await due(cast.mia)
    await sign_in(visitor, cast.mia)
    page = visitor.page
    await visitor.submit(REVIEW, answer="mine", remove=None)
    visitor.page = page

    await visitor.submit(REVIEW, remove=[key], answer="remove")

    assert visitor.page.status_code == 422
    assert await db.value('SELECT count(*) FROM "Authenticators"') == 1
