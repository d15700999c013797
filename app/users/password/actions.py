"""Changing, setting and removing one's own password. Each asks for a fresh proof at the highest level."""

from app import crypto, db
from app.actor import Actor, Sudo
from app.audit.events import Event
from app.audit.log import record
from app.errors import NeedsSignIn, Rejected
from app.i18n import _
from app.users import passwords
from app.users.password.tables import PasswordState, remove_password, set_password
from app.users.revocation import Cause, revoke
from app.users.sessions import actions as sessions
from app.users.sessions.live.tables import lock
from app.users.tables import Account, User

OTHER_WAYS = 2
"""How many ways in must be left when the password goes: if one is lost, there is one still. Each passkey is one,
Google is one; a mailed code is not counted, since it is what recovery falls back on."""


async def choose(new_password: str, *, elsewhere: bool, token_hash: bytes, by: Actor) -> str:
    """Sets the password, the first or a new one; gives the session's new secret.

    Open resets, half-made sign-ins and remembered devices die, with `elsewhere` all other sessions too.
    Raises Rejected at `new_password`, NeedsSudo and NeedsSignIn.
    """
    by.require(Sudo.STRONGEST)
    account = await _account(by)
    chosen = passwords.check(
        new_password, field="new_password", about=(account.name or "", account.email.partition("@")[0])
    )
    state = await PasswordState.of(account.id)
    if state.password and await crypto.verify_password(state.password, chosen):
        raise Rejected("new_password", _("This is the password you have now. Choose another one."))
    hashed = await crypto.hash_password(chosen)
    async with db.transaction():
        await lock(account.id)
        had = await set_password(account.id, hashed)
        if had is None:
            raise NeedsSignIn
        ended = await revoke(account.id, Cause.PASSWORD_CHANGED, keep=by.session_id, sessions=elsewhere)
        await record(Event.PASSWORD_CHANGED if had else Event.PASSWORD_SET, by=by, sessions_ended=ended)
        return await _renewed(token_hash, by=by)


async def remove(*, elsewhere: bool, token_hash: bytes, by: Actor) -> str:
    """Removes the password where two other ways in are left; gives the session's new secret.

    Raises Rejected, NeedsSudo and NeedsSignIn.
    """
    by.require(Sudo.STRONGEST)
    account = await _account(by)
    async with db.transaction():
        await lock(account.id)
        if not await remove_password(account.id, OTHER_WAYS):
            raise Rejected(
                None, _("Your password stays: add a second passkey or link Google first, so that two ways in are left.")
            )
        ended = await revoke(account.id, Cause.PASSWORD_CHANGED, keep=by.session_id, sessions=elsewhere)
        await record(Event.PASSWORD_REMOVED, by=by, sessions_ended=ended)
        return await _renewed(token_hash, by=by)


async def _account(by: Actor) -> Account:
    account = await User.by_id(by.user_id) if by.user_id else None
    if account is None or not account.is_usable:
        raise NeedsSignIn
    return account


async def _renewed(token_hash: bytes, *, by: Actor) -> str:
    secret = await sessions.renew(by.session_id, token_hash) if by.session_id else None
    if secret is None:
        raise NeedsSignIn
    return secret
