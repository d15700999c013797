"""A pool of connections for one event loop.

asyncpg's own pool takes 80 µs for a loan and its return, twice a short statement, because each return is a task of
its own. Here both are plain calls: a connection comes back at once or not at all. One that is closed, was given up
in the middle of a statement, or is still in a transaction is thrown away.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg

# Firewalls forget quiet connections, and after a rush there are more than are needed.
IDLE_SECONDS = 300.0


class Pool:
    """At most `size` connections, made by `connect` when they are needed; the one used last is lent first."""

    def __init__(self, connect: Callable[[], Awaitable[Any]], size: int) -> None:
        self._connect = connect
        self._size = size
        self._places = asyncio.Semaphore(size)
        self._idle: list[tuple[Any, float]] = []
        self._closed = False

    async def acquire(self, *, seconds: float) -> Any:
        """A connection, waited for and if need be made within `seconds`. Raises what connecting raises."""
        if self._closed:
            raise asyncpg.InterfaceError("the pool is closed")
        if not self._places.locked():
            await self._places.acquire()  # does not wait
            connection = self._newest()
            if connection is not None:
                return connection
            self._places.release()
        async with asyncio.timeout(seconds):
            return await self._slowly()

    async def release(self, connection: Any) -> None:
        """Takes a connection back, or throws it away if it cannot be lent again."""
        if self._closed or connection.is_closed() or connection.is_in_transaction():
            connection.terminate()
        else:
            now = asyncio.get_running_loop().time()
            self._idle.append((connection, now))
            if self._idle[0][1] < now - IDLE_SECONDS:
                self._idle.pop(0)[0].terminate()
        self._places.release()

    async def close(self, *, seconds: float) -> None:
        """Lends no more, waits that long for what is lent, and closes what came back; the rest ends on return."""
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for _ in range(self._size):
                    await self._places.acquire()
        while self._idle:
            connection, _ = self._idle.pop()
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=seconds)

    async def _slowly(self) -> Any:
        await self._places.acquire()
        try:
            return self._newest() or await self._connect()
        except BaseException:
            self._places.release()
            raise

    def _newest(self) -> Any | None:
        limit = asyncio.get_running_loop().time() - IDLE_SECONDS
        while self._idle:
            connection, since = self._idle.pop()
            if since > limit and not connection.is_closed():
                return connection
            connection.terminate()
        return None
