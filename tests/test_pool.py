"""The pool of connections, on a real server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from app import pool as pools
from app.pool import Pool
from tests.database import TestDatabase

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pool(own_database: TestDatabase) -> AsyncIterator[Pool]:
    """Two connections at most."""
    two = Pool(own_database.connect, 2)
    yield two
    await two.close(seconds=0.1)


async def _pid(connection: Any) -> int:
    return int(await connection.fetchval("SELECT pg_backend_pid()"))


async def test_the_connection_used_last_is_lent_first(pool: Pool) -> None:
    first, second = await pool.acquire(seconds=1), await pool.acquire(seconds=1)
    await pool.release(first)
    await pool.release(second)
    assert await pool.acquire(seconds=1) is second
    assert await pool.acquire(seconds=1) is first
    await pool.release(first)
    await pool.release(second)


async def test_more_than_its_size_is_waited_for(pool: Pool) -> None:
    first, second = await pool.acquire(seconds=1), await pool.acquire(seconds=1)
    with pytest.raises(TimeoutError):
        await pool.acquire(seconds=0.05)
    waiting = asyncio.create_task(pool.acquire(seconds=1))
    await asyncio.sleep(0)
    await pool.release(first)
    assert await waiting is first
    await pool.release(first)
    await pool.release(second)


async def test_who_gives_up_waiting_takes_no_place(pool: Pool) -> None:
    lent = [await pool.acquire(seconds=1), await pool.acquire(seconds=1)]
    waiting = [asyncio.create_task(pool.acquire(seconds=1)) for _ in range(3)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    for connection in lent:
        await pool.release(connection)
    await asyncio.gather(*waiting, return_exceptions=True)
    for connection in [await pool.acquire(seconds=0.1), await pool.acquire(seconds=0.1)]:
        await pool.release(connection)


async def test_a_failed_connect_takes_no_place() -> None:
    async def refuse() -> None:
        raise ConnectionRefusedError

    pool = Pool(refuse, 2)
    for _ in range(5):
        with pytest.raises(ConnectionRefusedError):
            await pool.acquire(seconds=0.1)


async def test_a_dead_connection_is_replaced(pool: Pool) -> None:
    connection = await pool.acquire(seconds=1)
    pid = await _pid(connection)
    await pool.release(connection)
    connection.terminate()
    fresh = await pool.acquire(seconds=1)
    assert await _pid(fresh) != pid
    await pool.release(fresh)


async def test_a_connection_in_a_transaction_is_not_lent_again(pool: Pool) -> None:
    connection = await pool.acquire(seconds=1)
    await connection.execute("BEGIN")
    await pool.release(connection)
    assert connection.is_closed()
    fresh = await pool.acquire(seconds=1)
    assert not fresh.is_in_transaction()
    await pool.release(fresh)


async def test_a_connection_idle_for_long_is_not_lent_again(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = await pool.acquire(seconds=1)
    await pool.release(connection)
    monkeypatch.setattr(pools, "IDLE_SECONDS", 0.0)
    fresh = await pool.acquire(seconds=1)
    assert connection.is_closed()
    await pool.release(fresh)


async def test_a_closed_pool_lends_nothing_and_takes_everything_back(pool: Pool) -> None:
    kept, idle = await pool.acquire(seconds=1), await pool.acquire(seconds=1)
    await pool.release(idle)
    await pool.close(seconds=0.05)
    assert idle.is_closed()
    assert await _pid(kept)
    with pytest.raises(asyncpg.InterfaceError):
        await pool.acquire(seconds=1)
    await pool.release(kept)
    assert kept.is_closed()
