"""The ways back in: the mailbox opens the door a crack, and nothing that was open before stays open."""

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

NEW = "amber-window-thistle"


@pytest.fixture
async def visitor(app: Litestar, cast: Cast) -> Browser:
    return Browser(app)


async def ask(visitor: Browser, email: str) -> None:
    await visitor.open("/recover")
    await visitor.submit("/recover", email=email)


async def sign_in(visitor: Browser, email: str, password: str) -> None:
    await visitor.open("/login")
    await visitor.submit("/login", email=email, password=password)


async def reset_by_code(visitor: Browser, email: str, mailbox: Mailbox, password: str = NEW) -> None:
    await ask(visitor, email)
    await visitor.submit("/recover/sent", code=await mailbox.code(email))
    await visitor.submit("/recover/reset", new_password=password)


async def test_a_code_leads_to_a_new_password(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await ask(visitor, cast.mia)
    assert visitor.name == "recover.sent"
    await visitor.submit("/recover/sent", code="000000" if await mailbox.code(cast.mia) != "000000" else "111111")
    assert visitor.document.invalid == ["code"]
    await visitor.submit("/recover/sent", code=await mailbox.code(cast.mia))
    assert visitor.name == "recover.reset"

    await visitor.submit("/recover/reset", new_password=NEW)

    assert visitor.name == "login.index"
    await sign_in(visitor, cast.mia, PASSWORD)
    assert visitor.page.status_code == 422
    await sign_in(visitor, cast.mia, NEW)
    assert visitor.name == "recover.review"


async def test_a_reset_signs_nobody_in(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await reset_by_code(visitor, cast.mia, mailbox)

    assert visitor.cookie("session") is None
    assert await db.value('SELECT count(*) FROM "Sessions"') == 0


async def test_the_link_works_in_another_browser_and_once(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await ask(visitor, cast.mia)
    link = await mailbox.link(cast.mia)
    for _scanner in range(3):
        await Browser(app).open(link)
    phone = Browser(app)
    await phone.open(link)
    assert phone.name == "recover.confirm"
    assert cast.mia in phone.document.text
    await phone.submit("/recover/reset/link")
    await phone.submit("/recover/reset", new_password=NEW)

    late = Browser(app)
    await late.open(link)

    assert late.page.status_code == 410
    await sign_in(late, cast.mia, NEW)
    assert late.name == "recover.review"


async def test_an_old_link_is_refused_when_it_is_posted_too(
    visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    await ask(visitor, cast.mia)
    await visitor.open(await mailbox.link(cast.mia))
    await clock.advance(minutes=61)

    await visitor.submit("/recover/reset/link")

    assert visitor.page.status_code == 410


async def test_a_proof_is_good_for_an_hour(visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock) -> None:
    await ask(visitor, cast.mia)
    await visitor.submit("/recover/sent", code=await mailbox.code(cast.mia))
    await clock.advance(minutes=61)

    await visitor.submit("/recover/reset", new_password=NEW)

    assert visitor.page.status_code == 410


async def test_a_newer_link_replaces_the_older(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    await ask(visitor, cast.mia)
    older = await mailbox.link(cast.mia)
    await clock.advance(minutes=2)
    await ask(visitor, cast.mia)

    await visitor.open(older)
    assert visitor.page.status_code == 410

    await visitor.open(await mailbox.link(cast.mia))
    assert visitor.name == "recover.confirm"


async def test_a_link_dies_when_the_password_is_set_by_the_code(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await ask(visitor, cast.mia)
    link = await mailbox.link(cast.mia)
    await visitor.submit("/recover/sent", code=await mailbox.code(cast.mia))
    await visitor.submit("/recover/reset", new_password=NEW)

    await visitor.open(link)

    assert visitor.page.status_code == 410


async def test_two_browsers_with_proofs_set_one_password(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    """Whoever is second holds a proof from before the reset, and it is dead."""
    await ask(visitor, cast.mia)
    await visitor.submit("/recover/sent", code=await mailbox.code(cast.mia))
    await clock.advance(minutes=2)
    second = Browser(app)
    await ask(second, cast.mia)
    await second.submit("/recover/sent", code=await mailbox.code(cast.mia))
    await visitor.submit("/recover/reset", new_password=NEW)

    await second.submit("/recover/reset", new_password="other-window-thistle")

    assert second.page.status_code == 410
    await sign_in(second, cast.mia, NEW)
    assert second.name == "recover.review"


@pytest.mark.parametrize("mangle", ["", "x", "truncated", "flipped"])
async def test_a_link_that_is_not_whole_is_dead(visitor: Browser, cast: Cast, mailbox: Mailbox, mangle: str) -> None:
    await ask(visitor, cast.mia)
    token = (await mailbox.link(cast.mia)).partition("token=")[2]
    changed = {"truncated": token[:-1], "flipped": token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]}
    await visitor.open("/recover")

    await visitor.post("/recover/reset/link", token=changed.get(mangle, mangle))

    assert visitor.page.status_code == 410


async def test_a_weak_password_keeps_the_proof(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await ask(visitor, cast.mia)
    await visitor.submit("/recover/sent", code=await mailbox.code(cast.mia))
    await visitor.submit("/recover/reset", new_password="mia-portal-26")
    assert visitor.document.invalid == ["new_password"]

    await visitor.submit("/recover/reset", new_password=NEW)

    assert visitor.name == "login.index"


async def test_everything_that_was_open_ends(app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    other = Browser(app)
    await sign_in(other, cast.mia, PASSWORD)
    for time in range(10):
        await sign_in(Browser(app, ip=f"198.51.100.{time + 1}"), cast.mia, "wrong-harbour-lantern")
    unlock = await mailbox.link(cast.mia)

    await reset_by_code(visitor, cast.mia, mailbox)

    await other.open("/")
    assert other.name == "home.landing"
    await visitor.open(unlock)
    assert visitor.page.status_code == 410
    assert await db.value('SELECT count(*) FROM "KnownDevices" WHERE "revokedAt" IS NULL') == 0
    assert await db.value('SELECT count(*) FROM "Sessions" WHERE "endReason" = \'password_reset\'') == 1


async def test_a_reset_lifts_the_lock(app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    for time in range(10):
        await sign_in(Browser(app, ip=f"198.51.100.{time + 1}"), cast.mia, "wrong-harbour-lantern")
    await reset_by_code(visitor, cast.mia, mailbox)

    await sign_in(visitor, cast.mia, NEW)

    assert visitor.name == "recover.review"


async def test_a_reset_leaves_the_second_factor_alone(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await db.execute(
        'UPDATE "Users" SET "twoFactorSecret" = \'kept\', "twoFactorBackupCodes" = ARRAY[\'a\'] WHERE "email" = $1',
        cast.mia,
    )

    await reset_by_code(visitor, cast.mia, mailbox)

    row = await db.one('SELECT * FROM "Users" WHERE "email" = $1', cast.mia)
    assert row is not None
    assert (row["twoFactorSecret"], row["twoFactorBackupCodes"]) == ("kept", ["a"])


async def test_the_mailbox_is_told_of_the_new_password(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await reset_by_code(visitor, cast.mia, mailbox)

    mail = await mailbox.newest(cast.mia)
    assert "password" in mail.subject.lower()
    assert "Firefox" in mail.text
    assert NEW not in mail.text


async def test_only_usable_accounts_get_a_mail(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    await db.execute('UPDATE "Users" SET "status" = \'suspended\' WHERE "email" = $1', cast.adam)
    await db.execute('UPDATE "Users" SET "emailVerified" = false WHERE "email" = $1', cast.nora)
    for email in (cast.adam, cast.nora, "nobody@acme.test"):
        await ask(Browser(app), email)
    assert await mailbox.count() == 0

    await ask(Browser(app), cast.mia)

    assert await mailbox.count() == 1


async def test_somebody_suspended_after_asking_gets_no_further(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await ask(visitor, cast.mia)
    await visitor.submit("/recover/sent", code=await mailbox.code(cast.mia))
    await db.execute('UPDATE "Users" SET "status" = \'suspended\' WHERE "email" = $1', cast.mia)

    await visitor.submit("/recover/reset", new_password=NEW)

    assert visitor.page.status_code == 410


async def test_a_link_for_one_person_while_another_is_signed_in_names_both(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await ask(visitor, cast.mia)
    shared = Browser(app)
    await sign_in(shared, cast.olga, PASSWORD)

    await shared.open(await mailbox.link(cast.mia))

    assert cast.mia in shared.document.text
    assert cast.olga in shared.document.text


async def test_hidden_fields_cannot_name_another_account(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await ask(visitor, cast.mia)
    await visitor.submit("/recover/sent", code=await mailbox.code(cast.mia))

    await visitor.submit("/recover/reset", new_password=NEW, email=cast.olga)

    assert visitor.page.status_code == 422
    await sign_in(visitor, cast.olga, PASSWORD)
    assert visitor.name == "account.home"


async def test_the_unlock_link_ends_after_a_day(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    for time in range(10):
        await sign_in(Browser(app, ip=f"198.51.100.{time + 1}"), cast.mia, "wrong-harbour-lantern")
    await visitor.open(await mailbox.link(cast.mia))
    await clock.advance(hours=24.1)

    await visitor.submit("/recover/unlock")

    assert visitor.page.status_code == 410
