"""After signing in at most one page stands in the way, the first that applies; it keeps nobody and loses no aim."""

from uuid import UUID

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.users.work import counted
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

AIM = "/dev/mail?to=mia@acme.test"
NORA = "nora@nowhere.test"
"""In no tenant, so that no rule of one asks for a second step on a remembered device."""


@pytest.fixture
async def visitor(app: Litestar, cast: Cast) -> Browser:
    return Browser(app)


async def sign_in(browser: Browser, email: str = NORA, onward: str = "") -> Browser:
    await browser.open("/login")
    await browser.submit("/login", email=email, password=PASSWORD, **({"next": onward} if onward else {}))
    return browser


async def id_of(email: str) -> UUID:
    found: UUID = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', email)
    return found


def terms(version: str = "2027-01") -> None:
    configured(terms_url="https://acme.test/terms", terms_version=version)


async def review_is_due() -> None:
    await db.execute('INSERT INTO "RecoveryReviews" ("userId", "cause") VALUES ($1, $2)', await id_of(NORA), "unlocked")


async def two_step() -> None:
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = true, "passKeyEnabled" = true WHERE "email" = $1', NORA)
    await db.execute('UPDATE "KnownDevices" SET "rememberedAt" = app_now()')


async def test_new_terms_are_asked_for_once(visitor: Browser, cast: Cast) -> None:
    terms()
    await sign_in(visitor, onward=AIM)
    assert visitor.path == "/terms"
    assert "terms" in visitor.document.headings[0].lower()
    await visitor.submit("/terms")
    assert visitor.document.invalid == ["terms"]
    assert visitor.page.status_code == 422

    await visitor.submit("/terms", terms="y")

    assert str(visitor.page.url).endswith(AIM)
    row = await db.one('SELECT * FROM "TermsAcceptances"')
    assert row is not None
    assert (row["version"], row["ipAddress"]) == ("2027-01", "203.0.113.7")
    assert await db.value('SELECT count(*) FROM "ActivityLogs" WHERE "action" = \'terms.accepted\'') == 1
    await visitor.open("/")
    await visitor.submit("/logout")
    await sign_in(visitor)
    assert visitor.name == "account.home"


async def test_a_newer_version_says_that_it_is_one(visitor: Browser, cast: Cast) -> None:
    terms()
    await sign_in(visitor)
    assert visitor.document.headings == ["The terms of this site"]
    await visitor.submit("/terms", terms="y")
    await visitor.submit("/logout")

    terms("2027-06")
    await sign_in(visitor)

    assert visitor.document.headings == ["The terms have changed"]


async def test_agreeing_twice_is_one_acceptance(visitor: Browser, cast: Cast) -> None:
    terms()
    await sign_in(visitor)
    page = visitor.page
    for _time in range(2):
        visitor.page = page
        await visitor.submit("/terms", terms="y")

    assert await db.value('SELECT count(*) FROM "TermsAcceptances"') == 1
    assert await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'terms.accepted\'') == 1


async def test_without_terms_the_page_leads_on(visitor: Browser, cast: Cast) -> None:
    await sign_in(visitor)

    await visitor.open("/terms?next=/dev/mail")

    assert visitor.path == "/dev/mail"


async def test_the_first_that_applies_stands_alone(app: Litestar, visitor: Browser, cast: Cast, clock: Clock) -> None:
    """Terms before the review, the review before offers, a passkey before backup codes; then nothing."""
    await clock.advance(days=2)
    await sign_in(visitor)
    await visitor.open("/")
    await visitor.submit("/logout")
    await db.execute('DELETE FROM "OfferedStops"')
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = true WHERE "email" = $1', NORA)
    await db.execute('UPDATE "KnownDevices" SET "rememberedAt" = app_now()')
    terms()
    await review_is_due()
    seen = []
    for _time in range(5):
        await sign_in(visitor, onward=AIM)
        seen.append(visitor.path)
        if visitor.path == "/terms":
            await visitor.submit("/terms", terms="y")
        elif visitor.path == "/recover/review":
            await visitor.submit("/recover/review", answer="mine", remove=None)
        elif visitor.path.startswith("/offers"):
            assert AIM.replace("&", "&amp;") in visitor.page.text
            await visitor.open(AIM)
        assert str(visitor.page.url).endswith(AIM), "one page, and then where they were going"
        await visitor.open("/")
        await visitor.submit("/logout")

    assert seen == ["/terms", "/recover/review", "/offers/passkey", "/offers/backup-codes", "/dev/mail"]


async def test_an_offer_comes_back_after_thirty_days_three_times(visitor: Browser, cast: Cast, clock: Clock) -> None:
    found = []
    for days in (2, 1, 28, 1.1, 31, 31, 400):
        await clock.advance(days=days)
        await sign_in(visitor)
        found.append(visitor.name == "stops.passkey")
        await visitor.open("/")
        await visitor.submit("/logout")

    assert found == [True, False, False, True, True, False, False]


async def test_a_passkey_is_offered_to_whoever_has_none(visitor: Browser, cast: Cast, clock: Clock) -> None:
    await clock.advance(days=2)
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', NORA)

    await sign_in(visitor)

    assert visitor.name == "account.home"


async def test_backup_codes_are_offered_to_whoever_has_two_steps_and_none(
    app: Litestar, visitor: Browser, cast: Cast, clock: Clock
) -> None:
    await sign_in(visitor)
    await visitor.submit("/logout")
    await clock.advance(days=2)
    await two_step()
    await db.execute('UPDATE "Users" SET "twoFactorBackupCodes" = ARRAY[\'a\'] WHERE "email" = $1', NORA)
    await sign_in(visitor)
    assert visitor.name == "account.home"
    await visitor.submit("/logout")
    await db.execute('UPDATE "Users" SET "twoFactorBackupCodes" = ARRAY[]::varchar[] WHERE "email" = $1', NORA)

    await sign_in(visitor)

    assert visitor.name == "stops.backup_codes"


async def test_nobody_is_offered_anything_just_after_signing_up(visitor: Browser, mailbox: Mailbox) -> None:
    await visitor.open("/signup")
    await visitor.submit("/signup", name="Zoe", email="zoe@zebra.test")
    await visitor.submit("/signup/verify", code=await mailbox.code("zoe@zebra.test"))
    await visitor.submit("/signup/finish", password=PASSWORD)
    assert visitor.name == "account.home"
    await visitor.submit("/logout")

    await sign_in(visitor, "zoe@zebra.test")

    assert visitor.name == "account.home"
    assert await db.value('SELECT count(*) FROM "OfferedStops"') == 0


@pytest.mark.parametrize("stop", ["/terms", "/recover/review", "/offers/passkey", "/offers/backup-codes"])
async def test_signing_out_is_on_each_of_them_and_none_holds_anybody(visitor: Browser, cast: Cast, stop: str) -> None:
    terms()
    await review_is_due()
    await sign_in(visitor)
    await visitor.open("/")
    assert visitor.name == "account.home"
    await visitor.open(stop)
    assert visitor.path == stop

    await visitor.submit("/logout")

    assert visitor.name == "login.index"
    assert visitor.cookie("session") in {None, ""}


@pytest.mark.parametrize("stop", ["/terms", "/recover/review", "/offers/passkey", "/offers/backup-codes"])
async def test_strangers_are_asked_to_sign_in(visitor: Browser, cast: Cast, stop: str) -> None:
    await visitor.open(stop)

    assert visitor.name == "login.index"


@pytest.mark.parametrize("evil", ["//evil.test", "https://evil.test", "/\\evil.test"])
async def test_no_stop_leads_to_another_site(visitor: Browser, cast: Cast, evil: str) -> None:
    terms()
    await sign_in(visitor)
    for stop in ("/offers/passkey", "/terms"):
        await visitor.open(f"{stop}?next={evil}")
        assert "evil" not in visitor.page.text
    await visitor.submit("/terms", terms="y", next=evil)

    assert visitor.path == "/"


async def test_all_of_it_is_one_statement(
    visitor: Browser, cast: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await clock.advance(days=2)
    await visitor.open("/login")

    with counted(monkeypatch) as work:
        await visitor.http.post(
            "/login",
            data=visitor.document.form("/login")[1] | {"email": NORA, "password": PASSWORD},
            headers={"origin": "http://localhost:8000"},
        )

    after = [step for step in work.steps if "OfferedStops" in step or step.startswith("WITH person AS")]
    assert len(after) == 1
    assert work.steps[-1] == after[0], "nothing comes after it"
