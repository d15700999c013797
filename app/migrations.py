"""`portico migrate`: brings a database of any age to the schema of this release, safely under load.

Piccolo loads and runs the files of piccolo_migrations/ and keeps its table of what ran; around that stands what it
lacks: one migration at a time on a database, the row that says "ran" in the same transaction as the change, short
waits for locks with many tries instead of one long wait that all queries queue behind, and indexes made without
stopping writes.
"""

import asyncio
import contextlib
import io
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import asyncpg
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.tables import Migration

from app import db
from app.config import ROOT, settings
from app.tenants.catalogue import tables as catalogue

os.environ.setdefault("PICCOLO_CONF", "app.piccolo_conf")  # where Piccolo looks for the engine

APP = "portico"
FOLDER = ROOT / "piccolo_migrations"

# Any number, the same for every release.
_LOCK = 4_705_021_988
# Queries wait behind a migration that waits for its lock, so it waits briefly and often.
_LOCK_TIMEOUT = "1s"
_PAUSE_SECONDS = 1.0
_PATIENCE_SECONDS = 600

_CLOCK = """
CREATE OR REPLACE FUNCTION app_now() RETURNS timestamp LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN clock_timestamp() AT TIME ZONE 'UTC'{shift};
END
$$;
"""
# Roles of tenants' databases may live on the same server (decisions 12). Only the owner can shut the others out.
_IS_OPEN = """
SELECT has_database_privilege('public', oid, 'CONNECT') AND pg_has_role(datdba, 'USAGE')
FROM pg_database WHERE datname = current_database()
"""
_SHIFT = " + coalesce(nullif(current_setting('portico.clock_shift', true), ''), '0')::interval"

_Step = Callable[[], Awaitable[object]]


class Stuck(Exception):
    """The migration did not get its lock in time, or another process has been migrating for too long."""


def in_transaction(migration_id: str, description: str, sql: str) -> MigrationManager:
    """A migration of any number of statements, all of them or none."""
    return _manager(migration_id, description, sql, wrap=True)


def concurrently(migration_id: str, description: str, sql: str) -> MigrationManager:
    """One CREATE INDEX CONCURRENTLY IF NOT EXISTS, outside a transaction; an INVALID leftover is dropped first.

    Raises ValueError for anything else: what can fail half-way has to be safe to run again.
    """
    match = re.fullmatch(r"\s*CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS (\w+) [^;]+;?\s*", sql)
    if not match:
        raise ValueError(f"{migration_id} must hold one CREATE INDEX CONCURRENTLY IF NOT EXISTS and nothing else")
    return _manager(migration_id, description, sql, wrap=False, index=match[1])


async def migrate(dsn: str, *, production: bool | None = None) -> list[str]:
    """Applies what is missing and gives the ids, in order; an empty list says all was there.

    Waits while another process migrates the same database. Raises Stuck, db.Away, or the error of a statement,
    which leaves the database as it was before that migration. `production` is the configured environment's unless
    it is given.
    """
    connection = await db.connect(
        dsn,
        command_timeout=None,
        statement_timeout="0",
        lock_timeout=_LOCK_TIMEOUT,
        idle_in_transaction_session_timeout="0",
        client_connection_check_interval="1s",
    )
    try:
        async with db.engine.hold(connection), _alone():
            applied = [migration_id async for migration_id in _apply_missing()]
            await _settle(production=settings().production if production is None else production)
            return applied
    finally:
        await connection.close()


async def missing() -> list[str]:
    """The migrations of this release that the database of the pool has not had; for readiness and `portico check`."""
    ran = await _ran() if await db.value("SELECT to_regclass('migration') IS NOT NULL") else set()
    return sorted(set(_modules()) - ran)


async def _apply_missing() -> AsyncIterator[str]:
    await Migration.create_table(if_not_exists=True)
    ran = await _ran()
    for migration_id, module in sorted(_modules().items()):
        if migration_id not in ran:
            manager = await module.forwards()
            await _patiently(partial(_apply, manager, migration_id))
            yield migration_id


async def _apply(manager: MigrationManager, migration_id: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()):  # Piccolo's manager prints as it goes
        if manager.wrap_in_transaction:
            async with db.transaction():
                await manager.run()
                await _note(migration_id)
        else:
            await manager.run()
            await _note(migration_id)


async def _note(migration_id: str) -> None:
    await db.execute(
        'INSERT INTO "migration" ("name", "app_name", "ran_on") VALUES ($1, $2, app_now())', migration_id, APP
    )


async def _ran() -> set[str]:
    return set(await Migration.get_migrations_which_ran(app_name=APP))


def _modules() -> dict[str, Any]:
    return BaseMigrationManager().get_migration_modules(str(FOLDER))


def _manager(
    migration_id: str, description: str, sql: str, *, wrap: bool, index: str | None = None
) -> MigrationManager:
    manager = MigrationManager(
        migration_id=migration_id, app_name=APP, description=description, wrap_in_transaction=wrap
    )

    async def run() -> None:
        if index is not None and await _is_invalid(index):
            await db.execute(f"DROP INDEX CONCURRENTLY {index}")  # the name was matched as \w+
        await db.execute(sql)

    manager.add_raw(run)
    return manager


async def _is_invalid(index: str) -> bool:
    return bool(await db.value("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", index))


async def _patiently(step: _Step) -> None:
    """Tries again while a lock is not to be had; a statement that fails otherwise fails at once."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                try:
                    await step()
                except db.Away as away:
                    if not isinstance(away.__cause__, asyncpg.LockNotAvailableError | asyncpg.DeadlockDetectedError):
                        raise
                else:
                    return
                await asyncio.sleep(_PAUSE_SECONDS)
    except TimeoutError as error:
        raise Stuck("another session holds a lock on the tables to change; see pg_stat_activity") from error


@contextlib.asynccontextmanager
async def _alone() -> AsyncIterator[None]:
    """A session lock: it ends with the connection, also when this process is killed."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not await db.value("SELECT pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110 - it is held elsewhere
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        raise Stuck("another process is migrating this database") from error
    try:
        yield
    finally:
        with contextlib.suppress(db.Away):
            await db.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _settle(*, production: bool) -> None:
    """What belongs to this database rather than to a release: zone, who connects, which clock, the catalogue.

    In production app_now() has no word of `portico.clock_shift`, so that no statement, not even an injected one, can
    move the time that judges every expiry. Elsewhere tests may shift it. It is STABLE, since otherwise the planner
    would not use an index for `"expiresAt" < app_now()`; the body moves on while a statement waits for a lock, and
    that is wanted. PL/pgSQL, because a STABLE function in SQL with a volatile body is not inlined and costs more.
    """
    body = _CLOCK.format(shift="" if production else _SHIFT)
    if await db.value("SELECT prosrc LIKE '%clock_shift%' FROM pg_proc WHERE proname = 'app_now'") == production:
        await _patiently(partial(db.execute, body))
    zone = "SELECT 'TimeZone=UTC' = ANY (setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = setdatabase"
    if not await db.value(f"{zone} WHERE datname = current_database() AND setrole = 0"):
        name = await db.value("SELECT quote_ident(current_database())")
        await db.execute(f"ALTER DATABASE {name} SET timezone = 'UTC'")
    async with db.transaction():
        await catalogue.sync()
    if await db.value(_IS_OPEN):
        name = await db.value("SELECT quote_ident(current_database())")
        await db.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
