"""What stands on a page stays where it is: errors push nothing that is above them, and no window is too wide."""

import pytest
from playwright.sync_api import FloatRect, Locator, Page, ViewportSize, expect

from e2e.mailbox import Mailbox
from e2e.pages import FinishPage, HomePage, PortalPage, SignInPage, SignUpPage, VerifyPage
from e2e.people import Person
from e2e.test_recovery import signed_in

SIZES: tuple[ViewportSize, ...] = (
    {"width": 1280, "height": 800},
    {"width": 1920, "height": 1080},
    {"width": 390, "height": 844},
)
SHIFTS = """
new Promise((tell) => new PerformanceObserver((list) =>
  tell(list.getEntries().reduce((sum, one) => sum + one.value, 0)))
  .observe({type: "layout-shift", buffered: true}) ?? setTimeout(() => tell(0), 300))
"""
"""The sum of what moved without being asked to; nothing at all is never reported."""


def place(thing: Locator) -> FloatRect:
    box = thing.bounding_box()
    assert box is not None
    return box


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size['width']} px")
def test_an_error_moves_nothing_that_is_above_it(
    page: Page, member: Person, mailbox: Mailbox, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    sign_in = SignInPage(page).open()
    before = place(sign_in.title)
    if size["width"] > 1000:
        assert size["height"] / 5 < before["y"] < size["height"] / 3
    sign_in.sign_in("", "")
    sign_in.refuses("Email address", "Enter your email address.")
    assert place(sign_in.title) == before
    sign_in.sign_in(member.email, "three wrong herons")
    sign_in.refuses_sign_in()
    assert place(sign_in.title) == before
    _nothing_shifted(sign_in)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size['width']} px")
def test_the_pages_of_signing_up_begin_at_one_height(
    page: Page, person: Person, mailbox: Mailbox, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    start = SignUpPage(page).open()
    heights = [place(start.title)["y"]]
    _nothing_shifted(start)
    start.start(person.name, person.email)
    verify = VerifyPage(page).shown()
    heights.append(place(verify.title)["y"])
    _nothing_shifted(verify)
    verify.enter(mailbox.next(person.email).code)
    finish = FinishPage(page).shown()
    heights.append(place(finish.title)["y"])
    finish.finish("short")
    expect(finish.field("Password")).to_have_attribute("aria-invalid", "true")
    heights.append(place(finish.title)["y"])
    _nothing_shifted(finish)

    assert len(set(heights)) == 1


def test_an_open_navigation_survives_a_window_that_grows(page: Page, member: Person) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    home = HomePage(signed_in(page, member))
    home.open_menu("Menu")
    link = page.get_by_role("navigation").get_by_role("link", name="Home", exact=True)
    expect(link).to_be_visible()

    page.set_viewport_size({"width": 1280, "height": 800})

    main = page.get_by_role("main")
    opened, floating = place(main), place(link)
    page.keyboard.press("Escape")
    expect(link).to_be_visible()
    assert opened == place(main)
    assert opened["width"] > 800
    assert floating == place(link)


def _nothing_shifted(shown: PortalPage) -> None:
    assert shown.page.evaluate(SHIFTS) == 0
