"""The pages of the second step: authenticator app, backup codes, devices; and an authenticator app of our own."""

import re
from typing import Self

import pyotp
from playwright.sync_api import Download, Locator, expect

from e2e.pages import PortalPage

SIX_DIGITS = "The code has six digits, such as 123 456."
KEY = re.compile("^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$")
USED_OR_WRONG = "That code is wrong or was used before. Wait until your app shows the next one, then type it."


def code_of(key: str) -> str:
    """What an app with this key shows now; it is good for 30 seconds at least."""
    return pyotp.TOTP(key.replace(" ", "")).now()


class TotpPage(PortalPage):
    path = "/account/security/totp"
    heading = re.compile("uthenticator app")

    def begin(self) -> str:
        """Starts a set-up and reads the key."""
        self.press("Set up an app")
        return self.key

    @property
    def key(self) -> str:
        expect(self.picture).to_be_visible()
        return self.page.get_by_text(KEY).inner_text()

    @property
    def picture(self) -> Locator:
        return self.page.get_by_role("img", name="QR code with the key for your app")

    def confirm(self, code: str) -> None:
        self.fill("Code from the app", code)
        self.press("Confirm")

    def set_up(self) -> str:
        """The whole set-up: gives the key, and ends at the new backup codes."""
        key = self.open().begin()
        self.confirm(code_of(key))
        return key


class NewCodesPage(PortalPage):
    heading = "Keep these ten codes"

    @property
    def codes(self) -> list[str]:
        shown = self.page.get_by_role("main").get_by_role("list").get_by_role("listitem")
        expect(shown).to_have_count(10)
        return shown.all_inner_texts()

    def save(self) -> Download:
        with self.page.expect_download() as waiting:
            self.press("Save as a file")
        return waiting.value


class BackupCodesPage(PortalPage):
    path = "/account/security/backup-codes"
    heading = "Backup codes"

    def renew(self) -> None:
        self.press("Make ten new codes")


class SecondStepPage(PortalPage):
    path = "/login/second-factor"
    heading = "One more step"

    def enter(self, code: str, *, remember: bool = False) -> None:
        self.fill("Code", code)
        self._sign_in(remember)

    def enter_backup_code(self, code: str, *, remember: bool = False) -> None:
        self.fill("Backup code", code)
        self._sign_in(remember)

    def use(self, way: str) -> Self:
        self.follow(way)
        return self.shown()

    def _sign_in(self, remember: bool) -> None:
        if remember:
            self.field("Do not ask again on this device for 30 days").check()
        self.press("Sign in")


class DevicesPage(PortalPage):
    path = "/account/security/devices"
    heading = "Known devices"
