"""Sessions begin and end here, and nowhere else."""

from typing import NamedTuple
from uuid import UUID

import msgspec

from app import clientinfo, crypto
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.users.sessions.tables import Session

IDLE_SECONDS = 12 * 3600
ABSOLUTE_SECONDS = 30 * 86400


class Started(NamedTuple):
    """What a browser gets: the secrets of its session and of the device it is known as, and how it came in."""

    session: str
    device: str
    method: str

    def __repr__(self) -> str:
        return f"Started(method={self.method!r})"


async def start(
    user_id: UUID, *, by: Actor, methods: tuple[str, ...], device: str | None, lifts_lock: bool = True
) -> Started:
    """A new session with a new secret, whatever the browser held before; in the transaction of the proof.

    `device` is the secret of an earlier sign-in from this browser. `lifts_lock` is False where the proof says
    nothing about who is guessing elsewhere (a known device).
    """
    secret = crypto.new_token()
    known = device or crypto.new_token().plain
    place = clientinfo.place(by.ip)
    await Session.start(
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
    return Started(secret.plain, known, methods[-1])


async def end(token_hash: bytes, *, reason: str, by: Actor) -> None:
    """Ends the session with this secret, if it lives; `reason` is one word for the history."""
    if await Session.end(token_hash, reason) and reason == "signed_out":
        await record(Event.USER_SIGNED_OUT, by=by)
