"""Every event there is. Names are `resource.past_tense`; the resource is what changed."""

from enum import Enum
from typing import Literal

Severity = Literal["low", "medium", "high", "critical"]

TOLD = "told"
"""The person is told by mail and bell; `audit/notices.py` has the words."""

OWN_MAIL = "own mail"
"""A mail of its own kind tells of it, because it holds a way to act on it."""


class Event(Enum):
    """The closed list; a new kind of event is a new member here, never a string at the caller.

    Each has its severity in `SecurityAuditLogs`, says whether the person it concerns finds it in their own activity
    (`ActivityLogs`), and whether they are told of it (row 3.13): TOLD, OWN_MAIL, or why not.
    """

    USER_SIGN_UP_STARTED = ("user.sign_up_started", "low", False, OWN_MAIL)
    USER_SIGNED_UP = ("user.signed_up", "low", True, "it is the person's own act a moment ago, and the account is new")
    USER_SIGNED_IN = (
        "user.signed_in",
        "low",
        True,
        "from a known device it is daily life; device.seen tells of others",
    )
    USER_SIGN_IN_FAILED = (
        "user.sign_in_failed",
        "medium",
        False,
        "typing errors are many; user.locked tells of too many",
    )
    USER_LOCKED = ("user.locked", "high", False, OWN_MAIL)
    USER_UNLOCKED = ("user.unlocked", "medium", True, OWN_MAIL)
    USER_SIGNED_OUT = ("user.signed_out", "low", True, "the person's own act, and harmless")
    DEVICE_SEEN = ("device.seen", "medium", True, TOLD)
    DEVICE_REMEMBERED = (
        "device.remembered",
        "medium",
        True,
        "part of a full sign-in on that device; the list shows it",
    )
    DEVICE_FORGOTTEN = ("device.forgotten", "low", True, "it only asks for more")
    MAILED_CODE_REQUESTED = ("mailed_code.requested", "low", False, OWN_MAIL)
    MAILED_CODE_FAILED = ("mailed_code.failed", "medium", False, "typing errors are many; each code has five tries")
    RECOVERY_REQUESTED = ("recovery.requested", "medium", False, OWN_MAIL)
    PASSWORD_RESET = ("password.reset", "high", True, OWN_MAIL)
    PASSWORD_SET = ("password.set", "high", True, TOLD)
    PASSWORD_CHANGED = ("password.changed", "high", True, TOLD)
    PASSWORD_REMOVED = ("password.removed", "high", True, TOLD)
    PASSKEY_ADDED = ("passkey.added", "high", True, TOLD)
    PASSKEY_RENAMED = ("passkey.renamed", "low", True, "only a label changed")
    PASSKEY_REMOVED = ("passkey.removed", "high", True, TOLD)
    PASSKEY_REFUSED = (
        "passkey.refused",
        "medium",
        False,
        "nothing was opened; a counter that went back is passkey.suspected",
    )
    PASSKEY_SUSPECTED = ("passkey.suspected", "high", True, TOLD)
    TOTP_ENABLED = ("totp.enabled", "high", True, TOLD)
    TOTP_REPLACED = ("totp.replaced", "high", True, TOLD)
    TOTP_REMOVED = ("totp.removed", "high", True, TOLD)
    TWO_STEP_ENABLED = ("two_step.enabled", "high", True, TOLD)
    TWO_STEP_DISABLED = ("two_step.disabled", "high", True, TOLD)
    BACKUP_CODES_MADE = ("backup_codes.made", "high", True, TOLD)
    BACKUP_CODE_USED = ("backup_code.used", "medium", True, TOLD)
    BACKUP_CODES_RAN_LOW = ("backup_codes.ran_low", "medium", False, TOLD)
    SECOND_STEP_FAILED = (
        "second_step.failed",
        "medium",
        False,
        "typing errors are many; second_step.paused tells of too many",
    )
    SECOND_STEP_PAUSED = ("second_step.paused", "high", True, TOLD)
    GOOGLE_LINKED = ("google.linked", "high", True, TOLD)
    GOOGLE_UNLINKED = ("google.unlinked", "high", True, TOLD)
    GOOGLE_REFUSED = ("google.refused", "medium", False, "nothing was opened, and the page said why")
    SESSION_ENDED = ("session.ended", "medium", True, TOLD)
    SESSIONS_ENDED = ("sessions.ended", "medium", True, TOLD)
    SESSION_OVERTAKEN = ("session.overtaken", "low", True, "its own page says so; signing in often is no danger")
    SUDO_PROVEN = ("sudo.proven", "low", True, "the person's own act, and harmless alone")
    SUDO_FAILED = ("sudo.failed", "medium", False, "typing errors are many; they count towards the lock")
    NOT_ME_REPORTED = ("not_me.reported", "critical", True, OWN_MAIL)
    FACTOR_RECOVERY_REQUESTED = ("factor_recovery.requested", "critical", True, OWN_MAIL)
    FACTOR_RECOVERY_VETOED = ("factor_recovery.vetoed", "high", True, TOLD)
    FACTOR_RECOVERY_COMPLETED = ("factor_recovery.completed", "critical", True, TOLD)
    REVIEW_FINISHED = (
        "review.finished",
        "medium",
        True,
        "the person's own act; each thing removed is told of by itself",
    )
    TERMS_ACCEPTED = ("terms.accepted", "low", True, "the person's own act, listed under their data")
    TENANT_CREATED = ("tenant.created", "medium", True, "the person's own act a moment ago")
    ROLE_CREATED = ("role.created", "medium", True, "nobody has it yet; whoever may change roles sees it in the list")
    ROLE_CHANGED = (
        "role.changed",
        "medium",
        True,
        "it takes away or gives within what the actor holds, and the role's page shows it at once",
    )
    ROLE_DELETED = ("role.deleted", "medium", True, "its members got another role in the same act, which they see")
    ROLE_DEFAULT_CHANGED = ("role.default_changed", "medium", True, "it concerns people who have not joined yet")
    MEMBER_LEFT = ("member.left", "medium", True, "the person's own act; the bell tells the owners")
    OWNERSHIP_OFFERED = ("ownership.offered", "high", True, TOLD)
    OWNERSHIP_ACCEPTED = ("ownership.accepted", "high", True, TOLD)
    OWNERSHIP_DECLINED = ("ownership.declined", "medium", True, "nothing changed; the bell tells the owners")
    OWNERSHIP_WITHDRAWN = (
        "ownership.withdrawn",
        "medium",
        True,
        "nothing changed; the bell tells owners and the chosen one",
    )
    INVITATION_CREATED = ("invitation.created", "medium", True, "the person's own act; the invitee gets the mail")
    INVITATION_RESENT = ("invitation.resent", "low", True, "as for invitation.created: the invitee gets the mail")
    INVITATION_CANCELLED = ("invitation.cancelled", "low", True, "the person's own act, listed with the invitations")
    INVITATION_CORRECTED = (
        "invitation.corrected",
        "medium",
        True,
        "as with invitation.created, the invitee gets the mail",
    )
    INVITATION_LINK_MADE = ("invitation.link_made", "medium", True, "the person's own act a moment ago")
    INVITATION_DECLINED = ("invitation.declined", "low", True, "the inviter gets a mail of its own")
    INVITATION_ASKED_FOR = ("invitation.asked_for", "low", False, "the inviter gets a mail of its own")
    INVITATIONS_STARTED = (
        "invitations.started",
        "medium",
        True,
        "the person's own act; its page shows what comes of it",
    )
    MEMBER_JOINED = ("member.joined", "medium", True, "the person's own act a moment ago; the inviter gets a mail")
    MEMBER_ROLES_CHANGED = ("member.roles_changed", "high", True, OWN_MAIL)
    MEMBER_SUSPENDED = ("member.suspended", "high", True, OWN_MAIL)
    MEMBER_REINSTATED = ("member.reinstated", "high", True, OWN_MAIL)
    MEMBER_REMOVED = ("member.removed", "high", True, OWN_MAIL)
    MEMBER_EXPORTED = (
        "member.exported",
        "medium",
        True,
        "names and addresses that whoever took them could read on the page already",
    )
    OPERATOR_GRANTED = ("operator.granted", "critical", True, TOLD)
    OPERATOR_REVOKED = ("operator.revoked", "critical", True, TOLD)

    def __init__(self, label: str, severity: Severity, activity: bool, telling: str) -> None:  # noqa: FBT001 - an enum's members are positional
        self.label = label
        self.severity: Severity = severity
        self.activity = activity
        self.telling = telling
