"""Mailed acts, a lost second step, the review after a recovery, and what may come after signing in."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from e2e.database import Database
from e2e.mailbox import Mailbox
from e2e.pages import DeadLinkPage, HomePage, LandingPage, ResetPage, SentPage, SignInPage
from e2e.people import People, Person, stranger
from e2e.rare import TERMS
from e2e.recovery_pages import (
    BackupCodesOfferPage,
    LostAddressPage,
    LostBeginPage,
    LostCodePage,
    LostWaitingPage,
    NoSecondStepPage,
    NotMeDonePage,
    NotMePage,
    PasskeyOfferPage,
    RemoveSecondStepPage,
    ReviewPage,
    SecondStepRemovedPage,
    TermsPage,
    VetoedPage,
    VetoPage,
)
from e2e.test_every_page import check  # noqa: F401 - a fixture
from e2e.test_recovery import NEW_PASSWORD, asked, signed_in
from e2e.ways import with_and_without_script

Check = Callable[[], None]


@with_and_without_script
def test_not_me_ends_the_other_browser_and_leads_to_a_new_password(
    page: Page, new_page: Callable[..., Page], member: Person, mailbox: Mailbox
) -> None:
    elsewhere = signed_in(new_page(), member)
    mail = mailbox.next(member.email)
    assert mail.subject == "New sign-in to your account"

    page.goto(mail.act)
    expect(NotMePage(page).shown().page.get_by_role("main")).to_contain_text(member.email)
    NotMePage(page).report()
    NotMeDonePage(page).shown().says("1 session was ended.")
    LandingPage(elsewhere).open()
    SignInPage(elsewhere).open().sign_in(member.email, member.password)
    SignInPage(elsewhere).refuses_sign_in()
    _removed, way_back = mailbox.together(member.email, "Your password was removed", "A new password for your account")
    NotMeDonePage(page).follow("Type the code")
    SentPage(page).shown().enter(way_back.code)
    ResetPage(page).shown().choose(NEW_PASSWORD)
    SignInPage(page).shown().sign_in(member.email, NEW_PASSWORD)
    ReviewPage(page).shown().go_on()

    HomePage(page).greets(member.name)
    page.goto(mail.act)
    NotMeDonePage(page).shown()


def test_a_link_about_one_account_while_another_is_signed_in_names_both(
    page: Page, new_page: Callable[..., Page], people: People, mailbox: Mailbox
) -> None:
    owner, other = people.member(), people.member()
    signed_in(new_page(), owner)
    signed_in(page, other)

    page.goto(mailbox.next(owner.email).act)

    expect(NotMePage(page).shown().page.get_by_role("main")).to_contain_text(owner.email)
    expect(page.get_by_role("main")).to_contain_text(f"You are signed in as {other.email} in this browser.")
    NotMePage(page).report()
    NotMeDonePage(page).shown()
    HomePage(page).open().greets(other.name)


def test_a_made_up_act_is_a_dead_link(page: Page) -> None:
    page.goto(f"/links/{'a' * 43}")

    DeadLinkPage(page).shown()


@with_and_without_script
def test_a_lost_second_step_is_removed_after_three_days(
    page: Page, member: Person, mailbox: Mailbox, database: Database
) -> None:
    database.use_two_steps(member.email)
    LostAddressPage(page).open().ask(member.email)
    LostCodePage(page).shown().enter(mailbox.next(member.email).code)
    LostBeginPage(page).shown().begin()
    LostWaitingPage(page).shown()
    assert mailbox.next(member.email).subject == "Somebody asked to remove your second step"
    database.age_recovery(member.email, 25)
    assert mailbox.next(member.email).subject == "Your second step is about to be removed"
    database.age_recovery(member.email, 48)
    ready = mailbox.next(member.email)
    assert ready.subject == "You can remove your second step now"

    page.goto(ready.act)
    RemoveSecondStepPage(page).shown().remove()
    SecondStepRemovedPage(page).shown().follow("Sign in")
    SignInPage(page).shown().sign_in(member.email, member.password)

    ReviewPage(page).shown().go_on()
    HomePage(page).greets(member.name)
    assert mailbox.next(member.email).subject == "Your second step was removed"


@with_and_without_script
def test_one_press_stops_the_recovery(
    page: Page, new_page: Callable[..., Page], member: Person, mailbox: Mailbox, database: Database
) -> None:
    database.use_two_steps(member.email)
    attacker = new_page()
    SignInPage(attacker).open().sign_in(member.email, member.password)
    attacker.wait_for_url("**/login/second-factor")
    attacker.goto(LostBeginPage.path)
    LostBeginPage(attacker).shown().begin()
    LostWaitingPage(attacker).shown()
    mail = mailbox.next(member.email)

    page.goto(mail.act)
    VetoPage(page).shown().stop()

    VetoedPage(page).shown()
    assert mailbox.next(member.email).subject == "The recovery of your second step was stopped"
    database.age_recovery(member.email, 100)
    page.goto(LostAddressPage.path)
    LostAddressPage(page).shown()


def test_a_lost_second_step_of_an_unknown_address_is_answered_alike(page: Page, mailbox: Mailbox) -> None:
    nobody = stranger()

    LostAddressPage(page).open().ask(nobody.email)

    LostCodePage(page).shown().enter("123456")
    expect(LostCodePage(page).shown().field("Code")).to_have_attribute("aria-invalid", "true")
    assert not mailbox.unread(nobody.email)


@with_and_without_script
def test_the_review_removes_what_is_not_mine_and_keeps_the_rest(
    page: Page, new_page: Callable[..., Page], member: Person, mailbox: Mailbox, database: Database
) -> None:
    database.add_passkey(member.email, "My old key", 200)
    database.add_passkey(member.email, "A key of a stranger", 2)
    mail = asked(page, member, mailbox)
    SentPage(page).enter(mail.code)
    ResetPage(page).shown().choose(NEW_PASSWORD)
    SignInPage(page).shown().sign_in(member.email, NEW_PASSWORD)
    review = ReviewPage(page).shown()
    expect(review.row("A key of a stranger")).to_contain_text("Newer than 30 days")
    expect(review.row("My old key")).not_to_contain_text("Newer than 30 days")

    review.remove()
    expect(review.problem).to_contain_text("Tick what is not yours")
    review.tick("A key of a stranger")
    review.keep_all()
    expect(review.problem).to_contain_text("Something is ticked.")
    expect(review.row("A key of a stranger").get_by_role("checkbox")).to_be_checked()
    review.remove()

    expect(HomePage(page).greets(member.name).told).to_contain_text("1 thing was removed. The rest stays.")
    page.goto(ReviewPage.path)
    HomePage(page).shown()


def test_new_terms_are_agreed_to_once_on_the_way(
    page: Page, member: Person, variant: Callable[..., str],
    check: Check,  # noqa: F811 - the fixture
) -> None:  # fmt: skip
    page.goto(variant(**TERMS) + "/login?next=/logout")
    SignInPage(page).shown().sign_in(member.email, member.password)
    terms = TermsPage(page).shown()
    terms.press("Agree and go on")
    expect(terms.shown().page.get_by_text("Going on needs your agreement.")).to_be_visible()
    check()
    terms.agree()

    page.wait_for_url("**/logout")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    SignInPage(page).shown().sign_in(member.email, member.password)
    HomePage(page).greets(member.name)


@with_and_without_script
def test_offers_come_one_at_a_time_and_can_wait(page: Page, member: Person, database: Database) -> None:
    database.age_account(member.email, 2)
    SignInPage(page).open("?next=/logout").sign_in(member.email, member.password)
    PasskeyOfferPage(page).shown().follow("Not now")
    page.wait_for_url("**/logout")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()

    SignInPage(page).shown().sign_in(member.email, member.password)

    HomePage(page).greets(member.name)
    HomePage(page).sign_out(member.name)
    database.age_account(member.email, 31)
    SignInPage(page).shown().sign_in(member.email, member.password)
    PasskeyOfferPage(page).shown().press("Sign out")
    SignInPage(page).shown()


def test_the_pages_are_judged_like_the_others(
    page: Page, new_page: Callable[..., Page], member: Person, mailbox: Mailbox, database: Database,
    check: Check,  # noqa: F811 - the fixture
) -> None:  # fmt: skip
    signed_in(new_page(), member)
    mail = mailbox.next(member.email)
    page.goto(mail.act)
    NotMePage(page).shown()
    check()
    NotMePage(page).report()
    NotMeDonePage(page).shown()
    check()
    LostAddressPage(page).open()
    check()
    LostAddressPage(page).ask("nobody-at-all")
    check()
    database.use_two_steps(member.email)
    LostAddressPage(page).ask(member.email)
    LostCodePage(page).shown()
    check()
    LostCodePage(page).enter(mailbox.next(member.email, "Your code for a lost second step").code)
    LostBeginPage(page).shown()
    check()
    LostBeginPage(page).begin()
    LostWaitingPage(page).shown()
    check()
    page.goto(mailbox.next(member.email).act)
    VetoPage(page).shown()
    check()
    database.age_recovery(member.email, 73)
    ready = mailbox.next(member.email)
    page.goto(ready.act)
    RemoveSecondStepPage(page).shown()
    check()
    RemoveSecondStepPage(page).remove()
    SecondStepRemovedPage(page).shown()
    check()
    database.end_cool_down(member.email, "second_factor")
    LostAddressPage(page).open().ask(member.email)
    LostCodePage(page).enter(mailbox.next(member.email, "Your code for a lost second step").code)
    NoSecondStepPage(page).shown()
    check()


def test_the_pages_after_signing_in_are_judged_too(
    page: Page, member: Person, mailbox: Mailbox, database: Database,
    check: Check,  # noqa: F811 - the fixture
) -> None:  # fmt: skip
    for name, days in (("Donaudampfschifffahrtsgesellschaftskapitänsschlüssel", 2), ("Old key", 300)):
        database.add_passkey(member.email, name, days)
    mail = asked(page, member, mailbox)
    SentPage(page).enter(mail.code)
    ResetPage(page).shown().choose(NEW_PASSWORD)
    SignInPage(page).shown().sign_in(member.email, NEW_PASSWORD)
    ReviewPage(page).shown()
    check()
    ReviewPage(page).remove()
    check()
    ReviewPage(page).keep_all()
    HomePage(page).greets(member.name)
    for offer in (PasskeyOfferPage, BackupCodesOfferPage):
        offer(page).open()
        check()
    expect(page.get_by_role("button", name=re.compile("^Sign out$"))).to_be_visible()
