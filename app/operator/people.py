"""What operators' consoles do for one person: a lost second step, sessions. The person is told of every change."""

from uuid import UUID

from app import clientinfo, db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.operator.grants import Refused, known
from app.users import revocation
from app.users.factors import tables as factors
from app.users.recovery.review.tables import Door, RecoveryReview, doors_of
from app.users.recovery.second_factor.tables import TwoFactorRecovery
from app.users.revocation import Cause
from app.users.sessions.tables import Session


async def reset_second_step(typed_email: str) -> str:
    """Removes authenticator app, backup codes and two-step sign-in, and ends all that was open; passkeys stay.

    Whoever runs this has made sure by other means who asks. Raises Refused where there is no second step.
    """
    by = Actor.system("portico user reset-2fa")
    async with db.transaction():
        account = await known(typed_email)
        removed = await factors.drop_second_steps(account.id)
        if not any(removed):
            raise Refused(f"{account.email} has no second step")
        ended = await revocation.revoke(account.id, Cause.FACTOR_RECOVERED)
        await TwoFactorRecovery.end(account.id, "reset_by_operator")
        await RecoveryReview.open(account.id, "factor_recovered")
        if removed.totp:
            await record(Event.TOTP_REMOVED, by=by, about=account.id, sessions_ended=ended)
        await record(Event.TWO_STEP_DISABLED, by=by, about=account.id, undo={"two_step": "1"}, sessions_ended=ended)
    return f"{account.email} signs in with the first step alone now; {_sessions(ended)} ended"


async def sessions(typed_email: str) -> str:
    """The open sessions of a person, one a line."""
    account = await known(typed_email)
    found = await _open_sessions(account.id)
    if not found:
        return f"{account.email} is signed in nowhere"
    return "\n".join(
        f"{door.id}  {door.since:%Y-%m-%d %H:%M}  {door.used:%Y-%m-%d %H:%M}  "
        f"{clientinfo.device(door.agent) or 'unknown device'}  {clientinfo.place_words(door.place) or ''}".rstrip()
        for door in found
    )


async def end_session(typed_email: str, session_id: str) -> str:
    """Ends one session. Raises Refused for one that is not open, or not theirs."""
    account = await known(typed_email)
    async with db.transaction():
        door = next((door for door in await _open_sessions(account.id) if door.id == session_id.lower()), None)
        if door is None or not await Session.end_one(account.id, UUID(door.id), Cause.SIGNED_OUT_ELSEWHERE.value):
            raise Refused(f"{account.email} has no open session {session_id}")
        device = clientinfo.device(door.agent) or "unknown device"
        await record(
            Event.SESSION_ENDED, by=Actor.system("portico user sessions --end"), about=account.id, ended=device
        )
    return f"ended: {device}"


async def end_sessions(typed_email: str) -> str:
    """Ends all sessions of a person and what could become one."""
    by = Actor.system("portico user sessions --end-all")
    async with db.transaction():
        account = await known(typed_email)
        ended = await revocation.revoke(account.id, Cause.SIGNED_OUT_ELSEWHERE)
        if ended:
            await record(Event.SESSIONS_ENDED, by=by, about=account.id, ended=ended)
    return f"{_sessions(ended)} ended"


async def _open_sessions(user_id: UUID) -> list[Door]:
    return [door for door in await doors_of(user_id, None) if door.kind == "session"]


def _sessions(count: int) -> str:
    return "1 session" if count == 1 else f"{count} sessions"
