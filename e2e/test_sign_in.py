"""Signing in: by password, by mailed code, and where one comes out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from e2e.kit import Kit
from e2e.mailbox import Mailbox
from e2e.pages import AskCodePage, EnterCodePage, HomePage, LandingPage, SignInPage, SignUpPage
from e2e.people import Person, stranger
from e2e.test_sign_up import other_than
from e2e.ways import with_and_without_script


@with_and_without_script
def test_a_member_signs_in_from_the_landing_page(page: Page, member: Person) -> None:
    LandingPage(page).open().follow("Sign in")

    SignInPage(page).shown().sign_in(member.email, member.password)

    HomePage(page).greets(member.name)
    expect(page.get_by_role("table")).to_contain_text("Signed in")


@with_and_without_script
def test_a_wrong_password_and_an_unknown_address_are_answered_alike(page: Page, member: Person) -> None:
    sign_in = SignInPage(page).open()

    for email, password in ((member.email, "three wrong herons"), (stranger().email, member.password)):
        sign_in.sign_in(email, password)
        sign_in.shown().refuses_sign_in()
        expect(sign_in.field("Email address")).to_have_value(email)
        expect(sign_in.field("Password")).to_have_value("")
        expect(sign_in.field("Password")).to_be_focused()
    sign_in.sign_in(f"  {member.email.upper()} ", member.password)

    HomePage(page).greets(member.name)


@with_and_without_script
def test_a_member_signs_in_by_a_mailed_code(page: Page, member: Person, mailbox: Mailbox) -> None:
    SignInPage(page).open().follow("Email me a code instead")
    AskCodePage(page).shown().ask(member.email)
    enter = EnterCodePage(page).shown()
    code = mailbox.next(member.email, "Your code to sign in").code

    enter.enter(other_than(code))
    enter.shown().refuses("Code", "That is not the code in the newest mail. Look again and type it once more.")
    enter.enter(code)

    HomePage(page).greets(member.name)


def test_a_mailed_code_works_once_and_in_its_own_browser(
    page: Page, new_page: Callable[..., Page], member: Person, mailbox: Mailbox
) -> None:
    AskCodePage(page).open().ask(member.email)
    code = mailbox.next(member.email, "Your code to sign in").code
    elsewhere = new_page()
    AskCodePage(elsewhere).open().ask(stranger().email)

    EnterCodePage(elsewhere).shown().enter(code)
    expect(EnterCodePage(elsewhere).shown().field("Code")).to_have_attribute("aria-invalid", "true")
    EnterCodePage(page).enter(code)
    HomePage(page).greets(member.name)

    page.goto(EnterCodePage.path)
    AskCodePage(page).shown()


def test_an_expired_sign_in_code_lets_nobody_in(page: Page, member: Person, mailbox: Mailbox, kit: Kit) -> None:
    AskCodePage(page).open().ask(member.email)
    code = mailbox.next(member.email, "Your code to sign in").code
    kit.age(member.email, "11m")

    EnterCodePage(page).shown().enter(code)

    expect(HomePage(page).title).not_to_have_text(HomePage.heading)
    page.goto(HomePage.path)
    LandingPage(page).shown()


def test_a_code_for_an_unknown_address_is_answered_alike_and_never_comes(page: Page, mailbox: Mailbox) -> None:
    nobody = stranger()

    AskCodePage(page).open().ask(nobody.email)
    EnterCodePage(page).shown().enter("123456")

    expect(EnterCodePage(page).shown().field("Code")).to_have_attribute("aria-invalid", "true")
    assert not mailbox.unread(nobody.email)


@with_and_without_script
def test_where_one_was_going_survives_a_mistake_at_sign_in(page: Page, member: Person) -> None:
    sign_in = SignInPage(page).open("?next=/logout")

    sign_in.sign_in(member.email, "three wrong herons")
    sign_in.shown().sign_in(member.email, member.password)

    expect(page).to_have_url("/logout")


def test_where_one_was_going_survives_the_mailed_code(page: Page, member: Person, mailbox: Mailbox) -> None:
    SignInPage(page).open("?next=/logout").follow("Email me a code instead")

    AskCodePage(page).shown().ask(member.email)
    EnterCodePage(page).shown().enter(mailbox.next(member.email, "Your code to sign in").code)

    expect(page).to_have_url("/logout")


def test_where_one_was_going_survives_signing_up(page: Page, person: Person, mailbox: Mailbox) -> None:
    SignInPage(page).open("?next=/logout").follow("Create account")
    SignUpPage(page).shown().start(person.name, person.email)
    _finish(page, person, mailbox)

    expect(page).to_have_url("/logout")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/%5Cevil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
    ],
)
def test_nobody_is_sent_to_another_site(page: Page, base_url: str, member: Person, elsewhere: str) -> None:
    page.goto(f"/login?next={elsewhere}")

    SignInPage(page).shown().sign_in(member.email, member.password)
    HomePage(page)

    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    assert page.url.startswith(f"{base_url}/")


def test_whoever_is_signed_in_is_not_asked_again(page: Page, member: Person) -> None:
    SignInPage(page).open().sign_in(member.email, member.password)
    HomePage(page).shown()

    page.goto(SignInPage.path)

    HomePage(page).greets(member.name)


def test_the_password_can_be_shown_and_is_hidden_again_before_it_is_sent(page: Page) -> None:
    sign_in = SignInPage(page).open()
    sign_in.fill("Password", "three wrong herons")

    sign_in.press("Show password")
    expect(sign_in.field("Password")).to_have_attribute("type", "text")
    expect(page.get_by_role("button", name="Show password")).to_have_attribute("aria-pressed", "true")
    sign_in.press("Show password")

    expect(sign_in.field("Password")).to_have_attribute("type", "password")


def _finish(page: Page, person: Person, mailbox: Mailbox) -> None:
    page.get_by_label("Code", exact=True).fill(mailbox.next(person.email).code)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_role("button", name="Create account").click()
