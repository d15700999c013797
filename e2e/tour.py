"""Pictures of every page, for eyes: `python -m e2e.tour OUTDIR`.

Each page is shot at 1280 and 390 px, light and dark: as it opens, with its errors, with long and with no content.
The pictures of one page stand beside each other, as their names begin with the page.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from e2e.database import Database
from e2e.kit import Kit
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
from e2e.rare import RARE, Scene
from e2e.server import SECRET, Portico, Variant
from e2e.tour_states import VIEWS, look, somebody
from tests.browser import find

WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
COLOURS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SHORT_ENOUGH = 200 * 1024
"""The README's picture is loaded by everybody who looks at the project."""


class Tour:
    """Walks a person through the product and has every page photographed on the way."""

    def __init__(self, page: Page, portico: Portico, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.mailbox = Mailbox(portico.address)
        self.database = Database(portico.database, SECRET)
        self.person = Person("Maximiliane Donaudampfschifffahrtsgesellschaft", stranger().email, stranger().password)

    def walk(self) -> None:
        for part in (self.landing, self.signing_up, self.home, self.signing_out, self.code, self.recovery):
            part()
        self.locked()
        self.refusals()
        self.mailbox.close()

    def landing(self) -> None:
        self.visit("/", "home.landing")

    def signing_up(self) -> None:
        page = SignUpPage(self.page).open()
        self.shoot("signup.index")
        page.start("", "nobody-at-all")
        self.shoot("signup.index-errors")
        page.start(self.person.name, self.person.email)
        VerifyPage(self.page).shown()
        self.shoot("signup.verify")
        mail = self.mailbox.next(self.person.email)
        self.page.goto(mail.link)
        self.shoot("signup.confirm")
        VerifyPage(self.page).open().enter("12")
        self.shoot("signup.verify-errors")
        VerifyPage(self.page).enter(mail.code)
        FinishPage(self.page).shown()
        self.shoot("signup.finish")
        FinishPage(self.page).finish("short")
        self.shoot("signup.finish-errors")
        FinishPage(self.page).finish(self.person.password)

    def home(self) -> None:
        home = HomePage(self.page).shown()
        self.shoot("account.home-welcome")
        home.open()
        self.shoot("account.home-empty")
        self.database.join(self.person.email, "acme", "beta")
        home.open()
        self.shoot("account.home")
        home.open_menu(self.person.name)
        self.shoot("account.home-menu")
        self.visit("/dev/mail", "dev.mail")
        self.visit("/dev/mail?to=nobody@journey.test", "dev.mail-empty")
        self.page.goto("/dev/mail")
        self.page.get_by_role("table").get_by_role("link").first.click()
        self.page.wait_for_load_state("networkidle")
        self.shoot("dev.message")
        self.visit("/nowhere", "errors.404-signed-in")

    def signing_out(self) -> None:
        self.visit("/logout", "login.logout")
        self.page.get_by_role("button", name="Sign out").last.click()
        SignInPage(self.page).shown()
        self.shoot("login.index-signed-out")
        page = SignInPage(self.page).open()
        self.shoot("login.index")
        page.sign_in("", "")
        self.shoot("login.index-errors")
        page.sign_in(self.person.email, "three wrong herons")
        self.shoot("login.index-refused")

    def code(self) -> None:
        AskCodePage(self.page).open()
        self.shoot("login.code")
        AskCodePage(self.page).ask("nobody-at-all")
        self.shoot("login.code-errors")
        AskCodePage(self.page).ask(self.person.email)
        EnterCodePage(self.page).shown()
        self.shoot("login.code_enter")
        EnterCodePage(self.page).enter("12")
        self.shoot("login.code_enter-errors")

    def recovery(self) -> None:
        RecoverPage(self.page).open()
        self.shoot("recover.index")
        RecoverPage(self.page).ask("nobody-at-all")
        self.shoot("recover.index-errors")
        RecoverPage(self.page).ask(self.person.email)
        SentPage(self.page).shown()
        self.shoot("recover.sent")
        mail = self.mailbox.next(self.person.email, "A new password for your account")
        self.page.goto(mail.link)
        self.shoot("recover.confirm")
        SentPage(self.page).open().enter(mail.code)
        ResetPage(self.page).shown()
        self.shoot("recover.reset")
        ResetPage(self.page).choose("short")
        self.shoot("recover.reset-errors")
        ResetPage(self.page).choose(self.person.password)
        SignInPage(self.page).shown()
        self.page.goto(mail.link)
        self.shoot("links.dead")

    def locked(self) -> None:
        self.page.context.clear_cookies()
        page = SignInPage(self.page).open()
        for _try in range(10):
            page.sign_in(self.person.email, "three wrong herons")
            page.shown().refuses_sign_in()
        self.page.goto(self.mailbox.next(self.person.email, "Your account is locked for a while").link)
        UnlockPage(self.page).shown()
        self.shoot("recover.unlock")

    def refusals(self) -> None:
        self.visit("/nowhere", "errors.404")
        self.visit("/signup/verify/resend", "errors.405")
        self.page.context.clear_cookies()
        page = AskCodePage(self.page).open()
        page.ask(self.person.email)
        expect(page.problem).to_be_visible()
        self.shoot("login.code-limited")

    def visit(self, path: str, name: str) -> None:
        self.page.goto(path)
        self.shoot(name)

    def shoot(self, name: str) -> None:
        shoot(self.page, self.folder, name)


def shoot(page: Page, folder: Path, name: str) -> None:
    """The page as it stands, in both widths and both colours, without asking the server again."""
    for (shape, size), colours in product((("1280", WIDE), ("390", PHONE)), COLOURS):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        page.screenshot(path=folder / f"{name}-{shape}-{colours}.png", full_page=True, animations="disabled")


def people_in_a_state(browser: Browser, portico: Portico, folder: Path) -> None:
    kit = Kit(portico.address)
    for view in VIEWS:
        made = somebody(kit, view)
        with visitor(browser, portico.address, made.storage_state) as page:
            look(page, made, view)
            shoot(page, folder, f"state.{view.name}")
    kit.close()


def rare_pages(browser: Browser, portico: Portico, folder: Path) -> None:
    """Each page that people seldom meet, in a browser of its own; a server with other settings stands aside."""
    started: dict[str, Variant] = {}

    def variant(**settings: str) -> str:
        key = repr(settings)
        if key not in started:
            started[key] = Variant(**{"database": portico.database} | settings)
        return started[key].address

    try:
        for way in RARE:
            with visitor(browser, portico.address) as page:
                tour = Tour(page, portico, folder)
                way(Scene(page, tour.person, tour.mailbox, tour.database, variant))
                tour.shoot(f"rare.{way.__name__.replace('_', '-')}")
                tour.mailbox.close()
    finally:
        for one in started.values():
            one.stop()


def readme_picture(page: Page, picture: Path) -> None:
    """The sign-in page as README shows it."""
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    SignInPage(page).open()
    page.screenshot(path=picture, animations="disabled")
    size = picture.stat().st_size
    assert size <= SHORT_ENOUGH, f"{picture} has {size} bytes"


@contextmanager
def visitor(browser: Browser, address: str, state: Any = None) -> Iterator[Page]:
    context = browser.new_context(
        base_url=address, viewport=WIDE, reduced_motion="reduce", locale="en-GB", storage_state=state
    )
    yield context.new_page()
    context.close()


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("python -m e2e.tour OUTDIR\n")
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    chromium, portico = find(), Portico()
    portico.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            with visitor(browser, portico.address) as page:
                readme_picture(page, folder / "screenshot.png")
            with visitor(browser, portico.address) as page:
                Tour(page, portico, folder).walk()
            rare_pages(browser, portico, folder)
            people_in_a_state(browser, portico, folder)
            browser.close()
    finally:
        portico.stop()
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
