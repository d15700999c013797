"""What holds on every page: accessible to axe in both colours, no sideways scroll, within its weight, by keyboard."""

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.database import Database
from e2e.mailbox import Mailbox
from e2e.pages import (
    AskCodePage,
    EnterCodePage,
    FinishPage,
    HomePage,
    RecoverPage,
    ResetPage,
    SentPage,
    SignInPage,
    SignUpPage,
    UnlockPage,
    VerifyPage,
)
from e2e.people import Person, stranger
from e2e.test_recovery import asked, lock, signed_in

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
SETTLED = """
new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame))
  .then(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)))
"""
"""Colours that are on their way from light to dark are not judged."""

NARROW = 320
PHONE = 390
KILOBYTE = 1024


@pytest.fixture
def check(page: Page) -> Callable[[], None]:
    """Judges the page as it stands. axe comes through the browser's debugger, so the page's policy stays in force."""

    def judge() -> None:
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if colours == "dark" else "light", reduced_motion="reduce")
            assert not _violations(page), f"{page.url} {colours}: {_violations(page)}"
        before = page.viewport_size
        for width in (NARROW, PHONE):
            page.set_viewport_size({"width": width, "height": 700})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{page.url} is {wide} px wide on a screen of {width}"
        assert before is not None
        page.set_viewport_size(before)

    return judge


def test_the_pages_of_signing_up(page: Page, person: Person, mailbox: Mailbox, check: Callable[[], None]) -> None:
    page.goto("/")
    check()
    start = SignUpPage(page).open()
    check()
    start.start("", "nobody-at-all")
    start.refuses("Name", "Enter your name, as others should see it.")
    check()
    start.start(person.name, person.email)
    verify = VerifyPage(page).shown()
    check()
    mail = mailbox.next(person.email)
    page.goto(mail.link)
    check()
    verify.open().enter("12")
    verify.refuses("Code", "The code has six digits, such as 123 456.")
    check()
    verify.enter(mail.code)
    finish = FinishPage(page).shown()
    check()
    finish.finish("short")
    expect(finish.field("Password")).to_have_attribute("aria-invalid", "true")
    check()


def test_the_pages_of_signing_in(page: Page, member: Person, check: Callable[[], None]) -> None:
    sign_in = SignInPage(page).open()
    check()
    sign_in.sign_in("", "")
    sign_in.refuses("Email address", "Enter your email address.")
    check()
    sign_in.sign_in(member.email, "three wrong herons")
    sign_in.refuses_sign_in()
    check()
    ask = AskCodePage(page).open()
    check()
    ask.ask("nobody-at-all")
    ask.refuses("Email address", "Enter an address such as mia@example.com.")
    check()
    ask.ask(member.email)
    enter = EnterCodePage(page).shown()
    check()
    enter.enter("12")
    enter.refuses("Code", "The code has six digits, such as 123 456.")
    check()


def test_the_pages_of_the_ways_back_in(page: Page, member: Person, mailbox: Mailbox, check: Callable[[], None]) -> None:
    recover = RecoverPage(page).open()
    check()
    recover.ask("nobody-at-all")
    recover.refuses("Email address", "Enter an address such as mia@example.com.")
    check()
    mail = asked(page, member, mailbox)
    check()
    page.goto(mail.link)
    check()
    SentPage(page).open().enter(mail.code)
    reset = ResetPage(page).shown()
    check()
    reset.choose("short")
    expect(reset.field("New password")).to_have_attribute("aria-invalid", "true")
    check()
    page.goto(mail.link)
    check()
    lock(page, member)
    page.goto(mailbox.next(member.email, "Your account is locked for a while").link)
    UnlockPage(page).shown()
    check()


def test_the_pages_of_somebody_signed_in(
    page: Page, member: Person, database: Database, check: Callable[[], None]
) -> None:
    home = HomePage(signed_in(page, member))
    check()
    database.join(member.email, "acme", "beta")
    home.open()
    check()
    home.open_menu(member.name)
    check()
    for path in ("/logout", "/nowhere", "/signup/verify/resend", "/dev/mail?to=nobody@journey.test", "/dev/mail"):
        page.goto(path)
        check()
    page.get_by_role("table").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Headers")).to_be_visible()
    check()


def test_the_pages_that_say_no(page: Page, check: Callable[[], None]) -> None:
    for path in ("/nowhere", "/signup/verify/resend"):
        page.goto(path)
        check()
    nobody = stranger()
    AskCodePage(page).open().ask(nobody.email)
    EnterCodePage(page).shown()
    page.context.clear_cookies()
    ask = AskCodePage(page).open()
    ask.ask(nobody.email)
    expect(ask.problem).to_be_visible()
    check()


def test_the_keyboard_alone_signs_in_and_out(page: Page, member: Person) -> None:
    SignInPage(page).open()
    expect(page.get_by_label("Email address", exact=True)).to_be_focused()

    page.keyboard.type(member.email)
    page.keyboard.press("Tab")
    page.keyboard.type(member.password)
    page.keyboard.press("Enter")

    HomePage(page).greets(member.name)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    opener = page.get_by_role("button", name=member.name)
    opener.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Sign out")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    opener.press("ArrowDown")
    page.keyboard.press("Enter")
    SignInPage(page).shown()


def test_htmx_is_set_up_as_the_page_says(page: Page, member: Person) -> None:
    HomePage(signed_in(page, member)).settled()

    said = json.loads(page.evaluate("document.querySelector('meta[name=htmx-config]').content"))
    held = page.evaluate("htmx.config")

    assert {name: held.get(name) for name in said} == said


def test_no_page_is_heavier_than_its_budget(page: Page, member: Person, weights: list[int]) -> None:
    sign_in = SignInPage(page).open()
    page.wait_for_load_state("networkidle")
    assert sum(weights) <= 16 * KILOBYTE, f"the sign-in page weighs {sum(weights)} bytes"
    weights.clear()

    sign_in.sign_in(member.email, member.password)
    home = HomePage(page).shown().settled()
    page.wait_for_load_state("networkidle")
    assert sum(weights) <= 36 * KILOBYTE, f"the first signed-in page weighs {sum(weights)} bytes"
    weights.clear()

    home.open()
    page.wait_for_load_state("networkidle")
    assert sum(weights) <= 6 * KILOBYTE, f"the next page weighs {sum(weights)} bytes"


@pytest.fixture
def weights(page: Page) -> Iterator[list[int]]:
    """Bytes over the wire, heads included, of each answer as it is finished."""
    lengths: list[int] = []

    def note(event: dict[str, Any]) -> None:
        lengths.append(int(event["encodedDataLength"]))

    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", note)
    yield lengths
    session.detach()


def _violations(page: Page) -> list[str]:
    page.evaluate(SETTLED)
    page.evaluate(f"window.axe || (() => {{ {AXE} }})()")
    found = page.evaluate("axe.run(document, {iframes: false, preload: false}).then((all) => all.violations)")
    return [f"{one['id']}: {one['nodes'][0]['html']} {one['nodes'][0]['failureSummary']}" for one in found]
