"""`portico migrate` on every kind of database, alone and in company, undisturbed and killed."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from app import db, migrations
from app.config import ROOT
from app.migrations import concurrently, migrate, missing
from app.postgres import Embedded
from tests.database import TestDatabase
from tests.snapshot import Schema, snapshot

pytestmark = pytest.mark.anyio

ALL = sorted(path.stem[1:] for path in migrations.FOLDER.glob("m*.py"))


@pytest.fixture
async def empty(server: Embedded) -> AsyncIterator[TestDatabase]:
    """A database without a single table, and no pool on it."""
    new = TestDatabase(server, f"test_{os.getpid()}_{uuid4().hex[:8]}")
    await new.create("template0")
    yield new
    await new.drop()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations of the project in a folder to which a test adds its own."""
    for path in migrations.FOLDER.glob("m*.py"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(migrations, "FOLDER", tmp_path)
    return tmp_path


def _add(folder: Path, sql: str, kind: str = "in_transaction") -> str:
    """A migration after all others, under a name Python has not imported yet."""
    migration_id = f"9{uuid4().hex[:10]}"
    (folder / f"m{migration_id}.py").write_text(
        f"from app.migrations import {kind}\nID = {migration_id!r}\n"
        f"async def forwards():\n    return {kind}(ID, 'a test', {sql!r})\n"
    )
    return migration_id


async def _schema(database: TestDatabase) -> Schema:
    async with db.engine.hold(await database.connect()) as held:
        found = await snapshot()
    await held.connection.close()
    return found


async def _ask(database: TestDatabase, sql: str, **settings: str) -> Any:
    connection = await database.connect(**settings)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def _process(database: TestDatabase, folder: Path) -> asyncio.subprocess.Process:
    """`migrate` in a process of its own, which prints what it applied."""
    script = (
        "import asyncio, pathlib; from app import migrations;"
        f"migrations.FOLDER = pathlib.Path({str(folder)!r});"
        f"print(*asyncio.run(migrations.migrate({database.dsn!r}, production=False)))"
    )
    return await asyncio.create_subprocess_exec(sys.executable, "-c", script, cwd=ROOT, stdout=asyncio.subprocess.PIPE)


async def test_an_empty_database_gets_everything_and_a_current_one_nothing(empty: TestDatabase) -> None:
    assert await migrate(empty.dsn, production=False) == ALL
    before = await _schema(empty)
    assert await migrate(empty.dsn, production=False) == []
    assert await _schema(empty) == before


async def test_a_half_migrated_database_gets_the_rest(
    empty: TestDatabase, folder: Path, own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = folder / "half"
    half.mkdir()
    for name in ALL[:3]:
        shutil.copy(folder / f"m{name}.py", half)
    with monkeypatch.context() as earlier:
        earlier.setattr(migrations, "FOLDER", half)
        assert await migrate(empty.dsn, production=False) == ALL[:3]
    assert await migrate(empty.dsn, production=False) == ALL[3:]
    assert await _schema(empty) == await _schema(own_database)


async def test_what_is_missing_is_known_before(own_database: TestDatabase, folder: Path) -> None:
    assert await missing() == []
    added = _add(folder, "SELECT 1")
    assert await missing() == [added]
    await db.execute('DROP TABLE "migration"')
    assert await missing() == [*ALL, added]


async def test_two_processes_at_once_share_the_work(empty: TestDatabase, folder: Path) -> None:
    processes = [await _process(empty, folder) for _ in range(2)]
    applied = [(await process.communicate())[0].decode().split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(applied, key=len) == [[], ALL]


async def test_a_killed_migration_is_as_if_it_had_not_begun(empty: TestDatabase, folder: Path) -> None:
    slow = _add(folder, 'CREATE TABLE "Half" ("id" uuid); SELECT pg_sleep(20); CREATE TABLE "Whole" ("id" uuid)')
    process = await _process(empty, folder)
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    while not await _ask(empty, sleeping):  # noqa: ASYNC110 - another process gets there
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    path = folder / f"m{slow}.py"
    path.write_text(path.read_text().replace("pg_sleep(20)", "pg_sleep(0)"))

    assert await migrate(empty.dsn, production=False) == [slow]

    assert await _ask(empty, """SELECT to_regclass('"Half"') IS NOT NULL AND to_regclass('"Whole"') IS NOT NULL""")


async def test_a_migration_that_fails_changes_nothing_and_is_tried_again(
    own_database: TestDatabase, folder: Path
) -> None:
    failing = _add(folder, 'CREATE TABLE "Half" ("id" uuid); SELECT 1 / 0')
    for _ in range(2):
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrate(own_database.dsn, production=False)
    assert await missing() == [failing]
    assert await db.value("""SELECT to_regclass('"Half"')""") is None


async def test_a_lock_is_waited_for_briefly_and_often(
    own_database: TestDatabase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "_LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr(migrations, "_PAUSE_SECONDS", 0.1)
    added = _add(folder, 'ALTER TABLE "Users" ADD COLUMN "later" integer')
    reader = await own_database.connect()
    transaction = reader.transaction()
    await transaction.start()
    await reader.fetch('SELECT FROM "Users"')
    migrating = asyncio.create_task(migrate(own_database.dsn, production=False))
    for _ in range(10):
        assert await db.value('SELECT count(*) FROM "Users"') == 0, "others go on meanwhile"
        await asyncio.sleep(0.05)
    assert not migrating.done()
    await transaction.rollback()
    assert await migrating == [added]
    await reader.close()


async def test_a_lock_that_is_never_free_is_said(
    own_database: TestDatabase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "_LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(migrations, "_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(migrations, "_PATIENCE_SECONDS", 0.3)
    _add(folder, 'ALTER TABLE "Users" ADD COLUMN "later" integer')
    reader = await own_database.connect()
    async with reader.transaction():
        await reader.fetch('SELECT FROM "Users"')
        with pytest.raises(migrations.Stuck, match="holds a lock"):
            await migrate(own_database.dsn, production=False)
    await reader.close()


async def test_an_index_made_concurrently_replaces_its_broken_half(own_database: TestDatabase, folder: Path) -> None:
    await db.execute(
        "INSERT INTO \"Permissions\" (\"name\", \"resource\", \"action\") VALUES ('a', 'r', 'x'), ('b', 'r', 'x')"
    )
    index = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS by_resource ON"
    sql = f"""{index} "Permissions" ("resource") WHERE "action" = 'x'"""
    added = _add(folder, sql, "concurrently")
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_resource'::regclass"
    with pytest.raises(asyncpg.UniqueViolationError):
        await migrate(own_database.dsn, production=False)
    assert await db.value(valid) is False

    await db.execute('DELETE FROM "Permissions" WHERE "name" = \'b\'')
    assert await migrate(own_database.dsn, production=False) == [added]

    assert await db.value(valid) is True


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE INDEX CONCURRENTLY by_name ON x (y)",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS by_name ON x (y); DROP TABLE x",
        "DROP INDEX CONCURRENTLY by_name",
    ],
)
def test_only_what_may_run_twice_runs_outside_a_transaction(sql: str) -> None:
    with pytest.raises(ValueError, match="nothing else"):
        concurrently("0900_bad", "", sql)


async def test_production_has_a_clock_that_nobody_can_move(own_database: TestDatabase) -> None:
    apart = "SELECT abs(extract(epoch FROM app_now() - (clock_timestamp() AT TIME ZONE 'UTC'))) > 3000"
    moved = {"portico.clock_shift": "1 hour"}
    assert await _ask(own_database, apart, **moved)
    assert await migrate(own_database.dsn, production=True) == []
    assert not await _ask(own_database, apart, **moved)
    assert await migrate(own_database.dsn, production=False) == []
    assert await _ask(own_database, apart, **moved)


async def test_the_database_itself_is_set_to_utc(own_database: TestDatabase, empty: TestDatabase) -> None:
    await migrate(empty.dsn, production=False)
    set_on = "SELECT setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = $1"
    assert await db.value(set_on, empty.name) == ["TimeZone=UTC"]


async def test_no_other_role_of_the_server_connects_to_the_portals_database(
    own_database: TestDatabase, empty: TestDatabase
) -> None:
    is_open = "SELECT has_database_privilege('public', $1, 'CONNECT')"
    assert await db.value(is_open, empty.name)
    for _time in range(2):
        await migrate(empty.dsn, production=False)
        assert not await db.value(is_open, empty.name)
    assert await _ask(empty, "SELECT 1") == 1


def test_every_file_bears_the_name_of_its_migration() -> None:
    for path in migrations.FOLDER.glob("*.py"):
        assert re.search(rf'^ID = "{path.stem[1:]}"$', path.read_text(), re.MULTILINE), path.name
