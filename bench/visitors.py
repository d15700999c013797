"""Browsers that sign in, many at once, and those that look on to see what the others have to wait for."""

import asyncio
import itertools
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import urlencode

from bench.load import Answer, Connection, request
from bench.world import BROWSER_SENDS, PASSWORD, PEOPLE, SESSIONS

TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')
_PACE = 0.04

_next_account = itertools.cycle(range(SESSIONS + 1, PEOPLE + 1))


class Visitor(NamedTuple):
    """A browser with the sign-in form before it."""

    connection: Connection
    cookie: str
    token: str

    @classmethod
    async def arrive(cls, port: int) -> "Visitor":
        connection = await Connection.open(port)
        form = await connection.ask(request("GET", "/login", BROWSER_SENDS))
        token = TOKEN.search(form.body)
        if form.status != 200 or token is None:
            raise RuntimeError(f"the sign-in page answered {form.status}, without a form")
        cookies = [value.partition(";")[0] for value in form.header("set-cookie")]
        return cls(connection, "; ".join(cookies), token[1].decode())

    async def sign_in(self) -> Answer:
        """Signs in whoever is next, from an address of their own. What it gets is not kept: the form serves again."""
        n = next(_next_account)
        fields = {"csrf_token": self.token, "email": f"person{n}@mail.example.com", "password": PASSWORD}
        headers = BROWSER_SENDS | {"cookie": self.cookie, "x-forwarded-for": f"10.0.{n // 256}.{n % 256}"}
        return await self.connection.ask(request("POST", "/login", headers, urlencode(fields).encode()))


async def arrive(port: int, count: int) -> list[Visitor]:
    return [await Visitor.arrive(port) for _visitor in range(count)]


async def keep_signing_in(visitors: Sequence[Visitor], seconds: float) -> float:
    """All of them sign in again and again; gives how many times a second. Raises RuntimeError if one is refused."""
    ends = time.perf_counter() + seconds
    done = 0

    async def repeat(visitor: Visitor) -> None:
        nonlocal done
        while time.perf_counter() < ends:
            answer = await visitor.sign_in()
            if answer.status != 303:
                raise RuntimeError(f"a sign-in was answered {answer.status}")
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*map(repeat, visitors))
    return done / (time.perf_counter() - started)


@asynccontextmanager
async def looking_on(port: int, pages: Sequence[bytes]) -> AsyncIterator[list[float]]:
    """Meanwhile each page is asked 25 times a second on a connection of its own; gives the seconds of every answer."""
    times: list[float] = []
    connections = [await Connection.open(port) for _page in pages]

    async def look(connection: Connection, page: bytes) -> None:
        while True:
            answer = await connection.ask(page)
            if answer.status != 200:
                raise RuntimeError(f"a page was answered {answer.status}")
            times.append(answer.seconds)
            await asyncio.sleep(_PACE)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(look(*each)) for each in zip(connections, pages, strict=True)]
        yield times
        for task in tasks:
            task.cancel()
    for connection in connections:
        connection.close()
