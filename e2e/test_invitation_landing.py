"""The link of an invitation, in every case it can be opened in: what it says, whom to ask, and the way on."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from e2e.invitation_pages import InvitationPage
from e2e.kit import Kit, Made
from e2e.mailbox import Mailbox
from e2e.pages import EnterCodePage, FinishPage, HomePage, SignInPage
from e2e.team_pages import TeamPage
from e2e.test_every_page import check
from e2e.ways import with_and_without_script

__all__ = ["check"]

ASK = "Ask Admin ({admin}) to send you a new one."
SHUT = "Who invited you may know more: Admin ({admin})."

OVER = {
    "invitation-declined": ("This invitation was declined", ASK),
    "invitation-expired": ("This invitation has run out", "Admin is told, or the owners of the team"),
    "invitation-cancelled": ("This invitation was cancelled", ASK),
    "invitation-corrected": ("This invitation was not meant for you", "You need not do anything."),
    "invitation-replaced": ("A newer mail was sent", "in the mailbox of {invited}"),
    "invitation-inviter-demoted": ("This invitation needs a new sender", "Ask an owner of the team"),
    "invitation-team-suspended": ("{team} cannot be joined now", SHUT),
    "invitation-left": ("This invitation was accepted", "{invited} is how it was accepted."),
}
"""What whoever is signed out reads where nothing is to be accepted: the heading, and what to do or whom to ask."""


def team(made: Made) -> str:
    return f"Team of {made.name}"


def open_link(page: Page, made: Made) -> InvitationPage:
    page.goto(made.links["invitation"])
    return InvitationPage(page)


@pytest.fixture
def holding(new_page: Callable[..., Page]) -> Callable[[Made], Page]:
    """A browser that is signed in as somebody who was made so."""
    return lambda made: new_page(storage_state=made.storage_state)


@pytest.mark.parametrize("state", OVER)
def test_what_is_over_says_so_and_whom_to_ask(page: Page, kit: Kit, check: Callable[[], None], state: str) -> None:
    made = kit.make(state)
    heading, words = (text.format(team=team(made), admin=made.admin, invited=made.invited) for text in OVER[state])

    open_link(page, made).says(heading)

    expect(page.get_by_role("main")).to_contain_text(words)
    check()
    page.get_by_role("main").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(heading)


@with_and_without_script
def test_one_press_asks_the_inviter_of_an_expired_one_anew(page: Page, kit: Kit, mailbox: Mailbox) -> None:
    made = kit.make("invitation-expired")

    open_link(page, made).press("Ask for a new one")

    expect(page.get_by_role("status")).to_contain_text("is told that you ask for a new invitation.")
    assert made.invited in mailbox.next(made.admin).text.replace("\u2060", "")
    InvitationPage(page).press("Ask for a new one")
    expect(page.get_by_role("main")).to_contain_text("A new invitation was asked for already.")


@with_and_without_script
def test_whoever_is_signed_in_is_in_with_one_press(holding: Callable[[Made], Page], kit: Kit, script: bool) -> None:
    made = kit.make("invited", signed_in=True)
    page = holding(made)

    open_link(page, made).says(f"Join {team(made)}").press(f"Join {team(made)}")

    TeamPage(page, team(made)).shown()
    open_link(page, made).says(f"You are in {team(made)} already")
    page.get_by_role("link", name=f"Go to {team(made)}").click()
    TeamPage(page, team(made)).shown()


def test_a_used_link_leads_whoever_signs_in_to_the_team(page: Page, kit: Kit, check: Callable[[], None]) -> None:
    made = kit.make("invitation-accepted")

    open_link(page, made).says(f"You are in {team(made)} already")
    check()
    page.get_by_role("link", name=f"Go to {team(made)}").click()
    SignInPage(page).shown().sign_in(made.email, made.password or "")

    TeamPage(page, team(made)).shown()


def test_whoever_left_is_told_that_it_takes_a_new_one(holding: Callable[[Made], Page], kit: Kit) -> None:
    made = kit.make("invitation-left", signed_in=True)
    page = holding(made)

    open_link(page, made).says("You accepted this invitation before")

    expect(page.get_by_role("main")).to_contain_text(ASK.format(admin=made.admin))


@with_and_without_script
def test_another_account_is_told_both_addresses_and_may_switch(
    holding: Callable[[Made], Page], kit: Kit, script: bool
) -> None:
    made = kit.make("invited-elsewhere")
    page = holding(made)

    landing = open_link(page, made).says("This invitation is for another address")
    expect(page.get_by_role("main")).to_contain_text(made.invited)
    expect(page.get_by_role("main")).to_contain_text(made.email)
    landing.press("Sign out and continue with the invited address")

    landing.says(f"Join {team(made)}").press("Accept and create your account")
    FinishPage(page).shown()


def test_a_team_that_demands_a_second_step_leads_to_setting_one_up(holding: Callable[[Made], Page], kit: Kit) -> None:
    made = kit.make("invited-second-step", signed_in=True)
    page = holding(made)

    open_link(page, made).says(f"One step before you join {team(made)}")
    page.get_by_role("link", name="Set up a second step").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Security")
    HomePage(page).open()
    expect(page.get_by_role("main")).to_contain_text(team(made))


def test_a_link_from_a_chat_mails_a_code_first(page: Page, kit: Kit, check: Callable[[], None]) -> None:
    made = kit.make("invited-by-chat")

    landing = open_link(page, made).says(f"Join {team(made)}")
    expect(page.get_by_role("main")).to_contain_text(f"a code is mailed to {made.invited} first")
    check()
    landing.press("Accept")

    expect(page.get_by_role("heading", level=1)).to_have_text(str(EnterCodePage.heading))


def test_an_invitation_lets_in_where_signing_up_is_closed(
    page: Page, kit: Kit, variant: Callable[..., str], base_url: str
) -> None:
    made = kit.make("invited-new")
    closed = variant(SIGNUP="closed")

    page.goto(made.links["invitation"].replace(base_url, closed))
    InvitationPage(page).says(f"Join {team(made)}").press("Accept and create your account")
    FinishPage(page).shown().finish("three quiet herons at dawn", name=made.name)

    TeamPage(page, team(made)).shown()


@pytest.mark.parametrize("state", ["invited", "invited-new"])
def test_the_pages_of_an_open_invitation(page: Page, kit: Kit, check: Callable[[], None], state: str) -> None:
    made = kit.make(state)

    open_link(page, made).says(f"Join {team(made)}")
    check()
    page.get_by_text("Not for you? Decline it").click()
    check()
