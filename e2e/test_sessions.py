"""Devices, proving again, the form that waits, the password, and the notice before an idle end."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from e2e.database import Database
from e2e.mailbox import Mailbox
from e2e.pages import HomePage, SignInPage
from e2e.people import Person
from e2e.sessions_pages import DevicesPage, KeptPage, PasswordPage, SudoPage
from e2e.test_every_page import check
from e2e.test_recovery import signed_in
from e2e.ways import with_and_without_script

__all__ = ["check"]

NEW = "four loud cranes above"


@with_and_without_script
def test_a_device_is_signed_out_from_another_and_learns_why(
    page: Page, new_page: Callable[..., Page], member: Person
) -> None:
    elsewhere = signed_in(new_page(), member)
    signed_in(page, member)
    devices = DevicesPage(page).open()
    before = devices.others.count()

    devices.sign_out_first()

    expect(devices.shown().told).to_contain_text("is signed out")
    devices.counts(before - 1)
    elsewhere.goto("/account/sessions")
    expect(SignInPage(elsewhere).shown().told).to_contain_text("from another of your devices")


def test_all_other_devices_are_signed_out_at_once(page: Page, new_page: Callable[..., Page], member: Person) -> None:
    others = [signed_in(new_page(), member) for _other in range(2)]
    signed_in(page, member)
    devices = DevicesPage(page).open()

    devices.sign_out_all()

    devices.counts(0)
    for other in others:
        other.goto("/account/sessions")
        SignInPage(other).shown()


@with_and_without_script
def test_what_matters_asks_for_the_password_again(page: Page, member: Person, database: Database) -> None:
    signed_in(page, member)
    database.age_proofs(member.email)
    page.goto("/account/password")
    sudo = SudoPage(page).shown()
    sudo.confirm("three wrong herons")
    sudo.refuses("Password", "That is not your password. Check it, then try again.")

    sudo.confirm(member.password)

    PasswordPage(page).shown()


@with_and_without_script
def test_whoever_has_nothing_else_confirms_by_a_mailed_code(
    page: Page, member: Person, mailbox: Mailbox, database: Database
) -> None:
    signed_in(page, member)
    database.age_proofs(member.email)
    database.drop_password(member.email)
    page.goto("/account/password")
    mailbox.unread(member.email)
    sudo = SudoPage(page).shown()
    sudo.ask_for_code()
    expect(sudo.told).to_contain_text("A code is on its way")

    sudo.enter(_confirmation(mailbox, member))
    PasswordPage(page).shown().choose(NEW)

    expect(PasswordPage(page).told).to_contain_text("Your password is set.")


@with_and_without_script
def test_the_form_that_was_being_sent_goes_on_after_the_proof(page: Page, member: Person, database: Database) -> None:
    signed_in(page, member)
    password = PasswordPage(page).open()
    database.age_proofs(member.email)
    password.choose(NEW)
    SudoPage(page).shown().confirm(member.password)

    KeptPage(page).shown().go_on()
    expect(password.shown().field("New password")).to_have_attribute("aria-invalid", "true")
    password.choose(NEW)

    expect(password.told).to_contain_text("Your password is changed.")


@with_and_without_script
def test_a_form_sent_after_the_idle_end_waits_for_the_sign_in(page: Page, member: Person, database: Database) -> None:
    signed_in(page, member)
    password = PasswordPage(page).open()
    database.idle_out(member.email)
    password.choose(NEW)
    sign_in = SignInPage(page).shown()
    expect(sign_in.told).to_contain_text("What you sent is kept")

    sign_in.sign_in(member.email, member.password)
    KeptPage(page).shown().throw_away()

    expect(HomePage(page).shown().told).to_contain_text("thrown away")


def test_a_new_password_signs_out_the_other_browser(page: Page, new_page: Callable[..., Page], member: Person) -> None:
    elsewhere = signed_in(new_page(), member)
    signed_in(page, member)
    password = PasswordPage(page).open()

    password.choose(NEW)

    expect(password.told).to_contain_text("Your password is changed.")
    elsewhere.goto("/")
    expect(elsewhere.get_by_role("status").first).to_contain_text("because your password was changed")
    SignInPage(elsewhere).open().sign_in(member.email, NEW)
    HomePage(elsewhere).greets(member.name)


def test_before_an_idle_end_a_notice_offers_to_stay(page: Page, member: Person) -> None:
    page.clock.install()
    signed_in(page, member)
    DevicesPage(page).open()
    stay = page.get_by_role("button", name="Stay signed in")
    expect(stay).to_be_hidden()

    page.clock.fast_forward((12 * 3600 - 110) * 1000)
    expect(page.get_by_text("In 2 minutes you are signed out.")).to_be_visible()
    stay.click()

    expect(stay).to_be_hidden()
    page.clock.fast_forward((12 * 3600 + 5) * 1000)
    expect(page.get_by_text("What you were writing is not lost")).to_be_visible()
    expect(stay).to_be_hidden()


@pytest.mark.parametrize("filled", [False, True], ids=["alone", "with others"])
def test_the_pages_hold_for_everybody(
    page: Page,
    new_page: Callable[..., Page],
    member: Person,
    database: Database,
    check: Callable[[], None],
    filled: bool,
) -> None:
    if filled:
        signed_in(new_page(), member)
    signed_in(page, member)
    DevicesPage(page).open()
    check()
    password = PasswordPage(page).open()
    check()
    password.choose("short")
    check()
    database.age_proofs(member.email)
    password.choose(NEW)
    sudo = SudoPage(page).shown()
    check()
    sudo.confirm("three wrong herons")
    check()
    sudo.confirm(member.password)
    KeptPage(page).shown()
    check()
    page.goto("/kept/00000000-0000-4000-8000-000000000000")
    check()
    database.drop_password(member.email)
    database.age_proofs(member.email)
    page.goto("/account/password")
    sudo.shown()
    check()
    sudo.ask_for_code()
    expect(sudo.told).to_contain_text("on its way")
    check()


def test_the_notice_holds_for_everybody(page: Page, member: Person, check: Callable[[], None]) -> None:
    page.clock.install()
    signed_in(page, member)
    DevicesPage(page).open()
    page.clock.fast_forward((12 * 3600 - 110) * 1000)
    expect(page.get_by_role("button", name="Stay signed in")).to_be_visible()
    page.clock.resume()
    check()


def _confirmation(mailbox: Mailbox, member: Person) -> str:
    """The newest mail is the code; notices of the sign-in came before it."""
    while True:
        mail = mailbox.next(member.email)
        if mail.subject == "Your code to confirm that it is you":
            return mail.code
