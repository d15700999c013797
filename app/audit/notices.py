"""The words in which people are told of what happened to their account, by mail and by bell (row 3.13).

`%(name)s` in them is filled from the details of the event. A sentence says what happened, not what to do: every
notice ends with when, from where, and one "This was not me".
"""

from collections.abc import Mapping
from typing import NamedTuple

from app.audit.events import TOLD, Event


def _l(message: str) -> str:
    """Marks a message for translation; it is translated when it is told, in the reader's language."""
    return message


class Notice(NamedTuple):
    """`title` is the subject of the mail and the line at the bell, `text` what the mail says of it."""

    title: str
    text: str


NOTICES: Mapping[Event, Notice] = {
    Event.DEVICE_SEEN: Notice(
        _l("New sign-in to your account"), _l("Somebody signed in on a device that your account does not know.")
    ),
    Event.PASSWORD_SET: Notice(
        _l("Your account has a password now"), _l("Signing in with a password works from now on.")
    ),
    Event.PASSWORD_CHANGED: Notice(_l("Your password was changed"), _l("The old one no longer works.")),
    Event.PASSWORD_REMOVED: Notice(
        _l("Your password was removed"), _l("Signing in works without one from now on.")
    ),
    Event.PASSKEY_ADDED: Notice(
        _l("A passkey was added"), _l("The passkey “%(passkey)s” can sign in to your account now.")
    ),
    Event.PASSKEY_REMOVED: Notice(
        _l("A passkey was removed"), _l("The passkey “%(passkey)s” can no longer sign in to your account.")
    ),
    Event.PASSKEY_SUSPECTED: Notice(
        _l("One of your passkeys may have been copied"),
        _l("A sign-in with the passkey “%(passkey)s” was refused, because its counter went back."),
    ),
    Event.TOTP_ENABLED: Notice(
        _l("Your authenticator app is set up"), _l("Signing in asks for a code from it after the first step.")
    ),
    Event.TOTP_REPLACED: Notice(
        _l("Your authenticator app was replaced"), _l("Codes from the old one no longer work.")
    ),
    Event.TOTP_REMOVED: Notice(
        _l("Your authenticator app was removed"), _l("Codes from it no longer work.")
    ),
    Event.TWO_STEP_ENABLED: Notice(
        _l("Two-step sign-in is on"), _l("After a password or a mailed code, a second step is asked for.")
    ),
    Event.TWO_STEP_DISABLED: Notice(
        _l("Two-step sign-in is off"), _l("A password or a mailed code alone opens your account now.")
    ),
    Event.BACKUP_CODES_MADE: Notice(
        _l("New backup codes were made"), _l("All earlier backup codes no longer work.")
    ),
    Event.BACKUP_CODE_USED: Notice(
        _l("A backup code was used"), _l("It took the place of the second step. Codes left: %(left)s.")
    ),
    Event.BACKUP_CODES_RAN_LOW: Notice(
        _l("Your backup codes are running out"), _l("Codes left: %(left)s. Make new ones while you can still sign in.")
    ),
    Event.SECOND_STEP_PAUSED: Notice(
        _l("Codes for your account are paused for an hour"),
        _l("There were too many wrong ones at the second step. Whoever typed them got past the first."),
    ),
    Event.GOOGLE_LINKED: Notice(
        _l("A Google account was linked"), _l("The Google account %(google)s can sign in to your account now.")
    ),
    Event.GOOGLE_UNLINKED: Notice(
        _l("Your Google account was unlinked"), _l("It can no longer sign in to your account.")
    ),
    Event.SESSION_ENDED: Notice(
        _l("A device was signed out"), _l("This one is signed out now: %(ended)s.")
    ),
    Event.SESSIONS_ENDED: Notice(
        _l("Devices were signed out of your account"), _l("Devices signed out: %(ended)s.")
    ),
    Event.FACTOR_RECOVERY_VETOED: Notice(
        _l("The recovery of your second step was stopped"), _l("Nothing was changed.")
    ),
    Event.FACTOR_RECOVERY_COMPLETED: Notice(
        _l("Your second step was removed"),
        _l("The waiting time for a lost second step is over, and the account opens without it now. Set up a new one."),
    ),
    Event.OWNERSHIP_OFFERED: Notice(
        _l("You offered somebody the ownership of a team"),
        _l("%(taker)s can become an owner of %(team)s by accepting within 7 days. You can withdraw it until then."),
    ),
    Event.OWNERSHIP_ACCEPTED: Notice(
        _l("Your offer of ownership was accepted"),
        _l("%(taker)s is an owner of %(team)s now. If you chose to step down, you are an admin."),
    ),
    Event.OPERATOR_GRANTED: Notice(
        _l("You are an operator now"), _l("Your account may look after the whole platform.")
    ),
    Event.OPERATOR_REVOKED: Notice(
        _l("You are no operator any more"), _l("Your account no longer looks after the platform.")
    ),
}  # fmt: skip

UNSPOKEN = [event for event in Event if event.telling == TOLD and event not in NOTICES]
if UNSPOKEN:
    raise LookupError(f"no words for {UNSPOKEN}")
