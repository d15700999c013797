"""Pictures of the pages that somebody sees who is in a state: the kit makes the person, the browser shows the page."""

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page

from e2e.kit import Kit, Made
from e2e.passkey_pages import AddPasskeyPage
from e2e.totp_pages import BackupCodesPage, SecondStepPage, TotpPage

SECURITY = "/account/security"


class View(NamedTuple):
    """A person in a state at a path; `then` is what they do there before the picture is taken."""

    name: str
    state: str
    path: str
    signed_in: bool = True
    then: Callable[[Page], None] | None = None
    ages: str = ""


def _wrong_code(page: Page) -> None:
    SecondStepPage(page).enter("000000")
    SecondStepPage(page).shown()


def _start_app(page: Page) -> None:
    TotpPage(page).begin()


def _confirm_wrongly(page: Page) -> None:
    TotpPage(page).begin()
    TotpPage(page).confirm("12")
    TotpPage(page).shown()


def _new_codes(page: Page) -> None:
    BackupCodesPage(page).renew()
    page.get_by_role("heading", name="Keep these ten codes").wait_for()


def _no_passkey_made(page: Page) -> None:
    page.evaluate(
        "() => { navigator.credentials.create = () => Promise.reject(new DOMException('', 'InvalidStateError')) }"
    )
    AddPasskeyPage(page).use_passkey()
    page.get_by_text("There is a passkey for your account on this device already.").wait_for()


VIEWS = (
    View("security-empty", "no-password", SECURITY),
    View("security-half", "signed-in", SECURITY),
    View("security-codes-low", "low-codes", SECURITY),
    View("security-full", "passkey-and-totp", SECURITY),
    View("passkeys-empty", "signed-in", f"{SECURITY}/passkeys"),
    View("passkeys", "two-passkeys", f"{SECURITY}/passkeys"),
    View("passkeys-add", "signed-in", f"{SECURITY}/passkeys/add"),
    View("passkeys-add-error", "signed-in", f"{SECURITY}/passkeys/add", then=_no_passkey_made),
    View("totp-empty", "signed-in", f"{SECURITY}/totp"),
    View("totp-begun", "signed-in", f"{SECURITY}/totp", then=_start_app),
    View("totp-errors", "signed-in", f"{SECURITY}/totp", then=_confirm_wrongly),
    View("totp", "totp", f"{SECURITY}/totp"),
    View("backup-codes", "low-codes", f"{SECURITY}/backup-codes"),
    View("backup-codes-new", "totp", f"{SECURITY}/backup-codes", then=_new_codes),
    View("two-step", "passkey-second-step", f"{SECURITY}/two-step"),
    View("devices", "ten-sessions", f"{SECURITY}/devices"),
    View("password", "ten-sessions", "/account/password"),
    View("password-first", "no-password", "/account/password"),
    View("google", "google", f"{SECURITY}/google"),
    View("sessions", "ten-sessions", "/account/sessions"),
    View("activity", "ten-sessions", "/account/activity"),
    View("activity-empty", "signed-in", "/account/activity"),
    View("second-step", "half-signed-in", "/login/second-factor", signed_in=False),
    View("second-step-error", "half-signed-in", "/login/second-factor", signed_in=False, then=_wrong_code),
    View("second-step-lost", "half-signed-in", "/recover/second-factor", signed_in=False),
    View("review", "review", "/recover/review"),
    View("veto", "recovery-waiting", "veto", signed_in=False),
    View("finish-recovery", "recovery-ready", "finish", signed_in=False),
    View("sudo", "passkey-and-totp", f"{SECURITY}/totp", ages="11m"),
    View("sudo-mail", "no-password", "/account/password", ages="11m"),
)


def somebody(kit: Kit, view: View) -> Made:
    made = kit.make(view.state, signed_in=view.signed_in)
    if view.ages:
        kit.age(made.email, view.ages)
    return made


def look(page: Page, made: Made, view: View) -> None:
    """Opens the page; a path without a slash names a mailed link of the state."""
    page.goto(made.links.get(view.path, view.path))
    if view.then:
        view.then(page)
