"""A form that came too early or too late is not lost: kept for its sender alone, for an hour, without its secrets."""

import re

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.users.sudo import STALE, add_passkey
from tests.users.test_sessions import signed_in
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

NEW = "amber-window-thistle"


async def remove_form(app: Litestar, email: str, clock: Clock) -> Browser:
    """The form for doing without a password, open for so long that the proof is stale."""
    browser = await signed_in(app, email)
    await db.execute('UPDATE "Users" SET "googleId" = \'g-1\' WHERE "email" = $1', email)
    await add_passkey(email)
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = false')
    await browser.open("/account/password/remove")
    assert browser.name == "password.remove"
    return browser


async def test_a_form_that_came_too_early_waits_for_the_proof_and_goes_on(
    app: Litestar, cast: Cast, clock: Clock
) -> None:
    browser = await remove_form(app, cast.nora, clock)
    await clock.advance(**STALE)
    await browser.submit("/account/password/remove", elsewhere="y")
    assert browser.name == "sudo.index"
    assert await db.value('SELECT "password" IS NOT NULL FROM "Users" WHERE "email" = $1', cast.nora)

    await browser.submit("/sudo/password", password=PASSWORD)

    assert browser.name == "sudo.kept"
    assert "Confirmed. Continue?" in browser.document.headings
    assert "Remove your password" in browser.document.text
    page = browser.page
    await browser.submit("/account/password/remove")
    assert "Your password is removed." in browser.document.text
    browser.page = page
    await browser.submit("/account/password/remove")
    assert browser.page.status_code == 422, "a kept form is sent once"
    assert "sent already" in browser.document.text


async def test_no_secret_is_kept_and_it_is_asked_for_again(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await signed_in(app, cast.nora)
    await browser.open("/account/password")
    await clock.advance(**STALE)
    await browser.submit("/account/password", new_password=NEW)
    assert NEW not in str(await db.rows('SELECT "path", "sealed" FROM "KeptForms"'))
    await browser.submit("/sudo/password", password=PASSWORD)
    assert browser.name == "sudo.kept"
    assert NEW not in browser.page.text
    assert "asked for them once more" in browser.document.text

    await browser.submit("/account/password")

    assert browser.name == "password.index"
    assert browser.page.status_code == 422
    await browser.submit("/account/password", new_password=NEW)
    assert "Your password is changed." in browser.document.text


async def test_a_kept_form_is_encrypted_and_holds_no_token(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await remove_form(app, cast.nora, clock)
    await clock.advance(**STALE)
    _form, fields = browser.document.form("/account/password/remove")
    await browser.submit("/account/password/remove", elsewhere="canary-canary")
    row = await db.one('SELECT * FROM "KeptForms"')
    assert row is not None
    assert b"canary" not in row["sealed"]

    await browser.submit("/sudo/password", password=PASSWORD)

    assert browser.page.text.count("canary-canary") == 1
    assert str(fields["csrf_token"]) not in browser.page.text


async def kept(app: Litestar, cast: Cast, clock: Clock) -> tuple[Browser, str]:
    browser = await remove_form(app, cast.nora, clock)
    await clock.advance(**STALE)
    await browser.submit("/account/password/remove")
    await browser.submit("/sudo/password", password=PASSWORD)
    assert browser.name == "sudo.kept"
    return browser, browser.path


async def test_a_kept_form_is_its_senders_alone(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser, path = await kept(app, cast, clock)
    other = await signed_in(app, cast.mia)
    for gone in (path, "/kept/00000000-0000-4000-8000-000000000000"):
        await other.open(gone)
        assert other.page.status_code == 404
        assert "Remove your password" not in other.document.text
    await other.open("/account/sessions")
    await other.post(f"{path}/discard")

    await browser.open(path)

    assert browser.name == "sudo.kept", "looking, and others, use nothing up"


async def test_a_kept_form_waits_for_an_hour(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser, path = await kept(app, cast, clock)
    await clock.advance(minutes=72)

    await browser.open(path)
    assert browser.page.status_code == 404


async def test_a_kept_form_can_be_thrown_away(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser, path = await kept(app, cast, clock)

    await browser.submit(f"{path}/discard")

    assert "thrown away" in browser.document.text
    await browser.open(path)
    assert browser.page.status_code == 404
    assert await db.value('SELECT count(*) FROM "KeptForms"') == 0


async def test_a_forged_form_is_not_kept(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await remove_form(app, cast.nora, clock)
    await clock.advance(**STALE)

    answer = await browser.http.post("/account/password/remove", data={"csrf_token": "x" * 88})

    assert answer.status_code == 403
    assert await db.value('SELECT count(*) FROM "KeptForms"') == 0


async def test_one_person_keeps_a_handful(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await remove_form(app, cast.nora, clock)
    await clock.advance(**STALE)
    page = browser.page
    for _time in range(13):
        browser.page = page
        await browser.submit("/account/password/remove")

    assert await db.value('SELECT count(*) FROM "KeptForms"') == 10


async def too_late(app: Litestar, cast: Cast, clock: Clock) -> Browser:
    """Somebody who sends a form after the idle end."""
    browser = await remove_form(app, cast.nora, clock)
    await clock.advance(hours=13)
    await browser.submit("/account/password/remove", elsewhere="y")
    return browser


async def test_a_form_that_came_too_late_is_offered_after_signing_in(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await too_late(app, cast, clock)
    assert browser.name == "login.index"
    assert "is kept for an hour" in browser.document.text
    assert "nothing happened" in browser.document.text

    await browser.submit("/login", email=cast.nora, password=PASSWORD)

    assert browser.name == "sudo.kept"
    assert "You are signed in again" in browser.document.text
    await browser.submit("/account/password/remove")
    assert "Your password is removed." in browser.document.text


async def test_a_late_form_is_never_another_persons(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await too_late(app, cast, clock)

    await browser.submit("/login", email=cast.mia, password=PASSWORD)

    assert browser.page.status_code == 404
    assert "Remove your password" not in browser.document.text


async def test_a_late_form_without_the_token_of_its_session_is_not_kept(
    app: Litestar, cast: Cast, clock: Clock
) -> None:
    browser = await remove_form(app, cast.nora, clock)
    await clock.advance(hours=13)
    for token, headers in (("x" * 88, {}), (None, {"origin": "https://evil.test"})):
        _form, fields = browser.document.form("/account/password/remove")
        sent = fields | ({"csrf_token": token} if token else {})
        answer = await browser.http.post("/account/password/remove", data=sent, headers=headers)
        assert answer.headers["location"] == "/login"

    assert await db.value('SELECT count(*) FROM "KeptForms"') == 0


@pytest.mark.parametrize("reason", ["signed_out", "password_changed", "not_me", "overtaken"])
async def test_whoever_was_signed_out_by_somebody_keeps_no_form(
    app: Litestar, cast: Cast, clock: Clock, reason: str
) -> None:
    """The secret may be in a thief's hands: it plants nothing for the owner to press."""
    browser = await remove_form(app, cast.nora, clock)
    await db.execute('UPDATE "Sessions" SET "endedAt" = app_now(), "endReason" = $1', reason)

    await browser.submit("/account/password/remove")

    assert browser.name == "login.index"
    assert await db.value('SELECT count(*) FROM "KeptForms"') == 0


async def test_what_is_kept_names_its_path_as_it_was(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser, _path = await kept(app, cast, clock)

    assert re.search(r'<form class="form" method="post" action="/account/password/remove">', browser.page.text)
