"""One's own password: changed, set for the first time, done without; and what that ends."""

import pytest
from litestar import Litestar

from app import crypto, db
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.users.sudo import add_passkey, mail_only
from tests.users.test_sessions import PHONE, live, signed_in
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

PAGE = "/account/password"
NEW = "amber-window-thistle"


async def stored(email: str) -> str | None:
    found: str | None = await db.value('SELECT "password" FROM "Users" WHERE "email" = $1', email)
    return found


async def link_google(email: str) -> None:
    await db.execute('UPDATE "Users" SET "googleId" = \'g-1\' WHERE "email" = $1', email)


async def at_page(app: Litestar, email: str, path: str = PAGE) -> Browser:
    browser = await signed_in(app, email)
    await browser.open(path)
    return browser


async def test_password_managers_find_the_page(app: Litestar, cast: Cast) -> None:
    stranger = Browser(app)
    answer = await stranger.http.get("/.well-known/change-password")
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert (await stranger.http.get("/.well-known/resource-that-should-not-exist")).status_code == 404

    browser = await signed_in(app, cast.nora)
    await browser.open("/.well-known/change-password")
    assert browser.name == "password.index"


async def test_a_changed_password_is_the_only_one_that_works(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    browser = await at_page(app, cast.nora)
    assert "old password is not asked for again" in browser.document.text

    await browser.submit(PAGE, new_password=NEW)

    assert "Your password is changed." in browser.document.text
    assert (await mailbox.newest(cast.nora)).subject == "Your password was changed"
    for password, status in ((PASSWORD, 422), (NEW, 200)):
        other = Browser(app)
        await other.open("/login")
        await other.submit("/login", email=cast.nora, password=password)
        assert other.page.status_code == status


@pytest.mark.parametrize("password", ["", "short", "passwordpassword", "nora-nowak-nora", PASSWORD, "x" * 257])
async def test_a_bad_choice_is_refused_at_the_field(app: Litestar, cast: Cast, password: str) -> None:
    browser = await at_page(app, cast.nora)
    before = await stored(cast.nora)

    await browser.submit(PAGE, new_password=password)

    assert browser.page.status_code == 422
    assert browser.document.invalid == ["new_password"]
    assert await stored(cast.nora) == before


async def test_changing_signs_out_everywhere_else_and_renews_this_session(app: Litestar, cast: Cast) -> None:
    others = [await signed_in(app, cast.nora, agent=PHONE) for _other in range(2)]
    browser = await at_page(app, cast.nora)
    old = str(browser.cookie("session"))
    assert "Signs out 2 other devices." in browser.document.text

    await browser.submit(PAGE, new_password=NEW)

    for other in others:
        await other.open("/account/sessions")
        assert other.name == "login.index"
        assert "because your password was changed" in other.document.text
    assert browser.cookie("session") not in (None, old)
    await browser.open("/account/sessions")
    assert browser.name == "sessions.index"
    thief = Browser(app)
    thief.plant("session", old)
    await thief.open("/account/sessions")
    assert thief.name == "login.index"


async def test_without_the_tick_the_others_stay(app: Litestar, cast: Cast) -> None:
    await signed_in(app, cast.nora, agent=PHONE)
    browser = await at_page(app, cast.nora)

    await browser.submit(PAGE, new_password=NEW, elsewhere=None)

    assert "Your password is changed." in browser.document.text
    assert await live(cast.nora) == 2


async def test_the_tick_survives_a_refusal_as_it_was(app: Litestar, cast: Cast) -> None:
    browser = await at_page(app, cast.nora)
    assert "elsewhere" in browser.document.form(PAGE)[1]

    await browser.submit(PAGE, new_password="short", elsewhere=None)

    assert "elsewhere" not in browser.document.form(PAGE)[1]


async def test_open_resets_die_with_the_old_password(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    asker = Browser(app)
    await asker.open("/recover")
    await asker.submit("/recover", email=cast.nora)
    link, code = await mailbox.link(cast.nora), await mailbox.code(cast.nora)
    browser = await at_page(app, cast.nora)

    await browser.submit(PAGE, new_password=NEW)

    stranger = Browser(app)
    await stranger.open(link)
    assert stranger.page.status_code == 410
    await asker.submit("/recover/sent", code=code)
    assert asker.name != "recover.reset"


async def test_a_first_password_is_set_by_whoever_has_none(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    await mail_only(cast.nora)
    browser = Browser(app)
    await browser.open("/login/code")
    await browser.submit("/login/code", email=cast.nora)
    await browser.submit("/login/code/enter", code=await mailbox.code(cast.nora))
    await browser.open(PAGE)
    assert "Set a password" in browser.document.text
    assert "remove" not in browser.page.text

    await browser.submit(PAGE, new_password=NEW)

    assert "Your password is set." in browser.document.text
    assert (await mailbox.newest(cast.nora)).subject == "Your account has a password now"
    assert await crypto.verify_password(await stored(cast.nora), NEW)


@pytest.mark.parametrize(
    ("passkeys", "google", "goes"), [(0, True, False), (1, False, False), (1, True, True), (2, False, True)]
)
async def test_a_password_goes_where_two_other_ways_are_left(
    app: Litestar, cast: Cast, mailbox: Mailbox, passkeys: int, google: bool, goes: bool
) -> None:
    browser = await at_page(app, cast.nora)
    for number in range(passkeys):
        await add_passkey(cast.nora, f"key {number}")
    if google:
        await link_google(cast.nora)
    await browser.open(PAGE)
    assert ("Remove password" in browser.document.text) is goes

    await browser.open(f"{PAGE}/remove")
    await browser.submit(f"{PAGE}/remove")

    assert (await stored(cast.nora) is None) is goes
    assert ("two ways in are left" in browser.document.text) is not goes
    assert ((await mailbox.newest(cast.nora)).subject == "Your password was removed") is goes


async def test_a_removal_signs_out_everywhere_else(app: Litestar, cast: Cast) -> None:
    other = await signed_in(app, cast.nora, agent=PHONE)
    await add_passkey(cast.nora)
    await link_google(cast.nora)
    browser = await at_page(app, cast.nora, f"{PAGE}/remove")
    old = browser.cookie("session")

    await browser.submit(f"{PAGE}/remove")

    await other.open("/account/sessions")
    assert other.name == "login.index"
    assert browser.cookie("session") not in (None, old)


async def test_a_stale_proof_changes_nothing(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await at_page(app, cast.nora)
    before = await stored(cast.nora)
    await clock.advance(minutes=11)

    await browser.submit(PAGE, new_password=NEW)

    assert browser.name == "sudo.index"
    assert await stored(cast.nora) == before
