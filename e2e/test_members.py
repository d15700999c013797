"""Members of a team: found in the list, looked at one by one, changed, suspended, removed; each change bites at once."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.crew import ADMIN, OWNER, Crew, crew
from e2e.database import Database
from e2e.kit import Kit
from e2e.mailbox import Mailbox
from e2e.member_pages import BulkPage, LeavePage, MemberPage, MembersPage, RemovePage, WhyPage
from e2e.pages import RefusalPage
from e2e.people import People
from e2e.role_pages import NewRolePage, OwnershipPage
from e2e.team_pages import TeamPage, TeamsPage
from e2e.test_every_page import check
from e2e.test_recovery import signed_in
from e2e.ways import with_and_without_script

__all__ = ["check", "crew"]

PHONE = {"width": 390, "height": 844}


class Crowd:
    """A team of 120, its owner signed in on `page`."""

    def __init__(self, kit: Kit, page: Page, new_page: Callable[..., Page]) -> None:
        self.made = kit.make("crowded-owner", signed_in=True)
        self.page = new_page(storage_state=self.made.storage_state, accept_downloads=True)
        self.list = MembersPage(self.page, self.made.tenant)


@pytest.fixture
def crowd(kit: Kit, page: Page, new_page: Callable[..., Page]) -> Crowd:
    return Crowd(kit, page, new_page)


# One change, two browsers


@with_and_without_script
def test_a_promotion_and_a_demotion_hold_from_the_next_click(crew: Crew) -> None:
    theirs = TeamPage(crew.theirs, crew.team)
    crew.theirs.goto(f"/t/{crew.slug}")
    theirs.shown()
    side = crew.theirs.get_by_role("navigation", name="Main")
    expect(side.get_by_role("link", name="Invitations")).to_be_hidden()

    crew.change_roles("Admin")
    expect(MemberPage(crew.page, crew.name).told).to_contain_text("The roles are changed")
    side.get_by_role("link", name="Members").click()
    MembersPage(crew.theirs, crew.slug).shown()
    expect(side.get_by_role("link", name="Invitations")).to_be_visible()
    expect(crew.theirs.get_by_role("button", name="Download as CSV")).to_be_visible()

    crew.change_roles("Member")
    side.get_by_role("link", name="Invitations").click()
    RefusalPage(crew.theirs).says(403, "This is not open to you")
    expect(crew.theirs.get_by_role("main")).to_contain_text("the right “Invite people”")
    expect(side.get_by_role("link", name="Invitations")).to_be_hidden()


@with_and_without_script
def test_who_is_removed_finds_nothing_at_the_next_click_and_is_told_by_mail(crew: Crew, mailbox: Mailbox) -> None:
    MembersPage(crew.theirs, crew.slug).open()

    crew.member_page().remove()
    asking = RemovePage(crew.page).shown()
    expect(crew.page.get_by_role("main")).to_contain_text("They lose access to the team at once")
    asking.go_on()

    expect(MembersPage(crew.page, crew.slug).shown().told).to_contain_text(f"{crew.name} is no longer in the team.")
    expect(MembersPage(crew.page, crew.slug).line(crew.name)).to_have_count(0)
    crew.theirs.get_by_role("navigation", name="Main").get_by_role("link", name="Roles").click()
    RefusalPage(crew.theirs).says(404, "There is nothing here")
    expect(TeamsPage(crew.theirs).open().row(crew.team)).to_have_count(0)
    mail = mailbox.next(crew.made.email)
    assert "removed" in mail.subject.lower() or "no longer" in mail.subject.lower(), mail.subject


@with_and_without_script
def test_a_suspended_member_is_told_so_and_comes_back_with_their_roles(crew: Crew) -> None:
    crew.change_roles("Admin", "Member")
    MembersPage(crew.theirs, crew.slug).open()

    page = crew.member_page()
    page.suspend("On leave until May")
    expect(page.shown().told).to_contain_text("The member is suspended, from now on.")
    page.tells(re.compile("Owner: On leave until May"))
    crew.theirs.get_by_role("navigation", name="Main").get_by_role("link", name="Roles").click()
    RefusalPage(crew.theirs).says_only(f"You are suspended in {crew.team}")
    expect(TeamsPage(crew.theirs).open().row(crew.team)).to_contain_text("You are suspended")

    expect(crew.page.get_by_role("main")).to_contain_text("with these roles: Admin, Member.")
    page.press("Reinstate")
    expect(page.shown().told).to_contain_text("The member is back.")
    expect(page.role("Admin")).to_be_checked()
    expect(page.role("Member")).to_be_checked()
    MembersPage(crew.theirs, crew.slug).open()
    expect(crew.theirs.get_by_role("button", name="Download as CSV")).to_be_visible()


# The last owner


def test_the_last_owner_is_neither_demoted_nor_removed_nor_gone(crew: Crew) -> None:
    crew.change_roles("Admin")
    own = MembersPage(crew.page, crew.slug).open().look_at(OWNER)

    own.give("Member")
    own.shown()
    expect(own.problem).to_contain_text("This is the only owner of the team. Make someone else an owner first.")
    expect(crew.page.get_by_role("link", name="Remove", exact=True)).to_have_count(0)

    MembersPage(crew.theirs, crew.slug).open().look_at(OWNER)
    expect(crew.theirs.get_by_role("main")).to_contain_text(f"being an owner, as {OWNER} is")
    expect(crew.theirs.get_by_role("button", name="Save roles")).to_have_count(0)
    expect(crew.theirs.get_by_role("link", name="Remove", exact=True)).to_have_count(0)

    leave = LeavePage(crew.page, crew.slug).open()
    expect(crew.page.get_by_role("main")).to_contain_text("You are the only owner of this team")
    expect(crew.page.get_by_role("button", name="Leave the team")).to_have_count(0)
    leave.follow("Hand the team over")
    OwnershipPage(crew.page, crew.slug).shown()


def test_a_second_owner_opens_the_door_for_the_first(crew: Crew) -> None:
    crew.change_roles("Owner", "Member")

    LeavePage(crew.page, crew.slug).open().leave()

    expect(TeamsPage(crew.page).shown().told).to_contain_text(f"You are no longer in {crew.team}.")
    expect(TeamsPage(crew.page).row(crew.team)).to_have_count(0)
    expect(MembersPage(crew.theirs, crew.slug).open().line(OWNER)).to_have_count(0)
    LeavePage(crew.theirs, crew.slug).open()
    expect(crew.theirs.get_by_role("main")).to_contain_text("You are the only owner of this team")


@with_and_without_script
def test_a_member_leaves_and_needs_an_invitation_to_come_back(crew: Crew) -> None:
    crew.theirs.goto(f"/t/{crew.slug}")
    TeamPage(crew.theirs, crew.team).shown().follow("Leave the team")
    leave = LeavePage(crew.theirs, crew.slug).shown()
    expect(crew.theirs.get_by_role("main")).to_contain_text("You lose access to the team at once")

    leave.leave()

    expect(TeamsPage(crew.theirs).shown().told).to_contain_text(f"You are no longer in {crew.team}.")
    crew.theirs.goto(f"/t/{crew.slug}")
    RefusalPage(crew.theirs).says(404, "There is nothing here")
    expect(MembersPage(crew.page, crew.slug).open().line(crew.name)).to_have_count(0)


# The list


@with_and_without_script
def test_people_are_found_by_the_beginnings_of_names_and_addresses(crowd: Crowd) -> None:
    page = crowd.list.open()
    page.counts("120 people")

    page.search("ama ade")
    page.counts("1 person")
    assert page.names() == ["Amara Adeyemi"]
    page.search("Nguyen")
    expect(page.lines.first).to_contain_text("Nguyễn")
    assert all("Nguyễn" in name for name in page.names())
    page.search("chiara.garcia-lopez")
    page.counts("1 person")

    page.search("nobody-at-all")
    expect(crowd.page.get_by_role("heading", name="Nobody matches")).to_be_visible()
    assert page.names() == []


def test_the_list_follows_what_is_typed_and_the_address_keeps_it(crowd: Crowd) -> None:
    page = crowd.list.open()
    page.field("Search").press_sequentially("zoë")
    expect(page.lines.first).to_contain_text("Zoë")
    expect(crowd.page).to_have_url(re.compile(r"\?q=zo"))
    found = page.names()

    crowd.page.reload()

    page.shown()
    expect(page.field("Search")).to_have_value("zoë")
    assert page.names() == found
    expect(page.field("Search")).not_to_be_focused()


@with_and_without_script
def test_the_list_is_narrowed_by_role_and_by_status(crew: Crew) -> None:
    page = crew.member_page()
    page.suspend("")
    page.shown()
    members = MembersPage(crew.page, crew.slug).open()

    members.narrow("Role", "Admin")
    members.counts("1 person")
    assert members.names() == [ADMIN]
    members.narrow("Role", "Any")
    members.counts("3 people")
    members.narrow("Status", "Suspended")
    members.counts("1 person")
    assert members.names() == [crew.name]
    members.narrow("Role", "Admin")
    expect(crew.page.get_by_role("heading", name="Nobody matches")).to_be_visible()


@with_and_without_script
def test_the_list_goes_on_and_on_and_never_shows_anybody_twice(crowd: Crowd, script: bool) -> None:
    page = crowd.list.open()
    seen = page.names()
    assert len(seen) == 50
    while crowd.page.get_by_role("link", name="Show more").is_visible():
        shown = page.lines.count() if script else 0
        crowd.page.get_by_role("link", name="Show more").click()
        expect(page.lines).to_have_count(min(shown + 50, 120) if script else min(50, 120 - len(seen)))
        seen = page.names() if script else [*seen, *page.names()]

    assert len(seen) == len(set(seen)) == 120
    folded = [name.casefold() for name in seen if name.isascii()]
    assert folded == sorted(folded)


@with_and_without_script
def test_the_newest_come_first_if_asked_for(crowd: Crowd) -> None:
    page = crowd.list.open()

    page.narrow("Sort by", "Joined")

    expect(page.lines.first).to_contain_text(crowd.made.name)
    page.narrow("Sort by", "Name")
    expect(page.lines.first).to_contain_text("Amara")


@with_and_without_script
def test_the_list_is_taken_along_as_a_file_with_everybody_in_it(crowd: Crowd, tmp_path: Path) -> None:
    crowd.list.open()

    with crowd.page.expect_download() as waiting:
        crowd.list.press("Download as CSV")

    assert re.fullmatch(crowd.made.tenant + r"-members-\d{4}-\d\d-\d\d\.csv", waiting.value.suggested_filename)
    waiting.value.save_as(tmp_path / "members.csv")
    with (tmp_path / "members.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["Name", "Email", "Roles", "Status", "Joined (UTC)", "Last active (UTC)"]
    assert len(rows) == len({row["Email"] for row in rows}) == 120
    own = next(row for row in rows if row["Email"] == crowd.made.email)
    assert (own["Name"], own["Roles"], own["Status"]) == (crowd.made.name, "Owner", "Active")
    assert {row["Roles"] for row in rows} == {"Owner", "Member"}


def test_a_plain_member_reads_the_list_of_a_large_team_and_can_change_nothing(
    page: Page, people: People, database: Database
) -> None:
    member = people.member()
    database.join(member.email, "acme")
    signed_in(page, member)

    members = MembersPage(page, "acme").open()

    expect(members.line(member.name).first).to_contain_text("you")
    assert len(members.names()) >= 40
    for act in ("Download as CSV", "Look at it first"):
        expect(page.get_by_role("button", name=act)).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.get_by_role("link", name="Invite people")).to_have_count(0)


# One member


@with_and_without_script
def test_a_members_page_tells_where_they_come_from_and_what_happened(crew: Crew) -> None:
    NewRolePage(crew.page, crew.slug).open().make("Sailor", "See the team and its pages")
    crew.change_roles("Member", "Sailor")

    page = crew.member_page()

    page.tells("Nobody we know of")
    expect(page.lately).to_contain_text("Roles changed")
    expect(page.lately).to_contain_text(f"by {OWNER}")
    own = MembersPage(crew.page, crew.slug).open().look_at(OWNER)
    expect(own.lately).to_contain_text("Made a role")


def test_a_members_page_names_who_invited_them(kit: Kit, new_page: Callable[..., Page]) -> None:
    made = kit.make("invitation-accepted", signed_in=True)
    theirs = new_page(storage_state=made.storage_state)

    page = MembersPage(theirs, made.tenant).open().look_at(made.name)

    page.tells(ADMIN)
    expect(page.lately).to_contain_text("Joined the team")


@with_and_without_script
def test_why_somebody_can_or_cannot_is_told_with_who_could_change_it(crew: Crew) -> None:
    why = crew.member_page().ask_why()
    why.says("See who is in the team", "Yes", "By: Member")
    why.says("Invite people", "No", "These roles have it: Owner, Admin.")
    why.says("Invite people", "No", re.compile(f"Who can give one: {OWNER}, {ADMIN}"))
    acts = crew.page.get_by_role("region", name=f"What you may do with {crew.name}")
    expect(acts.get_by_role("img", name="Yes")).to_have_count(3)

    crew.change_roles("Admin")
    MembersPage(crew.theirs, crew.slug).open().look_at(OWNER).ask_why()
    acts = crew.theirs.get_by_role("region", name=f"What you may do with {OWNER}")
    expect(acts).to_contain_text(f"being an owner, as {OWNER} is")
    MembersPage(crew.theirs, crew.slug).open().look_at(crew.name).ask_why()
    expect(WhyPage(crew.theirs).title).to_have_text("What you may do here")


# Several at once


@with_and_without_script
def test_a_role_for_several_is_shown_first_and_then_given(crew: Crew) -> None:
    NewRolePage(crew.page, crew.slug).open().make("Sailor", "See the team and its pages")
    members = MembersPage(crew.page, crew.slug).open()
    members.choose(OWNER, ADMIN, crew.name)
    members.look_first("Add a role", "Sailor")

    bulk = BulkPage(crew.page).says("Add the role “Sailor”")
    expect(crew.page.get_by_role("main")).to_contain_text("Nothing has happened yet.")
    expect(bulk.line("2 members change", crew.name)).to_contain_text("Sailor")
    expect(bulk.line("1 member stays as they are", OWNER)).to_contain_text("This is you")
    expect(MembersPage(crew.theirs, crew.slug).open().line(crew.name)).not_to_contain_text("Sailor")
    bulk.press("Do it")

    expect(crew.page.get_by_role("main")).to_contain_text("This is done.")
    expect(bulk.line("2 members changed", ADMIN)).to_contain_text("Sailor")
    bulk.follow("Back to the members")
    expect(members.shown().line(crew.name)).to_contain_text("Sailor")


@with_and_without_script
def test_several_are_removed_after_their_names_were_said(crew: Crew) -> None:
    members = MembersPage(crew.page, crew.slug).open()
    members.choose(ADMIN, crew.name)
    members.look_first("Remove from the team")

    bulk = BulkPage(crew.page).says("Remove members from the team")
    expect(bulk.line("2 members change", crew.name)).to_contain_text("Member")
    expect(bulk.line("2 members change", ADMIN)).to_contain_text("Admin")
    bulk.press("Do it")

    bulk.follow("Back to the members")
    members.shown().counts("1 person")
    assert members.names() == [OWNER]
    crew.theirs.goto(f"/t/{crew.slug}/members")
    RefusalPage(crew.theirs).says(404, "There is nothing here")


def test_an_admin_acts_on_several_and_the_owner_among_them_stays(crew: Crew) -> None:
    admin = crew.admin()
    members = MembersPage(admin, crew.slug).open()
    members.choose(OWNER, crew.name)
    members.look_first("Suspend")

    bulk = BulkPage(admin).says("Suspend members")
    expect(bulk.line("1 member stays as they are", OWNER)).to_contain_text(f"being an owner, as {OWNER} is")
    bulk.press("Do it")

    expect(bulk.line("1 member changed", crew.name)).to_be_visible()
    crew.theirs.goto(f"/t/{crew.slug}")
    RefusalPage(crew.theirs).says_only(f"You are suspended in {crew.team}")


@with_and_without_script
def test_choosing_nobody_says_what_to_choose(crew: Crew) -> None:
    MembersPage(crew.page, crew.slug).open().look_first("Suspend")

    expect(crew.page.get_by_role("main")).to_contain_text("Choose at least one member.")
    crew.page.get_by_role("link", name="Back to the members").click()
    members = MembersPage(crew.page, crew.slug).shown()
    members.choose(crew.name)
    members.look_first("Add a role")
    expect(crew.page.get_by_role("main")).to_contain_text("Choose which role.")


# On a phone


@with_and_without_script
def test_a_member_is_found_and_promoted_on_a_phone(crew: Crew) -> None:
    crew.page.set_viewport_size(PHONE)
    members = MembersPage(crew.page, crew.slug).open()

    members.search(crew.name.split()[0])
    members.counts("1 person")
    page = members.look_at(crew.name)
    page.give("Admin")

    expect(page.shown().told).to_contain_text("The roles are changed")
    expect(page.role("Admin")).to_be_checked()


# What holds on every page


def test_the_pages_of_members(crew: Crew, check: Callable[[], None]) -> None:
    members = MembersPage(crew.page, crew.slug).open()
    check()
    crew.page.goto(f"/t/{crew.slug}/members?q=nobody-at-all")
    check()
    page = crew.member_page()
    check()
    page.give()
    expect(crew.page.get_by_role("main")).to_contain_text("Choose at least one role.")
    check()
    crew.member_page().ask_why()
    check()
    crew.member_page().remove()
    check()
    crew.member_page().suspend("Donaudampfschifffahrtsgesellschaftskapitän " * 4)
    check()
    members.open().choose(OWNER, ADMIN)
    members.look_first("Add a role", "Member")
    check()
    BulkPage(crew.page).press("Do it")
    check()
    LeavePage(crew.page, crew.slug).open()
    check()
    signed_out = crew.admin()
    LeavePage(signed_out, crew.slug).open()


def test_the_list_of_many_and_the_door_that_is_shut(
    page: Page, people: People, database: Database, check: Callable[[], None]
) -> None:
    member = people.member()
    database.join(member.email, "acme")
    signed_in(page, member)
    MembersPage(page, "acme").open()
    check()
    page.goto("/t/acme/invitations")
    check()
    LeavePage(page, "acme").open()
    check()
