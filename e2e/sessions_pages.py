"""The pages of proving again, of one's devices and of one's password, as people use them."""

import re

from playwright.sync_api import Locator, expect

from e2e.pages import PortalPage


class SudoPage(PortalPage):
    path = "/sudo"
    heading = "Confirm that it is you"

    def confirm(self, password: str) -> None:
        self.fill("Password", password)
        self.press("Confirm")

    def ask_for_code(self) -> None:
        self.press("Email me a code")

    def enter(self, code: str) -> None:
        self.fill("Code", code)
        self.press("Confirm")


class KeptPage(PortalPage):
    """A form that waited: for the proof, or for a new sign-in."""

    heading = re.compile("Confirmed. Continue\\?|Go on where you were")

    def go_on(self) -> None:
        self.press("Continue")

    def throw_away(self) -> None:
        self.press("Throw it away")


class DevicesPage(PortalPage):
    path = "/account/sessions"
    heading = "Where you are signed in"

    @property
    def others(self) -> Locator:
        return self.page.get_by_role("region", name="Other devices").get_by_role("listitem")

    def sign_out_first(self) -> None:
        self.others.first.get_by_role("button").click()

    def sign_out_all(self) -> None:
        self.press("Sign out all other devices")

    def counts(self, others: int) -> None:
        expect(self.others).to_have_count(others)


class PasswordPage(PortalPage):
    path = "/account/password"
    heading = "Password"

    def choose(self, password: str) -> None:
        self.fill("New password", password)
        self.page.get_by_role("button", name=re.compile("^(Change|Set) password$")).click()
