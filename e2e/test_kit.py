"""The QA kit: whoever is made in a state is met in a browser as what the state says, at once and without mails."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from e2e.kit import Kit, Made
from e2e.mailbox import Mailbox
from e2e.pages import FinishPage, HomePage, LandingPage, ResetPage, SentPage, SignInPage, UnlockPage, VerifyPage
from e2e.passkey_pages import Authenticator, PasskeyWay, SignInByPasskey
from e2e.recovery_pages import RemoveSecondStepPage, ReviewPage, SecondStepRemovedPage
from e2e.sessions_pages import DevicesPage, PasswordPage, SudoPage
from e2e.totp_pages import SecondStepPage, code_of
from e2e.ways import with_and_without_script

NewPage = Callable[..., Page]


def test_a_member_signs_in_with_the_password_that_came(page: Page, kit: Kit) -> None:
    made = kit.make("member")

    HomePage(_first_step(page, made)).greets(made.name)


@with_and_without_script
def test_a_storage_state_is_signed_in_at_once(new_page: NewPage, kit: Kit) -> None:
    made = kit.make("totp", signed_in=True)

    page = new_page(storage_state=made.storage_state)

    HomePage(page).open().greets(made.name)
    HomePage(page).open_menu(made.name)
    HomePage(page).press("Sign out")
    SignInPage(page).shown()


def test_ten_browsers_are_signed_in(new_page: NewPage, kit: Kit) -> None:
    page = new_page(storage_state=kit.make("ten-sessions").storage_state)

    DevicesPage(page).open().counts(9)


@with_and_without_script
def test_a_locked_person_is_told_so_by_mail_and_opens_the_account(page: Page, kit: Kit, mailbox: Mailbox) -> None:
    made = kit.make("locked")
    SignInPage(_first_step(page, made)).shown().refuses_sign_in()
    assert mailbox.next(made.email).subject == "Your account is locked for a while"

    page.goto(made.links["unlock"])
    UnlockPage(page).shown().unlock()
    _first_step(page, made)

    ReviewPage(page).shown()


def test_a_lockout_ends_after_its_time(page: Page, kit: Kit) -> None:
    made = kit.make("locked")
    SignInPage(_first_step(page, made)).shown().refuses_sign_in()

    kit.age(made.email, "16m")

    HomePage(_first_step(page, made)).greets(made.name)


@with_and_without_script
def test_the_secret_gives_the_code_of_the_second_step(page: Page, kit: Kit) -> None:
    made = kit.make("totp")

    SecondStepPage(_first_step(page, made)).shown().enter(code_of(made.totp))

    HomePage(page).greets(made.name)


def test_a_backup_code_takes_the_place_of_the_app(page: Page, kit: Kit) -> None:
    made = kit.make("low-codes")

    step = SecondStepPage(_first_step(page, made)).shown()
    step.use("Use a backup code").enter_backup_code(made.backup_codes[0])

    HomePage(page).greets(made.name)


def test_half_a_sign_in_waits_in_its_browser(new_page: NewPage, kit: Kit) -> None:
    made = kit.make("half-signed-in")
    page = new_page(storage_state=made.storage_state)

    SecondStepPage(page).open().enter(code_of(made.totp))

    HomePage(page).greets(made.name)


def test_a_remembered_browser_leaves_the_second_step_out_for_a_while(new_page: NewPage, kit: Kit) -> None:
    made = kit.make("remembered")
    page = new_page(storage_state=made.storage_state)
    LandingPage(page).open()
    HomePage(_first_step(page, made)).greets(made.name)
    page.goto("/logout")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    SignInPage(page).shown()

    kit.age(made.email, "31d")

    SecondStepPage(_first_step(page, made)).shown()


@pytest.mark.parametrize("state", ["passkey", "passkey-only", "passkey-and-totp"])
def test_a_passkey_signs_in_from_a_virtual_authenticator(page: Page, kit: Kit, state: str) -> None:
    made = kit.make(state)

    _use_passkey(page, made.passkeys[0])

    HomePage(page).greets(made.name)


def test_both_passkeys_are_good(new_page: NewPage, kit: Kit) -> None:
    made = kit.make("two-passkeys")

    for passkey in made.passkeys:
        page = new_page()
        _use_passkey(page, passkey)
        HomePage(page).greets(made.name)


def test_a_passkey_is_the_second_step(page: Page, kit: Kit) -> None:
    made = kit.make("passkey-second-step")
    step = PasskeySecond(_first_step(page, made)).shown()
    Authenticator(page).put(made.passkeys[0])

    step.use_passkey()

    HomePage(page).greets(made.name)


def test_who_asked_for_an_account_goes_on_with_the_code(new_page: NewPage, kit: Kit, mailbox: Mailbox) -> None:
    made = kit.make("unverified")
    assert mailbox.next(made.email).code == made.code
    page = new_page(storage_state=made.storage_state)

    VerifyPage(page).open().enter(made.code)

    FinishPage(page).shown().finish("amber window thistle")
    HomePage(page).greets(made.name)


def test_who_proved_the_address_chooses_how_to_sign_in(new_page: NewPage, kit: Kit) -> None:
    made = kit.make("unfinished")
    page = new_page(storage_state=made.storage_state)

    FinishPage(page).open().finish("amber window thistle")

    HomePage(page).greets(made.name)


def test_a_forgotten_password_is_set_with_the_code(new_page: NewPage, kit: Kit) -> None:
    made = kit.make("forgot-password")
    page = new_page(storage_state=made.storage_state)

    SentPage(page).open().enter(made.code)

    ResetPage(page).shown().choose("amber window thistle")
    SignInPage(page).shown()


def test_a_recovery_is_ready_after_three_days(page: Page, kit: Kit, mailbox: Mailbox) -> None:
    made = kit.make("recovery-waiting")
    mailbox.next(made.email)

    kit.age(made.email, "73h")

    page.goto(mailbox.next(made.email, "You can remove your second step now").act)
    RemoveSecondStepPage(page).shown().remove()
    SecondStepRemovedPage(page).shown()
    ReviewPage(_first_step(page, made)).shown()


def test_a_recovery_that_is_ready_is_finished_by_its_link(page: Page, kit: Kit) -> None:
    made = kit.make("recovery-ready")
    SecondStepPage(_first_step(page, made)).shown()

    page.goto(made.links["finish"])
    RemoveSecondStepPage(page).shown().remove()
    SecondStepRemovedPage(page).shown()

    ReviewPage(_first_step(page, made)).shown()


def test_a_review_opens_the_next_sign_in(page: Page, kit: Kit) -> None:
    ReviewPage(_first_step(page, kit.make("review"))).shown()


@pytest.mark.parametrize("state", ["suspended", "deactivated"])
def test_who_is_shut_out_does_not_come_in(page: Page, new_page: NewPage, kit: Kit, state: str) -> None:
    made = kit.make(state, signed_in=True)

    SignInPage(_first_step(page, made)).shown().refuses_sign_in()
    LandingPage(new_page(storage_state=made.storage_state)).open()


def test_time_passes_for_one_person_alone(new_page: NewPage, kit: Kit) -> None:
    aged, other = kit.make("signed-in"), kit.make("signed-in")

    kit.age(aged.email, "11m")

    for made, asked in ((aged, SudoPage), (other, PasswordPage)):
        page = new_page(storage_state=made.storage_state)
        page.goto(PasswordPage.path)
        asked(page).shown()


class PasskeySecond(PasskeyWay, SecondStepPage):
    pass


def _use_passkey(page: Page, passkey: dict[str, Any]) -> None:
    Authenticator(page).put(passkey)
    SignInByPasskey(page).open_without_suggestions().use_passkey()


def _first_step(page: Page, made: Made) -> Page:
    SignInPage(page).open().sign_in(made.email, made.password or "")
    return page
