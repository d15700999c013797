"""Every event there is. Names are `resource.past_tense`; the resource is what changed."""

from enum import Enum
from typing import Literal

Severity = Literal["low", "medium", "high", "critical"]


class Event(Enum):
    """The closed list; a new kind of event is a new member here, never a string at the caller.

    Each has its severity in `SecurityAuditLogs`, and says whether the person it concerns finds it in their
    own activity (`ActivityLogs`).
    """

    USER_SIGN_UP_STARTED = ("user.sign_up_started", "low", False)
    USER_SIGNED_UP = ("user.signed_up", "low", True)
    USER_SIGNED_IN = ("user.signed_in", "low", True)
    USER_SIGN_IN_FAILED = ("user.sign_in_failed", "medium", False)
    USER_LOCKED = ("user.locked", "high", False)
    USER_UNLOCKED = ("user.unlocked", "medium", True)
    USER_SIGNED_OUT = ("user.signed_out", "low", True)
    MAILED_CODE_REQUESTED = ("mailed_code.requested", "low", False)
    MAILED_CODE_FAILED = ("mailed_code.failed", "medium", False)
    RECOVERY_REQUESTED = ("recovery.requested", "medium", False)
    PASSWORD_RESET = ("password.reset", "high", True)
    TERMS_ACCEPTED = ("terms.accepted", "low", True)
    OPERATOR_GRANTED = ("operator.granted", "critical", True)
    OPERATOR_REVOKED = ("operator.revoked", "critical", True)

    def __init__(self, label: str, severity: Severity, activity: bool) -> None:  # noqa: FBT001 - an enum's members are positional
        self.label = label
        self.severity: Severity = severity
        self.activity = activity
