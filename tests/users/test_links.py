"""/links: looking does nothing, pressing does it once, and "This was not me" leaves nobody inside."""

import logging
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from app import crypto, db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.users.proofs.tables import MailedLink
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

NEW = "amber-window-thistle"
STRANGER = "198.51.100.66"
NEW_SIGN_IN = "New sign-in to your account"


@pytest.fixture
async def visitor(app: Litestar, cast: Cast) -> Browser:
    return Browser(app)


async def sign_in(browser: Browser, email: str, password: str = PASSWORD) -> Browser:
    await browser.open("/login")
    await browser.submit("/login", email=email, password=password)
    return browser


async def id_of(email: str) -> UUID:
    found: UUID = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', email)
    return found


async def tell(email: str, event: Event, undo: dict[str, str] | None = None, **details: Any) -> None:
    """Something happened to the person, as a verb of another part would record it."""
    person = await id_of(email)
    by = Actor(kind="person", user_id=person, ip=STRANGER, agent="Mozilla/5.0 (Windows NT 10.0) Firefox/151.0")
    async with db.transaction():
        await record(event, by=by, about=person, undo=undo, **details)


async def add_passkey(email: str, name: str = "Pixel 9") -> str:
    key: UUID = await db.value(
        'INSERT INTO "Authenticators" ("userId", "credentialID", "credentialPublicKey", "counter", "friendlyName")'
        " VALUES ($1, uuid_send(uuid_generate_v4()), '\\x01', 0, $2) RETURNING \"id\"",
        await id_of(email),
        name,
    )
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', email)
    return str(key)


async def of(email: str, column: str) -> Any:
    return await db.value(f'SELECT "{column}" FROM "Users" WHERE "email" = $1', email)  # noqa: S608 - of the test


async def open_sessions() -> int:
    count: int = await db.value('SELECT count(*) FROM "Sessions" WHERE "endedAt" IS NULL')
    return count


async def test_looking_says_what_happened_and_does_nothing(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await sign_in(Browser(app, ip=STRANGER), cast.mia)
    link = await mailbox.act(cast.mia, NEW_SIGN_IN)

    for _look in range(3):
        await visitor.open(link)

    text = visitor.document.text
    assert visitor.name == "links.not_me"
    for word in (cast.mia, NEW_SIGN_IN, "Firefox · Linux", "UTC", "Every device is signed out", "password stops"):
        assert word in text, word
    assert await open_sessions() == 1
    assert await of(cast.mia, "password") is not None
    await visitor.http.head(link)
    assert await open_sessions() == 1


async def test_not_me_ends_everything_and_leads_to_a_new_password(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    stranger = await sign_in(Browser(app, ip=STRANGER), cast.mia)
    link = await mailbox.act(cast.mia, NEW_SIGN_IN)
    await visitor.open(link)

    await visitor.submit(link)

    assert visitor.name == "links.not_me_done"
    assert "1 session was ended." in visitor.document.text
    assert "The password no longer works." in visitor.document.text
    await stranger.open("/")
    assert stranger.name == "home.landing"
    await sign_in(stranger, cast.mia)
    assert stranger.page.status_code == 422, "the password that the stranger knows is worth nothing"
    await visitor.open("/recover/sent")
    await visitor.submit("/recover/sent", code=await mailbox.code(cast.mia))
    await visitor.submit("/recover/reset", new_password=NEW)
    await sign_in(visitor, cast.mia, NEW)
    assert visitor.name == "recover.review"


async def test_the_mailed_link_leads_back_in_as_well(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await tell(cast.mia, Event.PASSWORD_CHANGED, {"password": "1"})
    link = await mailbox.act(cast.mia)
    await visitor.open(link)
    await visitor.submit(link)
    phone = Browser(app)

    await phone.open(await mailbox.link(cast.mia))

    assert phone.name == "recover.confirm"


async def test_half_sign_ins_devices_codes_and_links_die(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    stranger = await sign_in(Browser(app, ip=STRANGER), cast.mia)
    await stranger.submit("/logout")
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = true WHERE "email" = $1', cast.mia)
    await sign_in(stranger, cast.mia)
    await stranger.open("/login/code")
    await stranger.submit("/login/code", email=cast.mia)
    code = await mailbox.code(cast.mia)
    link = await mailbox.act(cast.mia, NEW_SIGN_IN)
    await visitor.open(link)
    await visitor.submit(link)

    assert await db.value('SELECT count(*) FROM "HalfSignIns" WHERE "endedAt" IS NULL') == 0
    assert await db.value('SELECT count(*) FROM "KnownDevices" WHERE "revokedAt" IS NULL') == 0
    await stranger.open("/login/code")
    assert stranger.name == "login.code"
    await stranger.post("/login/code/enter", code=code)
    assert stranger.page.status_code == 410


async def test_pressing_acts_once_and_the_page_goes_on_telling(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await tell(cast.mia, Event.PASSWORD_CHANGED)
    link = await mailbox.act(cast.mia)
    await visitor.open(link)
    await visitor.submit(link)
    await db.execute('UPDATE "Users" SET "password" = \'set since\' WHERE "email" = $1', cast.mia)

    await visitor.open("/login")
    await visitor.post(link)

    assert visitor.page.status_code == 410
    assert await of(cast.mia, "password") == "set since"
    other = Browser(app)
    await other.open(link)
    assert other.name == "links.not_me_done"


@pytest.mark.parametrize("mangle", ["", "x", "truncated", "flipped", "%00", "a" * 3000])
async def test_a_link_that_is_not_whole_is_dead(visitor: Browser, cast: Cast, mailbox: Mailbox, mangle: str) -> None:
    await tell(cast.mia, Event.PASSWORD_CHANGED)
    token = (await mailbox.act(cast.mia)).rpartition("/")[2]
    changed = {"truncated": token[:-1], "flipped": token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]}
    path = f"/links/{changed.get(mangle, mangle)}"

    await visitor.open(path)
    assert visitor.page.status_code in ({404} if not mangle else {410})
    await visitor.open("/login")
    await visitor.post(path)

    assert visitor.page.status_code in ({404} if not mangle else {410})
    assert await of(cast.mia, "password") is not None


async def test_it_works_for_seven_days_on_both_ways(
    visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    await tell(cast.mia, Event.PASSWORD_CHANGED)
    link = await mailbox.act(cast.mia)
    await clock.advance(days=6.99)
    await visitor.open(link)
    assert visitor.name == "links.not_me"
    await clock.advance(days=0.02)

    await visitor.submit(link)

    assert visitor.page.status_code == 410
    assert (await visitor.open(link)).status_code == 410
    assert await of(cast.mia, "password") is not None


async def test_another_secret_is_no_mailed_act(app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    """An unlock link has a page of its own; a reset link and a session are something else altogether."""
    unlock = crypto.new_token()
    await MailedLink.make(await id_of(cast.mia), "unlock", unlock.digest, 60)
    home = await sign_in(Browser(app), cast.mia)
    await visitor.open("/recover")
    await visitor.submit("/recover", email=cast.mia)
    reset = (await mailbox.link(cast.mia)).partition("token=")[2]
    for secret in (unlock.plain, reset, str(home.cookie("session")), str(home.cookie("device"))):
        await visitor.open(f"/links/{secret}")
        assert visitor.page.status_code == 410
        await visitor.open("/login")
        await visitor.post(f"/links/{secret}")
        assert visitor.page.status_code == 410
    act = (await mailbox.act(cast.mia, NEW_SIGN_IN)).rpartition("/")[2]
    await visitor.open(f"/recover/unlock?token={act}")
    assert visitor.page.status_code == 410


async def test_a_network_that_opens_dead_links_is_stopped_and_a_good_one_goes_on_working(
    app: Litestar, cast: Cast, mailbox: Mailbox
) -> None:
    configured(environment="staging")
    await tell(cast.mia, Event.PASSWORD_CHANGED)
    link = await mailbox.act(cast.mia)
    guesser = Browser(app, ip=STRANGER)
    found = {(await guesser.http.get(f"/links/{'a' * 43}")).status_code for _guess in range(60)}
    assert found == {410}

    assert (await guesser.http.get(f"/links/{'a' * 43}")).status_code == 429

    assert (await guesser.open(link)).status_code == 200
    assert (await Browser(app).open(f"/links/{'a' * 43}")).status_code == 410


async def test_the_token_stands_in_no_log_line(
    visitor: Browser, cast: Cast, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    await tell(cast.mia, Event.PASSWORD_CHANGED)
    link = await mailbox.act(cast.mia)
    with caplog.at_level(logging.INFO):
        await visitor.open(link)
        await visitor.submit(link)
        await visitor.post(link)

    ours = "\n".join(line.getMessage() for line in caplog.records if line.name.startswith("portico"))
    assert "POST /links/… 303" in ours
    assert link.rpartition("/")[2] not in ours


async def test_another_account_that_is_signed_in_is_named_and_left_alone(
    visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await tell(cast.mia, Event.PASSWORD_CHANGED)
    link = await mailbox.act(cast.mia)
    await sign_in(visitor, cast.olga)

    await visitor.open(link)
    assert cast.mia in visitor.document.text
    assert f"You are signed in as {cast.olga} in this browser." in visitor.document.text
    await visitor.submit(link)

    assert f"You are signed in as {cast.olga}" in visitor.document.text
    await visitor.open("/")
    assert visitor.name == "account.home"
    assert await of(cast.olga, "password") is not None


async def test_the_persons_own_browser_is_signed_out_too(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await sign_in(visitor, cast.mia)
    link = await mailbox.act(cast.mia, NEW_SIGN_IN)
    await visitor.open(link)

    await visitor.submit(link)

    assert visitor.name == "links.not_me_done"
    await visitor.open("/")
    assert visitor.name == "home.landing"


async def test_somebody_suspended_gets_no_way_back_in(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await tell(cast.mia, Event.PASSWORD_CHANGED)
    link = await mailbox.act(cast.mia)
    before = await mailbox.count(cast.mia)
    await visitor.open(link)
    await db.execute('UPDATE "Users" SET "status" = \'suspended\' WHERE "email" = $1', cast.mia)

    await visitor.submit(link)

    assert visitor.page.status_code == 410
    assert await mailbox.count(cast.mia) == before


async def test_a_passkey_that_was_added_goes_and_others_stay(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    mine, theirs = await add_passkey(cast.mia, "Mine"), await add_passkey(cast.mia, "Theirs <b>")
    await tell(cast.mia, Event.PASSKEY_ADDED, {"passkey": theirs}, passkey="Theirs <b>")
    link = await mailbox.act(cast.mia)
    await visitor.open(link)
    assert "The passkey “Theirs <b>” can sign in" in visitor.document.text

    await visitor.submit(link)

    assert "The passkey “Theirs <b>” was removed." in visitor.document.text
    assert "<b>” was" not in visitor.page.text
    left = [str(row["id"]) for row in await db.rows('SELECT "id" FROM "Authenticators"')]
    assert left == [mine]
    assert await of(cast.mia, "passKeyEnabled") is True
    assert "A passkey was removed" in await mailbox.subjects(cast.mia)


async def test_the_last_passkey_takes_two_step_sign_in_with_it(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    """Else the second step would ask for something that nobody has."""
    theirs = await add_passkey(cast.mia)
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = true WHERE "email" = $1', cast.mia)
    await tell(cast.mia, Event.PASSKEY_ADDED, {"passkey": theirs}, passkey="Pixel 9")
    link = await mailbox.act(cast.mia)
    await visitor.open(link)

    await visitor.submit(link)

    assert (await of(cast.mia, "passKeyEnabled"), await of(cast.mia, "twoFactorEnabled")) == (False, False)
    assert "Two-step sign-in is off" in await mailbox.subjects(cast.mia)


async def test_an_authenticator_app_goes_only_if_it_is_still_that_one(
    visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await db.execute(
        'UPDATE "Users" SET "twoFactorSecret" = \'theirs\', "twoFactorEnabled" = true WHERE "email" = $1', cast.mia
    )
    await tell(cast.mia, Event.TOTP_ENABLED, {"totp": "1"})
    first = await mailbox.act(cast.mia)
    await tell(cast.mia, Event.TOTP_REPLACED, {"totp": "1"})
    second = await mailbox.act(cast.mia)
    await visitor.open(first)
    await visitor.submit(first)
    assert await of(cast.mia, "twoFactorSecret") == "theirs"

    await visitor.open(second)
    await visitor.submit(second)

    assert "The authenticator app was removed." in visitor.document.text
    assert await of(cast.mia, "twoFactorSecret") is None
    assert await of(cast.mia, "twoFactorEnabled") is False


async def test_an_authenticator_app_may_be_named_by_a_mark(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await db.execute('UPDATE "Users" SET "twoFactorSecret" = \'theirs pending:x\' WHERE "email" = $1', cast.mia)
    for mark, left in (("0" * 32, "theirs pending:x"), (crypto.digest("theirs").hex()[:32], None)):
        await tell(cast.mia, Event.TOTP_ENABLED, {"totp": mark})
        link = await mailbox.act(cast.mia)
        await visitor.open(link)
        await visitor.submit(link)
        assert await of(cast.mia, "twoFactorSecret") == left


async def test_google_is_unlinked_only_if_it_is_still_that_one(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await tell(cast.mia, Event.GOOGLE_LINKED, {"google": "sub-1"}, google="eve@gmail.example")
    link = await mailbox.act(cast.mia)
    await db.execute('UPDATE "Users" SET "googleId" = \'sub-2\' WHERE "email" = $1', cast.mia)
    await visitor.open(link)
    await visitor.submit(link)
    assert await of(cast.mia, "googleId") == "sub-2"

    await db.execute(
        'INSERT INTO "GoogleLinks" ("userId", "email", "linkedAt") VALUES ($1, \'eve@gmail.example\', app_now())',
        await id_of(cast.mia),
    )
    await tell(cast.mia, Event.GOOGLE_LINKED, {"google": "sub-2"}, google="eve@gmail.example")
    link = await mailbox.act(cast.mia)
    await visitor.open(link)
    await visitor.submit(link)

    assert await of(cast.mia, "googleId") is None
    assert await db.value('SELECT count(*) FROM "GoogleLinks"') == 0
    assert "The Google account was unlinked." in visitor.document.text


async def test_two_step_sign_in_is_on_again_if_something_is_left_to_ask_for(
    visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    for secret, on in (("pending:x", False), ("mine", True)):
        await db.execute('UPDATE "Users" SET "twoFactorSecret" = $2 WHERE "email" = $1', cast.mia, secret)
        await tell(cast.mia, Event.TWO_STEP_DISABLED, {"two_step": "1"})
        link = await mailbox.act(cast.mia)
        await visitor.open(link)
        await visitor.submit(link)
        assert await of(cast.mia, "twoFactorEnabled") is on
    assert "Two-step sign-in is on again." in visitor.document.text


async def test_backup_codes_that_somebody_else_saw_are_void(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await db.execute('UPDATE "Users" SET "twoFactorBackupCodes" = ARRAY[\'a\'] WHERE "email" = $1', cast.mia)
    await tell(cast.mia, Event.BACKUP_CODES_MADE)
    link = await mailbox.act(cast.mia)
    await visitor.open(link)

    await visitor.submit(link)

    assert await of(cast.mia, "twoFactorBackupCodes") is None


async def test_it_is_written_down_and_the_newest_mail_is_the_way_back_in(
    visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await tell(cast.mia, Event.PASSWORD_CHANGED, {"password": "1"})
    link = await mailbox.act(cast.mia)
    await visitor.open(link)

    await visitor.submit(link)

    row = await db.one('SELECT * FROM "SecurityAuditLogs" WHERE "event" = \'not_me.reported\'')
    assert row is not None
    assert row["severity"] == "critical"
    assert row["details"]["reported"] == "password.changed"
    assert row["details"]["password_removed"] is True
    assert (await mailbox.newest(cast.mia)).subject == "A new password for your account"


async def test_the_new_device_mail_is_for_devices_that_are_not_known(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await sign_in(visitor, cast.mia)
    mail = await mailbox.newest(cast.mia)
    assert mail.subject == NEW_SIGN_IN
    for word in ("does not know", "Firefox", "UTC"):
        assert word in mail.text
    await visitor.submit("/logout")

    await sign_in(visitor, cast.mia)
    assert await mailbox.count(cast.mia) == 1

    await sign_in(Browser(app, ip=STRANGER), cast.mia)
    assert await mailbox.count(cast.mia) == 2


async def test_a_stranger_whose_device_was_forgotten_is_new_again(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    """After "not me" every device is forgotten: coming back in the same browser is told of as any other."""
    stranger = await sign_in(Browser(app, ip=STRANGER), cast.mia)
    link = await mailbox.act(cast.mia)
    await visitor.open(link)
    await visitor.submit(link)
    await visitor.open("/recover/sent")
    await visitor.submit("/recover/sent", code=await mailbox.code(cast.mia))
    await visitor.submit("/recover/reset", new_password=NEW)

    await sign_in(stranger, cast.mia, NEW)

    assert (await mailbox.subjects(cast.mia)).count(NEW_SIGN_IN) == 2


async def test_signing_up_is_no_new_device(visitor: Browser, mailbox: Mailbox) -> None:
    await visitor.open("/signup")
    await visitor.submit("/signup", name="Zoe", email="zoe@zebra.test")
    await visitor.submit("/signup/verify", code=await mailbox.code("zoe@zebra.test"))
    await visitor.submit("/signup/finish", password=PASSWORD)

    assert visitor.name == "account.home"
    assert await mailbox.count("zoe@zebra.test") == 1
