"""Roles: made of chosen rights, compared, given, renamed, replaced, made the default."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from e2e.member_pages import DeleteRolePage, MemberPage, MembersPage, RoleForm, RolesPage
from e2e.people import Crew
from e2e.test_every_page import check
from e2e.test_recovery import signed_in
from e2e.ways import with_and_without_script

__all__ = ["check"]

INVITE = "Invite people"


def make_role(page: Page, crew: Crew, name: str, *rights: str) -> RolesPage:
    roles = RolesPage(page, crew.slug).open()
    roles.follow("New role")
    RoleForm(page, crew.slug).shown().fill_in(name, *rights).press("Make the role")
    expect(roles.shown().told).to_contain_text(f"The role “{name}” is made. Nobody has it yet.")
    return roles


def give(page: Page, crew: Crew, role: str) -> None:
    """To the plain member."""
    MembersPage(page, crew.slug).open().follow_to(crew.member.name)
    MemberPage(page, crew.member.name).shown().give(role)
    expect(MemberPage(page, crew.member.name).shown().role(role)).to_be_checked()


@with_and_without_script
def test_a_role_of_chosen_rights_is_compared_given_and_renamed(
    crew: Crew, page: Page, new_page: Callable[..., Page]
) -> None:
    roles = make_role(signed_in(page, crew.owner), crew, "Greeter", INVITE)
    roles.compares("Greeter", INVITE, "Yes")
    roles.compares("Greeter", "Remove members", "No")
    roles.compares("Admin", "Remove members", "Yes")

    give(page, crew, "Greeter")
    theirs = MembersPage(signed_in(new_page(), crew.member), crew.slug).open()
    expect(theirs.page.get_by_role("main").get_by_role("link", name=INVITE)).to_be_visible()
    roles.open().follow_to("Greeter")
    form = RoleForm(page, crew.slug, "Greeter").shown()
    expect(form.right(INVITE)).to_be_checked()
    form.fill_in("Host").press("Save")

    expect(RoleForm(page, crew.slug, "Host").shown().told).to_contain_text("Saved. It holds from the next click")
    expect(roles.open().row("Host")).to_contain_text("1 member")
    expect(theirs.open().row(crew.member.name)).to_contain_text("Host")


@with_and_without_script
def test_a_role_in_use_is_deleted_with_one_in_its_place(crew: Crew, page: Page) -> None:
    roles = make_role(signed_in(page, crew.owner), crew, "Greeter", INVITE)
    give(page, crew, "Greeter")
    roles.open().follow_to("Greeter")
    RoleForm(page, crew.slug, "Greeter").shown().follow("Delete the role")
    asked = DeleteRolePage(page, "Greeter").shown()
    asked.says("1 member gets the other role.")

    asked.press("Delete the role")
    expect(asked.shown().page.get_by_label("Role that takes its place")).to_have_attribute("aria-invalid", "true")
    asked.replace_by("Admin")

    expect(roles.shown().told).to_contain_text("The role “Greeter” is deleted; 1 member has the other role now.")
    expect(roles.row("Greeter")).to_have_count(0)
    expect(MembersPage(page, crew.slug).open().row(crew.member.name)).to_contain_text("Admin")


@with_and_without_script
def test_another_role_becomes_the_default(crew: Crew, page: Page) -> None:
    roles = make_role(signed_in(page, crew.owner), crew, "Greeter", INVITE)
    expect(roles.row("Member")).to_contain_text("Default")
    roles.follow_to("Greeter")
    form = RoleForm(page, crew.slug, "Greeter").shown()

    form.press("Make it the default")

    expect(form.shown().told).to_contain_text("“Greeter” is the default role now.")
    form.says("This is the default role. Make another one the default first.")
    expect(roles.open().row("Greeter")).to_contain_text("Default")
    expect(roles.row("Member")).not_to_contain_text("Default")


def test_the_pages_of_roles(crew: Crew, page: Page, check: Callable[[], None]) -> None:
    roles = make_role(signed_in(page, crew.owner), crew, "Keeper of the harbour lights and bells", INVITE)
    check()
    form = RoleForm(page, crew.slug).open()
    form.fill_in("Admin").press("Make the role")
    form.refuses("Name", "There is a role of this name already. Choose another name.")
    check()
    roles.open().follow_to("Owner")
    check()
    give(page, crew, "Keeper of the harbour lights and bells")
    roles.open().follow_to("Keeper of the harbour lights and bells")
    check()
    RoleForm(page, crew.slug, "Keeper of the harbour lights and bells").shown().follow("Delete the role")
    DeleteRolePage(page, "Keeper of the harbour lights and bells").shown()
    check()
