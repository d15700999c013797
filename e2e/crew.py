"""A team of three for a journey: its owner and a plain member in browsers of their own, and an admin in the list."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from e2e.kit import Kit, Made
from e2e.member_pages import MemberPage, MembersPage
from e2e.people import Person
from e2e.test_recovery import signed_in

OWNER, ADMIN = "Owner", "Admin"
"""What the kit calls them."""


class Crew:
    """The owner is signed in on `page`, the member on `theirs`; the admin comes if asked for."""

    def __init__(self, made: Made, page: Page, theirs: Page, new_page: Callable[..., Page]) -> None:
        self.made, self.page, self.theirs, self._new_page = made, page, theirs, new_page
        self.slug = made.tenant
        self.name = made.name
        self.password = made.password or ""
        self.team = f"Team of {made.name}"

    def admin(self) -> Page:
        return signed_in(self._new_page(), Person(ADMIN, self.made.admin, self.password))

    def member_page(self) -> MemberPage:
        """The member, as the owner sees them."""
        return MembersPage(self.page, self.slug).open().look_at(self.name)

    def change_roles(self, *roles: str) -> None:
        page = self.member_page()
        page.give(*roles)
        page.shown()


@pytest.fixture
def crew(kit: Kit, page: Page, new_page: Callable[..., Page]) -> Crew:
    made = kit.make("team-member", signed_in=True)
    signed_in(page, Person(OWNER, made.owner, made.password or ""))
    state: Any = made.storage_state
    return Crew(made, page, new_page(storage_state=state), new_page)
