"""Members: found, given roles, suspended, removed; the other's open page follows at once."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from e2e.member_pages import BulkPage, MemberPage, MembersPage, WhyPage
from e2e.pages import RefusalPage
from e2e.people import Crew, Person
from e2e.team_pages import TeamsPage
from e2e.test_every_page import check
from e2e.test_recovery import signed_in
from e2e.ways import with_and_without_script

__all__ = ["check"]

CLOSED = "This is not open to you"
NOTHING = "There is nothing here"


def list_of(page: Page, crew: Crew, person: Person) -> MembersPage:
    """The person signs in and looks at the members."""
    return MembersPage(signed_in(page, person), crew.slug).open()


def member_of(members: MembersPage, name: str) -> MemberPage:
    members.open().follow_to(name)
    return MemberPage(members.page, name).shown()


@with_and_without_script
def test_a_role_given_and_taken_bites_on_the_next_click(crew: Crew, page: Page, new_page: Callable[..., Page]) -> None:
    theirs = list_of(new_page(), crew, crew.member)
    expect(theirs.page.get_by_role("link", name="Invite people")).to_have_count(0)
    shown = member_of(list_of(page, crew, crew.owner), crew.member.name)

    shown.give("Admin")
    expect(shown.shown().told).to_contain_text("The roles are changed")
    theirs.follow_to("Admin")
    open_page = MemberPage(theirs.page, "Admin").shown()
    expect(open_page.act("Suspend")).to_be_visible()

    shown.take("Admin")
    expect(shown.shown().role("Admin")).not_to_be_checked()
    open_page.press("Suspend")
    RefusalPage(theirs.page).says(403, CLOSED)
    theirs.open().follow_to("Admin")
    expect(open_page.shown().act("Suspend")).to_have_count(0)


@with_and_without_script
def test_who_is_removed_finds_nothing_on_the_next_click(crew: Crew, page: Page, new_page: Callable[..., Page]) -> None:
    theirs = list_of(new_page(), crew, crew.member)
    members = list_of(page, crew, crew.owner)

    member_of(members, crew.member.name).remove()

    expect(members.shown().told).to_contain_text(f"{crew.member.name} is no longer in the team.")
    members.lists("Admin", "Owner")
    theirs.follow_to("Owner")
    RefusalPage(theirs.page).says(404, NOTHING)
    expect(TeamsPage(theirs.page).open().row(crew.name)).to_have_count(0)


@with_and_without_script
def test_the_list_is_searched_narrowed_and_sorted(crew: Crew, page: Page) -> None:
    members = list_of(page, crew, crew.owner)
    everybody = sorted(["Admin", crew.member.name, "Owner"])
    members.lists(*everybody)

    members.narrow("Sort by", "Last active")
    expect(members.main.get_by_role("row").get_by_role("link").first).to_have_text("Owner")
    members.search(crew.member.name.split()[1][:3])
    members.lists(crew.member.name)
    members.search("nobody-has-this-name")
    expect(members.page.get_by_role("heading", name="Nobody matches")).to_be_visible()
    members.search("")
    members.narrow("Role", "Admin")
    members.lists("Admin")
    expect(page).to_have_url(re.compile("role="))

    member_of(members, crew.member.name).suspend("On leave")
    members.open().narrow("Status", "Suspended")
    members.lists(crew.member.name)
    members.narrow("Status", "Active")
    members.lists("Admin", "Owner")


def test_the_list_is_downloaded(crew: Crew, page: Page) -> None:
    members = list_of(page, crew, crew.owner)

    with page.expect_download() as waiting:
        members.press("Download as CSV")

    assert re.fullmatch(rf"{crew.slug}-members-\d{{4}}-\d\d-\d\d\.csv", waiting.value.suggested_filename)
    rows = list(csv.DictReader(Path(waiting.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert {row["Name"]: row["Roles"] for row in rows} == {
        "Owner": "Owner",
        "Admin": "Admin",
        crew.member.name: "Member",
    }
    assert crew.member.email in {row["Email"] for row in rows}


@with_and_without_script
def test_who_is_suspended_comes_back_with_the_former_roles(
    crew: Crew, page: Page, new_page: Callable[..., Page]
) -> None:
    theirs = list_of(new_page(), crew, crew.member)
    shown = member_of(list_of(page, crew, crew.owner), crew.member.name)
    shown.give("Admin")

    shown.suspend("Until the papers are signed")
    expect(shown.shown().told).to_contain_text("The member is suspended, from now on.")
    shown.says("Until the papers are signed")
    shown.says("with these roles: Admin, Member")
    theirs.follow_to("Owner")
    expect(theirs.title).not_to_have_text("Owner")

    shown.press("Reinstate")
    expect(shown.shown().told).to_contain_text("The member is back.")
    expect(shown.role("Admin")).to_be_checked()
    theirs.open().follow_to("Admin")
    expect(MemberPage(theirs.page, "Admin").shown().act("Suspend")).to_be_visible()


@with_and_without_script
def test_several_are_given_a_role_after_the_effect_was_said(crew: Crew, page: Page) -> None:
    members = list_of(page, crew, crew.owner)
    members.choose("Add a role", "Admin", "Owner", crew.member.name, role="Admin")

    effect = BulkPage(page, "Add the role “Admin”").shown()
    effect.says("Nothing has happened yet.")
    effect.says("1 member changes")
    expect(effect.line("Nothing changes for them.")).to_contain_text("Admin")
    expect(effect.line("This is you")).to_contain_text("Owner")
    effect.press("Do it")

    effect.shown().says("1 member changed")
    effect.follow("Back to the members")
    expect(members.shown().row(crew.member.name)).to_contain_text(re.compile(r"Admin\s*Member"))


@with_and_without_script
def test_several_are_removed_after_the_effect_was_said(crew: Crew, page: Page) -> None:
    members = list_of(page, crew, crew.owner)
    members.choose("Remove from the team", "Admin", crew.member.name)
    effect = BulkPage(page, "Remove members from the team").shown()
    effect.says("2 members change")
    effect.follow("Cancel")
    expect(members.shown().row("Admin")).to_be_visible()

    members.choose("Remove from the team", "Admin", crew.member.name)
    effect.shown().press("Do it")

    effect.shown().says("2 members changed")
    members.open().lists("Owner")


def test_an_admin_cannot_give_the_role_of_owner(crew: Crew, page: Page, new_page: Callable[..., Page]) -> None:
    member_of(list_of(page, crew, crew.owner), crew.member.name).give("Admin")

    theirs = list_of(new_page(), crew, crew.member)
    shown = member_of(theirs, "Admin")
    expect(shown.role("Owner")).to_be_disabled()
    expect(shown.role("Owner")).to_have_accessible_description("It takes being an owner.")
    owner = member_of(theirs, "Owner")
    owner.says("It takes being an owner, as Owner is.")
    expect(owner.act("Save roles")).to_have_count(0)
    theirs.open().choose("Add a role", "Admin", role="Owner")
    effect = BulkPage(theirs.page, "Add the role “Owner”").shown()
    expect(effect.line("Admin")).to_contain_text("It takes being an owner.")
    expect(effect.act("Do it")).to_have_count(0)


def test_a_member_leads_to_what_they_may_do_and_why(crew: Crew, page: Page) -> None:
    member_of(list_of(page, crew, crew.owner), crew.member.name).follow("What they may do, and why")

    why = WhyPage(page, crew.member.name).shown()
    expect(why.line("See who is in the team")).to_contain_text("By: Member")
    expect(why.line("Invite people")).to_contain_text("These roles have it: Owner, Admin. Who can give one: Owner")


def test_the_pages_of_members(crew: Crew, page: Page, check: Callable[[], None]) -> None:
    members = list_of(page, crew, crew.owner)
    check()
    members.search("nobody-has-this-name")
    expect(members.page.get_by_role("heading", name="Nobody matches")).to_be_visible()
    check()
    members.open().choose("Add a role", "Admin", crew.member.name, role="Admin")
    BulkPage(page, "Add the role “Admin”").shown()
    check()
    shown = member_of(members, crew.member.name)
    check()
    shown.follow("What they may do, and why")
    WhyPage(page, crew.member.name).shown()
    check()
    page.go_back()
    shown.shown().follow("Remove")
    expect(members.title).to_have_text(f"Remove {crew.member.name} from {crew.name}?")
    check()
