"""The pages of members, one of them, several at once, and of leaving, as people use them."""

import re
from typing import Self

from playwright.sync_api import Locator, Page, expect

from e2e.pages import PortalPage, Words


class MembersPage(PortalPage):
    heading = "Members"

    def __init__(self, page: Page, slug: str) -> None:
        super().__init__(page)
        self.path = f"/t/{slug}/members"  # type: ignore[misc]

    @property
    def lines(self) -> Locator:
        """The members in the list, without its head and its foot."""
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("link")).filter(has_not_text="Show more")

    def line(self, name: str) -> Locator:
        return self.lines.filter(has=self.page.get_by_role("link", name=name, exact=True))

    def search(self, words: str) -> None:
        self.fill("Search", words)
        self.field("Search").press("Enter")

    def narrow(self, label: str, choice: str) -> None:
        """Chooses from one of the lists; where no script runs, the button sends it."""
        self.field(label).select_option(label=choice)
        button = self.page.get_by_role("search").get_by_role("button", name="Search")
        if button.is_visible():
            button.click()

    def counts(self, words: str) -> None:
        expect(self.page.get_by_role("main").get_by_text(words, exact=True)).to_be_visible()

    def names(self) -> list[str]:
        return [link.inner_text() for link in self.lines.get_by_role("link").all()]

    def look_at(self, name: str) -> "MemberPage":
        self.line(name).get_by_role("link", name=name, exact=True).click()
        return MemberPage(self.page, name).shown()

    def choose(self, *names: str) -> None:
        for name in names:
            self.page.get_by_role("checkbox", name=f"Choose {name}", exact=True).check()

    def look_first(self, act: str, role: str | None = None) -> None:
        """What would happen to the chosen ones."""
        self.field("With the chosen members").select_option(label=act)
        if role is not None:
            self.field("Which role").select_option(label=role)
        self.press("Look at it first")


class MemberPage(PortalPage):
    """One member; the heading is their name."""

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page)
        self.heading = name  # type: ignore[misc]

    def role(self, name: str) -> Locator:
        return self.page.get_by_role("group", name="Roles").get_by_role("checkbox", name=name, exact=True)

    def give(self, *roles: str) -> None:
        """Exactly these."""
        for box in self.page.get_by_role("group", name="Roles").get_by_role("checkbox").all():
            if box.is_enabled():
                box.uncheck()
        for role in roles:
            self.role(role).check()
        self.press("Save roles")

    def suspend(self, reason: str) -> None:
        self.fill("Reason Optional", reason)
        self.press("Suspend")

    def remove(self) -> None:
        """Asks; `RemovePage` says what it does."""
        self.follow("Remove")

    def ask_why(self) -> "WhyPage":
        self.follow("What they may do, and why")
        return WhyPage(self.page).shown()

    def tells(self, words: Words) -> None:
        """A fact beside the face: roles, since when, invited by whom, suspended by whom and why."""
        expect(self.page.get_by_role("main").get_by_role("definition").filter(has_text=words)).to_be_visible()

    @property
    def lately(self) -> Locator:
        return self.page.get_by_role("region", name="Lately in this team")


class RemovePage(PortalPage):
    heading = re.compile("^Remove .+ from .+\\?$")

    def go_on(self) -> None:
        self.press("Remove from the team")


class BulkPage(PortalPage):
    """What an act would do to several members, and then what it did."""

    heading = re.compile(".")

    def says(self, heading: str) -> Self:
        expect(self.title).to_have_text(heading)
        return self

    def part(self, title: str) -> Locator:
        return self.page.get_by_role("region", name=title)

    def line(self, title: str, name: str) -> Locator:
        return self.part(title).get_by_role("listitem").filter(has_text=name)


class WhyPage(PortalPage):
    heading = re.compile("^What .+ may do( here)?$")

    def answer(self, right: str) -> Locator:
        return self.page.get_by_role("listitem").filter(has=self.page.get_by_text(right, exact=True)).first

    def says(self, right: str, yes: str, words: Words) -> None:
        """Whether the right is there, and where it comes from or what would give it."""
        expect(self.answer(right).get_by_role("img", name=yes)).to_be_visible()
        expect(self.answer(right)).to_contain_text(words)


class LeavePage(PortalPage):
    heading = re.compile("^Leave .+\\?$")

    def __init__(self, page: Page, slug: str) -> None:
        super().__init__(page)
        self.path = f"/tenants/{slug}/leave"  # type: ignore[misc]

    def leave(self) -> None:
        self.press("Leave the team")
