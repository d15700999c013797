"""What "This was not me" does: it leaves nobody inside, undoes what was added, and leads back in."""

from uuid import UUID

import pytest
from litestar import Litestar

from app import crypto, db
from app.audit.events import Event
from tests.cast import Cast
from tests.mailbox import Mailbox
from tests.second_step import id_of
from tests.users.links import NEW, NEW_SIGN_IN, STRANGER, of, sign_in, tell, visitor
from tests.visitor import Browser

__all__ = ["visitor"]

pytestmark = pytest.mark.anyio


async def add_passkey(email: str, name: str = "Pixel 9") -> str:
    key: UUID = await db.value(
        'INSERT INTO "Authenticators" ("userId", "credentialID", "credentialPublicKey", "counter", "friendlyName")'
        " VALUES ($1, uuid_send(uuid_generate_v4()), '\\x01', 0, $2) RETURNING \"id\"",
        await id_of(email),
        name,
    )
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', email)
    return str(key)


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
