"""A person's passkeys: the list, renaming, removing; and a passkey at the second step and as a fresh proof."""

import html
import json
import re
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from app import crypto, db
from app.users.login.tables import HalfSignIn
from tests.authenticator import YUBIKEY, Authenticator, text_of
from tests.cast import PASSWORD, Cast
from tests.ceremonies import (
    ADD,
    PROVE,
    SIGN_IN,
    give_passkey,
    live_sessions,
    options,
    prove,
    refusals,
    register,
    send,
    show,
    sign_in,
)
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def key(app: Litestar, cast: Cast) -> Authenticator:
    made = Authenticator(count=1)
    await give_passkey(Browser(app), cast.mia, made)
    return made


@pytest.fixture
async def mia(app: Litestar, key: Authenticator) -> Browser:
    """Signed in by her passkey just now."""
    browser = Browser(app)
    await browser.open("/login")
    assert (await show(browser, key)).status_code == 200
    await browser.open("/")
    return browser


async def second(mia: Browser) -> Authenticator:
    made = Authenticator(aaguid=YUBIKEY, synced=False)
    assert (await register(mia, made)).status_code == 200
    await mia.open(ADD)
    return made


async def id_of(key: Authenticator) -> UUID:
    found: UUID = await db.value('SELECT "id" FROM "Authenticators" WHERE "credentialID" = $1', key.id)
    return found


async def enabled() -> bool:
    return bool(await db.value('SELECT "passKeyEnabled" FROM "Users" WHERE "email" = \'mia@acme.test\''))


async def half_made(browser: Browser, email: str) -> None:
    """The browser as it stands after a password, before the second step."""
    secret = crypto.new_token()
    user_id = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', email)
    await HalfSignIn.begin(user_id, "password", secret.digest, 10, lifts_lock=True)
    browser.plant("half", secret.plain)


async def test_the_list_is_for_people_who_are_signed_in(app: Litestar, cast: Cast) -> None:
    browser = Browser(app)
    await browser.open(ADD)

    assert browser.name == "login.index"


async def test_without_a_passkey_the_page_says_what_one_is(app: Litestar, cast: Cast) -> None:
    browser = await sign_in(Browser(app), cast.mia)
    await browser.open(ADD)

    assert "You have no passkey yet" in browser.document.text
    assert "data-signal" not in browser.page.text


async def test_the_list_tells_the_keys_apart(mia: Browser, key: Authenticator) -> None:
    await second(mia)

    text = mia.document.text
    for part in ("Google Password Manager", "Synced", "Last used", "just now", "YubiKey 5 NFC", "On this key only"):
        assert part in text, part
    assert "Not used yet" in text


async def test_browsers_are_told_the_full_list_and_the_name(mia: Browser, key: Authenticator) -> None:
    other = await second(mia)

    found = re.search(r'data-signal="([^"]+)"', mia.page.text)
    assert found
    signal = json.loads(html.unescape(found.group(1)))
    assert signal["rpId"] == "localhost"
    assert signal["userId"] == text_of(key.handle or b"")
    assert signal["allAcceptedCredentialIds"] == [text_of(key.id), text_of(other.id)]
    assert (signal["name"], signal["displayName"]) == ("mia@acme.test", "Mia Mayer") or signal["displayName"]


async def test_a_passkey_is_renamed(mia: Browser, key: Authenticator) -> None:
    path = f"{ADD}/{await id_of(key)}"
    await mia.open(path)
    await mia.submit(path, name=" My phone ")

    assert mia.path == ADD
    assert "My phone" in mia.document.text
    assert await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'passkey.renamed\'') == 1


@pytest.mark.parametrize("name", ["", "x" * 61, "yubikey 5 NFC", "a\nb"])
async def test_a_name_that_helps_nobody_is_refused(mia: Browser, key: Authenticator, name: str) -> None:
    await second(mia)
    path = f"{ADD}/{await id_of(key)}"
    await mia.open(path)
    await mia.submit(path, name=name)

    assert mia.page.status_code == 422
    assert mia.document.invalid == ["name"]


async def test_somebody_elses_passkey_does_not_exist(app: Litestar, mia: Browser, cast: Cast) -> None:
    adams = Authenticator()
    await give_passkey(Browser(app), cast.adam, adams)
    await mia.open(ADD)
    for key_id in (await id_of(adams), uuid4(), "not-an-id"):
        for path in (f"{ADD}/{key_id}", f"{ADD}/{key_id}/remove"):
            assert (await mia.http.get(path)).status_code == 404
            assert (await mia.post(path, name="x")).status_code == 404

    assert await db.value('SELECT "friendlyName" FROM "Authenticators" WHERE "credentialID" = $1', adams.id) != "x"
    assert await db.value('SELECT count(*) FROM "Authenticators"') == 2


async def test_removing_asks_for_a_fresh_proof(mia: Browser, key: Authenticator) -> None:
    await db.execute('UPDATE "Sessions" SET "authenticatedAt" = app_now() - interval \'11 minutes\'')
    path = f"{ADD}/{await id_of(key)}/remove"

    assert (await mia.http.get(path)).headers["location"].startswith("/sudo?next=")
    await mia.open(ADD)
    token = mia.document.form("/logout")[1]["csrf_token"]
    answer = await mia.http.post(path, data={"csrf_token": token})

    assert answer.headers["location"].startswith("/sudo")
    assert await enabled()


async def test_a_passkey_is_removed_and_its_owner_told(
    app: Litestar, mia: Browser, key: Authenticator, cast: Cast, mailbox: Mailbox
) -> None:
    other = await second(mia)
    await sign_in(Browser(app), cast.mia)
    path = f"{ADD}/{await id_of(other)}/remove"
    await mia.open(path)
    assert "This signs out 1 other device." in mia.document.text
    await mia.submit(path, everywhere="y")

    assert "“YubiKey 5 NFC” can no longer sign in" in mia.document.text
    assert "1 other device was signed out." in mia.document.text
    assert await live_sessions() == 1
    assert (await mailbox.newest(cast.mia)).subject == "A passkey was removed"
    assert await enabled()
    stranger = Browser(app)
    await stranger.open("/login")
    assert (await show(stranger, other)).json()["field"] == "unknown_passkey"


async def test_the_last_passkey_goes_where_a_password_is_left(mia: Browser, key: Authenticator) -> None:
    path = f"{ADD}/{await id_of(key)}/remove"
    await mia.open(path)
    await mia.submit(path)

    assert mia.path == ADD
    assert not await enabled()
    assert '"allAcceptedCredentialIds":[]' in html.unescape(mia.page.text), "the browser shall forget it"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('"password" = NULL', "This is your only way to sign in."),
        ('"twoFactorEnabled" = true', "This is the only second step you have."),
        ('"twoFactorEnabled" = true, "twoFactorSecret" = \'pending:x\'', "This is the only second step you have."),
    ],
)
async def test_the_last_passkey_stays_where_nothing_else_would_do(
    mia: Browser, key: Authenticator, change: str, words: str
) -> None:
    await db.execute(f'UPDATE "Users" SET {change} WHERE "email" = \'mia@acme.test\'')  # noqa: S608 - constants above
    path = f"{ADD}/{await id_of(key)}/remove"
    await mia.open(path)
    await mia.submit(path)

    assert mia.page.status_code == 422
    assert words in mia.document.text
    assert await enabled()
    await second(mia)
    await mia.open(path)
    await mia.submit(path)
    assert mia.page.status_code == 200
    assert await db.value('SELECT count(*) FROM "Authenticators"') == 1


@pytest.mark.parametrize("change", ['"twoFactorEnabled" = true, "twoFactorSecret" = \'x\'', "\"googleId\" = 'g'"])
async def test_the_last_passkey_goes_where_another_factor_does(mia: Browser, key: Authenticator, change: str) -> None:
    await db.execute(f'UPDATE "Users" SET {change} WHERE "email" = \'mia@acme.test\'')  # noqa: S608 - constants above
    path = f"{ADD}/{await id_of(key)}/remove"
    await mia.open(path)
    await mia.submit(path)

    assert not await enabled()
    two_step = await db.value('SELECT "twoFactorEnabled" FROM "Users" WHERE "email" = \'mia@acme.test\'')
    assert bool(two_step) == ("twoFactor" in change), "as it was"


async def test_a_fresh_proof_by_passkey_renews_the_session(mia: Browser, key: Authenticator) -> None:
    before = mia.cookie("session")
    await db.execute('UPDATE "Sessions" SET "authenticatedAt" = app_now() - interval \'11 minutes\'')
    assert (await send(mia, f"{ADD}/options")).status_code == 303

    answer = await show(mia, key, PROVE, body={"next": f"{ADD}/add"})

    assert answer.json() == {"next": f"{ADD}/add"}
    assert mia.cookie("session") != before
    assert (await mia.open(f"{ADD}/add")).status_code == 200
    assert mia.path == f"{ADD}/add"
    old = Browser(mia.http._transport.app)  # type: ignore[attr-defined] # noqa: SLF001 - the same app
    old.plant("session", before or "")
    await old.open(ADD)
    assert old.name == "login.index"


async def test_only_ones_own_passkey_proves_who_one_is(app: Litestar, mia: Browser, cast: Cast) -> None:
    adams = Authenticator()
    await give_passkey(Browser(app), cast.adam, adams)

    answer = await show(mia, adams, PROVE)

    assert answer.status_code == 422
    assert await refusals() == ["other_person"]


async def test_a_proof_offers_the_persons_keys_and_takes_one_without_a_handle(mia: Browser, key: Authenticator) -> None:
    asked = await options(mia, PROVE)
    assert [each["id"] for each in asked["allowCredentials"]] == [text_of(key.id)]

    assert (await show(mia, key, PROVE, handle=b"x" * 64)).status_code == 422
    assert (await show(mia, key, PROVE, handle=None)).status_code == 200


async def test_a_proof_in_another_session_or_of_another_ceremony_is_none(
    app: Litestar, mia: Browser, key: Authenticator
) -> None:
    other = Browser(app)
    await other.open("/login")
    await show(other, key)
    await other.open("/")
    for browser, path in ((other, PROVE), (mia, SIGN_IN), (mia, ADD)):
        asked = await options(browser, path)
        answer = await send(mia, f"{PROVE}/verify", credential=key.sign(asked))
        assert answer.status_code == 422
    assert await refusals() == ["challenge"] * 3

    await prove(mia, key)


async def test_whoever_has_none_is_told_so(app: Litestar, cast: Cast) -> None:
    browser = await sign_in(Browser(app), cast.mia)

    answer = await send(browser, f"{PROVE}/options")

    assert answer.status_code == 422
    assert "You have no passkey yet." in answer.json()["problem"]


async def test_at_the_second_step_the_passkey_is_that_persons(app: Litestar, key: Authenticator, cast: Cast) -> None:
    adams = Authenticator()
    await give_passkey(Browser(app), cast.adam, adams)
    browser = Browser(app)
    await browser.open("/login")
    await half_made(browser, cast.mia)
    body = {"second": True, "next": "/logout"}

    wrong = await show(browser, adams, body=body)
    right = await show(browser, key, body=body)

    assert (wrong.status_code, right.status_code) == (422, 200)
    assert await refusals() == ["other_person"]
    assert right.json() == {"next": "/logout"}
    assert await db.value('SELECT count(*) FROM "HalfSignIns" WHERE "endedAt" IS NULL') == 0
    assert browser.cookie("half") is None


@pytest.mark.parametrize("end", ['"endedAt" = app_now()', '"expiresAt" = app_now()'])
async def test_a_second_step_that_is_over_takes_no_passkey(
    app: Litestar, key: Authenticator, cast: Cast, end: str
) -> None:
    browser = Browser(app)
    await browser.open("/login")
    await half_made(browser, cast.mia)
    await db.execute(f'UPDATE "HalfSignIns" SET {end}')  # noqa: S608 - constants above

    assert (await show(browser, key, body={"second": True})).status_code == 422
    assert await live_sessions() == 0
    assert (await show(browser, key)).status_code == 200, "it is a whole sign-in by itself"


async def test_signing_in_offers_a_passkey_and_says_what_to_use_without_script(app: Litestar, cast: Cast) -> None:
    browser = Browser(app)
    await browser.open("/login")

    assert "Use a passkey" in browser.document.text
    assert "Passkeys need a newer browser with JavaScript. Use another way on this page." in browser.document.text


async def test_the_sign_in_page_offers_first_what_was_used_last(mia: Browser) -> None:
    await mia.submit("/logout")
    page = mia.page.text

    assert page.index("data-passkey=") < page.index('name="password"')
    assert "This is how you signed in here last time." in page
    assert 'autocomplete="username webauthn"' in page
    assert PASSWORD not in page
