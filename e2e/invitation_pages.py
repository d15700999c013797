"""The pages of inviting and of being invited, as people use them."""

import re

from playwright.sync_api import Locator, Page, expect

from e2e.pages import PortalPage


class InviteSomeonePage(PortalPage):
    heading = "Invite someone"

    def __init__(self, page: Page, slug: str) -> None:
        super().__init__(page)
        self.path = f"/t/{slug}/invitations/new"  # type: ignore[misc]

    def role(self, name: str) -> Locator:
        return self.page.get_by_role("checkbox", name=re.compile(f"^{name}( Default)?$"))

    def invite(self, email: str, *, note: str = "", roles: tuple[str, ...] = ()) -> None:
        self.fill("Email address", email)
        for role in roles:
            self.role(role).check()
        self.fill("Note Optional", note)
        self.press("Send the invitation")


class InvitationsPage(PortalPage):
    heading = "Invitations"

    def __init__(self, page: Page, slug: str) -> None:
        super().__init__(page)
        self.path = f"/t/{slug}/invitations"  # type: ignore[misc]

    def line(self, email: str) -> Locator:
        return self.page.get_by_role("listitem").filter(has_text=email)

    def change(self, email: str, act: str) -> None:
        """Does one of the acts that stand beside an invitation."""
        line = self.line(email)
        line.get_by_role("button", name=act).or_(line.get_by_role("link", name=act)).click()


class InviteManyPage(PortalPage):
    heading = "Invite many"

    def __init__(self, page: Page, slug: str) -> None:
        super().__init__(page)
        self.path = f"/t/{slug}/invitations/many"  # type: ignore[misc]

    def paste(self, text: str) -> None:
        self.field("Addresses Optional").fill(text)
        self.press("Send the invitations")


class ProgressPage(PortalPage):
    heading = "Inviting many"

    def finishes(self, total: int) -> None:
        """Waits until the page itself says that all is done."""
        expect(self.page.get_by_text(f"{total} of {total} done")).to_be_visible(timeout=30_000)

    def outcome(self, typed: str) -> Locator:
        return self.page.get_by_role("row").filter(has_text=typed)


class InvitationPage(PortalPage):
    """Where an invitation is answered; the heading depends on the case."""

    def says(self, heading: str | re.Pattern[str]) -> "InvitationPage":
        expect(self.title).to_have_text(heading)
        return self

    def decline(self, word: str) -> None:
        self.page.get_by_text("Not for you? Decline it").click()
        self.fill("A word to whoever invited you Optional", word)
        self.press("Decline")
