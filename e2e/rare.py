"""The pages that people seldom meet, and how each comes to be shown; for the tests that judge pages and for the tour.

Some of them need a server with other settings. A way in gets a page and leaves it where the rare thing stands.
"""

from collections.abc import Callable

import msgspec
from playwright.sync_api import Page

from e2e.database import Database
from e2e.mailbox import Mailbox
from e2e.pages import (
    AskCodePage,
    EnterCodePage,
    FinishPage,
    HomePage,
    PortalPage,
    RecoverPage,
    RefusalPage,
    SentPage,
    SignInPage,
    SignUpPage,
    VerifyPage,
)
from e2e.people import Person, sign_up, stranger

NOWHERE = "postgresql://nobody@127.0.0.1:9/none"
EMPTY = "postgres"
"""The database that every server has, and in which none of our tables is: a fault on every page that reads one."""

TERMS = {
    "TERMS_URL": "https://example.org/terms",
    "TERMS_VERSION": "2026-11",
    "PRIVACY_URL": "https://example.org/privacy",
    "SUPPORT_URL": "https://example.org/help",
}


class Scene(msgspec.Struct, frozen=True):
    """What the ways in need. `variant` starts the product with other settings and gives its address."""

    page: Page
    person: Person
    mailbox: Mailbox
    database: Database
    variant: Callable[..., str]

    def heading(self, words: str) -> None:
        RefusalPage(self.page).says_only(words)


def closed_for_sign_up(scene: Scene) -> None:
    scene.page.goto(scene.variant(SIGNUP="closed") + "/signup")
    scene.heading("Accounts are by invitation")


def landing_where_sign_up_is_closed(scene: Scene) -> None:
    scene.page.goto(scene.variant(SIGNUP="closed") + "/")
    scene.heading("The front door to your team’s work")


def terms_to_agree_to(scene: Scene) -> None:
    address = scene.variant(**TERMS)
    scene.page.goto(address + "/signup")
    SignUpPage(scene.page).start(scene.person.name, scene.person.email)
    VerifyPage(scene.page).enter(scene.mailbox.next(scene.person.email).code)
    FinishPage(scene.page).shown()


def terms_not_agreed_to(scene: Scene) -> None:
    terms_to_agree_to(scene)
    FinishPage(scene.page).finish(scene.person.password)
    scene.page.get_by_text("An account needs your agreement to the terms.").wait_for()


def forged(scene: Scene) -> None:
    sign_in = SignInPage(scene.page).open()
    scene.page.context.clear_cookies()
    sign_in.sign_in(scene.person.email, scene.person.password)
    RefusalPage(scene.page).says(403, "That could not be checked")


def too_large(scene: Scene) -> None:
    SignInPage(scene.page).open().sign_in(scene.person.email, "x" * 100_000)
    RefusalPage(scene.page).says(413, "That is too large")


def too_many_mails(scene: Scene) -> None:
    SignUpPage(scene.page).open().start(scene.person.name, scene.person.email)
    VerifyPage(scene.page).shown()
    scene.database.spend_mails(scene.person.email, "signup")
    scene.page.reload()
    scene.page.evaluate("document.forms[1].requestSubmit()")
    RefusalPage(scene.page).says(429, "Wait a moment")


def broken(scene: Scene) -> None:
    signed_in(scene)
    scene.page.goto(scene.variant(database=scene.database.sibling(EMPTY)) + "/")
    RefusalPage(scene.page).says(500, "Something broke on our side")


def without_database(scene: Scene) -> None:
    scene.page.goto(scene.variant(database=NOWHERE) + "/login")
    SignInPage(scene.page).sign_in(scene.person.email, scene.person.password)
    RefusalPage(scene.page).says(503, "Back in a moment")


def code_offered_first(scene: Scene) -> None:
    """As the sign-in page looks to somebody who came by mailed code last time."""
    signed_in(scene)
    HomePage(scene.page).sign_out(scene.person.name)
    AskCodePage(scene.page).open().ask(scene.person.email)
    EnterCodePage(scene.page).enter(scene.mailbox.next(scene.person.email, "Your code to sign in").code)
    HomePage(scene.page).shown().sign_out(scene.person.name)
    SignInPage(scene.page).shown()
    SignInPage(scene.page).open()


def recovery_of_another_account(scene: Scene) -> None:
    signed_in(scene)
    scene.database.end_cool_down(scene.person.email, "recovery")
    RecoverPage(scene.page).open().ask(scene.person.email)
    link = scene.mailbox.next(scene.person.email, "A new password for your account").link
    SentPage(scene.page).shown()
    scene.page.context.clear_cookies()
    sign_up(scene.page, other := stranger(), scene.mailbox)
    scene.page.goto(link)
    scene.page.get_by_text(f"You are signed in as {other.email} in this browser.").wait_for()


def navigation_on_a_phone(scene: Scene) -> None:
    signed_in(scene)
    scene.page.set_viewport_size({"width": 390, "height": 844})
    HomePage(scene.page).open_menu("Menu")
    scene.page.get_by_role("link", name="Home").wait_for()


def signed_in(scene: Scene) -> PortalPage:
    return sign_up(scene.page, scene.person, scene.mailbox)


RARE: tuple[Callable[[Scene], None], ...] = (
    closed_for_sign_up,
    landing_where_sign_up_is_closed,
    terms_to_agree_to,
    terms_not_agreed_to,
    forged,
    too_large,
    too_many_mails,
    broken,
    without_database,
    code_offered_first,
    recovery_of_another_account,
    navigation_on_a_phone,
)
