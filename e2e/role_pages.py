"""The pages of roles and of ownership, as people use them."""

import re

from playwright.sync_api import Locator, Page

from e2e.pages import PortalPage


class RolesPage(PortalPage):
    heading = "Roles"

    def __init__(self, page: Page, slug: str) -> None:
        super().__init__(page)
        self.path = f"/t/{slug}/roles"  # type: ignore[misc]

    def line(self, name: str) -> Locator:
        return self.page.get_by_role("main").get_by_role("listitem").filter(has=self._link(name))

    def look_at(self, name: str) -> "RolePage":
        self.line(name).get_by_role("link").click()
        return RolePage(self.page, name).shown()

    def allows(self, role: str, right: str) -> str:
        """What the matrix says: Yes or No."""
        table = self.page.get_by_role("table")
        heads = [head.inner_text() for head in table.get_by_role("columnheader").all()]
        row = table.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=right, exact=True))
        cell = row.get_by_role("cell").nth(heads.index(role))
        return "Yes" if cell.get_by_role("img", name="Yes").count() else cell.inner_text().strip("– \n")

    def _link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)


class RoleForm(PortalPage):
    def right(self, name: str) -> Locator:
        return self.page.get_by_role("checkbox", name=name, exact=True)

    def tick(self, *rights: str) -> None:
        for right in rights:
            self.right(right).check()


class NewRolePage(RoleForm):
    heading = "New role"

    def __init__(self, page: Page, slug: str) -> None:
        super().__init__(page)
        self.path = f"/t/{slug}/roles/new"  # type: ignore[misc]

    def make(self, name: str, *rights: str, description: str = "") -> None:
        self.fill("Name", name)
        self.fill("What it is for Optional", description)
        self.tick(*rights)
        self.press("Make the role")


class RolePage(RoleForm):
    """One role; the heading is its name."""

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page)
        self.heading = name  # type: ignore[misc]

    def save(self) -> None:
        self.press("Save")

    def make_default(self) -> None:
        self.press("Make it the default")

    def delete(self) -> "DeleteRolePage":
        self.follow("Delete the role")
        return DeleteRolePage(self.page).shown()


class DeleteRolePage(PortalPage):
    heading = re.compile("^Delete “.+”\\?$")
    heir = "Role that takes its place"

    def delete(self, replacement: str | None = None) -> None:
        if replacement is not None:
            self.field(self.heir).select_option(label=replacement)
        self.press("Delete the role")


class OwnershipPage(PortalPage):
    heading = "Hand the team over"
    to = "E-mail address of the member"

    def __init__(self, page: Page, slug: str) -> None:
        super().__init__(page)
        self.path = f"/t/{slug}/ownership"  # type: ignore[misc]

    def offer(self, email: str, *, stepping_down: bool = False) -> None:
        self.fill(self.to, email)
        if stepping_down:
            self.page.get_by_role("checkbox", name="I become an admin when they accept").check()
        self.press("Offer the ownership")

    def withdraw(self) -> None:
        self.press("Withdraw the offer")


class OfferedPage(PortalPage):
    """Where the mailed links of an offer land."""

    heading = re.compile("^(Become an owner of|Decline to own) .+\\?$")

    def accept(self) -> None:
        self.press("Accept and own the team")

    def decline(self) -> None:
        self.press("Decline")
