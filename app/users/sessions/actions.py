"""Sessions begin and end here, and nowhere else."""

from typing import NamedTuple
from uuid import UUID

import msgspec

from app import clientinfo, crypto
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.users.recovery.second_factor import actions as second_factor
from app.users.sessions.tables import Session

IDLE_SECONDS = 12 * 3600
ABSOLUTE_SECONDS = 30 * 86400
SECOND_STEPS = frozenset({"passkey", "totp", "backup_code"})


class Started(NamedTuple):
    """What a browser gets: the secrets of its session and of the device it is known as, and how it came in."""

    user_id: UUID
    session: str
    device: str
    method: str

    def __repr__(self) -> str:
        return f"Started({self.user_id}, …)"


async def start(
    user_id: UUID,
    *,
    by: Actor,
    methods: tuple[str, ...],
    device: str | None,
    lifts_lock: bool = True,
    first: bool = False,
) -> Started:
    """A new session with a new secret, whatever the browser held before; in the transaction of the proof.

    `device` is the secret of an earlier sign-in from this browser. `lifts_lock` is False where the proof says
    nothing about who is guessing elsewhere (a known device). `first` is the sign-in of a new account: nobody is told
    of a new device, as any would be.
    """
    secret = crypto.new_token()
    known = device or crypto.new_token().plain
    place = clientinfo.place(by.ip)
    session_id, new_device = await Session.start(
        user_id,
        token_hash=secret.digest,
        device_hash=crypto.digest(known),
        methods=list(methods),
        idle_seconds=IDLE_SECONDS,
        absolute_seconds=ABSOLUTE_SECONDS,
        ip=by.ip,
        agent=by.agent,
        place=msgspec.json.encode(place).decode() if place else None,
        lifts_lock=lifts_lock,
    )
    await record(Event.USER_SIGNED_IN, by=by, about=user_id, methods=methods)
    if new_device and not first:
        await record(Event.DEVICE_SEEN, by=by, about=user_id, session=session_id, undo={"session": str(session_id)})
    if SECOND_STEPS.intersection(methods):
        await second_factor.overtaken(user_id, by=by)
    return Started(user_id, secret.plain, known, methods[0])


async def prove(session_id: UUID, token_hash: bytes, method: str, *, by: Actor) -> str | None:
    """Notes that the person has just proven who they are, and gives the session its new secret; None if it ended."""
    fresh = crypto.new_token()
    if not await Session.prove(session_id, token_hash, fresh.digest, method):
        return None
    await record(Event.SUDO_PROVEN, by=by, method=method)
    return fresh.plain


async def end(token_hash: bytes, *, reason: str, by: Actor) -> None:
    """Ends the session with this secret, if it lives; `reason` is one word for the history."""
    if await Session.end(token_hash, reason) and reason == "signed_out":
        await record(Event.USER_SIGNED_OUT, by=by)
