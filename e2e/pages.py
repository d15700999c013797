"""The pages as people use them: what they read, what they fill in, what they press. By roles and labels only, so a
page that a screen reader could not use fails here first.

A method that acts leaves the next page to be shown by its own object: `SignUpPage(page).open().start(…)`, then
`VerifyPage(page).enter(…)`. What is filled in is typed at a person's speed where the server refuses faster ones.
"""

import os
import re
from typing import ClassVar, Self

from playwright.sync_api import Locator, Page, expect

HURRIED = "BASE_URL" not in os.environ
"""Guarded forms refuse programs that fill them in faster than people type, except in development."""

Words = str | re.Pattern[str]


class PortalPage:
    """What all pages have: an address, one main heading, fields with labels, buttons with names."""

    path: ClassVar[str]
    heading: ClassVar[Words]

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, query: str = "") -> Self:
        self.page.goto(self.path + query)
        return self.shown()

    def shown(self) -> Self:
        """Waits until this page is what the person sees."""
        expect(self.title).to_have_text(self.heading)
        return self

    @property
    def title(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    @property
    def told(self) -> Locator:
        """The region that says what happened."""
        return self.page.get_by_role("status").first

    @property
    def problem(self) -> Locator:
        """What is wrong with the form as a whole."""
        return self.page.get_by_role("alert")

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def fill(self, label: str, text: str) -> None:
        if HURRIED:
            self.field(label).fill(text)
        else:
            self.field(label).press_sequentially(text, delay=60)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def follow(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).click()

    def refuses(self, label: str, message: Words) -> None:
        """The field is marked as wrong, says why where screen readers find it, and has the focus."""
        expect(self.field(label)).to_have_attribute("aria-invalid", "true")
        expect(self.field(label)).to_have_accessible_description(message)
        expect(self.field(label)).to_be_focused()


class LandingPage(PortalPage):
    path = "/"
    heading = "The front door to your team’s work"


class HomePage(PortalPage):
    path = "/"
    heading = re.compile("^Hello, ")

    def greets(self, name: str) -> Self:
        expect(self.title).to_have_text(f"Hello, {name}")
        return self

    def settled(self) -> Self:
        """Until htmx and the islands have nothing under way."""
        while not self.page.evaluate("document.body.hasAttribute('data-settled')"):  # waiting by script would be eval
            self.page.wait_for_load_state("networkidle")
        return self

    def open_menu(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def sign_out(self, name: str) -> None:
        self.open_menu(name)
        self.press("Sign out")


class SignUpPage(PortalPage):
    path = "/signup"
    heading = "Create your account"

    def start(self, name: str, email: str) -> None:
        self.fill("Name", name)
        self.fill("Email address", email)
        self.press("Continue")


class VerifyPage(PortalPage):
    path = "/signup/verify"
    heading = "Look in your mailbox"

    def enter(self, code: str) -> None:
        self.fill("Code", code)
        self.press("Continue")


class ConfirmAddressPage(PortalPage):
    heading = "Is this your address?"

    def confirm(self) -> None:
        self.press("Confirm this address")


class FinishPage(PortalPage):
    path = "/signup/finish"
    heading = "One last step"

    def finish(self, password: str, name: str | None = None) -> None:
        if name is not None:
            self.fill("Name", name)
        self.fill("Password", password)
        self.press("Create account")


class SignInPage(PortalPage):
    path = "/login"
    heading = "Sign in"
    refusal = "That email address and password do not go together. Check both, then try again."

    def sign_in(self, email: str, password: str) -> None:
        self.fill("Email address", email)
        self.fill("Password", password)
        self.press("Sign in")

    def refuses_sign_in(self) -> None:
        expect(self.problem).to_have_text(self.refusal)


class AskCodePage(PortalPage):
    path = "/login/code"
    heading = "Sign in with a code"

    def ask(self, email: str) -> None:
        self.fill("Email address", email)
        self.press("Send code")


class EnterCodePage(PortalPage):
    path = "/login/code/enter"
    heading = "Look in your mailbox"

    def enter(self, code: str) -> None:
        self.fill("Code", code)
        self.press("Sign in")


class SignOutPage(PortalPage):
    path = "/logout"
    heading = "Sign out of this browser?"


class RecoverPage(PortalPage):
    path = "/recover"
    heading = "Forgotten your password?"

    def ask(self, email: str) -> None:
        self.fill("Email address", email)
        self.press("Continue")


class SentPage(PortalPage):
    path = "/recover/sent"
    heading = "Look in your mailbox"

    def enter(self, code: str) -> None:
        self.fill("Code", code)
        self.press("Continue")


class LinkedRecoveryPage(PortalPage):
    """Where a mailed recovery link lands: it asks before it does anything."""

    heading = "Choose a new password"

    def go_on(self) -> None:
        self.press("Continue")


class ResetPage(PortalPage):
    path = "/recover/reset"
    heading = "Choose a new password"

    def choose(self, password: str) -> None:
        self.fill("New password", password)
        self.press("Set password")


class UnlockPage(PortalPage):
    path = "/recover/unlock"
    heading = "Open your account again"

    def unlock(self) -> None:
        self.press("Unlock account")


class DeadLinkPage(PortalPage):
    heading = "This link no longer works"


class RefusalPage(PortalPage):
    """Any of the pages that say no: they all have a way on."""

    heading = re.compile(".")

    def says(self, status: int, heading: str) -> Self:
        """The number small above the heading, as it stands on every page of this kind."""
        expect(self.title).to_have_text(heading)
        expect(self.page.get_by_role("main").get_by_text(str(status), exact=True)).to_be_visible()
        return self

    def says_only(self, heading: str) -> Self:
        expect(self.title).to_have_text(heading)
        return self
