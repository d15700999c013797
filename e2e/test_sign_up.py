"""Signing up: a name and an address, the mailbox proven, a password, home."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from e2e.kit import Kit
from e2e.mailbox import Mailbox
from e2e.pages import ConfirmAddressPage, DeadLinkPage, FinishPage, HomePage, SignInPage, SignUpPage, VerifyPage
from e2e.people import Person, sign_up, stranger
from e2e.ways import with_and_without_script

WRONG = "That is not the code in the newest mail. Look again and type it once more."
TOO_OLD = "That code is too old. Start again to get a new one."


@with_and_without_script
def test_a_stranger_signs_up_by_the_mailed_code(page: Page, person: Person, mailbox: Mailbox) -> None:
    home = sign_up(page, person, mailbox).greets(person.name)

    expect(home.told).to_contain_text("Your account is ready, and you are signed in.")
    page.reload()
    expect(home.greets(person.name).told).to_be_empty()


@with_and_without_script
def test_a_stranger_signs_up_by_the_mailed_link(page: Page, person: Person, mailbox: Mailbox) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    VerifyPage(page).shown()

    page.goto(mailbox.next(person.email).link)
    confirm = ConfirmAddressPage(page).shown()
    expect(page.get_by_text(person.email)).to_be_visible()
    confirm.confirm()

    FinishPage(page).shown().finish(person.password)
    HomePage(page).greets(person.name)


@with_and_without_script
def test_the_link_goes_on_in_a_second_browser(
    page: Page, new_page: Callable[..., Page], person: Person, mailbox: Mailbox
) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    mail = mailbox.next(person.email)
    second = new_page()

    second.goto(mail.link)
    ConfirmAddressPage(second).confirm()
    FinishPage(second).finish(person.password, name="Second Thought")
    HomePage(second).greets("Second Thought")

    VerifyPage(page).shown().enter(mail.code)
    SignUpPage(page).shown()


def test_a_code_is_good_only_in_the_browser_that_asked(
    page: Page, new_page: Callable[..., Page], person: Person, mailbox: Mailbox
) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    code = mailbox.next(person.email).code
    other = stranger()
    elsewhere = new_page()

    SignUpPage(elsewhere).open().start(other.name, other.email)
    VerifyPage(elsewhere).enter(code)

    VerifyPage(elsewhere).shown().refuses("Code", WRONG)


def test_looking_at_the_link_does_not_use_it_up(
    page: Page, new_page: Callable[..., Page], person: Person, mailbox: Mailbox
) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    link = mailbox.next(person.email).link
    scanner = new_page(java_script_enabled=False)

    for _look in range(3):
        scanner.goto(link)
        ConfirmAddressPage(scanner).shown()

    page.goto(link)
    ConfirmAddressPage(page).confirm()
    FinishPage(page).shown()


@with_and_without_script
def test_a_wrong_code_is_refused_at_its_field_and_the_right_one_still_works(
    page: Page, person: Person, mailbox: Mailbox
) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    code = mailbox.next(person.email).code
    verify = VerifyPage(page).shown()

    verify.enter("")
    verify.shown().refuses("Code", "Enter the code from the mail.")
    verify.enter("12345")
    verify.shown().refuses("Code", "The code has six digits, such as 123 456.")
    verify.enter(other_than(code))
    verify.shown().refuses("Code", WRONG)
    verify.enter(f" {code[:3]} {code[3:]} ")

    FinishPage(page).shown()


def test_five_wrong_codes_end_it_and_say_what_to_do(page: Page, person: Person, mailbox: Mailbox) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    code = mailbox.next(person.email).code
    verify = VerifyPage(page).shown()

    for _try in range(4):
        verify.enter(other_than(code))
        verify.shown().refuses("Code", WRONG)
    verify.enter(other_than(code))
    verify.shown().refuses("Code", "That was wrong five times, so this code is no longer valid. Ask for a new one.")
    verify.enter(code)

    verify.shown().refuses("Code", "This code no longer works. Ask for a new one below.")


def test_an_expired_code_leads_back_to_the_start(page: Page, person: Person, mailbox: Mailbox, kit: Kit) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    code = mailbox.next(person.email).code
    kit.age(person.email, "11m")

    VerifyPage(page).shown().enter(code)

    expect(SignUpPage(page).shown().told).to_contain_text(TOO_OLD)


def test_an_expired_link_says_so_and_offers_a_new_start(page: Page, person: Person, mailbox: Mailbox, kit: Kit) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    link = mailbox.next(person.email).link
    kit.age(person.email, "61m")

    page.goto(link)
    DeadLinkPage(page).shown().follow("Ask for a new one")

    SignUpPage(page).shown()


def test_code_and_link_work_once(page: Page, new_page: Callable[..., Page], person: Person, mailbox: Mailbox) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    mail = mailbox.next(person.email)
    VerifyPage(page).enter(mail.code)
    FinishPage(page).finish(person.password)
    HomePage(page).shown()

    elsewhere = new_page()
    elsewhere.goto(mail.link)
    DeadLinkPage(elsewhere).shown()
    page.goto(VerifyPage.path)
    SignUpPage(page).shown()


@with_and_without_script
def test_asking_again_at_once_keeps_the_first_code_alive(page: Page, person: Person, mailbox: Mailbox) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    code = mailbox.next(person.email).code

    SignUpPage(page).open().start(person.name, person.email)
    VerifyPage(page).shown()
    assert not mailbox.unread(person.email)
    VerifyPage(page).enter(code)

    FinishPage(page).shown()


def test_a_new_code_can_be_sent_after_a_minute_and_only_the_newest_works(
    page: Page, person: Person, mailbox: Mailbox, kit: Kit
) -> None:
    page.clock.install()
    SignUpPage(page).open().start(person.name, person.email)
    first = mailbox.next(person.email).code
    verify = VerifyPage(page).shown()
    expect(page.get_by_role("button", name="Send a new code")).to_be_hidden()
    expect(page.get_by_text("You can send a new code in")).to_be_visible()

    kit.age(person.email, "61s")
    page.clock.fast_forward("01:01")
    verify.press("Send a new code")

    second = mailbox.next(person.email).code
    expect(verify.told).to_contain_text("The newest mail is on its way.")
    if first != second:
        verify.enter(first)
        verify.shown().refuses("Code", WRONG)
    verify.enter(second)
    FinishPage(page).shown()


@with_and_without_script
def test_a_mistyped_address_is_put_right_while_waiting(page: Page, person: Person, mailbox: Mailbox) -> None:
    mistyped = stranger()
    SignUpPage(page).open().start(person.name, mistyped.email)
    wrong_code = mailbox.next(mistyped.email).code

    VerifyPage(page).shown().follow("Use another address")
    SignUpPage(page).shown().start(person.name, person.email)
    expect(page.get_by_text(person.email)).to_be_visible()
    code = mailbox.next(person.email).code
    if code != wrong_code:
        VerifyPage(page).enter(wrong_code)
        VerifyPage(page).shown().refuses("Code", WRONG)
    VerifyPage(page).enter(code)

    FinishPage(page).shown()
    expect(page.get_by_text(person.email)).to_be_visible()


@with_and_without_script
def test_what_is_missing_is_said_at_its_field_and_the_rest_is_kept(page: Page, person: Person) -> None:
    start = SignUpPage(page).open()

    start.start("", "nobody-at-all")
    start.shown().refuses("Name", "Enter your name, as others should see it.")
    expect(start.field("Email address")).to_have_value("nobody-at-all")
    start.start(person.name, "nobody-at-all")

    start.shown().refuses("Email address", "Enter an address such as mia@example.com.")
    expect(start.field("Name")).to_have_value(person.name)


@with_and_without_script
def test_a_weak_password_is_refused_with_the_reason(page: Page, person: Person, mailbox: Mailbox) -> None:
    SignUpPage(page).open().start(person.name, person.email)
    VerifyPage(page).enter(mailbox.next(person.email).code)
    finish = FinishPage(page).shown()

    for weak in ("short", "password12345", f"{person.email.split('@')[0]}12"):
        finish.finish(weak)
        expect(finish.shown().field("Password")).to_have_attribute("aria-invalid", "true")
        expect(finish.field("Password")).to_be_focused()
        expect(finish.field("Password")).to_have_value("")
        expect(finish.field("Name")).to_have_value(person.name)
    finish.finish(person.password)

    HomePage(page).greets(person.name)


def test_an_address_with_an_account_is_answered_alike_and_its_owner_is_told(
    page: Page, member: Person, mailbox: Mailbox
) -> None:
    SignUpPage(page).open().start("Somebody Else", member.email)

    VerifyPage(page).shown()
    mail = mailbox.next(member.email)
    assert mail.subject == "You have an account already"
    page.goto(SignInPage.path)
    SignInPage(page).sign_in(member.email, member.password)
    HomePage(page).greets(member.name)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"
