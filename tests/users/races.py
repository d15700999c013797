"""Many at the same moment: what the races share."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import httpx
from litestar import Litestar

from app import db
from tests.visitor import Browser

MIA = "mia@acme.test"
AT_ONCE, ROUNDS = 20, 20


async def together(acts: Sequence[Callable[[], Awaitable[httpx.Response]]]) -> list[int]:
    """The answers of all in their order, started at one moment; whoever loses is refused in order, never by a fault."""
    barrier = asyncio.Barrier(len(acts))

    async def start(act: Callable[[], Awaitable[httpx.Response]]) -> int:
        await barrier.wait()
        return (await act()).status_code

    found = await asyncio.gather(*(start(act) for act in acts))
    assert max(found) < 500, sorted(found)
    return list(found)


def twins(app: Litestar, first: Browser) -> list[Browser]:
    """Tabs of one browser: the same cookies, the same page open."""
    tabs = [Browser(app) for _tab in range(AT_ONCE)]
    for tab in tabs:
        tab.http.cookies = first.http.cookies
        tab.page = first.page
    return tabs


async def fresh(*tables: str) -> None:
    """No limit is used up, and the tables are empty."""
    for table in ("RateLimits", *tables):
        await db.execute(f'DELETE FROM "{table}"')  # noqa: S608 - constants of the tests
