"""Making a tenant's database, in steps of which each may be the last one before a crash.

Who begins again does every step again: none minds being repeated. The password is made anew each time, since the one
before the crash is known to nobody, and the address reaches the tenant only when all is done.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from app import db
from app.config import settings
from app.jobs.queue import enqueue
from app.tenants.database.addresses import sealed_url
from app.tenants.database.cluster import VERSION, Broken, Cluster, clusters
from app.tenants.database.tables import DatabaseState, Known, TenantDatabase

MAKE = "tenants.database"
"""The job that makes one database; its argument is the tenant's id."""


class InProgress(Exception):
    """Another process is working on the database of this tenant."""


class Failed(Exception):
    """It did not work this time; `attempts` says how often it was tried. The text holds no secret."""

    def __init__(self, problem: str, attempts: int) -> None:
        super().__init__(problem)
        self.attempts = attempts


class Building:
    """One attempt: what is made, where, and the password that nobody knows yet."""

    def __init__(self, known: Known, cluster: Cluster) -> None:
        self.known = known
        self.cluster = cluster
        self.password = secrets.token_urlsafe(32)

    async def make_role(self) -> None:
        await self.cluster.make_role(self.known.name, self.password)

    async def make_database(self) -> None:
        await self.cluster.make_database(self.known.name)

    async def close(self) -> None:
        await self.cluster.close(self.known.name)

    async def open(self) -> None:
        await self.cluster.open(self.known.name)

    async def write_version(self) -> None:
        await self.cluster.write_version(self.known.name)

    async def hand_over(self) -> None:
        """What was made for a tenant that is gone by now is dropped."""
        url = sealed_url(self.cluster.url(self.known.name, self.password))
        if not await TenantDatabase.hand_over(self.known.tenant_id, url, VERSION):
            await _drop(self.known.tenant_id)


STEPS: tuple[Callable[[Building], Awaitable[None]], ...] = (
    Building.make_role,
    Building.make_database,
    Building.close,
    Building.open,
    Building.write_version,
    Building.hand_over,
)


async def plan(tenant_id: UUID) -> None:
    """Has a database made for a new tenant once the caller's transaction commits."""
    await TenantDatabase.plan(tenant_id)
    await ask_for(tenant_id)


async def ask_for(tenant_id: UUID) -> None:
    """Has the worker do what there is to do about the tenant's database."""
    await enqueue(MAKE, key=f"{MAKE} {tenant_id}", tenant_id=str(tenant_id))


async def discard(tenant_id: UUID) -> None:
    """Has the database and its role dropped, ready or not, once the caller's transaction commits: for the end of a
    tenant, whose row goes in the same transaction.
    """
    await TenantDatabase.note(tenant_id, DatabaseState.DROPPING)
    await ask_for(tenant_id)


async def provision(tenant_id: UUID) -> DatabaseState | None:
    """Does what there is to do and gives the state it came to: makes the database, finishes what a crash left, or
    drops what belongs to nobody. None for a tenant that never was.

    Outside a transaction. Raises InProgress, or Failed when a server does not do its part.
    """
    async with _alone(tenant_id):
        known = await TenantDatabase.known(tenant_id)
        if known is None:
            return None
        try:
            await _do(known)
        except Broken as error:
            problem = f"{known.cluster or 'server'}: {error}"[:500]
            ending = known.state is DatabaseState.DROPPING or not known.has_tenant
            await TenantDatabase.note(tenant_id, DatabaseState.DROPPING if ending else DatabaseState.FAILED, problem)
            raise Failed(problem, known.attempts) from None
        return await TenantDatabase.state_of(tenant_id)


async def without_rights() -> list[str]:
    """One line for each server on which no database can be made now, and why."""
    found = []
    for cluster in clusters().values():
        try:
            if not await cluster.may_make():
                found.append(f"{cluster.name}: the role of its DSN may not create databases and roles")
        except Broken as error:
            found.append(f"{cluster.name}: {error}")
    return found


async def _do(known: Known) -> None:
    if known.state is DatabaseState.DROPPED:
        return
    if known.state is DatabaseState.DROPPING or (not known.has_tenant and known.state is not DatabaseState.READY):
        await _drop(known.tenant_id)
    elif known.state is not DatabaseState.READY:
        await _make(known)


async def _make(known: Known) -> None:
    await TenantDatabase.begin(known.tenant_id)
    cluster = _of(known.cluster) if known.cluster else await _choose()
    if cluster is None or not await cluster.may_make():
        await TenantDatabase.note(known.tenant_id, DatabaseState.UNAVAILABLE, "no server lets us create databases")
        return
    await TenantDatabase.place(known.tenant_id, cluster.name)
    building = Building(known, cluster)
    for step in STEPS:
        await step(building)


async def _choose() -> Cluster | None:
    """Of the servers that let us, the one with the fewest databases. Raises one of Broken if none of them answers."""
    known = clusters()
    counts = await TenantDatabase.count_on(list(known))
    trouble: Exception | None = None
    for cluster in sorted(known.values(), key=lambda one: counts.get(one.name, 0)):
        try:
            if await cluster.may_make():
                return cluster
        except Broken as error:
            trouble = error
    if trouble is not None:
        raise trouble
    return None


async def _drop(tenant_id: UUID) -> None:
    """Where it is is read anew: a step may just have chosen it."""
    known = await TenantDatabase.known(tenant_id)
    await TenantDatabase.note(tenant_id, DatabaseState.DROPPING)
    if known is not None and known.cluster is not None:
        await _of(known.cluster).drop(known.name)
    await TenantDatabase.note(tenant_id, DatabaseState.DROPPED)


def _of(cluster: str) -> Cluster:
    """Raises db.Away for a server that is not configured any more: it may be again."""
    known = clusters()
    if cluster not in known:
        raise db.Away(f"{cluster} is not in TENANT_DATABASE_CLUSTERS")
    return known[cluster]


@asynccontextmanager
async def _alone(tenant_id: UUID) -> AsyncIterator[None]:
    """On a connection of its own, whose lock ends with it however this process ends."""
    connection = await db.connect(settings().database_url)
    try:
        async with db.engine.hold(connection):
            if not await TenantDatabase.try_lock(tenant_id):
                raise InProgress(f"another process is making the database of tenant {tenant_id}")
            try:
                yield
            finally:
                with suppress(*db.Unavailable):
                    await TenantDatabase.unlock(tenant_id)  # the server notices the end of a connection later
    finally:
        connection.terminate()
