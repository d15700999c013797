"""The pages around Google, and the provider's own where a person says yes or no."""

import re
from typing import ClassVar

from playwright.sync_api import Page, expect

from e2e.pages import PortalPage, Words


class ProviderPage:
    """Not ours: the provider asks who one is."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def shown(self) -> "ProviderPage":
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Authorize Client")
        return self

    def agree(self, subject: str) -> None:
        self.page.get_by_role("textbox").fill(subject)
        self.page.get_by_role("button", name="Authorize", exact=True).click()

    def deny(self) -> None:
        self.page.get_by_role("button", name="Deny").click()


class GoogleStartPage(PortalPage):
    path = "/login/google"
    heading = "Continue with Google"


class GoogleFinishPage(PortalPage):
    path = "/login/google/finish"
    heading = "One last step"

    def finish(self, name: str) -> None:
        self.fill("Name", name)
        self.press("Create account")


class GoogleKnownPage(PortalPage):
    path = "/login/google/known"
    heading = "Sign in once to link Google"


class GoogleAddressPage(PortalPage):
    path = "/login/google/address"
    heading = "Confirm your address"


class GoogleLinkPage(PortalPage):
    path = "/account/security/google"
    heading = "Google"

    def shows(self, words: Words) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(words)


class SecurityPage(PortalPage):
    path = "/account/security"
    heading = "Security"

    def row(self, title: str) -> str:
        """What the line of that title says."""
        line = self.page.get_by_role("listitem").filter(has=self.page.get_by_role("heading", name=title, exact=True))
        return line.inner_text()


class ActivityPage(PortalPage):
    path = "/account/activity"
    heading: ClassVar[Words] = re.compile("^Sign-ins$")

    def rows(self) -> int:
        return self.page.get_by_role("table").last.get_by_role("row").count()
