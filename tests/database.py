"""Databases for tests, as a pytest plugin: `pytest_plugins = ["tests.database"]`.

One embedded server serves all processes of a run. A database is migrated once, as template; each process has a copy.

- `database`: the test runs in one transaction that is rolled back. The app's pool is then a `Stage`: every statement
  outside `db.transaction()` and every `db.transaction()` becomes a savepoint, so a refused statement undoes itself
  and nothing else, as it would on a real pool. One connection: what waits for another connection's lock or
  NOTIFY needs `own_database`.
- `own_database`: a database for this test alone with the app's real pool on it, for races, LISTEN and workers.
- `clock`: `await clock.advance(minutes=61)` moves app_now(), in either kind of database.

Async fixtures and tests run in one task of one event loop (anyio's plugin does that for a session-wide backend), so a
context variable set in a fixture holds in the test.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from app import config, db, migrations
from app.config import ROOT
from app.postgres import Embedded

_RUN = f"test_{os.getpid()}"


class TestDatabase:
    """A database of a test: its DSN, and connections of one's own to it."""

    __test__ = False

    def __init__(self, server: Embedded, name: str) -> None:
        self.server = server
        self.name = name
        self.dsn = server.dsn(name)

    async def connect(self, **settings: str) -> Any:
        """Another session, as another process would have one. The test closes it."""
        return await db.connect(self.dsn, command_timeout=10, **settings)

    async def create(self, template: str) -> None:
        await _administer(self.server, f'CREATE DATABASE "{self.name}" TEMPLATE "{template}" OWNER portico')

    async def drop_tenants(self) -> None:
        """The databases and roles that a test had made for tenants, which belong to the whole server."""
        connection = await self.connect()
        names = await connection.fetch('SELECT "databaseName" FROM "TenantDatabases" WHERE "cluster" IS NOT NULL')
        await connection.close()
        for row in names:
            await _administer(self.server, f'DROP DATABASE IF EXISTS "{row[0]}" WITH (FORCE)')
            await _administer(self.server, f'DROP ROLE IF EXISTS "{row[0]}"')

    async def drop(self) -> None:
        await _administer(self.server, f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')


class Stage:
    """A pool of one connection inside a transaction that never commits."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._free = asyncio.Lock()

    async def acquire(self, *, seconds: float) -> Any:
        async with asyncio.timeout(seconds):
            await self._free.acquire()
        try:
            await self.connection.execute("SAVEPOINT stage")
        except BaseException:
            self._free.release()
            raise
        return self.connection

    async def release(self, connection: Any) -> None:
        try:
            if not connection.is_closed():
                await connection.execute("RELEASE SAVEPOINT stage")
        except asyncpg.InFailedSQLTransactionError:
            await connection.execute("ROLLBACK TO SAVEPOINT stage; RELEASE SAVEPOINT stage")
        finally:
            self._free.release()

    async def close(self, *, seconds: float) -> None:
        """The connection belongs to the fixture."""


class Clock:
    """Moves the database's clock for the test's own connections, those of the app's pool included."""

    def __init__(self) -> None:
        self._shift = timedelta()

    async def advance(self, **by: float) -> None:
        """Later by the timedelta's `minutes=61`, `days=8` and so on; a negative number goes back.

        Sessions of an own database that a worker or a listener has opened before keep their time.
        """
        self._shift += timedelta(**by)
        shift = f"{self._shift.total_seconds()} seconds"
        pool = db.engine.pool
        if isinstance(pool, Stage):
            await pool.connection.execute("SELECT set_config('portico.clock_shift', $1, false)", shift)
        else:
            name = await db.value("SELECT current_database()")
            await _administer(_server(), f"ALTER DATABASE \"{name}\" SET portico.clock_shift = '{shift}'")
            await db.close_pool()
            await db.open_pool()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def server() -> Iterator[Embedded]:
    """The embedded server of this run; processes share it, and the last one to end removes it.

    After a killed run it is found running, and used.
    """
    embedded = _server()
    embedded.start()
    yield embedded
    embedded.stop()


@pytest.fixture(scope="session")
def template(server: Embedded) -> str:
    """The name of a migrated database that others are copied from; nobody connects to it."""
    return asyncio.run(_make_template(server))


@pytest.fixture(scope="session")
def worker_database(server: Embedded, template: str) -> Iterator[TestDatabase]:
    """The database of this process; what tests leave in it is rolled back, so it stays as migrated."""
    mine = TestDatabase(server, _RUN)
    asyncio.run(_begin(mine, template))
    yield mine
    asyncio.run(mine.drop())


@pytest.fixture(scope="session")
async def stage_connection(worker_database: TestDatabase) -> AsyncIterator[list[Any]]:
    """One connection for all tests of the process, in a list because a test may break it and get another."""
    holder = [await _stage_connection(worker_database)]
    yield holder
    await holder[0].close()


@pytest.fixture
async def database(worker_database: TestDatabase, stage_connection: list[Any]) -> AsyncIterator[TestDatabase]:
    """The migrated, empty database, in a transaction that ends with the test."""
    if stage_connection[0].is_closed():
        stage_connection[0] = await _stage_connection(worker_database)
    connection = stage_connection[0]
    transaction = connection.transaction()
    await transaction.start()
    with _pool(Stage(connection), worker_database):
        yield worker_database
    if not connection.is_closed():
        await transaction.rollback()


@pytest.fixture
async def own_database(server: Embedded, template: str) -> AsyncIterator[TestDatabase]:
    """A database of this test's own, with the app's real pool on it."""
    own = TestDatabase(server, f"{_RUN}_{uuid4().hex[:8]}")
    await own.create(template)
    with _pool(None, own):
        await db.open_pool()
        yield own
        await db.close_pool()
    with contextlib.suppress(asyncpg.UndefinedTableError):  # a test may have dropped it
        await own.drop_tenants()
    await own.drop()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that the account of a root's server can reach, which pytest's own is not."""
    path = Path(tempfile.mkdtemp(prefix="portico-pg-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


class _Undo(Exception):
    """Ends the block of `undone()`."""


@contextlib.asynccontextmanager
async def undone() -> AsyncIterator[None]:
    """What the block writes is taken back at its end, so that the next one starts from the same state."""
    with contextlib.suppress(_Undo):
        async with db.transaction():
            yield
            raise _Undo


@contextlib.contextmanager
def _pool(pool: Stage | None, database: TestDatabase) -> Iterator[None]:
    """The app's pool and its DATABASE_URL."""
    before, db.engine.pool = db.engine.pool, pool
    configured = config.settings()
    config.use(msgspec.structs.replace(configured, database_url=database.dsn))
    try:
        yield
    finally:
        db.engine.pool = before
        config.use(configured)


def _server() -> Embedded:
    """In a temporary folder of this checkout and this user, whose path a killed run has left the same."""
    checkout = hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:12]
    return Embedded(Path(tempfile.gettempdir()) / f"portico-tests-{os.geteuid()}-{checkout}", lasting=False)


async def _make_template(server: Embedded) -> str:
    """Made by the first process of a run; the name tells the migrations it was made from."""
    digest = hashlib.sha256()
    for file in sorted([*migrations.FOLDER.glob("*.py"), Path(migrations.__file__)]):
        digest.update(file.read_bytes())
    name = f"template_{digest.hexdigest()[:12]}"
    with (server.folder / "template.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not await _exists(server, name):
            await _administer(server, f'DROP DATABASE IF EXISTS "{name}_new" WITH (FORCE)')
            await _administer(server, f'CREATE DATABASE "{name}_new" OWNER portico')
            await migrations.migrate(server.dsn(f"{name}_new"), production=False)
            await _administer(server, f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    return name


async def _begin(database: TestDatabase, template: str) -> None:
    """The database of this process, in place of those that killed processes have left."""
    found = await _administer(database.server, "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'")
    for row in found:
        pid = int(row["datname"].split("_")[1])
        if pid == os.getpid() or not _alive(pid):
            await TestDatabase(database.server, row["datname"]).drop()
    await database.create(template)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


async def _stage_connection(database: TestDatabase) -> Any:
    return await database.connect(idle_in_transaction_session_timeout="0")


async def _exists(server: Embedded, name: str) -> bool:
    found = await _administer(server, "SELECT datname FROM pg_database")
    return name in {row["datname"] for row in found}


async def _administer(server: Embedded, statement: str) -> list[asyncpg.Record]:
    """One statement as superuser, outside any database of the tests."""
    connection = await asyncpg.connect(server.dsn("postgres", user="postgres"))
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()
