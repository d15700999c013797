"""The pages that say no: each says what happened and has a way on."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from e2e.database import Database
from e2e.pages import AskCodePage, EnterCodePage, LandingPage, SignInPage, SignUpPage
from e2e.people import Person, stranger
from e2e.test_recovery import signed_in
from e2e.ways import with_and_without_script


@with_and_without_script
def test_a_page_that_is_not_there_leads_back(page: Page) -> None:
    answer = page.goto("/nowhere")

    assert answer is not None
    assert answer.status == 404
    page.get_by_role("link", name="Go to the start page").click()
    LandingPage(page).shown()


def test_a_signed_in_person_is_led_home(page: Page, member: Person) -> None:
    signed_in(page, member)

    page.goto("/nowhere")
    page.get_by_role("link", name="Go to your home page").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Hello, {member.name}")


def test_a_way_of_asking_that_is_not_allowed_leads_back(page: Page) -> None:
    answer = page.goto("/signup/verify/resend")

    assert answer is not None
    assert answer.status == 405
    expect(page.get_by_role("link", name="Go to the start page")).to_be_visible()


def test_a_form_that_lost_its_proof_is_refused_with_a_way_on(page: Page) -> None:
    sign_in = SignInPage(page).open()
    page.context.clear_cookies()

    with page.expect_navigation() as navigation:
        sign_in.sign_in("mia@journey.test", "three wrong herons")

    assert navigation.value.status in {403, 422}
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("link").first).to_be_visible()


@with_and_without_script
def test_asking_too_often_keeps_what_was_typed_and_says_when_to_go_on(
    page: Page, member: Person, database: Database
) -> None:
    database.spend_mails(member.email, "sign_in")
    nobody = stranger()
    AskCodePage(page).open().ask(nobody.email)
    EnterCodePage(page).shown()
    page.context.clear_cookies()

    ask = AskCodePage(page).open()
    with page.expect_navigation() as navigation:
        ask.ask(nobody.email)

    assert navigation.value.status == 429
    assert int(navigation.value.headers["retry-after"]) in range(1, 61)
    expect(ask.problem).to_contain_text("A mail to this address was asked for a moment ago.")
    expect(ask.shown().field("Email address")).to_have_value(nobody.email)


def test_where_only_invited_people_may_sign_up_the_page_says_so(page: Page, variant: Callable[..., str]) -> None:
    page.goto(f"{variant(SIGNUP='invited')}/signup")

    expect(page.get_by_role("heading", level=1)).not_to_have_text(SignUpPage.heading)
    expect(page.get_by_role("textbox")).to_have_count(0)


def test_without_its_database_every_page_says_it_will_be_back(page: Page, variant: Callable[..., str]) -> None:
    address = variant(database="postgresql://nobody@127.0.0.1:9/none")

    page.goto(f"{address}/login")
    page.get_by_label("Email address", exact=True).fill("mia@journey.test")
    page.get_by_label("Password", exact=True).fill("three wrong herons")
    with page.expect_navigation() as navigation:
        page.get_by_role("button", name="Sign in", exact=True).click()

    assert navigation.value.status == 503
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("."))
