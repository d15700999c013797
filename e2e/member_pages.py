"""The pages of members, of roles and of ownership, as people use them."""

from typing import Self

from playwright.sync_api import Locator, Page, expect

from e2e.pages import PortalPage, Words


class OfTeam(PortalPage):
    """A page below a team's address."""

    below = ""

    def __init__(self, page: Page, slug: str) -> None:
        super().__init__(page)
        self.path = f"/t/{slug}{self.below}"  # type: ignore[misc]

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def act(self, button: str) -> Locator:
        return self.main.get_by_role("button", name=button, exact=True)

    def says(self, words: Words) -> None:
        expect(self.main).to_contain_text(words)


class MembersPage(OfTeam):
    below = "/members"
    heading = "Members"

    def row(self, name: str) -> Locator:
        return self.main.get_by_role("row").filter(has=self.page.get_by_role("link", name=name, exact=True))

    def lists(self, *names: str) -> None:
        """Exactly these people, in this order."""
        expect(self.main.get_by_role("row").get_by_role("link")).to_have_text(names)

    def follow_to(self, name: str) -> None:
        self.row(name).get_by_role("link", name=name, exact=True).click()

    def search(self, words: str) -> None:
        self.fill("Search", words)
        self._find()

    def narrow(self, label: str, choice: str) -> None:
        self.field(label).select_option(label=choice)
        self._find()

    def choose(self, act: str, *names: str, role: str = "None") -> None:
        """Ticks people and asks what the act would come to."""
        for name in names:
            self.page.get_by_role("checkbox", name=f"Choose {name}", exact=True).check()
        self.field("With the chosen members").select_option(label=act)
        self.field("Which role").select_option(label=role)
        self.press("Look at it first")

    def _find(self) -> None:
        """Where scripts run the list follows by itself, and there is no button."""
        if self.act("Search").is_visible():
            self.press("Search")


class BulkPage(OfTeam):
    """What an act about several would come to, and then what it came to."""

    def __init__(self, page: Page, heading: str) -> None:
        super().__init__(page, "")
        self.heading = heading  # type: ignore[misc]

    def line(self, words: str) -> Locator:
        return self.main.get_by_role("listitem").filter(has_text=words)


class MemberPage(OfTeam):
    """One member; the heading is their name."""

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, "")
        self.heading = name  # type: ignore[misc]

    def role(self, name: str) -> Locator:
        return self.main.get_by_role("checkbox", name=name, exact=True)

    def give(self, name: str) -> None:
        self.role(name).check()
        self.press("Save roles")

    def take(self, name: str) -> None:
        self.role(name).uncheck()
        self.press("Save roles")

    def suspend(self, reason: str) -> None:
        self.fill("Reason Optional", reason)
        self.press("Suspend")

    def remove(self) -> None:
        self.follow("Remove")
        self.press("Remove from the team")


class RolesPage(OfTeam):
    below = "/roles"
    heading = "Roles"

    def row(self, name: str) -> Locator:
        named = self.page.get_by_role("link", name=name, exact=True)
        return self.main.get_by_role("listitem").filter(has=named)

    def follow_to(self, name: str) -> None:
        self.row(name).get_by_role("link", name=name, exact=True).click()

    def compares(self, role: str, right: str, answer: str) -> None:
        """What the table says where the role's column meets the right's row."""
        heads = self.main.get_by_role("columnheader")
        expect(heads.filter(has_text=role)).to_have_count(1)
        place = heads.all_inner_texts().index(role)
        row = self.main.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=right, exact=True))
        cell = row.get_by_role("cell").nth(place)
        expect(cell.get_by_role("img", name=answer).or_(cell.get_by_text(answer, exact=True))).to_be_attached()


class RoleForm(OfTeam):
    """A role that is made, or one that is there; the heading says which."""

    below = "/roles/new"

    def __init__(self, page: Page, slug: str, heading: str = "New role") -> None:
        super().__init__(page, slug)
        self.heading = heading  # type: ignore[misc]

    def right(self, words: str) -> Locator:
        return self.main.get_by_role("checkbox", name=words, exact=True)

    def fill_in(self, name: str, *rights: str) -> Self:
        self.fill("Name", name)
        for words in rights:
            self.right(words).check()
        return self


class DeleteRolePage(OfTeam):
    def __init__(self, page: Page, role: str) -> None:
        super().__init__(page, "")
        self.heading = f"Delete “{role}”?"  # type: ignore[misc]

    def replace_by(self, role: str) -> None:
        self.page.get_by_label("Role that takes its place").select_option(label=role)
        self.press("Delete the role")


class OwnershipPage(OfTeam):
    below = "/ownership"
    heading = "Hand the team over"

    def offer(self, email: str, *, stepping_down: bool = False) -> None:
        self.fill("E-mail address of the member", email)
        if stepping_down:
            self.page.get_by_role("checkbox", name="I become an admin when they accept").check()
        self.press("Offer the ownership")


class OfferedPage(OfTeam):
    """Where the mailed links of an offer lead, and what they say afterwards."""

    def __init__(self, page: Page, heading: str) -> None:
        super().__init__(page, "")
        self.heading = heading  # type: ignore[misc]


class LeavePage(OfTeam):
    def __init__(self, page: Page, slug: str, name: str) -> None:
        super().__init__(page, slug)
        self.path = f"/tenants/{slug}/leave"  # type: ignore[misc]
        self.heading = f"Leave {name}?"  # type: ignore[misc]


class WhyPage(OfTeam):
    """What somebody may do; each right is a line that says yes or no."""

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, "")
        self.heading = f"What {name} may do"  # type: ignore[misc]

    def line(self, right: str) -> Locator:
        return self.main.get_by_role("listitem").filter(has=self.page.get_by_text(right, exact=True))
