"""A database that breaks off, is stuck, busy or not there: always db.Away, soon, and well again by itself."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from app import connections, db
from app.connections import Servers
from app.postgres import Embedded
from app.users.tables import User
from tests.database import TestDatabase

pytestmark = pytest.mark.anyio


@pytest.fixture
async def other(own_database: TestDatabase) -> AsyncIterator[Any]:
    """Another session on the same database."""
    connection = await own_database.connect()
    yield connection
    await connection.close()


async def _kill(other: Any, query: str) -> None:
    """Ends the backend that runs the query, once it does."""
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE $1 AND pid <> pg_backend_pid()"
    while await other.fetchval(kill, query) is not True:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)


async def test_a_killed_backend_is_one_refusal(other: Any) -> None:
    sleeping = asyncio.create_task(db.value("SELECT pg_sleep(2)"))
    await _kill(other, "%pg_sleep(2)")
    with pytest.raises(db.Away):
        await sleeping
    assert await db.value("SELECT 1") == 1


async def test_a_killed_idle_backend_is_not_even_noticed(other: Any) -> None:
    await db.value("SELECT 41")
    await _kill(other, "SELECT 41")
    await asyncio.sleep(0.05)
    assert await db.value("SELECT 1") == 1


async def test_a_backend_killed_in_a_transaction_is_one_refusal(other: Any) -> None:
    async def work() -> None:
        async with db.transaction():
            await User(email="mia@acme.test").save()
            async with db.transaction():
                await db.value("SELECT pg_sleep(2)")

    working = asyncio.create_task(work())
    await _kill(other, "%pg_sleep(2)")
    with pytest.raises(db.Away):
        await working
    assert await User.count() == 0


async def test_a_backend_killed_between_statements_is_one_refusal(other: Any) -> None:
    with pytest.raises(db.Away):
        async with db.transaction():
            await db.value("SELECT 42")
            await _kill(other, "SELECT 42")
            await asyncio.sleep(0.05)
            await User(email="mia@acme.test").save()
    assert await User.count() == 0


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("inside", [False, True], ids=["statement", "transaction"])
async def test_a_stuck_server_is_waited_for_once(
    inside: bool, own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "STATEMENT_SECONDS", 0.3)
    await db.close_pool()
    pid = await db.value("SELECT pg_backend_pid()")
    began = time.monotonic()
    with _stopped(pid), pytest.raises(db.Away):
        async with AsyncExitStack() as stack:
            if inside:
                await stack.enter_async_context(db.transaction())
            await User(email="mia@acme.test").save()
    assert time.monotonic() - began < 0.9
    assert await db.value("SELECT pg_backend_pid()") != pid


def test_the_waits_add_up_to_less_than_five_seconds() -> None:
    assert connections.CONNECT_SECONDS + connections.STATEMENT_SECONDS < 5


async def test_a_pool_in_full_use_refuses_instead_of_queueing(
    own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "CONNECT_SECONDS", 0.2)
    busy = [asyncio.create_task(db.value("SELECT pg_sleep(1)")) for _ in range(db.POOL_SIZE)]
    await asyncio.sleep(0.1)
    began = time.monotonic()
    with pytest.raises(db.Away):
        await db.value("SELECT 1")
    assert time.monotonic() - began < 0.6
    await asyncio.gather(*busy)
    assert await db.value("SELECT 1") == 1


async def test_a_lock_that_is_not_to_be_had_is_a_refusal(other: Any, own_database: TestDatabase) -> None:
    await db.open_pool(own_database.dsn, lock_timeout="100")
    locking = other.transaction()
    await locking.start()
    await other.execute('LOCK TABLE "Users" IN ACCESS EXCLUSIVE MODE')
    with pytest.raises(db.Away):
        await User.count()
    await locking.rollback()
    assert await User.count() == 0


async def test_a_deadlock_is_a_refusal_of_one_side(own_database: TestDatabase) -> None:
    for name in ("a", "b"):
        await User(email=f"{name}@acme.test").save()

    async def touch(first: str, second: str) -> None:
        async with db.transaction():
            await User.update({User.name: "x"}).where(User.email == f"{first}@acme.test")
            await asyncio.sleep(0.1)
            await User.update({User.name: "x"}).where(User.email == f"{second}@acme.test")

    results = await asyncio.gather(touch("a", "b"), touch("b", "a"), return_exceptions=True)
    assert {type(result) for result in results} == {type(None), db.Away}


async def test_a_cancelled_transaction_leaves_nothing_behind(own_database: TestDatabase) -> None:
    async def work() -> None:
        async with db.transaction():
            await User(email="mia@acme.test").save()
            await db.value("SELECT pg_sleep(2)")

    for _ in range(db.POOL_SIZE + 1):
        working = asyncio.create_task(work())
        await asyncio.sleep(0.03)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
    assert await User.count() == 0
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%' AND datname = current_database()"
    assert await db.value(waiting) == 0


async def test_a_server_that_comes_later_and_restarts_is_used_when_it_is_there(
    open_folder: Path, own_database: TestDatabase
) -> None:
    late = Embedded(open_folder, lasting=False)
    await db.open_pool(late.dsn("portico"))
    with pytest.raises(db.Away):
        await db.value("SELECT 1")
    try:
        for _ in range(2):
            await asyncio.to_thread(late.start)
            assert await db.value("SELECT 1") == 1
            sleeping = asyncio.create_task(db.value("SELECT pg_sleep(2)"))
            await asyncio.sleep(0.1)
            await asyncio.to_thread(late.stop)
            with pytest.raises(db.Away):
                await sleeping
            with pytest.raises(db.Away):
                await db.value("SELECT 1")
    finally:
        late.stop()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A host that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def test_another_host_is_tried_where_one_is_dead_or_silent(silent_port: int, own_database: TestDatabase) -> None:
    folder = own_database.dsn.partition("host=")[2]
    query = f"host=/nowhere,127.0.0.1,{folder}&port=5432,{silent_port},5432"
    await db.open_pool(f"postgresql://portico@/{own_database.name}?{query}")
    began = time.monotonic()
    assert await db.value("SELECT current_database()") == own_database.name
    assert time.monotonic() - began < connections.CONNECT_SECONDS
    began = time.monotonic()
    await asyncio.gather(db.value("SELECT pg_sleep(0.1)"), db.value("SELECT pg_sleep(0.1)"))
    assert time.monotonic() - began < 0.5, "the host that answered is asked first from then on"


async def test_hosts_that_are_all_away_are_one_refusal(silent_port: int, own_database: TestDatabase) -> None:
    await db.open_pool(f"postgresql://portico@127.0.0.1:{silent_port},127.0.0.1:1/portico")
    with pytest.raises(db.Away):
        await db.value("SELECT 1")


def test_every_host_keeps_the_account_and_the_settings() -> None:
    servers = Servers("postgresql://me:p%40ss@db1,db2:5433/portico?sslmode=require")
    assert servers.targets == [
        "postgresql://me:p%40ss@db1/portico?sslmode=require&target_session_attrs=read-write",
        "postgresql://me:p%40ss@db2:5433/portico?sslmode=require&target_session_attrs=read-write",
    ]
    assert Servers("postgresql://db1/portico").targets == ["postgresql://db1/portico"]
