"""Members in words: their initials, how they stand, and what happened to them or by them."""

from app.audit.events import Event
from app.i18n import _


def initials(name: str) -> str:
    parts = name.split("@", maxsplit=1)[0].split()
    return (parts[0][:1] + (parts[-1][:1] if len(parts) > 1 else "")).upper() if parts else ""


def status_words(status: str) -> str | None:
    """None for those who can come in."""
    return {"suspended": _("Suspended"), "closed": _("Account closed")}.get(status)


def deed_words(action: str) -> str:
    """An event of the team; one of a newer release reads by its own name."""
    return {
        Event.TENANT_CREATED.label: _("Made the team"),
        Event.MEMBER_ROLES_CHANGED.label: _("Roles changed"),
        Event.MEMBER_SUSPENDED.label: _("Suspended"),
        Event.MEMBER_REINSTATED.label: _("Reinstated"),
        Event.MEMBER_REMOVED.label: _("Removed"),
        Event.MEMBER_EXPORTED.label: _("Downloaded the list of members"),
    }.get(action, action)
