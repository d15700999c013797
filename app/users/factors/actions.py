"""Taking a way in from a person, in the caller's transaction; each is told by its own notice.

Whether somebody may do this is the caller's rule; so is which sessions end (`users/revocation.py`). None of them
refuses to take the last way in: a mailed code always opens an account, and what is a stranger's must go.
"""

from uuid import UUID

from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.users.factors import tables


async def remove_passkey(user_id: UUID, passkey_id: UUID, *, by: Actor) -> str | None:
    """The name of the passkey, or None if the person has no such one."""
    name = await tables.drop_passkey(user_id, passkey_id)
    if name is not None:
        await record(Event.PASSKEY_REMOVED, by=by, about=user_id, passkey=name)
        await _ask_for_nothing_nobody_has(user_id, by=by)
    return name


async def remove_totp(user_id: UUID, mark: str | None = None, *, by: Actor) -> bool:
    """Whether there was an authenticator app; `mark`, half the SHA-256 of its stored secret, wants that very one."""
    removed = await tables.drop_totp(user_id, mark)
    if removed:
        await record(Event.TOTP_REMOVED, by=by, about=user_id)
        await _ask_for_nothing_nobody_has(user_id, by=by)
    return removed


async def unlink_google(user_id: UUID, google_id: str | None = None, *, by: Actor) -> bool:
    """Whether a Google account was linked; with `google_id` only that one is unlinked."""
    unlinked = await tables.drop_google(user_id, google_id)
    if unlinked:
        await record(Event.GOOGLE_UNLINKED, by=by, about=user_id)
    return unlinked


async def remove_password(user_id: UUID, *, by: Actor) -> bool:
    """Whether there was a password; from now on none is right."""
    removed = await tables.drop_password(user_id)
    if removed:
        await record(Event.PASSWORD_REMOVED, by=by, about=user_id)
    return removed


async def restore_two_step(user_id: UUID, *, by: Actor) -> bool:
    """Two-step sign-in on again, where it is off and the person has something to show at the second step."""
    restored = await tables.switch_on_two_step(user_id)
    if restored:
        await record(Event.TWO_STEP_ENABLED, by=by, about=user_id)
    return restored


async def _ask_for_nothing_nobody_has(user_id: UUID, *, by: Actor) -> None:
    if await tables.switch_off_without_factor(user_id):
        await record(Event.TWO_STEP_DISABLED, by=by, about=user_id)
