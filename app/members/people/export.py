"""The list of members as a file, written piece by piece: never all of it in memory."""

from collections.abc import AsyncIterator

from app import db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.members.people.tables import Key, Member, Members, Narrowing, Sort
from app.members.rights import acting
from app.permissions import Permission
from app.tenants.standing.tables import Standing

PIECE = 1000
"""Members read at once."""


async def begin(*, by: Actor) -> Standing:
    """Notes who takes the list along. Raises Forbidden."""
    async with db.transaction():
        actor = await acting(by, Permission.MEMBERS_EXPORT)
        await record(Event.MEMBER_EXPORTED, by=by)
        return actor


async def everybody() -> AsyncIterator[list[Member]]:
    """All members by name, in pieces that each cost the same."""
    after: Key | None = None
    while True:
        found = await Members.of(Narrowing(), sort=Sort.NAME, after=after, most=PIECE, count=False)
        yield found.rows[:PIECE]
        if len(found.rows) <= PIECE:
            return
        after = found.rows[PIECE - 1].key
