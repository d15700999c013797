"""The database: one pool per process, transactions that nest, and one exception for "it is away".

All statements go through here, Piccolo's and raw ones. A transaction belongs to the task that opened it: another
task that uses it is refused, because asyncpg allows one operation at a time on a connection and the second would
fail far from its cause. So no `gather` over queries inside a transaction, and no task started in one queries.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from typing import Any, Protocol, cast

import asyncpg
from piccolo.engine.postgres import PostgresEngine
from piccolo.querystring import QueryString

from app.config import settings
from app.connections import CONNECT_SECONDS, STATEMENT_SECONDS, Servers
from app.connections import connection_settings as connection_settings  # noqa: PLC0414 - part of this interface
from app.pool import Pool

POOL_SIZE = 10


class Away(Exception):
    """The database cannot be reached, broke off, or is too busy: try again later. Its cause is the driver's error."""


Unavailable: tuple[type[Exception], ...] = (Away,)

_BUSY_OR_GONE = (
    OSError,  # and so TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shut down, cancelled by statement_timeout
    asyncpg.InsufficientResourcesError,  # too many connections, disk full
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # a primary that has become a standby
    asyncpg.InvalidCachedStatementError,  # a migration has just changed a table
    asyncpg.OutdatedSchemaCacheError,
)
# Errors after which a connection is not given back: it is broken, stuck, or leads to the wrong server.
_SPOILT = (OSError, asyncpg.PostgresConnectionError, asyncpg.ReadOnlySQLTransactionError)
_DRIVER = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Lender(Protocol):
    """What is asked of a pool; the tests have one of a single connection."""

    async def acquire(self, *, seconds: float) -> Any: ...
    async def release(self, connection: Any) -> None: ...
    async def close(self, *, seconds: float) -> None: ...


class Held:
    """A connection in the hands of one task, and what is run on it."""

    __slots__ = ("connection", "task")

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.task = asyncio.current_task()

    async def run(self, method: str, sql: str, args: Sequence[Any]) -> Any:
        try:
            return await getattr(self.connection, method)(sql, *args)
        except _DRIVER as error:
            if away := _away(self.connection, error):
                raise away from error
            raise
        except asyncio.CancelledError:
            self.connection.terminate()  # in the middle of a statement: not to be lent again
            raise

    @asynccontextmanager
    async def block(self) -> AsyncIterator[None]:
        """BEGIN and COMMIT, or SAVEPOINT and RELEASE inside another block; an exception rolls back."""
        block = self.connection.transaction()
        await self._step(block.start)
        try:
            yield
        except BaseException:
            await self._roll_back(block)
            raise
        await self._step(block.commit)

    async def _step(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except _DRIVER as error:
            if away := _away(self.connection, error):
                raise away from error
            raise

    async def _roll_back(self, block: Any) -> None:
        """Raises no driver's error: the reason for rolling back matters more than that it went wrong too."""
        try:
            await block.rollback()
        except BaseException as error:
            self.connection.terminate()
            if not isinstance(error, _DRIVER):
                raise


class Database(PostgresEngine):
    """Piccolo's engine on our pool. It connects on first use, so that the app starts without a database."""

    pool: Lender | None  # type: ignore[assignment]

    def __init__(self) -> None:
        # Not super().__init__(): it would connect while modules are imported, to ask for the server's version.
        self.engine_type = "postgres"
        self.min_version_number = 15
        self.log_queries = self.log_responses = False
        self.query_id = 0
        self.config: dict[str, Any] = {}
        self.extensions: Sequence[str] = ()
        self.extra_nodes = {}
        self.pool = None
        self.current_transaction: ContextVar[Any] = ContextVar("held_connection", default=None)

    async def run(self, method: str, sql: str, args: Sequence[Any]) -> Any:
        """One asyncpg method (fetch, fetchrow, fetchval, execute) in this task's transaction or on its own."""
        held = self._held()
        if held is not None:
            return await held.run(method, sql, args)
        pool, connection = await _take()
        try:
            return await Held(connection).run(method, sql, args)
        finally:
            await pool.release(connection)

    @asynccontextmanager
    async def hold(self, connection: Any = None) -> AsyncIterator[Held]:
        """Keeps one connection for all statements of this task, each of them still a transaction of its own.

        With `connection` that one is used, and not closed afterwards.
        """
        held = self._held() if connection is None else None
        if held is not None:
            yield held
            return
        pool, mine = await _take() if connection is None else (None, connection)
        token = self.current_transaction.set(held := Held(mine))
        try:
            yield held
        finally:
            self.current_transaction.reset(token)
            if pool is not None:
                await pool.release(mine)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        async with self.hold() as held, held.block():
            yield

    def transaction(self, allow_nested: bool = True) -> AbstractAsyncContextManager[None]:  # type: ignore[override]  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        return self._transaction()

    def _held(self) -> Held | None:
        held: Held | None = self.current_transaction.get()
        if held is not None and held.task is not asyncio.current_task():
            raise RuntimeError("this task was started inside a transaction of another task and may not use it")
        return held

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        return await self.run("fetch", *querystring.compile_string(engine_type="postgres"))

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 - as above
        return await self.run("fetch", ddl, ())

    async def get_new_connection(self) -> Any:
        """For Piccolo's batches, which close it themselves."""
        return await connect(settings().database_url)


engine = Database()


async def connect(dsn: str, *, command_timeout: float | None = STATEMENT_SECONDS, **changes: str) -> Any:
    """A connection of one's own, outside the pool: for LISTEN, migrations and batches. The caller closes it.

    `changes` are server settings that differ from the usual. Raises Away.
    """
    try:
        return await Servers(dsn).connect(**connection_settings(**changes) | {"command_timeout": command_timeout})
    except _DRIVER as error:
        raise Away(f"no connection: {error!r}") from error


async def open_pool(dsn: str | None = None, **changes: str) -> None:
    """Makes the pool of this process, for the running event loop; without `dsn` for the configured database.

    Does not connect: that happens on first use, and again whenever the server has been away. `changes` are server
    settings that differ from the usual.
    """
    engine.pool = _new_pool(dsn, changes)


async def close_pool() -> None:
    """Waits for the connections in use, at most as long as a statement may take, then closes all."""
    pool, engine.pool = engine.pool, None
    if pool is not None:
        await pool.close(seconds=STATEMENT_SECONDS)


def transaction() -> AbstractAsyncContextManager[None]:
    """One transaction, or a savepoint inside another: the inner one can fail and the outer one go on.

    An exception rolls back and is raised again; a lost connection raises Away, and then it is not known whether a
    commit under way took place.
    """
    return engine.transaction()


async def rows(sql: str, *args: Any) -> list[asyncpg.Record]:
    """All rows; parameters are `$1`, `$2`. JSONB comes out as dict or list, and goes in as such or as a Stored."""
    return cast("list[asyncpg.Record]", await engine.run("fetch", sql, args))


async def one(sql: str, *args: Any) -> asyncpg.Record | None:
    """The first row, or None."""
    return cast("asyncpg.Record | None", await engine.run("fetchrow", sql, args))


async def value(sql: str, *args: Any) -> Any:
    """The first column of the first row, or None."""
    return await engine.run("fetchval", sql, args)


async def execute(sql: str, *args: Any) -> str:
    """Runs the statement, or without parameters several of them, and gives the command tag ("UPDATE 1")."""
    return cast("str", await engine.run("execute", sql, args))


async def now() -> datetime:
    """The one clock that judges every expiry: the database's app_now(), as naive UTC."""
    return cast("datetime", await value("SELECT app_now()"))


def _new_pool(dsn: str | None, changes: dict[str, str]) -> Pool:
    servers = Servers(dsn or settings().database_url)
    return Pool(partial(servers.connect, **connection_settings(**changes)), POOL_SIZE)


async def _take() -> tuple[Lender, Any]:
    pool = engine.pool
    if pool is None:
        pool = engine.pool = _new_pool(None, {})
    try:
        return pool, await pool.acquire(seconds=CONNECT_SECONDS)
    except _DRIVER as error:
        raise Away(f"no connection: {error!r}") from error


def _away(connection: Any, error: Exception) -> Away | None:
    """Away for everything that passes by itself, None for an error that means what it says.

    A stuck server's connection is closed at once: asking it to cancel would wait for it.
    """
    closed = connection.is_closed()
    if isinstance(error, _SPOILT):
        connection.terminate()
    return Away(repr(error)) if closed or isinstance(error, _BUSY_OR_GONE) else None
