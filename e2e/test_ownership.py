"""Ownership: handed over by mail, declined, and never lost with the last owner."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from e2e.kit import Kit
from e2e.mailbox import Mail, Mailbox
from e2e.member_pages import LeavePage, MemberPage, MembersPage, OfferedPage, OwnershipPage
from e2e.people import Crew
from e2e.sessions_pages import KeptPage, SudoPage
from e2e.team_pages import TeamPage, TeamsPage
from e2e.test_every_page import check
from e2e.test_recovery import signed_in
from e2e.ways import with_and_without_script

__all__ = ["check"]

OFFERED = "You are offered the ownership of a team"


def offered(page: Page, crew: Crew, mailbox: Mailbox, *, stepping_down: bool = False) -> Mail:
    """The owner, signed in on the page, offers the team to the member; the mail that came of it."""
    form = OwnershipPage(page, crew.slug).open()
    form.offer(crew.member.email, stepping_down=stepping_down)
    expect(form.shown().told).to_contain_text(f"{crew.member.name} has a mail with the offer.")
    return mailbox.next(crew.member.email, OFFERED)


@with_and_without_script
def test_a_team_is_handed_over_and_the_former_owner_leaves(
    crew: Crew, page: Page, new_page: Callable[..., Page], mailbox: Mailbox
) -> None:
    mail = offered(signed_in(page, crew.owner), crew, mailbox, stepping_down=True)
    OwnershipPage(page, crew.slug).shown().says(f"Owner offers {crew.member.name} the ownership")

    theirs = signed_in(new_page(), crew.member)
    theirs.goto(mail.act)
    OfferedPage(theirs, f"Become an owner of {crew.name}?").shown().press("Accept and own the team")
    OfferedPage(theirs, f"You are an owner of {crew.name}").shown().follow("Go to the team")
    TeamPage(theirs, crew.name).shown()
    expect(theirs.get_by_role("link", name="Hand the team over")).to_be_visible()

    page.goto(f"/t/{crew.slug}")
    expect(page.get_by_role("link", name="Hand the team over")).to_have_count(0)
    TeamPage(page, crew.name).shown().follow("Leave the team")
    LeavePage(page, crew.slug, crew.name).shown().press("Leave the team")
    expect(TeamsPage(page).shown().told).to_contain_text(f"You are no longer in {crew.name}.")
    MembersPage(theirs, crew.slug).open().lists(*sorted(["Admin", crew.member.name]))


@with_and_without_script
def test_who_is_offered_a_team_may_decline(
    crew: Crew, page: Page, new_page: Callable[..., Page], mailbox: Mailbox
) -> None:
    mail = offered(signed_in(page, crew.owner), crew, mailbox)
    stranger = new_page()

    stranger.goto(mail.other_act)
    OfferedPage(stranger, f"Decline to own {crew.name}?").shown().press("Decline")
    OfferedPage(stranger, f"You declined to own {crew.name}").shown()

    form = OwnershipPage(page, crew.slug).open()
    expect(form.field("E-mail address of the member")).to_be_visible()
    expect(MembersPage(page, crew.slug).open().row(crew.member.name)).not_to_contain_text("Owner")


@with_and_without_script
def test_an_offer_long_after_signing_in_asks_who_it_is_and_goes_on(
    crew: Crew, page: Page, kit: Kit, mailbox: Mailbox
) -> None:
    form = OwnershipPage(signed_in(page, crew.owner), crew.slug).open()
    kit.age(crew.owner.email, "11m")

    form.offer(crew.member.email)
    SudoPage(page).shown().confirm(crew.owner.password)
    KeptPage(page).shown().go_on()

    expect(form.shown().told).to_contain_text(f"{crew.member.name} has a mail with the offer.")
    form.press("Withdraw the offer")
    expect(form.shown().told).to_contain_text("The offer is withdrawn.")
    page.goto(mailbox.next(crew.member.email, OFFERED).act)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link no longer works")


def test_the_last_owner_stays_and_is_led_to_handing_over(crew: Crew, page: Page) -> None:
    members = MembersPage(signed_in(page, crew.owner), crew.slug).open()
    members.follow_to("Owner")
    me = MemberPage(page, "Owner").shown()
    expect(me.act("Suspend")).to_have_count(0)
    expect(me.main.get_by_role("link", name="Remove", exact=True)).to_have_count(0)
    me.role("Admin").check()

    me.take("Owner")
    expect(me.shown().problem).to_contain_text("This is the only owner of the team.")
    expect(me.role("Admin")).to_be_checked()
    expect(members.open().row("Owner")).not_to_contain_text("Admin")

    members.follow_to("Owner")
    me.follow("Leave the team")
    leave = LeavePage(page, crew.slug, crew.name).shown()
    leave.says("You are the only owner of this team, and a team always has one.")
    expect(leave.main.get_by_role("button", name="Leave the team")).to_have_count(0)
    leave.main.get_by_role("link", name="Hand the team over").click()
    OwnershipPage(page, crew.slug).shown()


def test_the_pages_of_ownership(crew: Crew, page: Page, mailbox: Mailbox, check: Callable[[], None]) -> None:
    MembersPage(signed_in(page, crew.owner), crew.slug).open().follow_to("Owner")
    me = MemberPage(page, "Owner").shown()
    me.role("Admin").check()
    me.take("Owner")
    expect(me.shown().problem).to_be_visible()
    check()
    LeavePage(page, crew.slug, crew.name).open()
    check()
    form = OwnershipPage(page, crew.slug).open()
    check()
    form.offer("nobody-at-all@qa.test")
    form.refuses("E-mail address of the member", re.compile("No active member of this team has this address"))
    check()
    mail = offered(page, crew, mailbox)
    check()
    for link in (mail.act, mail.other_act):
        page.goto(link)
        check()
    OfferedPage(page, f"Decline to own {crew.name}?").shown()
    page.context.clear_cookies()
    LeavePage(signed_in(page, crew.member), crew.slug, crew.name).open()
    check()
