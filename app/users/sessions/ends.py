"""Sessions in words: how one was proven, and why one is no more."""

from collections.abc import Mapping, Sequence

from app.i18n import _, _l
from app.users.revocation import Cause

METHODS: Mapping[str, str] = {
    "password": _l("Password"),
    "mail": _l("Mailed code"),
    "google": _l("Google"),
    "passkey": _l("Passkey"),
    "totp": _l("Authenticator app"),
    "backup_code": _l("Backup code"),
    "remembered": _l("Remembered device"),
}

WHY: Mapping[str, str] = {
    "idle": _l("You were signed out here after a while in which nothing happened."),
    "too_old": _l("You were signed in here for as long as one sign-in lasts. Sign in again to go on."),
    "overtaken": _l(
        "You were signed out here because you signed in elsewhere, and only so many devices may be at once."
    ),
    "ended_elsewhere": _l("You were signed out here from another of your devices."),
    Cause.SIGNED_OUT_ELSEWHERE.value: _l("You were signed out here from another of your devices."),
    Cause.PASSWORD_CHANGED.value: _l("You were signed out here because your password was changed."),
    Cause.PASSWORD_RESET.value: _l("You were signed out here because a new password was set."),
    Cause.FACTOR_CHANGED.value: _l("You were signed out here because a way to sign in was changed."),
    Cause.FACTOR_RECOVERED.value: _l("You were signed out everywhere because your second step was recovered."),
    Cause.NOT_ME.value: _l("You were signed out everywhere to keep your account safe."),
}
"""What the browser of an ended session is told; of what is not here, such as its own signing out, nothing."""


def why(reason: str) -> str | None:
    """The sentence for `Sessions.endReason`, in the current language."""
    return str(WHY[reason]) if reason in WHY else None


def proven(methods: Sequence[str]) -> str:
    """'Password · Authenticator app': the proofs a session began with, in their order."""
    return " · ".join(str(METHODS.get(method, _("Another way"))) for method in methods) or _("Another way")
