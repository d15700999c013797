"""A tenant's own database: made by the worker in steps that survive any crash, for its own role alone."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

import app.worker
from app import db
from app.config import settings
from app.jobs.registry import SCHEDULE, Later
from app.tenants.database import jobs, provisioning
from app.tenants.database.addresses import opened_url
from app.tenants.database.provisioning import STEPS, Building
from app.tenants.database.tables import DatabaseState, TenantDatabase
from app.tenants.founding import found
from app.tenants.tables import Tenant
from tests.conftest import configured
from tests.database import Clock, TestDatabase
from tests.jobs.workers import queued, until, worker_process, working

pytestmark = pytest.mark.anyio

_ = app.worker  # its import registers the jobs


class Killed(BaseException):
    """The process ends here; nothing after it runs."""


async def tenant(slug: str = "acme") -> UUID:
    async with db.transaction():
        made = await found(slug.title(), slug)
    assert made is not None
    return made


async def url_of(tenant_id: UUID) -> str | None:
    return opened_url(await db.value('SELECT "databaseUrl" FROM "Tenants" WHERE "id" = $1', tenant_id))


async def there_is(tenant_id: UUID) -> tuple[bool, bool]:
    """Whether the server has the database, and the role."""
    row = await db.one(
        """SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1) AS base,
            EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS role""",
        f"tenant_{tenant_id.hex}",
    )
    assert row is not None
    return row["base"], row["role"]


async def asks(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def works(tenant_id: UUID) -> None:
    """The address opens the database, in which its role may make what it likes, and nobody else connects."""
    url = await url_of(tenant_id)
    assert url is not None
    assert await asks(url, "SELECT version FROM portico_meta") == 1
    for act in ("CREATE SCHEMA app", "CREATE TABLE app.notes (id int)", "CREATE TABLE notes (id int)"):
        await asks(url, act)
    name = f"tenant_{tenant_id.hex}"
    assert await asks(url, "SELECT current_user || ' ' || current_database()") == f"{name} {name}"
    assert not await db.value("SELECT has_database_privilege('public', $1, 'CONNECT')", name)
    assert await TenantDatabase.state_of(tenant_id) is DatabaseState.READY


def dying(step: Callable[[Building], Awaitable[None]], *, before: bool) -> Callable[[Building], Awaitable[None]]:
    async def die(building: Building) -> None:
        if not before:
            await step(building)
        raise Killed

    return die


async def test_a_new_tenant_gets_a_database_of_its_own(own_database: TestDatabase) -> None:
    tenant_id = await tenant()
    assert await TenantDatabase.state_of(tenant_id) is DatabaseState.PENDING
    assert await url_of(tenant_id) is None
    async with working():
        await until(lambda: _is(tenant_id, DatabaseState.READY))

    await works(tenant_id)


async def test_a_tenant_that_is_not_made_gets_none(own_database: TestDatabase) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            await found("Acme", "acme")
            raise ZeroDivisionError
    await tenant("beta")
    assert await found("Beta", "beta") is None

    assert await db.value('SELECT count(*) FROM "TenantDatabases"') == 1
    assert await queued("tenants.database") == 1


@pytest.mark.parametrize("step", range(len(STEPS)))
async def test_after_a_crash_at_any_step_the_next_run_finishes(
    own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    for before in (True, False):
        tenant_id = await tenant(f"acme-{before}".lower())
        with monkeypatch.context() as crash:
            crash.setattr(provisioning, "STEPS", (*STEPS[:step], dying(STEPS[step], before=before), *STEPS[step + 1 :]))
            with pytest.raises(Killed):
                await provisioning.provision(tenant_id)
        over = not before and step == len(STEPS) - 1
        assert (await url_of(tenant_id) is not None) is over, "nothing is told before all is ready"

        assert await provisioning.provision(tenant_id) is DatabaseState.READY

        await works(tenant_id)


async def test_another_worker_finishes_what_a_killed_one_began(own_database: TestDatabase) -> None:
    tenant_id = await tenant()
    async with worker_process(own_database, "tests.tenants.dying") as worker:
        await until(lambda: _ended(worker))
    assert await there_is(tenant_id) == (True, True)
    assert await TenantDatabase.state_of(tenant_id) is DatabaseState.CREATING

    async with worker_process(own_database):
        await until(lambda: _is(tenant_id, DatabaseState.READY), 25)

    await works(tenant_id)


async def test_what_is_ready_stays_as_it_is(own_database: TestDatabase) -> None:
    tenant_id = await tenant()
    await provisioning.provision(tenant_id)
    before = await url_of(tenant_id)

    await provisioning.provision(tenant_id)

    assert await url_of(tenant_id) == before


@pytest.mark.parametrize("step", range(len(STEPS)))
async def test_what_was_made_for_a_tenant_that_is_gone_is_dropped(
    own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    tenant_id = await tenant()
    whole = STEPS[step]

    async def meanwhile(building: Building) -> None:
        await db.execute('DELETE FROM "Tenants"')
        await whole(building)

    monkeypatch.setattr(provisioning, "STEPS", (*STEPS[:step], meanwhile, *STEPS[step + 1 :]))

    assert await provisioning.provision(tenant_id) is DatabaseState.DROPPED

    assert await there_is(tenant_id) == (False, False)


async def test_a_crashed_creation_without_a_tenant_is_swept(
    own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    tenant_id = await tenant()
    with monkeypatch.context() as crash:
        crash.setattr(provisioning, "STEPS", (*STEPS[:3], dying(STEPS[3], before=True)))
        with pytest.raises(Killed):
            await provisioning.provision(tenant_id)
    await db.execute('DELETE FROM "Tenants"; DELETE FROM pgqueuer')
    await jobs.sweep()
    assert not await queued("tenants.database")
    await clock.advance(minutes=11)

    await jobs.sweep()

    assert await queued("tenants.database") == 1
    assert await there_is(tenant_id) == (True, True)
    await jobs.make(str(tenant_id))
    assert await there_is(tenant_id) == (False, False)
    assert SCHEDULE["tenants.databases"] == "*/5 * * * *"


async def test_a_ready_database_goes_only_when_it_is_discarded(own_database: TestDatabase, clock: Clock) -> None:
    tenant_id = await tenant()
    await provisioning.provision(tenant_id)
    url = await url_of(tenant_id)
    assert url is not None
    user = await asyncpg.connect(url)
    await db.execute('DELETE FROM "Tenants"')
    await clock.advance(days=2)
    await jobs.sweep()
    assert await provisioning.provision(tenant_id) is DatabaseState.READY

    await provisioning.discard(tenant_id)
    await jobs.make(str(tenant_id))

    assert await there_is(tenant_id) == (False, False)
    assert await TenantDatabase.state_of(tenant_id) is DatabaseState.DROPPED
    user.terminate()


async def test_two_at_once_make_one(own_database: TestDatabase) -> None:
    tenant_id = await tenant()

    results = await asyncio.gather(*(jobs.make(str(tenant_id)) for _run in range(3)), return_exceptions=True)

    assert [type(result) for result in results if result is not None] == [Later, Later]
    await works(tenant_id)


async def test_each_tenant_opens_its_own_database_alone(own_database: TestDatabase) -> None:
    ids = [await tenant("acme"), await tenant("beta")]
    for tenant_id in ids:
        await provisioning.provision(tenant_id)
    acme = await url_of(ids[0])
    assert acme is not None
    for foreign in (f"tenant_{ids[1].hex}", own_database.name):
        if foreign == own_database.name:
            await db.execute(f'REVOKE CONNECT ON DATABASE "{foreign}" FROM PUBLIC')
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(acme, database=foreign)
    for forbidden in ("UPDATE portico_meta SET version = 9", f"DROP DATABASE tenant_{ids[1].hex}", "CREATE ROLE x"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asks(acme, forbidden)


async def test_names_come_from_the_id_alone(own_database: TestDatabase) -> None:
    tenant_id = await tenant("drop-table")
    await db.execute("""UPDATE "Tenants" SET "name" = '"; DROP DATABASE portico; --'""")

    await provisioning.provision(tenant_id)

    await works(tenant_id)
    assert await Tenant.member_count("acme") == 0
    assert settings().database_url


async def test_without_the_rights_the_tenant_works_without_one(own_database: TestDatabase, clock: Clock) -> None:
    plain = f"plain_{own_database.name}"
    await db.execute(f"CREATE ROLE {plain} LOGIN")
    configured(tenant_database_clusters=(own_database.server.dsn("postgres", user=plain),))
    try:
        tenant_id = await tenant()
        await jobs.make(str(tenant_id))
        assert await TenantDatabase.state_of(tenant_id) is DatabaseState.UNAVAILABLE
        assert len(await provisioning.without_rights()) == 1
        await db.execute("DELETE FROM pgqueuer")
        await jobs.sweep()
        assert not await queued("tenants.database")

        configured(tenant_database_clusters=())
        await clock.advance(hours=2)
        await jobs.sweep()

        assert await queued("tenants.database") == 1
        await jobs.make(str(tenant_id))
        await works(tenant_id)
    finally:
        await db.execute(f"DROP ROLE {plain}")


async def test_a_server_that_is_away_is_asked_again(own_database: TestDatabase) -> None:
    configured(tenant_database_clusters=("postgresql://admin:hunter2@127.0.0.1:9/postgres",))
    tenant_id = await tenant()
    waits = []
    for _time in range(3):
        with pytest.raises(Later) as later:
            await jobs.make(str(tenant_id))
        waits.append(later.value.delay)
        assert "hunter2" not in str(later.value)
    assert waits == sorted(set(waits))
    assert await TenantDatabase.state_of(tenant_id) is DatabaseState.FAILED

    configured(tenant_database_clusters=())
    await jobs.make(str(tenant_id))

    await works(tenant_id)


async def _ended(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


async def _is(tenant_id: UUID, state: DatabaseState) -> bool:
    return await TenantDatabase.state_of(tenant_id) is state
