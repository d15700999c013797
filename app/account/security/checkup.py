"""The check-up: each thing that guards the account, how it stands, and the one thing to do next.

It judges as people should weigh it: a passkey is phished by nobody; a second step keeps a stolen password from being
enough; and whoever asks for a second step needs a spare way to take it.
"""

from datetime import datetime
from enum import Enum

import msgspec

from app import clientinfo
from app.account.security.tables import Standing
from app.i18n import _, ngettext
from app.moments import Moment, moment
from app.users.backup_codes.actions import LOW

PASSKEYS = "/account/security/passkeys"
TOTP = "/account/security/totp"
CODES = "/account/security/backup-codes"
DEVICES = "/account/security/devices"
GOOGLE = "/account/security/google"
PASSWORD = "/account/password"  # noqa: S105 - a path
SESSIONS = "/account/sessions"
ACTIVITY = "/account/activity"

MANY_REFUSALS = 10
"""Refused tries in a week; typing errors are fewer."""


class State(Enum):
    """How a thing stands; what only informs has none."""

    GOOD = "success"
    BETTER = "warning"
    ATTENTION = "danger"

    @property
    def words(self) -> str:
        return {
            State.GOOD: _("Good"),
            State.BETTER: _("Could be better"),
            State.ATTENTION: _("Needs attention"),
        }[self]


class Line(msgspec.Struct, frozen=True):
    """One thing of the list. `at` is a time that `label` explains; `action` leads to `href`."""

    icon: str
    title: str
    words: str
    action: str
    href: str
    state: State | None = None
    label: str = ""
    at: Moment | None = None


class Group(msgspec.Struct, frozen=True):
    title: str
    name: str
    lines: list[Line]


class Advice(msgspec.Struct, frozen=True):
    """What to do next, and why."""

    title: str
    why: str
    action: str
    href: str
    icon: str
    urgent: bool = False


class Checkup:
    """What the page shows of a Standing, in the reader's language and time zone."""

    def __init__(self, standing: Standing, *, zone: str, google_offered: bool) -> None:
        self._has = standing
        self._zone = zone
        self._google_offered = google_offered

    @property
    def sentence(self) -> str:
        """How the account stands, in one sentence."""
        has = self._has
        if has.passkeys and (has.two_step or not has.password):
            return _("Your account is well guarded: a passkey signs you in, and nothing that can be stolen is enough.")
        if has.two_step:
            return _("Your account is guarded by two steps: whoever learns one of them cannot get in.")
        if has.passkeys:
            return _("You have a passkey, but your password alone still opens your account.")
        if has.password:
            return _("Your password alone opens your account. Whoever learns it can get in.")
        if has.google:
            return _("Your Google account alone opens your account here.")
        return _("A code mailed to you is all that opens your account.")

    @property
    def advice(self) -> Advice | None:
        """The one thing to do next, the most pressing first; None if all is well."""
        has = self._has
        if has.two_step and has.codes <= LOW:
            return Advice(
                _("Make new backup codes"),
                _("Without them, a lost phone keeps you out for days.") if has.codes == 0 else self._codes_left(),
                _("Make backup codes"),
                CODES,
                "key",
                urgent=True,
            )
        if has.refused >= MANY_REFUSALS:
            return Advice(
                _("Look at the refused sign-ins"),
                _("Somebody tried to get in many times this week. Nothing was opened."),
                _("See sign-ins"),
                f"{ACTIVITY}?show=refused",
                "history",
                urgent=True,
            )
        if not has.passkeys:
            why = _("It signs you in with your fingerprint, face or screen lock, and cannot be phished or guessed.")
            return Advice(_("Add a passkey"), why, _("Add a passkey"), PASSKEYS, "passkey")
        if has.password and not has.two_step:
            why = _("Then a stolen password is not enough to get in. Your passkey stays as quick as it is.")
            return Advice(_("Ask for a second step"), why, _("Set up two-step sign-in"), TOTP, "shield")
        if has.passkeys == 1 and not (has.totp or has.password or has.google):
            why = _("If you lose the device with the only one, the way back takes longer.")
            return Advice(_("Add a second passkey"), why, _("Add a passkey"), PASSKEYS, "passkey")
        return None

    @property
    def groups(self) -> list[Group]:
        ways = [self._passkeys(), self._password()]
        if self._google_offered or self._has.google:
            ways.append(self._google())
        return [
            Group(_("Ways to sign in"), "ways", ways),
            Group(_("Second step"), "second-step", [self._two_step(), self._app(), self._codes()]),
            Group(_("Where you are signed in"), "places", [self._sessions(), self._remembered(), self._last()]),
        ]

    def _passkeys(self) -> Line:
        n = self._has.passkeys
        if not n:
            words = _("None yet. A passkey is quicker than a password and safe from phishing.")
            return Line("passkey", _("Passkeys"), words, _("Add a passkey"), PASSKEYS, State.BETTER)
        return Line(
            "passkey",
            _("Passkeys"),
            ngettext("%(n)s passkey", "%(n)s passkeys", n),
            _("Manage passkeys"),
            PASSKEYS,
            State.GOOD,
            _("Newest added"),
            self._at(self._has.newest_passkey),
        )

    def _password(self) -> Line:
        has = self._has
        if not has.password:
            words = _("Not set, so nobody can guess it.") if has.passkeys or has.google else _("Not set.")
            return Line("key", _("Password"), words, _("Set a password"), PASSWORD)
        alone = not has.two_step
        words = _("Set. It opens your account alone.") if alone else _("Set. A second step is asked after it.")
        state = State.BETTER if alone else State.GOOD
        since = self._at(has.password_since)
        return Line("key", _("Password"), words, _("Change password"), PASSWORD, state, _("Last changed"), since)

    def _google(self) -> Line:
        if self._has.google:
            words = self._has.google_email or _("Linked")
            return Line("person", _("Google"), words, _("Manage Google"), GOOGLE)
        return Line("person", _("Google"), _("Not linked"), _("Link Google"), GOOGLE)

    def _two_step(self) -> Line:
        if self._has.two_step:
            words = _("On. After a password, a mailed code or Google, a second step is asked for.")
            return Line("shield", _("Two-step sign-in"), words, _("Manage two-step sign-in"), TOTP, State.GOOD)
        words = _("Off. One step opens your account.")
        state = State.BETTER if self._has.password or not self._has.passkeys else None
        return Line("shield", _("Two-step sign-in"), words, _("Set up two-step sign-in"), TOTP, state)

    def _app(self) -> Line:
        if self._has.totp:
            words = _("Set up")
            return Line("smartphone", _("Authenticator app"), words, _("Manage authenticator app"), TOTP, State.GOOD)
        return Line("smartphone", _("Authenticator app"), _("Not set up"), _("Set up authenticator app"), TOTP)

    def _codes(self) -> Line:
        has = self._has
        action = _("Make new backup codes") if has.codes else _("Make backup codes")
        if not has.two_step and not has.codes:
            words = _("Needed once two-step sign-in is on.")
            return Line("lock", _("Backup codes"), words, action, CODES)
        state = State.GOOD if has.codes > LOW else State.ATTENTION
        return Line("lock", _("Backup codes"), self._codes_left(), action, CODES, state)

    def _codes_left(self) -> str:
        n = self._has.codes
        return ngettext("%(n)s code left", "%(n)s codes left", n) if n else _("None left")

    def _sessions(self) -> Line:
        words = ngettext("%(n)s device is signed in", "%(n)s devices are signed in", self._has.sessions)
        return Line("monitor", _("Signed-in devices"), words, _("See devices"), SESSIONS)

    def _remembered(self) -> Line:
        n = self._has.remembered
        words = (
            ngettext("%(n)s device skips the second step", "%(n)s devices skip the second step", n)
            if n
            else _("No device skips the second step")
        )
        return Line("repeat", _("Remembered devices"), words, _("See remembered devices"), DEVICES)

    def _last(self) -> Line:
        has = self._has
        device = clientinfo.device(has.last_agent) or _("Unknown device")
        place = clientinfo.place_words(has.last_place)
        words = f"{device}, {place}" if place else device
        state = State.ATTENTION if has.refused >= MANY_REFUSALS else None
        return Line(
            "history",
            _("Last sign-in"),
            words,
            _("See all sign-ins"),
            ACTIVITY,
            state,
            at=self._at(has.last_at),
        )

    def _at(self, when: datetime | None) -> Moment | None:
        return moment(when, zone=self._zone, now=self._has.now) if when else None
