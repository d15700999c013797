"""A pool of connections for one event loop.

asyncpg's own pool takes 80 µs for a loan and return, three times a short statement, because a return is a task of its
own. Here both are plain calls: a connection comes back at once or not at all. What is closed, cancelled in the
middle of a statement or still in a transaction is thrown away.
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

    def ready(self) -> Any | None:
        """A connection that needs no waiting, or None."""
        if self._closed or self._places.locked():
            return None
        connection = self._newest()
        if connection is not None:
            self._take_place()
        return connection

    async def acquire(self) -> Any:
        """A connection, waited for without limit and made if none is idle. Raises what connecting raises."""
        await self._places.acquire()
        try:
            if self._closed:
                raise asyncpg.InterfaceError("the pool is closed")
            return self._newest() or await self._connect()
        except BaseException:
            self._places.release()
            raise

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

    async def close(self, *, patience: float) -> None:
        """Lends no more, waits that many seconds for what is lent, and closes what came back."""
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                for _ in range(self._size):
                    await self._places.acquire()
        while self._idle:
            connection, _ = self._idle.pop()
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=patience)

    def _newest(self) -> Any | None:
        limit = asyncio.get_running_loop().time() - IDLE_SECONDS
        while self._idle:
            connection, since = self._idle.pop()
            if since > limit and not connection.is_closed():
                return connection
            connection.terminate()
        return None

    def _take_place(self) -> None:
        """What acquire() of a semaphore that is not locked does, which it can only do as a coroutine."""
        with suppress(StopIteration):
            self._places.acquire().send(None)
