"""The page where an invitation is answered: every case has its own words, and opening it changes nothing (row 5.3)."""

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.members.inviting import (
    BOB,
    CHOSEN,
    LIST,
    bob,
    force,
    fresh_limits,
    invitation_of,
    invite,
    link_of,
    olga,
    press,
    role,
    roles_at_acme,
    sign_in,
    state_of,
)  # fmt: skip
from tests.visitor import Browser

__all__ = ["bob", "olga"]

pytestmark = pytest.mark.anyio


async def test_a_new_person_is_in_by_two_steps_and_no_second_mail(
    olga: Browser, bob: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    """Lessons 3 and 5; an invitation beats a closed sign-up (row 2.11)."""
    configured(signup="closed")
    await invite(olga)
    link = await link_of(mailbox)
    await bob.open(link)
    for said in ("Join Acme", "Olga Olsen", cast.olga, BOB, "Member", "this one lets you in"):
        assert said in bob.document.text, said
    before = await mailbox.count(BOB)

    await bob.submit(f"{link}/accept")
    assert bob.name == "signup.finish"
    await bob.submit("/signup/finish", name="Bob Builder", password="short")
    assert await roles_at_acme(BOB) is None
    await bob.submit("/signup/finish", name="Bob Builder", password=CHOSEN)

    assert bob.path == "/t/acme"
    assert await roles_at_acme(BOB) == ["Member"]
    assert await state_of() == "accepted"
    assert await mailbox.count(BOB) == before
    assert "Bob Builder joined Acme" in (await mailbox.newest(cast.olga)).text
    bell = """SELECT n."message" FROM "Notifications" n JOIN "Users" u ON u."id" = n."userId"
        WHERE u."email" = $1 AND n."message" LIKE 'Bob%'"""
    assert await db.value(bell, cast.olga) == "Bob Builder joined Acme."
    inviter = """SELECT u."email" FROM "MemberStandings" s JOIN "Users" u ON u."id" = s."invitedBy"
        JOIN "Users" b ON b."id" = s."userId" WHERE b."email" = $1"""
    assert await db.value(inviter, BOB) == cast.olga
    assert await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'member.joined\'') == 1


async def test_whoever_is_signed_in_with_the_address_joins_at_once(
    app: Litestar, olga: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    await invite(olga, "Nora@Nowhere.test", roles=await role("Admin"))
    link = await link_of(mailbox, cast.nora)
    nora = await sign_in(Browser(app), cast.nora, onward=link)
    assert nora.path == link, "the page of open invitations does not stand before the invitation itself"

    await nora.submit(f"{link}/accept")

    assert nora.path == "/t/acme"
    assert "You are in Acme now." in nora.document.text
    assert await roles_at_acme(cast.nora) == ["Admin"]
    await nora.open(link)
    assert "You are in Acme already" in nora.document.text
    assert 'href="/t/acme"' in nora.page.text
    await force(nora, f"{link}/accept")
    assert nora.path == "/t/acme"


async def test_whoever_is_signed_out_signs_in_and_comes_back(
    olga: Browser, bob: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    await invite(olga, cast.nora)
    link = await link_of(mailbox, cast.nora)
    await bob.open(link)
    assert "You have an account with this address" in bob.document.text

    await bob.submit(f"{link}/accept")
    assert bob.path == "/login"
    await bob.submit("/login", email=cast.nora, password=PASSWORD)

    assert bob.path == link
    assert await roles_at_acme(cast.nora) is None
    await bob.submit(f"{link}/accept")
    assert await roles_at_acme(cast.nora) == ["Member"]


async def test_another_account_is_told_of_both_addresses_and_may_switch(
    app: Litestar, olga: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    """Lesson 8, security 7.59."""
    await invite(olga, cast.nora)
    link = await link_of(mailbox, cast.nora)
    eve = await sign_in(Browser(app), cast.eve)
    await eve.open(link)
    assert "for another address" in eve.document.text
    assert cast.nora in eve.document.text
    assert cast.eve in eve.document.text
    for what in ("accept", "decline"):
        await force(eve, f"{link}/{what}")
        assert eve.page.status_code == 403
        assert "for another address" in eve.document.text
    assert await roles_at_acme(cast.eve) is None
    assert await state_of(cast.nora) == "pending"

    await eve.submit(f"{link}/switch")

    assert eve.path == link
    assert "Sign in to accept" in eve.document.text
    await eve.open("/")
    assert eve.name == "home.landing"


async def test_a_member_by_another_address_is_led_to_the_team(
    app: Litestar, olga: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    await invite(olga)
    mia = await sign_in(Browser(app), cast.mia)

    await mia.open(await link_of(mailbox))

    assert "You are in Acme already" in mia.document.text


async def test_what_ran_out_can_be_asked_for_anew_once_a_day(
    olga: Browser, bob: Browser, mailbox: Mailbox, clock: Clock, cast: Cast
) -> None:
    await invite(olga)
    link = await link_of(mailbox)
    await bob.open(link)
    await force(bob, f"{link}/ask")
    assert bob.page.status_code == 410, "an open one is not asked for"
    await clock.advance(days=7, minutes=1)
    for what in ("accept", "decline"):
        await bob.open(link)
        await force(bob, f"{link}/{what}")
        assert bob.page.status_code == 410
        assert "has run out" in bob.document.text
    assert await roles_at_acme(BOB) is None

    await bob.submit(f"{link}/ask")

    assert bob.path == link
    assert "Olga Olsen is told" in bob.document.text
    mails = await mailbox.all(cast.olga)
    assert mails[-1].subject == "A new invitation is asked for"
    assert BOB in mails[-1].text.replace("\u2060", "")
    await bob.submit(f"{link}/ask")
    assert bob.page.status_code == 429
    assert await mailbox.count(cast.olga) == len(mails)


async def test_after_cancelling_its_link_says_so(olga: Browser, bob: Browser, mailbox: Mailbox) -> None:
    await invite(olga)
    link = await link_of(mailbox)
    await bob.open(link)
    await press(olga, "cancel")

    await bob.submit(f"{link}/accept")

    assert bob.page.status_code == 410
    assert "was cancelled" in bob.document.text
    assert "Ask Olga Olsen (olga@acme.test)" in bob.document.text.replace(" )", ")").replace("( ", "(")
    assert await db.value('SELECT count(*) FROM "Users" WHERE "email" = $1', BOB) == 0


async def test_a_corrected_address_is_not_told_to_whoever_got_the_wrong_mail(
    olga: Browser, bob: Browser, mailbox: Mailbox
) -> None:
    await invite(olga, "bbo@builder.test")
    link = await link_of(mailbox, "bbo@builder.test")
    wrong = await invitation_of("bbo@builder.test")
    await olga.open(f"{LIST}/{wrong}/correct")
    await olga.submit(f"{LIST}/{wrong}/correct", email=BOB)

    await bob.open(link)

    assert "was not meant for you" in bob.document.text
    assert BOB not in bob.page.text
    await bob.open(await link_of(mailbox))
    assert "Join Acme" in bob.document.text


async def test_the_link_of_an_older_mail_says_that_a_newer_one_was_sent(
    olga: Browser, bob: Browser, mailbox: Mailbox
) -> None:
    await invite(olga)
    old = await link_of(mailbox)
    await press(olga, "resend")
    new = await link_of(mailbox)
    await bob.open(old)
    assert "A newer mail was sent" in bob.document.text
    await bob.open(new)
    await force(bob, f"{old}/accept")
    assert bob.page.status_code == 410
    assert bob.name == "invitations.landing"

    await bob.open(new)
    await bob.submit(f"{new}/accept")

    assert bob.name == "signup.finish"


async def test_declining_tells_the_inviter_with_a_word(
    olga: Browser, bob: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    await invite(olga)
    link = await link_of(mailbox)
    await bob.open(link)
    await bob.submit(f"{link}/decline", word="x" * 301)
    assert bob.document.invalid == ["word"]

    await bob.submit(f"{link}/decline", word="Wrong Bob, sorry")

    assert bob.path == link
    assert "was declined" in bob.document.text
    assert await state_of() == "cancelled"
    mail = await mailbox.newest(cast.olga)
    assert "Wrong Bob, sorry" in mail.text
    await olga.open(f"{LIST}?show=all")
    assert "Declined" in olga.document.text
    assert "Wrong Bob, sorry" in olga.document.text
    await force(bob, f"{link}/accept")
    assert bob.page.status_code == 410


async def test_a_used_link_knows_who_used_it(
    app: Litestar, olga: Browser, bob: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    """Lesson 2."""
    await invite(olga, cast.nora)
    link = await link_of(mailbox, cast.nora)
    nora = await sign_in(Browser(app), cast.nora, onward=link)
    await nora.submit(f"{link}/accept")
    eve = await sign_in(Browser(app), cast.eve)

    await nora.open(link)
    await eve.open(link)
    assert "You are in Acme already" in nora.document.text
    assert "was accepted" in eve.document.text
    assert cast.nora in eve.document.text
    assert cast.eve in eve.document.text
    await db.execute(
        'DELETE FROM "TenantUsers" WHERE "userId" = (SELECT "id" FROM "Users" WHERE "email" = $1)', cast.nora
    )
    await nora.open(link)
    assert "You accepted this invitation before" in nora.document.text
    await bob.open(link)
    assert "was accepted" in bob.document.text
    for browser in (nora, eve):
        await force(browser, f"{link}/accept")
        assert browser.page.status_code == 410
    assert await roles_at_acme(cast.nora) is None


async def test_opening_changes_nothing_whoever_opens(
    app: Litestar, olga: Browser, bob: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    """Lesson 7: nobody joins by a GET, also not on the addresses of the acts."""
    await invite(olga, cast.nora)
    link = await link_of(mailbox, cast.nora)
    nora = await sign_in(Browser(app), cast.nora)
    kept = 'SELECT (SELECT "status"::text FROM "Invitations") || (SELECT count(*) FROM "TenantUsers")'
    before = await db.value(kept)

    for browser in (bob, nora, olga):
        await browser.open(link)
        assert browser.page.status_code == 200
        for what in ("accept", "decline", "ask", "switch"):
            assert (await browser.http.get(f"{link}/{what}")).status_code == 405
        await browser.http.head(link)

    assert await db.value(kept) == before


async def test_open_invitations_stand_on_the_pages_of_their_owner(
    app: Litestar, olga: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    """Mail or no mail; and after signing in they come before any offer (row 2.13)."""
    await invite(olga, cast.nora)
    nora = Browser(app)
    await sign_in(nora, cast.nora, onward="/tenants")
    assert nora.path == "/invitations/open"
    assert 'href="/tenants"' in nora.page.text
    for page in ("/", "/tenants"):
        await nora.open(page)
        assert "Olga Olsen invites you" in nora.document.text
    eve = await sign_in(Browser(app), cast.eve)
    own = f"/invitations/open/{await invitation_of(cast.nora)}"
    assert (await eve.open(own)).status_code == 404
    for what in ("accept", "decline"):
        await eve.open("/recover")
        assert (await eve.post(f"{own}/{what}")).status_code == 404

    await nora.submit(f"{own}/accept")

    assert nora.path == "/t/acme"
    assert await roles_at_acme(cast.nora) == ["Member"]
    await nora.open("/")
    assert "invites you" not in nora.document.text


async def test_an_open_invitation_is_declined_without_the_mail(app: Litestar, olga: Browser, cast: Cast) -> None:
    await invite(olga, cast.nora)
    nora = await sign_in(Browser(app), cast.nora)
    own = f"/invitations/open/{await invitation_of(cast.nora)}"

    await nora.submit(f"{own}/decline")

    assert await state_of(cast.nora) == "cancelled"
    await nora.open("/invitations/open")
    assert nora.path == "/"
    await nora.submit("/logout")
    await sign_in(nora, cast.nora)
    assert nora.path == "/"


async def test_dead_links_are_friendly_and_counted(olga: Browser, bob: Browser, mailbox: Mailbox) -> None:
    await invite(olga)
    link = await link_of(mailbox)
    answers = []
    configured(environment="staging")
    for number in range(62):
        await bob.open(f"/invitations/{number:043d}")
        answers.append(bob.page.status_code)
    assert answers[:60] == [410] * 60
    assert answers[60:] == [429] * 2
    assert (await bob.open(link)).status_code == 200, "good links go on working"
    await fresh_limits()
    assert "ask whoever invited you" in (await bob.open("/invitations/x")).text
