"""One's own sessions: listed, ended, limited, and what the browser of an ended one is told."""

import pytest
from litestar import Litestar

from app import db
from app.operator import grants
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

PAGE = "/account/sessions"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"


async def signed_in(app: Litestar, email: str, **of: str) -> Browser:
    browser = Browser(app, **of)
    await browser.open("/login")
    await browser.submit("/login", email=email, password=PASSWORD)
    assert browser.cookie("session")
    return browser


async def newest_session(email: str) -> str:
    return str(
        await db.value(
            'SELECT s."id" FROM "Sessions" s JOIN "Users" u ON u."id" = s."userId" WHERE u."email" = $1'
            ' ORDER BY s."createdAt" DESC LIMIT 1',
            email,
        )
    )


async def live(email: str) -> int:
    return int(
        await db.value(
            'SELECT count(*) FROM "Sessions" s JOIN "Users" u ON u."id" = s."userId"'
            ' WHERE u."email" = $1 AND s."endedAt" IS NULL',
            email,
        )
    )


async def allow(slug: str, most: int) -> None:
    await db.execute(
        """UPDATE "Tenants" SET "securityPolicy" =
           jsonb_set("securityPolicy", '{session,maxConcurrentSessions}', to_jsonb($2::int)) WHERE "slug" = $1""",
        slug,
        most,
    )


async def join(slug: str, email: str) -> None:
    await db.execute(
        'INSERT INTO "TenantUsers" ("tenantId", "userId", "roles") SELECT t."id", u."id", ARRAY[]::varchar[]'
        ' FROM "Tenants" t, "Users" u WHERE t."slug" = $1 AND u."email" = $2',
        slug,
        email,
    )


async def test_the_page_is_for_people_who_are_signed_in(app: Litestar, cast: Cast) -> None:
    browser = Browser(app)

    await browser.open(PAGE)

    assert browser.name == "login.index"


async def test_each_session_stands_there_with_its_device_and_how_it_was_proven(app: Litestar, cast: Cast) -> None:
    await signed_in(app, cast.nora, agent=PHONE)
    here = await signed_in(app, cast.nora)

    await here.open(PAGE)

    text = here.document.text
    assert here.name == "sessions.index"
    assert "Firefox" in text
    assert "iOS" in text
    assert "Password" in text
    assert text.count("Active now") == 1
    assert "Signs out 1 device at once" in text


async def test_alone_one_is_signed_in_nowhere_else(app: Litestar, cast: Cast) -> None:
    here = await signed_in(app, cast.nora)

    await here.open(PAGE)

    assert "You are signed in nowhere else" in here.document.text
    assert "end-others" not in here.page.text


async def test_one_session_is_ended_from_another_and_its_browser_learns_why(
    app: Litestar, cast: Cast, mailbox: Mailbox
) -> None:
    phone = await signed_in(app, cast.nora, agent=PHONE)
    its_id = await newest_session(cast.nora)
    here = await signed_in(app, cast.nora)
    await here.open(PAGE)

    await here.submit(f"{PAGE}/{its_id}/end")

    assert "is signed out" in here.document.text
    assert its_id not in here.page.text
    await phone.open(PAGE)
    assert phone.name == "login.index"
    assert "signed out here from another of your devices" in phone.document.text
    assert phone.cookie("session") is None
    await phone.open("/login")
    assert "another of your devices" not in phone.document.text, "told once"
    mail = await mailbox.newest(cast.nora)
    assert mail.subject == "A device was signed out"
    assert "iOS" in mail.text


async def test_ending_one_twice_is_told_as_done(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    await signed_in(app, cast.nora, agent=PHONE)
    its_id = await newest_session(cast.nora)
    here = await signed_in(app, cast.nora)
    await here.open(PAGE)
    await here.post(f"{PAGE}/{its_id}/end")
    mails = await mailbox.count(cast.nora)

    await here.post(f"{PAGE}/{its_id}/end")

    assert "signed out already" in here.document.text
    assert await mailbox.count(cast.nora) == mails


async def test_other_peoples_sessions_do_not_exist(app: Litestar, cast: Cast) -> None:
    mia = await signed_in(app, cast.mia)
    hers = await newest_session(cast.mia)
    eve = await signed_in(app, cast.eve)
    await eve.open(PAGE)

    for session_id in (hers, "00000000-0000-4000-8000-000000000000", "nonsense"):
        answer = await eve.post(f"{PAGE}/{session_id}/end")
        assert answer.status_code == 404, session_id

    await mia.open(PAGE)
    assert mia.name == "sessions.index"


async def test_ones_own_session_is_left_by_signing_out(app: Litestar, cast: Cast) -> None:
    here = await signed_in(app, cast.nora)
    await here.open(PAGE)

    await here.post(f"{PAGE}/{await newest_session(cast.nora)}/end")

    assert here.name == "login.logout"
    assert await live(cast.nora) == 1


async def test_all_others_are_ended_at_once_and_refused_on_their_next_request(
    app: Litestar, cast: Cast, mailbox: Mailbox
) -> None:
    others = [await signed_in(app, cast.nora, agent=PHONE) for _other in range(3)]
    here = await signed_in(app, cast.nora)
    await here.open(PAGE)
    assert "Signs out 3 devices at once" in here.document.text

    await here.submit(f"{PAGE}/end-others")

    assert "3 other devices are signed out" in here.document.text
    for other in others:
        await other.open("/account/sessions")
        assert other.name == "login.index"
    assert (await mailbox.newest(cast.nora)).subject == "Devices were signed out of your account"
    await here.open(PAGE)
    await here.post(f"{PAGE}/end-others")
    assert "signed in nowhere else" in here.document.text


async def test_the_oldest_session_is_overtaken_and_its_browser_learns_why(app: Litestar, cast: Cast) -> None:
    await allow("acme", 3)
    browsers = [await signed_in(app, cast.mia) for _one in range(4)]

    for browser in browsers[1:]:
        await browser.open(PAGE)
        assert browser.name == "sessions.index"
    await browsers[0].open(PAGE)

    assert browsers[0].name == "login.index"
    assert "only so many devices may be at once" in browsers[0].document.text
    assert await live(cast.mia) == 3
    assert await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'session.overtaken\'') == 1


async def test_the_strictest_tenant_counts_and_two_are_always_allowed(app: Litestar, cast: Cast) -> None:
    await allow("acme", 9)
    await allow("beta", 1)
    for _one in range(4):
        await signed_in(app, cast.mia)
    assert await live(cast.mia) == 4

    await join("beta", cast.mia)
    await signed_in(app, cast.mia)

    assert await live(cast.mia) == 2


async def test_a_suspended_tenant_limits_nobody(app: Litestar, cast: Cast) -> None:
    await allow("acme", 2)
    await db.execute('UPDATE "Tenants" SET "status" = \'suspended\' WHERE "slug" = \'acme\'')

    for _one in range(4):
        await signed_in(app, cast.mia)

    assert await live(cast.mia) == 4


async def test_people_without_a_tenant_have_no_limit(app: Litestar, cast: Cast) -> None:
    for _one in range(8):
        await signed_in(app, cast.nora)

    assert await live(cast.nora) == 8


@pytest.mark.parametrize("policy", ["null", "{}", '{"session": {"maxConcurrentSessions": "many"}}'])
async def test_a_policy_that_says_nothing_usable_means_three(app: Litestar, cast: Cast, policy: str) -> None:
    await db.execute('UPDATE "Tenants" SET "securityPolicy" = $1::jsonb WHERE "slug" = \'acme\'', policy)

    for _one in range(5):
        await signed_in(app, cast.mia)

    assert await live(cast.mia) == 3


async def test_a_session_that_ran_out_takes_nobodys_place(app: Litestar, cast: Cast, clock: Clock) -> None:
    await allow("acme", 2)
    await signed_in(app, cast.mia)
    await clock.advance(hours=13)
    recent = await signed_in(app, cast.mia)

    await signed_in(app, cast.mia)

    await recent.open(PAGE)
    assert recent.name == "sessions.index"


@pytest.mark.parametrize(
    ("email", "idle", "whole"),
    [(Cast.nora, 12 * 3600, 30 * 86400), (Cast.mia, 12 * 3600, 30 * 86400), (Cast.otto, 3600, 12 * 3600)],
)
async def test_idle_and_absolute_times_hold_to_the_second(
    app: Litestar, cast: Cast, clock: Clock, email: str, idle: int, whole: int
) -> None:
    await db.execute(
        'UPDATE "Users" SET "twoFactorEnabled" = false, "twoFactorSecret" = NULL WHERE "email" = $1', email
    )
    browser = await signed_in(app, email)
    await clock.advance(seconds=idle - 2)
    await browser.open(PAGE)
    assert browser.name == "sessions.index"
    await clock.advance(seconds=idle + 2)
    await browser.open(PAGE)
    assert browser.name == "login.index"
    assert "a while in which nothing happened" in browser.document.text

    browser = await signed_in(app, email)
    passed = 0
    while passed + idle - 60 < whole - 20:  # dozens of pages take seconds of their own
        await clock.advance(seconds=idle - 60)
        passed += idle - 60
        await browser.open(PAGE)
    await clock.advance(seconds=whole - 20 - passed)
    await browser.open(PAGE)
    assert browser.name == "sessions.index"
    await clock.advance(seconds=22)
    await browser.open(PAGE)
    assert browser.name == "login.index"
    assert "as long as one sign-in lasts" in browser.document.text


async def test_whoever_becomes_an_operator_has_an_operators_times_at_once(
    app: Litestar, cast: Cast, clock: Clock
) -> None:
    browser = await signed_in(app, cast.nora)
    await grants.grant(cast.nora)
    await clock.advance(seconds=3602)
    await browser.open(PAGE)

    assert browser.name == "login.index"


async def test_strangers_learn_nothing_from_a_secret_that_never_was(app: Litestar, cast: Cast) -> None:
    stranger = Browser(app)
    stranger.plant("session", "A" * 43)

    await stranger.open("/login")

    assert "signed out" not in stranger.document.text
    await stranger.submit("/login", email=cast.nora, password=PASSWORD)
    assert stranger.cookie("session") != "A" * 43, "and it is never adopted"


async def test_the_browser_of_a_closed_account_is_told_nothing(app: Litestar, cast: Cast) -> None:
    browser = await signed_in(app, cast.nora)
    await db.execute('UPDATE "Users" SET "status" = \'suspended\' WHERE "email" = $1', cast.nora)

    await browser.open("/login")

    assert "signed out" not in browser.document.text


async def test_a_portal_page_says_when_the_session_ends_and_staying_moves_it(
    app: Litestar, cast: Cast, clock: Clock
) -> None:
    browser = await signed_in(app, cast.nora)
    await browser.open(PAGE)
    assert 'data-whole="43200"' in browser.page.text
    await clock.advance(hours=11, minutes=59)
    form, fields = browser.document.form("/account/sessions/stay")

    answer = await browser.http.post(
        str(form["action"]), data=fields, headers={"hx-request": "true", "origin": "http://localhost:8000"}
    )

    assert answer.headers["hx-redirect"] == PAGE
    await clock.advance(hours=11)
    await browser.open(PAGE)
    assert browser.name == "sessions.index"


async def test_staying_too_late_leads_to_the_door(app: Litestar, cast: Cast, clock: Clock) -> None:
    browser = await signed_in(app, cast.nora)
    await browser.open(PAGE)
    form, fields = browser.document.form("/account/sessions/stay")
    await clock.advance(hours=13)

    answer = await browser.http.post(
        str(form["action"]), data=fields, headers={"hx-request": "true", "origin": "http://localhost:8000"}
    )

    assert answer.headers["hx-redirect"].startswith("/login")
