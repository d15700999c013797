"""The second step of signing in by a code, and the switch that asks for a second step."""

from typing import Literal, NamedTuple
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
from app.users.devices.tables import DeviceList
from app.users.login.steps import note_refusal
from app.users.login.tables import HalfSignIn
from app.users.revocation import Cause
from app.users.second_factor import tries
from app.users.second_factor.tables import TRIES_OF_A_HALF, Half, Tries, TwoStep
from app.users.sessions import actions as sessions
from app.users.sessions.actions import Started
from app.users.sessions.live.tables import lock
from app.users.tables import User
from app.users.totp import actions as totp
from app.users.totp.codes import digits

Method = Literal["totp", "backup_code"]


class Over(NamedTuple):
    """The half-made sign-in has ended: expired or used, or (`tried_out`) by its fifth wrong try."""

    tried_out: bool


class _Undo(Exception):
    """Leaves a transaction that came to nothing, so that no code is spent in vain; never leaves this module."""


class _Wrong(_Undo):
    """The code was not accepted."""


async def give_code(half_hash: bytes, code: str, *, remember: bool, device: str | None, by: Actor) -> Started | Over:
    """The session that the half-made sign-in waits for, for a code that is right and was not used before.

    Six digits are the authenticator app's, anything else is a backup code.

    The try is counted before it is judged: the fifth wrong one of a half-made sign-in ends it, the twentieth of the
    person pauses codes for an hour (row 2.5). `remember` leaves the second step out on this device for 30 days, if
    every tenant of the person allows it. Raises Rejected("code") and Limited.
    """
    half = await Half.waiting(half_hash)
    if half is None:
        return Over(tried_out=False)
    method: Method = "totp" if digits(code) else "backup_code"
    rules = await Tenant.second_step_rules(half.user_id)
    if method == "backup_code" and rules.no_backup_codes:
        raise Rejected("code", backup_codes.not_allowed(rules.no_backup_codes[0]))
    if half.paused_for:
        raise tries.paused(half.paused_for)
    await tries.take_from_network(by)
    counted = await Tries.of_half(half_hash, half.user_id)
    if counted is None:
        return Over(tried_out=False)
    if counted.person is None:
        raise tries.paused(await Tries.pause_left(half.user_id))
    try:
        async with db.transaction():
            started = await _finish(half_hash, half, code, method=method, device=device, by=by)
            if remember and not rules.no_remembering:
                await DeviceList.remember(half.user_id, crypto.digest(started.device))
                await record(Event.DEVICE_REMEMBERED, by=by, about=half.user_id)
    except _Wrong:
        return await _refuse(half_hash, half, counted, method=method, by=by)
    except _Undo:
        return Over(tried_out=False)
    await tries.give_back_to_network(by)
    return started


async def check_code(user_id: UUID, code: str, *, by: Actor) -> Method:
    """Proves a signed-in person by a code of their authenticator app or a backup code, whichever it looks like.

    The code is spent, and the try counts person-wide with those of the second step. Call it outside a transaction.
    Raises Rejected("code") and Limited.
    """
    if digits(code):
        await totp.check_code(user_id, code, by=by)
        return "totp"
    await backup_codes.check_code(user_id, code, by=by)
    return "backup_code"


async def switch_on(user_id: UUID, *, sign_out: bool, by: Actor) -> list[str]:
    """Asks for a second step after a password, a mailed code or Google; gives the backup codes it made."""
    by.require(Sudo.STRONGEST)
    async with db.transaction():
        if not await TwoStep.switch_on(user_id):
            raise Rejected(None, _("Two-step sign-in needs a passkey or an authenticator app. Add one of them first."))
        await revocation.revoke(user_id, Cause.FACTOR_CHANGED, keep=by.session_id, sessions=sign_out)
        await record(Event.TWO_STEP_ENABLED, by=by, about=user_id)
        return await backup_codes.make_first(user_id, by=by)


async def switch_off(user_id: UUID, *, sign_out: bool, by: Actor) -> None:
    """The first step alone opens the account; the backup codes are dead.

    Raises Rejected while an authenticator app is set up, which would be of no use, or a tenant demands two steps.
    """
    by.require(Sudo.STRONGEST)
    demanded_by = (await Tenant.second_step_rules(user_id)).demanded_by
    if demanded_by:
        raise Rejected(
            None,
            _("%(tenant)s asks its members for a second step, so two-step sign-in stays on.", tenant=demanded_by[0]),
        )
    async with db.transaction():
        if not await TwoStep.switch_off(user_id):
            raise Rejected(
                None, _("Two-step sign-in belongs to your authenticator app. Remove the app to switch it off.")
            )
        await revocation.revoke(user_id, Cause.FACTOR_CHANGED, keep=by.session_id, sessions=sign_out)
        await record(Event.TWO_STEP_DISABLED, by=by, about=user_id, undo={"two_step": "on"})


async def _finish(half_hash: bytes, half: Half, code: str, *, method: Method, device: str | None, by: Actor) -> Started:
    """Spends the half-made sign-in and the code together. Raises _Undo if the former is over meanwhile, and _Wrong."""
    await lock(half.user_id)
    if not await HalfSignIn.end(half_hash):
        raise _Undo
    account = await User.by_id(half.user_id)
    if account is None or not account.is_usable:
        raise _Undo
    actor = by.as_person(half.user_id, half.name)
    right = await (
        totp.accept(half.user_id, code) if method == "totp" else backup_codes.accept(half.user_id, code, by=actor)
    )
    if not right:
        raise _Wrong
    return await sessions.start(
        half.user_id, by=actor, methods=(half.method, method), device=device, lifts_lock=half.lifts_lock
    )


async def _refuse(half_hash: bytes, half: Half, counted: Tries, *, method: Method, by: Actor) -> Over:
    """Commits what is written of a wrong try, then raises Rejected; the fifth ends the half-made sign-in instead."""
    last = counted.half >= TRIES_OF_A_HALF
    async with db.transaction():
        await tries.note_wrong(half.user_id, counted, Event.SECOND_STEP_FAILED, method, by=by)
        await note_refusal(half.user_id, "second_step", by=by)
        if last:
            await HalfSignIn.end(half_hash)
    if last:
        return Over(tried_out=True)
    wrong = totp.wrong() if method == "totp" else backup_codes.wrong()
    raise Rejected("code", wrong)
