"""Google, walked through a real provider: new people, people who are here already, and the way back out."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.google_pages import (
    ActivityPage,
    GoogleAddressPage,
    GoogleFinishPage,
    GoogleKnownPage,
    GoogleLinkPage,
    GoogleStartPage,
    ProviderPage,
    SecurityPage,
)
from e2e.mailbox import Mailbox
from e2e.pages import HomePage, SignInPage, SignUpPage, VerifyPage
from e2e.people import Person, sign_up, stranger
from e2e.provider import Provider
from e2e.test_every_page import check  # noqa: F401 - a fixture
from e2e.ways import with_and_without_script

CONTINUE = "Continue with Google"


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    running = Provider().start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser_context_args(
    browser_context_args: dict[str, Any], variant: Callable[..., str], provider: Provider
) -> dict[str, Any]:
    """Browsers here open a Portico that knows this provider as Google."""
    return browser_context_args | {"base_url": variant(**provider.settings)}


@pytest.fixture
def gil(provider: Provider) -> Person:
    """Somebody with a mailbox that Google runs, and no account here."""
    mark = secrets.token_hex(5)
    known = Person("Gil Grant", f"gil.{mark}@gmail.com", f"three quiet herons {mark}")
    provider.knows(mark, email=known.email, email_verified=True, name=known.name)
    return known


def subject(person: Person) -> str:
    return person.email.partition("@")[0].rpartition(".")[2]


def through_google(page: Page, person: Person) -> None:
    SignInPage(page).open().press(CONTINUE)
    ProviderPage(page).shown().agree(subject(person))


@with_and_without_script
def test_a_new_person_comes_by_google_and_comes_back(page: Page, gil: Person) -> None:
    SignUpPage(page).open("?next=/logout").press(CONTINUE)
    ProviderPage(page).shown().agree(subject(gil))
    GoogleFinishPage(page).shown()
    expect(page.get_by_text(gil.email)).to_be_visible()
    GoogleFinishPage(page).finish("Gil G.")

    expect(page).to_have_url("/logout")
    page.get_by_role("button", name="Sign out").last.click()
    SignInPage(page).shown()
    expect(page.get_by_text("This is how you signed in here last time.")).to_be_visible()
    through_google(page, gil)
    HomePage(page).greets("Gil G.")


@with_and_without_script
def test_somebody_who_is_here_already_signs_in_once_and_links(
    page: Page, provider: Provider, mailbox: Mailbox, gil: Person
) -> None:
    sign_up(page, gil, mailbox).page.goto("/logout")
    page.get_by_role("button", name="Sign out").last.click()
    through_google(page, gil)
    GoogleKnownPage(page).shown().follow("Sign in and link")
    SignInPage(page).shown().sign_in(gil.email, gil.password)

    link = GoogleLinkPage(page).shown()
    expect(page.get_by_role("heading", name=f"Link {gil.email}?")).to_be_visible()
    link.press("Link Google")

    HomePage(page).shown()
    expect(HomePage(page).told).to_contain_text(f"{gil.email} is linked")
    assert "linked" in mailbox.next(gil.email).subject
    page.goto("/logout")
    page.get_by_role("button", name="Sign out").last.click()
    through_google(page, gil)
    HomePage(page).greets(gil.name)


def test_linking_and_unlinking_from_ones_own_page(page: Page, provider: Provider, mailbox: Mailbox) -> None:
    person = stranger()
    sign_up(page, person, mailbox)
    provider.knows(mark := secrets.token_hex(5), email="other@gmail.com", email_verified=True, name="Other")
    SecurityPage(page).open()
    assert "Not linked" in SecurityPage(page).row("Google")
    SecurityPage(page).follow("Link Google")
    GoogleLinkPage(page).shown().press(CONTINUE)
    ProviderPage(page).shown().agree(mark)
    GoogleLinkPage(page).shown().press("Link Google")
    GoogleLinkPage(page).shown().shows("other@gmail.com")

    GoogleLinkPage(page).press("Unlink Google")

    GoogleLinkPage(page).shown().shows("No Google account is linked")
    assert [mailbox.next(person.email).subject for _mail in range(2)] == [
        "A Google account was linked",
        "Your Google account was unlinked",
    ]


def test_an_address_elsewhere_is_proven_by_mail_and_needs_no_password(
    page: Page, provider: Provider, mailbox: Mailbox
) -> None:
    person = stranger()
    provider.knows(mark := secrets.token_hex(5), email=person.email, email_verified=True, name=person.name)
    SignInPage(page).open().press(CONTINUE)
    ProviderPage(page).shown().agree(mark)
    GoogleAddressPage(page).shown().press("Send code")
    VerifyPage(page).shown().enter(mailbox.next(person.email).code)
    GoogleFinishPage(page).shown().press("Create account")

    HomePage(page).greets(person.name)


def test_saying_no_at_google_leads_back_to_the_other_ways(page: Page) -> None:
    SignInPage(page).open("?next=/logout").press(CONTINUE)

    ProviderPage(page).shown().deny()

    SignInPage(page).shown()
    expect(SignInPage(page).told).to_contain_text("Nothing was changed")


def test_what_comes_back_to_another_browser_opens_nothing(
    page: Page, new_page: Callable[..., Page], gil: Person
) -> None:
    """Somebody sends their own way back to a victim, to have them in the wrong account (login CSRF)."""
    SignInPage(page).open().press(CONTINUE)
    provider = ProviderPage(page).shown()
    page.route("**/login/google/callback?*", lambda route: route.fulfill(status=204))
    with page.expect_request("**/login/google/callback?*") as caught:
        provider.agree(subject(gil))
    victim = new_page()
    SignInPage(victim).open()

    victim.goto(caught.value.url)

    SignInPage(victim).shown()
    expect(SignInPage(victim).told).to_contain_text("another browser")


def test_the_pages_around_google(
    page: Page,
    gil: Person,
    mailbox: Mailbox,
    check: Callable[[], None],  # noqa: F811 - the fixture
) -> None:
    SignInPage(page).open()
    check()
    SignUpPage(page).open()
    check()
    GoogleStartPage(page).open()
    check()
    through_google(page, gil)
    GoogleFinishPage(page).shown()
    check()
    GoogleFinishPage(page).finish("")
    GoogleFinishPage(page).refuses("Name", "Enter your name, as others should see it.")
    check()
    GoogleFinishPage(page).finish(gil.name)
    HomePage(page).shown()
    GoogleLinkPage(page).open()
    check()
    SecurityPage(page).open()
    check()
    ActivityPage(page).open()
    check()
    ActivityPage(page).open("?show=refused")
    check()


def test_the_pages_of_linking(
    page: Page,
    gil: Person,
    mailbox: Mailbox,
    check: Callable[[], None],  # noqa: F811 - the fixture
) -> None:
    sign_up(page, gil, mailbox)
    SecurityPage(page).open()
    check()
    GoogleLinkPage(page).open()
    check()
    page.goto("/logout")
    page.get_by_role("button", name="Sign out").last.click()
    through_google(page, gil)
    GoogleKnownPage(page).shown()
    check()
    GoogleKnownPage(page).follow("Sign in and link")
    SignInPage(page).shown().sign_in(gil.email, gil.password)
    GoogleLinkPage(page).shown()
    check()
