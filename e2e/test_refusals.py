"""The pages that say no: each says what happened and has a way on."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from e2e.database import Database
from e2e.mailbox import Mailbox
from e2e.pages import (
    AskCodePage,
    EnterCodePage,
    HomePage,
    LandingPage,
    RecoverPage,
    RefusalPage,
    SignInPage,
    SignUpPage,
    VerifyPage,
)
from e2e.people import Person, stranger
from e2e.rare import NOWHERE
from e2e.test_recovery import signed_in
from e2e.ways import with_and_without_script


@with_and_without_script
def test_a_page_that_is_not_there_leads_back(page: Page) -> None:
    answer = page.goto("/nowhere")

    assert answer is not None
    assert answer.status == 404
    RefusalPage(page).says(404, "There is nothing here").follow("Go to the start page")
    LandingPage(page).shown()


def test_a_signed_in_person_is_led_home(page: Page, member: Person) -> None:
    signed_in(page, member)

    for path in ("/nowhere", "/signup/verify/resend", "/signup/verify?token=none"):
        page.goto(path)
        expect(page.get_by_role("button", name=member.name)).to_be_visible()
        page.get_by_role("main").get_by_role("link", name="Go to your home page").click()
        HomePage(page).greets(member.name)


def test_a_way_of_asking_that_is_not_allowed_leads_back(page: Page) -> None:
    answer = page.goto("/signup/verify/resend")

    assert answer is not None
    assert answer.status == 405
    RefusalPage(page).says(405, "This address cannot be opened that way").follow("Go to the start page")
    LandingPage(page).shown()


@with_and_without_script
def test_a_form_that_lost_its_proof_is_refused_and_can_be_sent_anew(page: Page, member: Person) -> None:
    sign_in = SignInPage(page).open()
    page.context.clear_cookies()

    with page.expect_navigation() as navigation:
        sign_in.sign_in(member.email, member.password)

    assert navigation.value.status == 403
    RefusalPage(page).says(403, "That could not be checked").follow("Open the page again")
    SignInPage(page).shown().sign_in(member.email, member.password)
    HomePage(page).greets(member.name)


def test_more_than_a_form_can_hold_is_refused_as_too_large(page: Page) -> None:
    sign_in = SignInPage(page).open()

    with page.expect_navigation() as navigation:
        sign_in.sign_in(stranger().email, "x" * 100_000)

    assert navigation.value.status == 413
    RefusalPage(page).says(413, "That is too large")


@with_and_without_script
def test_asking_too_often_keeps_what_was_typed_and_says_when_to_go_on(
    page: Page, new_page: Callable[..., Page]
) -> None:
    nobody = stranger()
    AskCodePage(page).open().ask(nobody.email)
    EnterCodePage(page).shown()
    elsewhere = new_page()

    ask = AskCodePage(elsewhere).open()
    with elsewhere.expect_navigation() as navigation:
        ask.ask(nobody.email)

    assert navigation.value.status == 429
    assert int(navigation.value.headers["retry-after"]) in range(1, 61)
    expect(ask.problem).to_contain_text("A mail to this address was asked for a moment ago.")
    expect(ask.shown().field("Email address")).to_have_value(nobody.email)


def test_guessing_one_address_too_often_pauses_it_and_says_so_without_telling_whether_it_exists(page: Page) -> None:
    nobody = stranger()
    sign_in = SignInPage(page).open()

    # Fifteen at once, and one more every twenty seconds: a slow machine gets a few more answers.
    status, guesses = 422, 0
    while status == 422 and guesses < 30:
        sign_in.shown().fill("Password", f"three wrong herons {guesses}")
        sign_in.fill("Email address", nobody.email)
        with page.expect_navigation() as navigation:
            sign_in.press("Sign in")
        status, guesses = navigation.value.status, guesses + 1

    assert status == 429
    assert guesses > 15
    expect(sign_in.shown().problem).to_contain_text("That was tried too often.")
    expect(sign_in.field("Email address")).to_have_value(nobody.email)


def test_asking_for_mail_all_day_long_ends_on_a_page_that_says_when_to_go_on(
    page: Page, person: Person, mailbox: Mailbox, database: Database
) -> None:
    page.clock.install()
    SignUpPage(page).open().start(person.name, person.email)
    mailbox.next(person.email)
    VerifyPage(page).shown()
    database.spend_mails(person.email, "signup")
    page.clock.fast_forward("01:01")

    with page.expect_navigation() as navigation:
        VerifyPage(page).press("Send a new code")

    assert navigation.value.status == 429
    refusal = RefusalPage(page).says(429, "Wait a moment")
    expect(page.get_by_text(re.compile(r"^Try again in \d hours\.$"))).to_be_visible()
    refusal.follow("Go back to the page")
    VerifyPage(page).shown()


def test_where_only_invited_people_may_sign_up_the_page_says_so(page: Page, variant: Callable[..., str]) -> None:
    page.goto(variant(SIGNUP="closed") + "/signup")

    expect(page.get_by_role("heading", level=1)).to_have_text("Accounts are by invitation")
    expect(page.get_by_role("textbox")).to_have_count(0)
    page.get_by_role("link", name="Sign in").click()
    SignInPage(page).shown()
    expect(page.get_by_role("link", name="Create account")).to_have_count(0)


def test_without_its_database_every_page_says_it_will_be_back(page: Page, variant: Callable[..., str]) -> None:
    page.goto(variant(database=NOWHERE) + "/login")

    with page.expect_navigation() as navigation:
        SignInPage(page).sign_in(stranger().email, "three wrong herons")

    assert navigation.value.status == 503
    assert int(navigation.value.headers["retry-after"]) > 0
    RefusalPage(page).says(503, "Back in a moment").follow("Try again")
    SignInPage(page).shown()


def test_a_page_that_failed_is_tried_again_with_all_it_was_asked(
    page: Page, member: Person, mailbox: Mailbox, variant: Callable[..., str]
) -> None:
    """The token of a mailed link is in the address, and a busy second must not cost it."""
    RecoverPage(page).open().ask(member.email)
    link = urlsplit(mailbox.next(member.email).link)

    page.goto(f"{variant(database=NOWHERE)}{link.path}?{link.query}")

    again = RefusalPage(page).says(503, "Back in a moment").page.get_by_role("link", name="Try again")
    expect(again).to_have_attribute("href", f"{link.path}?{link.query}")
