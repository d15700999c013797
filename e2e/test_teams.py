"""Teams: one is made, found again, switched; nobody else learns that it exists."""

import re
import secrets
from collections.abc import Callable

from playwright.sync_api import Page, expect

from e2e.people import People, Person
from e2e.team_pages import NewTeamPage, TeamPage, TeamsPage, make_team
from e2e.test_every_page import check
from e2e.test_recovery import signed_in
from e2e.ways import with_and_without_script

__all__ = ["check"]


def unique(name: str) -> str:
    return f"{name} {secrets.token_hex(4)}"


@with_and_without_script
def test_a_person_makes_a_team_and_owns_it(page: Page, member: Person) -> None:
    signed_in(page, member)
    TeamsPage(page).open().new()
    name = unique("Harbour")

    NewTeamPage(page).shown().make(name)

    TeamPage(page, name).shown()
    expect(TeamsPage(page).open().row(name)).to_contain_text("Owner")


def test_the_address_is_checked_while_it_is_typed(page: Page, member: Person) -> None:
    signed_in(page, member)
    form = NewTeamPage(page).open()
    name = unique("Light House")

    form.type_name(name)
    form.says(re.compile(f"/t/{name.lower().replace(' ', '-')} is free"))
    form.field("Address").press_sequentially("admin")
    form.says("This name is kept for the site itself.")
    form.press("Make the team")

    form.refuses("Address", re.compile("This name is kept for the site itself"))
    expect(form.field("Name of the team")).to_have_value(name)


def test_two_tabs_hold_two_teams(page: Page, member: Person) -> None:
    signed_in(page, member)
    first, second = unique("Alder"), unique("Birch")
    make_team(page, first)
    other = page.context.new_page()
    make_team(other, second)

    page.reload()
    TeamPage(page, first).shown().switch_to(second)
    TeamPage(page, second).shown()
    other.reload()
    TeamPage(other, second).shown()


def test_a_stranger_finds_nothing_at_a_teams_address(
    page: Page, new_page: Callable[..., Page], member: Person, people: People
) -> None:
    signed_in(page, member)
    slug = make_team(page, unique("Cedar"))
    stranger = signed_in(new_page(), people.member())

    there = stranger.goto(f"/t/{slug}")
    nowhere = stranger.goto("/t/nobody-has-this-one")

    assert there is not None
    assert nowhere is not None
    assert there.status == nowhere.status == 404
    expect(stranger.get_by_role("heading", level=1)).to_have_text("There is nothing here")


def test_the_pages_of_a_new_team(page: Page, member: Person, check: Callable[[], None]) -> None:
    signed_in(page, member)
    TeamsPage(page).open()
    check()
    form = NewTeamPage(page).open()
    form.make("", "x")
    form.refuses("Name of the team", "Enter a name, such as the name of your company.")
    check()
    make_team(page, unique("Donaudampfschifffahrtsgesellschaft"))
    check()
