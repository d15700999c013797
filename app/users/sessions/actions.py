"""Sessions begin and end here, and nowhere else."""

from typing import NamedTuple
from uuid import UUID

from app import clientinfo, crypto, db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.errors import NotFound
from app.i18n import _
from app.users.recovery.second_factor import actions as second_factor
from app.users.revocation import Cause, revoke
from app.users.sessions.live import tables as live
from app.users.sessions.live.tables import Rules
from app.users.sessions.tables import Begun, Session

IDLE_SECONDS = 12 * 3600
ABSOLUTE_SECONDS = 30 * 86400
OPERATOR_IDLE_SECONDS = 3600
OPERATOR_ABSOLUTE_SECONDS = 12 * 3600
ENDED_ELSEWHERE = "ended_elsewhere"
SECOND_STEPS = frozenset({"passkey", "totp", "backup_code"})


class Started(NamedTuple):
    """What a browser gets: the secrets of its session and of the device it is known as, and how it came in."""

    user_id: UUID
    session: str
    device: str
    method: str

    def __repr__(self) -> str:
        return f"Started(method={self.method!r})"


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

    Where the person's tenants allow only so many at once, the oldest end (decisions 31).
    `device` is the secret of an earlier sign-in from this browser. `lifts_lock` is False where the proof says
    nothing about who is guessing elsewhere (a known device). `first` is the sign-in of a new account: nobody is told
    of a new device, as any would be.
    """
    secret = crypto.new_token()
    known = device or crypto.new_token().plain
    await record(Event.USER_SIGNED_IN, by=by, about=user_id, methods=methods)
    rules = await Rules.of(user_id)
    begun = await Session.start(
        user_id,
        token_hash=secret.digest,
        device_hash=crypto.digest(known),
        methods=list(methods),
        idle_seconds=OPERATOR_IDLE_SECONDS if rules.operator else IDLE_SECONDS,
        absolute_seconds=OPERATOR_ABSOLUTE_SECONDS if rules.operator else ABSOLUTE_SECONDS,
        ip=by.ip,
        agent=by.agent,
        place=clientinfo.place_to_keep(by.ip),
        lifts_lock=lifts_lock,
    )
    if begun.new_device and not first:
        await record(Event.DEVICE_SEEN, by=by, about=user_id, session=begun.id, undo={"session": str(begun.id)})
    await _overtake(user_id, begun, rules.most, methods, by=by)
    return Started(user_id, secret.plain, known, methods[0])


async def _overtake(user_id: UUID, begun: Begun, most: int | None, methods: tuple[str, ...], *, by: Actor) -> None:
    """What a new session ends: the oldest beyond the limit, and the recovery of a second step that is not lost."""
    if begun.recovering and SECOND_STEPS.intersection(methods):
        await second_factor.overtaken(user_id, by=by)
    if most is None or begun.others < most:
        return
    for agent in await live.overtake(user_id, keep=begun.id, most=most):
        await record(Event.SESSION_OVERTAKEN, by=by, about=user_id, ended=clientinfo.device(agent), most=most)


async def tighten(user_id: UUID) -> None:
    """The open sessions of somebody who becomes an operator; in the transaction of the grant."""
    await live.tighten(user_id, idle_seconds=OPERATOR_IDLE_SECONDS, absolute_seconds=OPERATOR_ABSOLUTE_SECONDS)


async def prove(session_id: UUID, token_hash: bytes, method: str, *, by: Actor) -> str | None:
    """Notes that the person has just proven who they are, and gives the session its new secret; None if it ended."""
    fresh = crypto.new_token()
    if not await Session.prove(session_id, token_hash, fresh.digest, method):
        return None
    await record(Event.SUDO_PROVEN, by=by, method=method)
    return fresh.plain


async def renew(session_id: UUID, token_hash: bytes) -> str | None:
    """A new secret for the session, after a change of what opens the account; None if it ended."""
    fresh = crypto.new_token()
    return fresh.plain if await Session.renew(session_id, token_hash, fresh.digest) else None


async def end_one(session_id: UUID, *, by: Actor) -> str | None:
    """Ends another session of the person, who is told of it; gives its device in words.

    None if it had ended before. Raises NotFound for what is not theirs.
    """
    if by.user_id is None:
        raise NotFound
    async with db.transaction():
        ending = await live.OpenSession.end(session_id, by.user_id, ENDED_ELSEWHERE)
        if ending is None:
            raise NotFound
        if not ending.now:
            return None
        device = clientinfo.device(ending.agent) or _("Unknown device")
        await record(Event.SESSION_ENDED, by=by, ended=device, session=session_id)
        return device


async def end_others(*, by: Actor) -> int:
    """Ends every session of the person but the one that acts, and tells them; gives how many."""
    if by.user_id is None or by.session_id is None:
        raise NotFound
    async with db.transaction():
        ended = await revoke(by.user_id, Cause.SIGNED_OUT_ELSEWHERE, keep=by.session_id)
        if ended:
            await record(Event.SESSIONS_ENDED, by=by, ended=ended)
        return ended


async def end(token_hash: bytes, *, reason: str, by: Actor) -> None:
    """Ends the session with this secret, if it lives; `reason` is one word for the history."""
    if await Session.end(token_hash, reason) and reason == "signed_out":
        await record(Event.USER_SIGNED_OUT, by=by)
