"""The pages of teams, as people use them."""

import re

from playwright.sync_api import Locator, Page, expect

from e2e.pages import PortalPage


class TeamsPage(PortalPage):
    path = "/tenants"
    heading = "Your teams"

    def row(self, name: str) -> Locator:
        return self.page.get_by_role("main").get_by_role("listitem").filter(has_text=name)

    def new(self) -> None:
        self.follow("New team")


class NewTeamPage(PortalPage):
    path = "/tenants/new"
    heading = "New team"

    def type_name(self, name: str) -> None:
        self.field("Name of the team").press_sequentially(name)

    def make(self, name: str, slug: str = "") -> None:
        self.fill("Name of the team", name)
        self.fill("Address", slug)
        self.press("Make the team")

    def says(self, words: str | re.Pattern[str]) -> None:
        """What the page tells of the address while it is typed."""
        expect(self.page.get_by_role("main").get_by_role("status").last).to_contain_text(words)


class TeamPage(PortalPage):
    """The first page of a team; its heading is the team's name."""

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page)
        self.heading = name  # type: ignore[misc]

    def switch_to(self, other: str) -> None:
        self.page.get_by_role("banner").get_by_role("button", name=str(self.heading)).click()
        self.page.get_by_role("banner").get_by_role("link", name=other).click()


def make_team(page: Page, name: str) -> str:
    """Makes a team of the person who is signed in; gives its slug."""
    NewTeamPage(page).open().make(name)
    TeamPage(page, name).shown()
    return page.url.rpartition("/")[2]
