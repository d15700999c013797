"""Inviting many: a batch is written down at once and worked through by the worker."""

from uuid import UUID, uuid4

from app import db, tenancy
from app.actor import Actor, Sudo
from app.audit.events import Event
from app.audit.log import record
from app.errors import Forbidden, NotFound, Rejected
from app.jobs.queue import enqueue
from app.members.invitations.batches import tables
from app.members.invitations.batches.reading import entries
from app.members.invitations.batches.tables import CHUNK, Batch, BatchLine
from app.members.invitations.desk import Card, Desk
from app.users import addresses

JOB = "invitations.batch"


async def start(*texts: str, roles: list[str], note: str, days: int, by: Actor) -> UUID:
    """Writes the batch down and has it done; gives its id.

    Raises Rejected at `typed` and `roles`, Forbidden and NotFound as for one invitation.
    """
    found = entries(*texts)
    async with db.transaction():
        desk = await Desk.open(by)
        chosen = [str(role.id) for role in desk.chosen(roles)]
        batch_id = uuid4()
        await tables.make(batch_id, desk.actor.user_id, chosen, note or None, days, found)
        await record(Event.INVITATIONS_STARTED, by=by, batch=str(batch_id), addresses=len(found))
        await enqueue(JOB, key=f"{JOB} {batch_id}", batch_id=str(batch_id))
    return batch_id


async def of_team(batch_id: UUID) -> Batch:
    """One of this team's. Raises NotFound."""
    batch = await Batch.here(batch_id)
    if batch is None:
        raise NotFound
    return batch


async def work(batch_id: UUID) -> None:
    """Goes on with a batch until it is finished; after a crash, where the last transaction ended.

    Its author is judged anew for each chunk: who may not invite any more, or not to these roles, invites nobody.
    """
    batch = await Batch.by_id(batch_id)
    if batch is None:
        return
    proven = Sudo.STRONGEST  # whoever invites owners proved it when the batch began
    by = Actor(kind="person", user_id=batch.user_id, name=batch.author, tenant_id=batch.tenant_id, sudo=proven)
    with tenancy.scope(batch.tenant_id):
        seen: set[str] | None = None
        while batch.finished_at is None:
            if seen is None:
                seen = await _seen_before(batch)
            try:
                more = await _chunk(batch, seen, by=by)
            except (Forbidden, NotFound, Rejected):
                more = False
            if not more:
                await tables.finish(batch.id)
                return


async def _chunk(batch: Batch, seen: set[str], *, by: Actor) -> bool:
    """One transaction. False if there was nothing left to do."""
    async with db.transaction():
        desk = await Desk.open(by)
        card = Card(roles=desk.chosen(batch.roles), note=batch.note, label=None, days=batch.days)
        if not await tables.unfinished(batch.id):
            return False
        waiting = await tables.lines(batch.id, ["waiting"], 0, CHUNK)
        done = [line._replace(state=await _state(line, desk, card, seen)) for line in waiting]
        await tables.settle(batch.id, done)
    return bool(waiting)


async def _state(line: BatchLine, desk: Desk, card: Card, seen: set[str]) -> str:
    try:
        email = addresses.canonical(line.typed)
    except Rejected:
        return "malformed"
    try:
        addresses.refuse_blocked(email)
    except Rejected:
        return "blocked"
    if email in seen:
        return "repeated"
    seen.add(email)
    made = await desk.invite(email, card)
    if made.expires_at is not None:
        return "invited"
    return "member" if made.is_member else "invited_already" if made.open_id else "too_often"


async def _seen_before(batch: Batch) -> set[str]:
    """The addresses of the lines that are done, for a batch that goes on after a crash."""
    seen = set()
    for line in await tables.lines(batch.id, ["invited", "member", "invited_already", "too_often"], 0, batch.total):
        seen.add(addresses.canonical(line.typed))
    return seen
