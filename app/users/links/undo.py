"""What "This was not me" takes back: by the parameters that the event's `record(…, undo=…)` put into the link."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from app.actor import Actor
from app.audit.events import Event
from app.audit.tables import SecurityAuditLog
from app.users.factors import actions as factors
from app.users.factors import tables
from app.users.proofs.tables import OpenLink

MARK_LENGTH = 32
Undone = tuple[str, str | None]
"""What was taken back, and its name if it has one; pages and the history tell it."""


async def undo(link: OpenLink, *, by: Actor) -> list[Undone]:
    """Takes back what can be taken back of one event; each is told by its own notice."""
    wanted = {name: value for name, value in link.parameters.items() if name in _UNDO}
    if link.parameters.get("event") == Event.BACKUP_CODES_MADE.label:
        wanted["backup_codes"] = "1"
    found = [await _UNDO[name](link, str(value), by) for name, value in wanted.items()]
    return [undone for undone in found if undone]


async def _passkey(link: OpenLink, value: str, by: Actor) -> Undone | None:
    name = await factors.remove_passkey(link.user_id, UUID(value), by=by)
    return ("passkey", name) if name is not None else None


async def _totp(link: OpenLink, value: str, by: Actor) -> Undone | None:
    """Only that one: an authenticator app set up since has a notice of its own."""
    if await _happened_since(link, Event.TOTP_ENABLED, Event.TOTP_REPLACED, Event.TOTP_REMOVED):
        return None
    mark = value if len(value) == MARK_LENGTH else None
    return ("totp", None) if await factors.remove_totp(link.user_id, mark, by=by) else None


async def _google(link: OpenLink, value: str, by: Actor) -> Undone | None:
    """A link that was cut is not tied again: that takes the Google account itself."""
    if link.parameters.get("event") != Event.GOOGLE_LINKED.label:
        return None
    return ("google", None) if await factors.unlink_google(link.user_id, value, by=by) else None


async def _two_step(link: OpenLink, _value: str, by: Actor) -> Undone | None:
    return ("two_step", None) if await factors.restore_two_step(link.user_id, by=by) else None


async def _backup_codes(link: OpenLink, _value: str, _by: Actor) -> Undone | None:
    """Codes that somebody else has seen; those made since are not in their hands."""
    if await _happened_since(link, Event.BACKUP_CODES_MADE):
        return None
    return ("backup_codes", None) if await tables.drop_backup_codes(link.user_id) else None


async def _happened_since(link: OpenLink, *events: Event) -> bool:
    labels = [event.label for event in events]
    return await SecurityAuditLog.happened_since(link.user_id, labels, link.made_at)


_UNDO: Mapping[str, Callable[[OpenLink, str, Actor], Awaitable[Any]]] = {
    "passkey": _passkey,
    "totp": _totp,
    "google": _google,
    "two_step": _two_step,
    "backup_codes": _backup_codes,
}
