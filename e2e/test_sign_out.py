"""Signing out, and what the browser shows afterwards."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from e2e.pages import HomePage, LandingPage, SignInPage, SignOutPage
from e2e.people import Person
from e2e.test_recovery import signed_in
from e2e.ways import with_and_without_script


@with_and_without_script
def test_after_signing_out_the_back_button_shows_nothing_private(page: Page, member: Person) -> None:
    signed_in(page, member)
    page.goto(SignOutPage.path)
    SignOutPage(page).shown()

    page.get_by_role("button", name="Sign out").click()
    expect(SignInPage(page).shown().told).to_contain_text("You are signed out.")

    for _step in range(3):
        page.go_back()
        expect(page.get_by_text(member.name)).to_have_count(0)
    LandingPage(page).open()


def test_the_menu_signs_out(page: Page, member: Person) -> None:
    signed_in(page, member)

    HomePage(page).sign_out(member.name)

    SignInPage(page).shown()


def test_signing_out_here_leaves_other_browsers_signed_in(
    page: Page, new_page: Callable[..., Page], member: Person
) -> None:
    elsewhere = signed_in(new_page(), member)
    signed_in(page, member)

    HomePage(page).sign_out(member.name)
    SignInPage(page).shown()

    HomePage(elsewhere).open().greets(member.name)


def test_whoever_is_signed_out_has_nothing_to_sign_out_of(page: Page) -> None:
    page.goto(SignOutPage.path)

    SignInPage(page).shown()
