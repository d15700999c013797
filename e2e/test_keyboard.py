"""Without a mouse: where the keys lead, in which order, and that one sees where one is."""

from playwright.sync_api import Page, expect

from e2e.pages import LandingPage, SignInPage, SignUpPage
from e2e.people import Person
from e2e.test_recovery import signed_in

FOCUS_IS_SEEN = """
(() => {
  const focused = document.activeElement, style = getComputedStyle(focused), box = focused.getBoundingClientRect();
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return ring && box.width > 0 && box.top >= 0 && box.bottom <= innerHeight;
})()
"""


def test_the_skip_link_comes_first_and_leads_past_the_head(page: Page) -> None:
    LandingPage(page).open()

    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Create account")).to_be_focused()


def test_the_sign_in_page_is_walked_from_top_to_bottom_and_the_focus_is_always_seen(page: Page) -> None:
    sign_in = SignInPage(page).open()
    expect(sign_in.field("Email address")).to_be_focused()
    assert page.evaluate(FOCUS_IS_SEEN)

    for stop in (
        sign_in.field("Password"),
        page.get_by_role("button", name="Show password"),
        page.get_by_role("link", name="Forgotten your password?"),
        page.get_by_role("button", name="Sign in"),
        page.get_by_role("button", name="Use a passkey"),
        page.get_by_role("link", name="Email me a code instead"),
        page.get_by_role("link", name="Create account"),
    ):
        page.keyboard.press("Tab")
        expect(stop).to_be_focused()
        assert page.evaluate(FOCUS_IS_SEEN), f"the focus on {stop} cannot be seen"


def test_a_code_field_and_a_refused_field_have_the_focus_when_the_page_opens(page: Page, person: Person) -> None:
    start = SignUpPage(page).open()
    expect(start.field("Name")).to_be_focused()

    page.keyboard.type(person.name)
    page.keyboard.press("Enter")
    start.shown().refuses("Email address", "Enter your email address.")
    page.keyboard.type(person.email)
    page.keyboard.press("Enter")

    expect(page.get_by_label("Code", exact=True)).to_be_focused()


def test_on_a_phone_the_navigation_opens_and_closes_by_keyboard(page: Page, member: Person) -> None:
    signed_in(page, member)
    page.set_viewport_size({"width": 390, "height": 844})
    home = page.get_by_role("navigation").get_by_role("link", name="Home")
    expect(home).to_be_hidden()

    page.get_by_role("button", name="Menu").press("Enter")
    expect(home).to_be_visible()
    page.keyboard.press("Escape")

    expect(home).to_be_hidden()
    expect(page.get_by_role("button", name="Menu")).to_be_focused()
