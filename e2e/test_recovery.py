"""Ways back in: a forgotten password, a locked account."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from e2e.database import Database
from e2e.mailbox import Mail, Mailbox
from e2e.pages import (
    DeadLinkPage,
    HomePage,
    LandingPage,
    LinkedRecoveryPage,
    RecoverPage,
    ResetPage,
    SentPage,
    SignInPage,
    UnlockPage,
)
from e2e.people import People, Person, stranger
from e2e.recovery_pages import ReviewPage
from e2e.test_sign_up import other_than
from e2e.ways import with_and_without_script

TRIES = 10
LOCKED = "Your account is locked for a while"
NEW_PASSWORD = "seven patient otters by the lake"
CHANGED = "Your new password is set, and you are signed out everywhere. Sign in with it."


@with_and_without_script
def test_a_forgotten_password_is_replaced_by_the_mailed_link(
    page: Page, new_page: Callable[..., Page], member: Person, mailbox: Mailbox
) -> None:
    elsewhere = signed_in(new_page(), member)
    mail = asked(page, member, mailbox)

    page.goto(mail.link)
    LinkedRecoveryPage(page).shown().go_on()
    ResetPage(page).shown().choose(NEW_PASSWORD)

    expect(SignInPage(page).shown().told).to_contain_text(CHANGED)
    SignInPage(page).sign_in(member.email, member.password)
    SignInPage(page).shown().refuses_sign_in()
    SignInPage(page).sign_in(member.email, NEW_PASSWORD)
    ReviewPage(page).shown().go_on()
    HomePage(page).greets(member.name)
    LandingPage(elsewhere).open()
    elsewhere.goto(mail.link)
    DeadLinkPage(elsewhere).shown()
    mailbox.next(member.email, "Your password was changed")


@with_and_without_script
def test_a_forgotten_password_is_replaced_by_the_mailed_code(
    page: Page, new_page: Callable[..., Page], member: Person, mailbox: Mailbox
) -> None:
    elsewhere = signed_in(new_page(), member)
    mail = asked(page, member, mailbox)
    sent = SentPage(page).shown()

    sent.enter(other_than(mail.code))
    expect(sent.shown().field("Code")).to_have_attribute("aria-invalid", "true")
    sent.enter(mail.code)
    ResetPage(page).shown().choose("short")
    expect(ResetPage(page).shown().field("New password")).to_be_focused()
    ResetPage(page).choose(NEW_PASSWORD)

    SignInPage(page).shown().sign_in(member.email, NEW_PASSWORD)
    ReviewPage(page).shown().go_on()
    HomePage(page).greets(member.name)
    LandingPage(elsewhere).open()
    elsewhere.goto(mail.link)
    DeadLinkPage(elsewhere).shown()


def test_only_the_newest_recovery_mail_works(page: Page, member: Person, mailbox: Mailbox, database: Database) -> None:
    first = asked(page, member, mailbox)
    database.end_cool_down(member.email, "recovery")
    second = asked(page, member, mailbox)

    page.goto(first.link)
    DeadLinkPage(page).shown()
    page.goto(second.link)
    LinkedRecoveryPage(page).shown()


def test_an_expired_recovery_link_offers_a_new_one(
    page: Page, member: Person, mailbox: Mailbox, database: Database
) -> None:
    mail = asked(page, member, mailbox)
    database.expire_links(member.email)

    page.goto(mail.link)
    DeadLinkPage(page).shown().follow("Ask for a new one")

    RecoverPage(page).shown()


@pytest.mark.parametrize("token", ["", "x", "0" * 43, "%00", "a" * 5000])
@pytest.mark.parametrize("path", ["/recover/reset", "/recover/unlock", "/signup/verify"])
def test_a_made_up_link_is_a_dead_one(page: Page, path: str, token: str) -> None:
    if not token and path == "/signup/verify":
        pytest.skip("without a token this is the page that waits for the code")

    page.goto(f"{path}?token={token}")

    DeadLinkPage(page).shown()


def test_recovery_for_an_unknown_address_is_answered_alike(page: Page, mailbox: Mailbox) -> None:
    nobody = stranger()

    RecoverPage(page).open().ask(nobody.email)

    SentPage(page).shown().enter("123456")
    expect(SentPage(page).shown().field("Code")).to_have_attribute("aria-invalid", "true")
    assert not mailbox.unread(nobody.email)


def test_a_link_opened_while_another_account_is_signed_in_says_whose_it_is(
    page: Page, new_page: Callable[..., Page], people: People, mailbox: Mailbox
) -> None:
    owner, other = people.member(), people.member()
    mail = asked(new_page(), owner, mailbox)
    signed_in(page, other)

    page.goto(mail.link)

    LinkedRecoveryPage(page).shown()
    expect(page.get_by_role("main")).to_contain_text(owner.email)
    expect(page.get_by_role("main")).to_contain_text(f"You are signed in as {other.email} in this browser.")
    LinkedRecoveryPage(page).go_on()
    ResetPage(page).shown().choose(NEW_PASSWORD)
    SignInPage(page).shown()


@with_and_without_script
def test_ten_wrong_passwords_lock_and_the_mail_opens_again(
    page: Page, new_page: Callable[..., Page], member: Person, mailbox: Mailbox
) -> None:
    known = signed_in(new_page(), member)
    known.goto("/logout")
    known.get_by_role("button", name="Sign out").click()

    lock(page, member)
    SignInPage(page).sign_in(member.email, member.password)
    SignInPage(page).shown().refuses_sign_in()
    signed_in(known, member)

    page.goto(mailbox.next(member.email, LOCKED).link)
    UnlockPage(page).shown().unlock()
    expect(SignInPage(page).shown().told).to_contain_text("Your account is open again.")
    SignInPage(page).sign_in(member.email, member.password)
    ReviewPage(page).shown().keep_all()
    HomePage(page).greets(member.name)


def test_the_link_that_unlocks_works_once_and_looking_does_not_use_it(
    page: Page, member: Person, mailbox: Mailbox
) -> None:
    SignInPage(page).open()
    lock(page, member)
    link = mailbox.next(member.email, LOCKED).link

    for _look in range(2):
        page.goto(link)
        UnlockPage(page).shown()
    UnlockPage(page).unlock()
    SignInPage(page).shown()

    page.goto(link)
    DeadLinkPage(page).shown()


def asked(page: Page, person: Person, mailbox: Mailbox) -> Mail:
    """The mail that choosing a new password begins with."""
    RecoverPage(page).open().ask(person.email)
    SentPage(page).shown()
    return mailbox.next(person.email, "A new password for your account")


def signed_in(page: Page, person: Person) -> Page:
    SignInPage(page).open().sign_in(person.email, person.password)
    HomePage(page).greets(person.name)
    return page


def lock(page: Page, person: Person) -> None:
    """As many wrong passwords as the account stands."""
    sign_in = SignInPage(page).open()
    for wrong in range(TRIES):
        sign_in.sign_in(person.email, f"three wrong herons {wrong}")
        sign_in.shown().refuses_sign_in()
