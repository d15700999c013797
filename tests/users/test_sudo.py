"""Proving again who one is: what needs it, by which ways, and that the form that was being sent is not lost."""

import re

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from app import db
from app.actor import Actor, Sudo, sudo_level
from app.users.backup_codes import actions as backup_codes
from app.users.sudo.ways import Way, ways
from app.users.tables import User
from app.web.access import SAFE_METHODS
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.second_step import code, give_app, wrong_code
from tests.users.test_sessions import PHONE, signed_in
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

NEW = "amber-window-thistle"
WRONG = "wrong-harbour-lantern"
STALE = {"minutes": 11}

PROTECTED = ("/account/security", "/account/password", "/account/addresses", "/account/data")
"""Below these every act needs a fresh proof at the highest level, or a reason in WITHOUT_SUDO."""

WITHOUT_SUDO: dict[str, str] = {
    "/account/security/backup-codes/file": "it gives back what the same form holds, and changes nothing",
    "/account/security/passkeys/{key_id:uuid}": "it changes the name of a passkey, a label for its owner alone",
    "/account/security/google/later": "it forgets an offer and changes nothing",
    "/account/security/devices/forget": "it only asks for more at the next sign-in",
    "/account/security/devices/forget-all": "it only asks for more at the next sign-in",
}

NEEDS_SUDO = {
    ("GET", "/account/security/totp"): Sudo.STRONGEST,
    ("POST", "/account/security/totp/start"): Sudo.STRONGEST,
    ("POST", "/account/security/totp/cancel"): Sudo.STRONGEST,
    ("POST", "/account/security/totp/confirm"): Sudo.STRONGEST,
    ("POST", "/account/security/totp/remove"): Sudo.STRONGEST,
    ("POST", "/account/security/backup-codes"): Sudo.STRONGEST,
    ("POST", "/account/security/two-step/on"): Sudo.STRONGEST,
    ("POST", "/account/security/two-step/off"): Sudo.STRONGEST,
    ("POST", "/account/security/google"): Sudo.STRONGEST,
    ("POST", "/account/security/google/link"): Sudo.STRONGEST,
    ("POST", "/account/security/google/unlink"): Sudo.STRONGEST,
    ("GET", "/account/security/passkeys/add"): Sudo.STRONGEST,
    ("POST", "/account/security/passkeys/options"): Sudo.STRONGEST,
    ("POST", "/account/security/passkeys/verify"): Sudo.STRONGEST,
    ("GET", "/account/security/passkeys/{key_id:uuid}/remove"): Sudo.STRONGEST,
    ("POST", "/account/security/passkeys/{key_id:uuid}/remove"): Sudo.STRONGEST,
    ("POST", "/recover/review"): Sudo.FRESH,
    ("GET", "/account/password"): Sudo.STRONGEST,
    ("POST", "/account/password"): Sudo.STRONGEST,
    ("GET", "/account/password/remove"): Sudo.STRONGEST,
    ("POST", "/account/password/remove"): Sudo.STRONGEST,
}
"""The closed list: a route that is here without asking for it fails, and so does one that asks and is not here."""


def asking(app: Litestar) -> dict[tuple[str, str], Sudo]:
    found = {}
    for route in app.routes:
        assert isinstance(route, HTTPRoute)
        for handler in route.route_handlers:
            word = handler.opt.get("sudo", Sudo.NONE)
            for method in handler.http_methods - {"HEAD", "OPTIONS"}:
                found[str(method), route.path] = Sudo.STRONGEST if word is True else Sudo(word)
    return found


def test_the_list_of_what_needs_a_fresh_proof_is_closed(app: Litestar) -> None:
    assert {key: level for key, level in asking(app).items() if level} == NEEDS_SUDO


def test_every_act_on_what_protects_the_account_needs_one_or_says_why_not(app: Litestar) -> None:
    missing = [
        path
        for (method, path), level in asking(app).items()
        if method not in SAFE_METHODS and path.startswith(PROTECTED) and level < Sudo.STRONGEST
    ]

    assert sorted(missing) == sorted(WITHOUT_SUDO)
    assert all(len(reason) > 20 for reason in WITHOUT_SUDO.values())


@pytest.mark.parametrize(
    ("factors", "highest", "any_factor"),
    [
        (set(), ["mail"], ["mail"]),
        ({"google"}, ["mail"], ["mail"]),
        ({"password"}, ["password"], ["password"]),
        ({"password", "google"}, ["password"], ["password"]),
        ({"passkey"}, ["passkey"], ["passkey"]),
        ({"passkey", "password"}, ["passkey"], ["passkey", "password"]),
        ({"totp", "password"}, ["totp", "backup_code"], ["totp", "backup_code", "password"]),
        ({"passkey", "totp"}, ["passkey", "totp", "backup_code"], ["passkey", "totp", "backup_code"]),
    ],
)
def test_only_what_is_worth_the_level_is_offered(factors: set[str], highest: list[str], any_factor: list[str]) -> None:
    has = frozenset(factors)

    assert [way.value for way in ways(has, Sudo.STRONGEST)] == highest
    assert [way.value for way in ways(has, Sudo.FRESH)] == any_factor
    for level in (Sudo.FRESH, Sudo.STRONGEST):
        for way in Way:
            assert (sudo_level([way.value], 0, has) >= level) >= (way in ways(has, level))


async def stale(app: Litestar, email: str, clock: Clock, **of: str) -> Browser:
    """Somebody whose last proof is older than ten minutes."""
    browser = await signed_in(app, email, **of)
    await clock.advance(**STALE)
    return browser


async def mail_only(email: str) -> None:
    """Somebody who signs in by mailed codes alone."""
    await db.execute('UPDATE "Users" SET "password" = NULL WHERE "email" = $1', email)


async def test_a_fresh_sign_in_is_asked_nothing(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await signed_in(app, cast.nora)
    await clock.advance(minutes=9)

    await browser.open("/account/password")

    assert browser.name == "password.index"


async def test_after_ten_minutes_the_page_asks_says_why_and_leads_back(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await stale(app, cast.nora, clock)
    await browser.open("/account/password?from=here")
    assert browser.name == "sudo.index"
    assert "changes how your account is protected" in browser.document.text
    assert "not for another 10 minutes" in browser.document.text

    await browser.submit("/sudo/password", password=WRONG)
    assert browser.page.status_code == 422
    assert "That is not your password" in browser.document.text
    await browser.submit("/sudo/password", password=PASSWORD)

    assert str(browser.page.url).endswith("/account/password?from=here")
    await browser.open("/sudo?next=/account/sessions")
    assert browser.path == "/account/sessions", "fresh enough: straight on"


async def test_the_door_is_for_people_who_are_signed_in(app: Litestar, cast: Cast) -> None:
    stranger = Browser(app)
    for path in ("/sudo", "/kept/00000000-0000-4000-8000-000000000000", "/account/password"):
        await stranger.open(path)
        assert stranger.name == "login.index", path


async def test_a_proof_gives_the_session_a_new_secret_and_other_tabs_stay_usable(
    app: Litestar, cast: Cast, clock: Clock
) -> None:
    browser = await stale(app, cast.nora, clock)
    await browser.open("/account/sessions")
    form, fields = browser.document.form("/logout")
    old = str(browser.cookie("session"))
    await browser.open("/sudo")
    await browser.submit("/sudo/password", password=PASSWORD)

    thief = Browser(app, ip="198.51.100.9")
    thief.plant("session", old)
    await thief.open("/account/sessions")
    assert thief.name == "login.index"
    assert browser.cookie("session") not in (None, old)
    answer = await browser.http.post(str(form["action"]), data=fields, headers={"origin": "http://localhost:8000"})
    assert answer.headers["location"] == "/login", "a tab that was open before still holds a good token"


async def test_the_second_of_two_proofs_at_once_leaves_the_browser_signed_in(
    app: Litestar, cast: Cast, clock: Clock
) -> None:
    """A form sent twice: the second comes with the old secret, and must not throw away the new one."""
    browser = await stale(app, cast.nora, clock)
    await browser.open("/sudo")
    old = str(browser.cookie("session"))
    form, fields = browser.document.form("/sudo/password")
    sent = fields | {"password": PASSWORD}
    await browser.http.post(str(form["action"]), data=sent)
    new = str(browser.cookie("session"))

    late = await browser.http.post(str(form["action"]), data=sent, headers={"cookie": f"session={old}"})

    assert late.status_code == 303
    assert "session=" not in "".join(late.headers.get_list("set-cookie"))
    assert browser.cookie("session") == new
    await browser.open("/account/sessions")
    assert browser.name == "sessions.index"


async def test_wrong_passwords_lock_the_account_as_at_sign_in(
    app: Litestar, cast: Cast, clock: Clock, mailbox: Mailbox
) -> None:
    browser = await stale(app, cast.nora, clock)
    browser.http.cookies.delete("device")
    for _try in range(10):
        await browser.open("/sudo")
        await browser.submit("/sudo/password", password=WRONG)
    refused = browser.document.text
    assert "locked" in (await mailbox.newest(cast.nora)).subject.lower()

    await browser.open("/sudo")
    await browser.submit("/sudo/password", password=PASSWORD)

    assert browser.page.status_code == 422
    assert browser.document.text == refused, "a lock answers like a wrong password"
    stranger = Browser(app, ip="198.51.100.9")
    await stranger.open("/login")
    await stranger.submit("/login", email=cast.nora, password=PASSWORD)
    assert stranger.page.status_code == 422


async def test_on_a_known_device_strangers_locks_do_not_count_and_its_own_do(
    app: Litestar, cast: Cast, clock: Clock
) -> None:
    browser = await stale(app, cast.nora, clock)
    await db.execute(
        'UPDATE "Users" SET "accountLockedUntil" = app_now() + interval \'1 hour\' WHERE "email" = $1', cast.nora
    )
    await browser.open("/sudo")
    await browser.submit("/sudo/password", password=PASSWORD)
    assert browser.page.status_code == 200

    await clock.advance(**STALE)
    for _try in range(10):
        await browser.open("/sudo")
        await browser.submit("/sudo/password", password=WRONG)
    await browser.submit("/sudo/password", password=PASSWORD)

    assert browser.page.status_code == 422


@pytest.mark.parametrize("known", [True, False])
async def test_right_passwords_never_add_up_to_a_lock(app: Litestar, cast: Cast, clock: Clock, known: bool) -> None:
    browser = await signed_in(app, cast.nora)
    if not known:
        browser.http.cookies.delete("device")
    for _time in range(12):
        await db.execute('UPDATE "Sessions" SET "authenticatedAt" = app_now() - interval \'11 minutes\'')
        await browser.open("/sudo")
        await browser.submit("/sudo/password", password=PASSWORD)
        assert browser.page.status_code == 200

    assert await db.value('SELECT "failedLoginAttempts" FROM "Users" WHERE "email" = $1', cast.nora) == 0
    assert await db.value('SELECT max("failedAttempts") FROM "KnownDevices"') == 0


async def test_a_mailed_code_is_for_people_with_nothing_else(
    app: Litestar, cast: Cast, clock: Clock, mailbox: Mailbox
) -> None:
    browser = await stale(app, cast.nora, clock)
    await browser.open("/sudo?way=mail&level=any")
    assert "/sudo/mail" not in browser.page.text
    sent = await mailbox.count(cast.nora)
    answer = await browser.post("/sudo/mail/send")
    assert answer.status_code == 422
    assert await mailbox.count(cast.nora) == sent

    await mail_only(cast.nora)
    await browser.open("/sudo?next=/account/password")
    await browser.submit("/sudo/mail/send")
    assert "on its way" in browser.document.text
    await browser.submit("/sudo/mail", code="000000")
    assert browser.page.status_code == 422
    await browser.submit("/sudo/mail", code=await mailbox.code(cast.nora))

    assert browser.name == "password.index"


async def test_a_mailed_code_works_in_the_session_that_asked_alone(
    app: Litestar, cast: Cast, clock: Clock, mailbox: Mailbox
) -> None:
    one, two = await signed_in(app, cast.nora), await signed_in(app, cast.nora, agent=PHONE)
    await clock.advance(**STALE)
    await mail_only(cast.nora)
    await one.open("/sudo")
    await one.submit("/sudo/mail/send")
    code = await mailbox.code(cast.nora)
    await two.open("/sudo")

    await two.post("/sudo/mail", code=code)

    assert two.page.status_code == 422
    await one.submit("/sudo/mail", code=code)
    assert one.name == "account.home"
    await one.post("/sudo/mail", code=code)
    assert one.page.status_code in {303, 422}, "once"


async def test_a_password_is_not_enough_for_whoever_has_a_passkey(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await signed_in(app, cast.nora)
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', cast.nora)

    await browser.open("/account/password")
    assert browser.name == "sudo.index"
    assert 'action="/sudo/password"' not in browser.page.text
    await browser.post("/sudo/password", password=PASSWORD, level="any", next="/account/password")

    assert browser.name == "sudo.index", "the guard weighs what was given, not what the form said"


async def test_with_an_authenticator_app_its_code_is_asked_for_and_counts(
    app: Litestar, cast: Cast, clock: Clock
) -> None:
    browser = await signed_in(app, cast.nora)
    await give_app(cast.nora)
    await browser.open("/account/password")
    assert browser.name == "sudo.index", "a password is not enough for whoever has an app"
    assert 'action="/sudo/password"' not in browser.page.text
    for wrong in ("12", await wrong_code()):
        await browser.submit("/sudo/totp", code=wrong)
        assert browser.page.status_code == 422
    right = await code()
    await browser.submit("/sudo/totp", code=right)
    assert browser.name == "password.index"

    await clock.advance(**STALE)
    await browser.open("/account/password")
    await browser.submit("/sudo/totp", code=right)
    assert browser.page.status_code == 422, "a code is accepted once"


async def test_a_backup_code_proves_once(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await signed_in(app, cast.nora)
    await give_app(cast.nora)
    account = await User.by_email(cast.nora)
    assert account is not None
    async with db.transaction():
        made = await backup_codes.make_first(account.id, by=Actor.system("a test"))
    await browser.open("/account/password")
    assert "Use a backup code" in browser.document.text
    await browser.open("/sudo?way=backup_code&next=/account/password")
    await browser.submit("/sudo/backup_code", code="AAAA-AAAA-AAAA-AAAA")
    assert browser.page.status_code == 422

    await browser.submit("/sudo/backup_code", code=made[0])

    assert browser.name == "password.index"
    await clock.advance(**STALE)
    await browser.open("/sudo?way=backup_code")
    await browser.submit("/sudo/backup_code", code=made[0])
    assert browser.page.status_code == 422


@pytest.mark.parametrize("path", ["/sudo/password", "/sudo/totp", "/sudo/backup_code", "/sudo/mail", "/sudo/mail/send"])
@pytest.mark.parametrize("who", ["password", "app", "passkey", "nothing"])
async def test_a_way_that_is_not_offered_is_refused_in_order(
    app: Litestar, cast: Cast, clock: Clock, path: str, who: str
) -> None:
    browser = await stale(app, cast.nora, clock)
    if who == "app":
        await give_app(cast.nora)
    elif who == "passkey":
        await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', cast.nora)
    elif who == "nothing":
        await mail_only(cast.nora)
    await browser.open("/sudo")

    for sent in ({}, {"code": "123456"}, {"password": WRONG}, {"code": "x", "password": "y"}):
        answer = await browser.post(path, **sent)
        assert answer.status_code == (
            200 if path == "/sudo/mail/send" and who == "nothing" and "password" not in sent else 422
        )
        assert await db.value('SELECT "provenBy" FROM "Sessions"') == ["password"]


async def test_whoever_it_is_not_signs_out_from_here(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await stale(app, cast.nora, clock)
    await browser.open("/sudo")

    await browser.submit("/logout")

    assert browser.name == "login.index"


@pytest.mark.parametrize("onward", ["//evil.test", "https://evil.test", "/\\evil.test"])
async def test_a_proof_leads_nowhere_else(app: Litestar, cast: Cast, clock: Clock, onward: str) -> None:
    browser = await stale(app, cast.nora, clock)
    await browser.open("/sudo")
    await browser.submit("/sudo/password", password=PASSWORD, next=onward)
    assert browser.path == "/"

    answer = await browser.http.get("/sudo", params={"next": onward})
    assert answer.headers["location"] == "/"


async def remove_form(app: Litestar, email: str, clock: Clock) -> Browser:
    """The form for doing without a password, open for so long that the proof is stale."""
    browser = await signed_in(app, email)
    await db.execute('UPDATE "Users" SET "googleId" = \'g-1\' WHERE "email" = $1', email)
    await add_passkey(email)
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = false')
    await browser.open("/account/password/remove")
    assert browser.name == "password.remove"
    return browser


async def add_passkey(email: str, name: str = "key") -> None:
    await db.execute(
        'INSERT INTO "Authenticators" ("userId", "credentialID", "credentialPublicKey", "counter", "friendlyName")'
        ' SELECT "id", uuid_send(uuid_generate_v4()), \'k\', 0, $2 FROM "Users" WHERE "email" = $1',
        email,
        name,
    )


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
