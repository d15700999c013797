"""What comes before and after a code is judged: the limits, the count, and what is written down of a wrong one."""

from uuid import UUID

from app import db, ratelimit
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.errors import Limited
from app.i18n import ngettext
from app.users import limits
from app.users.second_factor.tables import Tries


async def take_from_network(by: Actor) -> None:
    """Raises Limited above what one network may try."""
    await ratelimit.take(limits.SECOND_STEP_NETWORK, ratelimit.network(by.ip))


async def give_back_to_network(by: Actor) -> None:
    await ratelimit.give_back(limits.SECOND_STEP_NETWORK, ratelimit.network(by.ip))


async def count_of_person(user_id: UUID, *, by: Actor) -> Tries:
    """Counts a try of somebody signed in, before it is judged. Raises Limited, also while codes are paused."""
    await take_from_network(by)
    tries = await Tries.of_person(user_id)
    if tries.person is None:
        raise paused(await Tries.pause_left(user_id))
    return tries


async def note_wrong(user_id: UUID, tries: Tries, event: Event, method: str, *, by: Actor) -> None:
    """Writes a wrong try down, in the caller's transaction; the one that pauses codes is told to the person."""
    await record(event, by=by, about=user_id, method=method)
    if tries.pauses:
        await record(Event.SECOND_STEP_PAUSED, by=by, about=user_id)


async def note_wrong_at_sudo(user_id: UUID, tries: Tries, method: str, *, by: Actor) -> None:
    """As `note_wrong`, in a transaction of its own: a refusal that leaves a trace commits before it is raised."""
    async with db.transaction():
        await note_wrong(user_id, tries, Event.SUDO_FAILED, method, by=by)


def paused(seconds: int) -> Limited:
    """Told openly: whoever reads it has passed the first step, and no code is judged, so it tells nothing of any."""
    minutes = max(1, -(-seconds // 60))
    return Limited(
        max(1, seconds),
        ngettext(
            "There were too many wrong codes, so none is accepted for %(n)s minute. A passkey works meanwhile.",
            "There were too many wrong codes, so none is accepted for %(n)s minutes. A passkey works meanwhile.",
            minutes,
        ),
    )
