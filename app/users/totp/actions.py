"""Authenticator apps: set up, replaced and removed by somebody who has just proven who they are; their codes judged."""

import hashlib
import logging
from typing import NamedTuple
from uuid import UUID

from app import crypto, db
from app.actor import Actor, Sudo
from app.audit.events import Event
from app.audit.log import record
from app.errors import Rejected
from app.i18n import _
from app.tenants.tables import Tenant
from app.users import revocation
from app.users.backup_codes import actions as backup_codes
from app.users.revocation import Cause
from app.users.second_factor import tries
from app.users.second_factor.tables import TwoStep
from app.users.sessions import actions as sessions
from app.users.totp import codes
from app.users.totp.tables import App

log = logging.getLogger("portico.users")


class Confirmed(NamedTuple):
    """What the browser gets: its session's new secret, and the backup codes if this made any."""

    session: str | None
    codes: list[str]

    def __repr__(self) -> str:
        return "Confirmed(…)"


async def start(user_id: UUID, *, by: Actor) -> None:
    """Makes a new secret that waits ten minutes to be confirmed; a waiting one is dropped, the one in use stays.

    Raises Rejected for an account whose address is not proven: an app on it would lock the mailbox's owner out.
    """
    by.require(Sudo.STRONGEST)
    if not await App.begin(user_id, codes.sealed(codes.new_secret(), user_id)):
        raise Rejected(
            None, _("Confirm your email address first. Until then an app could lock you out of your account.")
        )


async def cancel(user_id: UUID, *, by: Actor) -> None:
    """Drops a secret that waits to be confirmed; the one in use stays."""
    by.require(Sudo.STRONGEST)
    await App.cancel(user_id)


async def waiting_secret(user_id: UUID) -> str | None:
    """The secret to scan, for the ten minutes of its set-up; never the one in use."""
    app = await App.of(user_id)
    return _opened(app.pending, user_id) if app.pending else None


async def confirm(user_id: UUID, code: str, *, session: bytes | None, sign_out: bool, by: Actor) -> Confirmed:
    """Takes the waiting secret into use, in place of an older one, for one right code of it.

    `session` is the digest of the session that acts: it has now proven the app and gets a new secret (ASVS 7.2.4).
    `sign_out` ends all others. Raises Rejected and Limited.
    """
    by.require(Sudo.STRONGEST)
    await tries.take_from_network(by)
    app = await App.of(user_id)
    secret = _opened(app.pending, user_id) if app.pending else None
    if app.whole is None or app.pending is None or secret is None:
        raise Rejected(None, _("The set-up took longer than ten minutes. Start again with a new QR code."))
    step = codes.step_of(secret, code, app.step)
    if step is None:
        raise Rejected(
            "code",
            _("That is not the code the app shows for this key. Wait for the next one; check that the clock is right."),
        )
    await tries.give_back_to_network(by)
    async with db.transaction():
        if not await App.confirm(user_id, app.whole, app.pending, step):
            raise Rejected(None, _("The set-up was finished or started anew in another tab. Look at the page again."))
        await revocation.revoke(user_id, Cause.FACTOR_CHANGED, keep=by.session_id, sessions=sign_out)
        event = Event.TOTP_REPLACED if app.active else Event.TOTP_ENABLED
        await record(event, by=by, about=user_id, undo={"totp": mark(app.pending)})
        made = await backup_codes.make_first(user_id, by=by)
        renewed = await sessions.prove(by.session_id, session, "totp", by=by) if by.session_id and session else None
    return Confirmed(renewed, made)


async def remove(user_id: UUID, *, keep_two_step: bool, sign_out: bool, by: Actor) -> None:
    """Forgets the app. With a passkey two-step sign-in may stay on, else it ends and the backup codes with it.

    Raises Rejected while a tenant of the person demands a second factor and this is the last one (row 3.2).
    """
    by.require(Sudo.STRONGEST)
    has = await TwoStep.of(user_id)
    keeps = keep_two_step and has.passkey
    demanded_by = (await Tenant.second_step_rules(user_id)).demanded_by
    if demanded_by and not keeps:
        raise Rejected(None, _still_demanded(demanded_by[0], has_passkey=has.passkey))
    async with db.transaction():
        if not await App.remove(user_id, keeps_two_step=keeps):
            raise Rejected(None, _("No authenticator app is set up, so there is nothing to remove."))
        await revocation.revoke(user_id, Cause.FACTOR_CHANGED, keep=by.session_id, sessions=sign_out)
        await record(Event.TOTP_REMOVED, by=by, about=user_id)
        if not keeps:
            await record(Event.TWO_STEP_DISABLED, by=by, about=user_id, undo={"two_step": "on"})


async def plant(user_id: UUID, secret: str) -> None:
    """Puts a known base32 secret into use at once, told to nobody: for demo people and journeys."""
    await App.plant(user_id, codes.sealed(secret, user_id))


async def accept(user_id: UUID, code: str) -> bool:
    """Whether the code is right and not used before; spends its step, in the caller's transaction.

    Each step is accepted once, and none after a later one (RFC 6238 section 5.2). Count the try first.
    """
    app = await App.of(user_id)
    secret = _opened(app.active, user_id) if app.active else None
    step = codes.step_of(secret or codes.new_secret(), code, app.step)
    return bool(app.active and secret and step and await App.accept(user_id, app.active, step))


async def check_code(user_id: UUID, code: str, *, by: Actor) -> None:
    """Proves a signed-in person by a code of their app, once, outside a transaction.

    The try counts person-wide, with those of the second step. Raises Rejected("code") and Limited.
    """
    counted = await tries.count_of_person(user_id, by=by)
    if not await accept(user_id, code):
        await tries.note_wrong_at_sudo(user_id, counted, "totp", by=by)
        raise Rejected("code", wrong())
    await tries.give_back_to_network(by)


def wrong() -> str:
    """One text for wrong and used codes: a used one must not be told from a wrong one."""
    return _("That code is wrong or was used before. Wait until your app shows the next one, then type it.")


def mark(sealed: str) -> str:
    """Names one stored secret without telling anything of it."""
    return hashlib.sha256(sealed.encode()).hexdigest()[:32]


def _opened(sealed: str, user_id: UUID) -> str | None:
    try:
        return codes.opened(sealed, user_id)
    except crypto.CannotDecrypt:
        log.error("an authenticator app's secret cannot be decrypted: its key is not in SECRET_KEY any more")  # noqa: TRY400 - the trace would say no more
        return None


def _still_demanded(tenant: str, *, has_passkey: bool) -> str:
    if has_passkey:
        return _(
            "%(tenant)s asks its members for a second step. Keep two-step sign-in on, with your passkeys.",
            tenant=tenant,
        )
    return _(
        "%(tenant)s asks its members for a second step, and this is your only one. Replace it instead, or add a"
        " passkey first.",
        tenant=tenant,
    )
