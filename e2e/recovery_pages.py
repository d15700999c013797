"""The pages of mailed acts, of a lost second step, of the review, and of what may come after signing in."""

import re

from playwright.sync_api import Locator, expect

from e2e.pages import PortalPage


class NotMePage(PortalPage):
    """Where "This was not me" lands: it says what happened before it does anything."""

    heading = "Was this not you?"

    def report(self) -> None:
        self.press("This was not me")


class NotMeDonePage(PortalPage):
    heading = "Nobody is signed in any more"

    def says(self, words: str) -> None:
        expect(self.page.get_by_role("main").get_by_text(words)).to_be_visible()


class LostAddressPage(PortalPage):
    path = "/recover/second-factor"
    heading = "Lost your second step?"

    def ask(self, email: str) -> None:
        self.fill("Email address", email)
        self.press("Send code")


class LostCodePage(PortalPage):
    path = "/recover/second-factor/code"
    heading = "Look in your mailbox"

    def enter(self, code: str) -> None:
        self.fill("Code", code)
        self.press("Continue")


class LostBeginPage(PortalPage):
    path = "/recover/second-factor"
    heading = "Have the second step removed"

    def begin(self) -> None:
        self.press("Start the 3 days")


class LostWaitingPage(PortalPage):
    path = "/recover/second-factor"
    heading = re.compile("^The wait (has begun|is over)$")


class NoSecondStepPage(PortalPage):
    path = "/recover/second-factor"
    heading = "There is no second step"


class VetoPage(PortalPage):
    heading = "Stop this recovery?"

    def stop(self) -> None:
        self.press("Stop it")


class VetoedPage(PortalPage):
    heading = "The recovery is stopped"


class RemoveSecondStepPage(PortalPage):
    heading = "Remove the second step?"

    def remove(self) -> None:
        self.press("Remove the second step")


class SecondStepRemovedPage(PortalPage):
    heading = "The second step is removed"


class ReviewPage(PortalPage):
    path = "/recover/review"
    heading = "Is all of this yours?"

    def row(self, words: str) -> Locator:
        return self.page.get_by_role("listitem").filter(has_text=words)

    def tick(self, words: str) -> None:
        self.row(words).get_by_role("checkbox").check()

    def remove(self) -> None:
        self.press("Remove what is ticked")

    def keep_all(self) -> None:
        self.press("Everything is mine")

    def go_on(self) -> None:
        self.press("Go on")


class TermsPage(PortalPage):
    path = "/terms"
    heading = re.compile("^The terms (of this site|have changed)$")

    def agree(self) -> None:
        self.page.get_by_role("checkbox").check()
        self.press("Agree and go on")


class PasskeyOfferPage(PortalPage):
    path = "/offers/passkey"
    heading = "Sign in faster with a passkey"


class BackupCodesOfferPage(PortalPage):
    path = "/offers/backup-codes"
    heading = "Take backup codes"
