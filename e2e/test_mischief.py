"""What people do that no form foresees: pressing twice, going back, reloading, a second tab, another account."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from e2e.mailbox import Mailbox
from e2e.pages import (
    ConfirmAddressPage,
    FinishPage,
    HomePage,
    LandingPage,
    LinkedRecoveryPage,
    RefusalPage,
    ResetPage,
    SignInPage,
    SignUpPage,
    VerifyPage,
)
from e2e.people import People, Person, sign_up
from e2e.recovery_pages import ReviewPage
from e2e.test_recovery import NEW_PASSWORD, asked, signed_in


def test_pressing_twice_sends_once(page: Page, person: Person, mailbox: Mailbox) -> None:
    start = SignUpPage(page).open()
    start.fill("Name", person.name)
    start.fill("Email address", person.email)

    page.get_by_role("button", name="Continue").dblclick()

    VerifyPage(page).shown().enter(mailbox.next(person.email).code)
    FinishPage(page).shown()
    assert not mailbox.unread(person.email)


def test_going_back_after_sign_up_shows_no_code_and_no_password(page: Page, person: Person, mailbox: Mailbox) -> None:
    sign_up(page, person, mailbox)

    for _step in range(3):
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for label in ("Code", "Password"):
            for field in page.get_by_label(label, exact=True).all():
                expect(field).to_have_value("")
    page.goto("/")
    HomePage(page).greets(person.name)


def test_reloading_a_refused_form_asks_and_refuses_again(page: Page, member: Person) -> None:
    sign_in = SignInPage(page).open()
    sign_in.sign_in(member.email, "three wrong herons")
    sign_in.shown().refuses_sign_in()

    page.reload()

    sign_in.shown().refuses_sign_in()
    sign_in.sign_in(member.email, member.password)
    HomePage(page).greets(member.name)


def test_a_sign_in_form_from_before_signing_in_and_out_is_opened_again_and_works(page: Page, member: Person) -> None:
    """Its token hangs on the name that the browser had then, which somebody may have planted."""
    late = page.context.new_page()
    SignInPage(late).open()
    signed_in(page, member)
    HomePage(page).sign_out(member.name)
    SignInPage(page).shown()

    SignInPage(late).sign_in(member.email, member.password)

    RefusalPage(late).says(403, "That could not be checked").follow("Open the page again")
    SignInPage(late).shown().sign_in(member.email, member.password)
    HomePage(late).greets(member.name)


def test_a_form_left_open_while_signing_in_elsewhere_in_the_browser_says_what_to_do(page: Page, member: Person) -> None:
    late = page.context.new_page()
    SignInPage(late).open()
    signed_in(page, member)

    SignInPage(late).sign_in(member.email, member.password)

    expect(late.get_by_role("heading", level=1)).to_have_text("That could not be checked")
    late.get_by_role("link", name="Open the page again").click()
    HomePage(late).greets(member.name)


def test_signing_out_in_one_tab_signs_out_the_other(page: Page, member: Person) -> None:
    signed_in(page, member)
    other = page.context.new_page()
    HomePage(other).open()
    HomePage(page).sign_out(member.name)
    SignInPage(page).shown()

    HomePage(other).sign_out(member.name)

    expect(other.get_by_text(member.email)).to_have_count(0)
    other.goto("/")
    LandingPage(other).shown()


def test_a_sign_up_link_opened_by_somebody_signed_in_names_both_and_changes_over(
    page: Page, new_page: Callable[..., Page], people: People, person: Person, mailbox: Mailbox
) -> None:
    SignUpPage(new_page()).open().start(person.name, person.email)
    other = people.member()
    signed_in(page, other)

    page.goto(mailbox.next(person.email).link)
    main = page.get_by_role("main")
    expect(main).to_contain_text(f"Confirm {person.email} to go on")
    expect(main).to_contain_text(f"You are signed in as {other.email} in this browser.")
    ConfirmAddressPage(page).confirm()
    FinishPage(page).finish(person.password)

    HomePage(page).greets(person.name)
    expect(page.get_by_text(other.email)).to_have_count(0)


def test_a_recovery_link_signs_the_other_account_out_as_it_said(
    page: Page, new_page: Callable[..., Page], people: People, mailbox: Mailbox
) -> None:
    owner, other = people.member(), people.member()
    mail = asked(new_page(), owner, mailbox)
    signed_in(page, other)

    page.goto(mail.link)
    expect(page.get_by_role("main")).to_contain_text("Going on signs that account out here.")
    LinkedRecoveryPage(page).go_on()
    ResetPage(page).shown().choose(NEW_PASSWORD)

    SignInPage(page).shown().sign_in(owner.email, NEW_PASSWORD)
    ReviewPage(page).shown().go_on()
    HomePage(page).greets(owner.name)


def test_the_browser_keeps_nothing_about_anybody(page: Page, member: Person) -> None:
    HomePage(signed_in(page, member)).settled()
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert kept == '[{},{},""]'

    HomePage(page).sign_out(member.name)
    SignInPage(page).shown()

    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert kept == '[{},{},""]'
