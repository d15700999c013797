"""Inviting: someone new, someone known, ten at once; and what whoever opens the link finds."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from e2e.invitation_pages import (
    InvitationPage,
    InvitationsPage,
    InviteManyPage,
    InviteSomeonePage,
    ProgressPage,
)
from e2e.mailbox import Mailbox
from e2e.pages import FinishPage, SignInPage
from e2e.people import People, Person, stranger
from e2e.team_pages import TeamPage, TeamsPage, make_team
from e2e.test_every_page import check
from e2e.test_recovery import signed_in
from e2e.test_teams import unique
from e2e.ways import with_and_without_script

__all__ = ["check"]


class Team:
    """A team that was just made, its name and where it is; its owner is signed in on `page`."""

    def __init__(self, page: Page, owner: Person) -> None:
        self.page, self.owner = signed_in(page, owner), owner
        self.name = unique("Quay")
        self.slug = make_team(page, self.name)

    def invite(self, email: str, **more: object) -> None:
        InviteSomeonePage(self.page, self.slug).open().invite(email, **more)  # type: ignore[arg-type]
        InvitationsPage(self.page, self.slug).shown()


@pytest.fixture
def team(page: Page, member: Person) -> Team:
    return Team(page, member)


@with_and_without_script
def test_a_new_person_is_in_the_team_two_steps_after_the_mail(
    team: Team, new_page: Callable[..., Page], mailbox: Mailbox
) -> None:
    guest, elsewhere = stranger(), new_page()
    team.invite(guest.email, note="We meet on Mondays.")
    mail = mailbox.next(guest.email)
    assert team.name in mail.text
    assert "We meet on Mondays." in mail.text

    elsewhere.goto(mail.invitation)
    InvitationPage(elsewhere).says(f"Join {team.name}").press("Accept and create your account")
    FinishPage(elsewhere).shown().finish(guest.password, name=guest.name)

    TeamPage(elsewhere, team.name).shown()
    assert mailbox.unread(guest.email) == []
    InvitationsPage(team.page, team.slug).open("?show=all")
    expect(InvitationsPage(team.page, team.slug).line(guest.email)).to_contain_text("Accepted")


@with_and_without_script
def test_a_known_person_signs_in_and_joins(
    team: Team, new_page: Callable[..., Page], mailbox: Mailbox, people: People
) -> None:
    guest, elsewhere = people.member(), new_page()
    team.invite(guest.email)

    elsewhere.goto(mailbox.next(guest.email).invitation)
    InvitationPage(elsewhere).says(f"Join {team.name}").press("Sign in to accept")
    SignInPage(elsewhere).shown().sign_in(guest.email, guest.password)
    InvitationPage(elsewhere).says(f"Join {team.name}").press(f"Join {team.name}")

    TeamPage(elsewhere, team.name).shown()
    elsewhere.go_back()


def test_who_is_signed_in_finds_the_invitation_among_their_teams(
    team: Team, new_page: Callable[..., Page], people: People
) -> None:
    guest = people.member()
    elsewhere = signed_in(new_page(), guest)
    team.invite(guest.email)

    TeamsPage(elsewhere).open()
    elsewhere.get_by_role("button", name=f"Join {team.name}").click()

    TeamPage(elsewhere, team.name).shown()


@with_and_without_script
def test_ten_are_invited_by_paste_with_a_result_for_each(team: Team, mailbox: Mailbox) -> None:
    guests = [stranger() for _guest in range(10)]
    lines = [f"{guest.name} <{guest.email}>" for guest in guests]
    InviteManyPage(team.page, team.slug).open().paste("\n".join([*lines, "nobody-at-all", guests[0].email]))

    progress = ProgressPage(team.page).shown()
    while team.page.get_by_role("link", name="Look again").is_visible():
        team.page.reload()
    progress.finishes(12)

    for guest in guests:
        assert team.name in mailbox.next(guest.email).text
    expect(progress.outcome("nobody-at-all")).to_contain_text("Not an address")
    expect(progress.outcome(guests[1].email)).to_contain_text("Invited")


def test_the_wrong_account_is_told_both_addresses_and_may_switch(
    team: Team, new_page: Callable[..., Page], mailbox: Mailbox, people: People
) -> None:
    guest, other = people.member(), people.member()
    elsewhere = signed_in(new_page(), other)
    team.invite(guest.email)

    elsewhere.goto(mailbox.next(guest.email).invitation)
    landing = InvitationPage(elsewhere).says("This invitation is for another address")
    expect(elsewhere.get_by_role("main")).to_contain_text(guest.email)
    expect(elsewhere.get_by_role("main")).to_contain_text(other.email)
    landing.press("Sign out and continue with the invited address")

    landing.says(f"Join {team.name}")


def test_a_cancelled_invitation_says_so_and_a_resent_one_leads_to_the_newest(
    team: Team, new_page: Callable[..., Page], mailbox: Mailbox
) -> None:
    guest, elsewhere = stranger(), new_page()
    team.invite(guest.email)
    first = mailbox.next(guest.email).invitation

    InvitationsPage(team.page, team.slug).change(guest.email, "Send again")
    elsewhere.goto(first)
    InvitationPage(elsewhere).says("A newer mail was sent")
    second = mailbox.next(guest.email).invitation
    InvitationsPage(team.page, team.slug).open().change(guest.email, "Cancel the invitation")

    elsewhere.goto(second)
    InvitationPage(elsewhere).says("This invitation was cancelled")
    expect(elsewhere.get_by_role("main")).to_contain_text(team.owner.email)


@with_and_without_script
def test_declining_with_a_word_reaches_whoever_invited(
    team: Team, new_page: Callable[..., Page], mailbox: Mailbox
) -> None:
    guest, elsewhere = stranger(), new_page()
    team.invite(guest.email)

    elsewhere.goto(mailbox.next(guest.email).invitation)
    InvitationPage(elsewhere).says(f"Join {team.name}").decline("No time this year.")

    InvitationPage(elsewhere).says("This invitation was declined")
    while "No time this year." not in mailbox.next(team.owner.email).text:
        pass


def test_the_pages_of_inviting(
    team: Team, new_page: Callable[..., Page], mailbox: Mailbox, check: Callable[[], None]
) -> None:
    guest = stranger()
    InvitationsPage(team.page, team.slug).open()
    check()
    form = InviteSomeonePage(team.page, team.slug).open()
    form.invite("nobody-at-all")
    form.refuses("Email address", "Enter an address such as mia@example.com.")
    check()
    InviteManyPage(team.page, team.slug).open().paste(guest.email)
    ProgressPage(team.page).finishes(1)
    check()
    InvitationsPage(team.page, team.slug).open()
    check()
    team.page.goto(mailbox.next(guest.email).invitation)
    InvitationPage(team.page).says(f"You are in {team.name} already")
    check()
