"""What people get while a part of Portico breaks: pages or a friendly 503, soon; and all is well again by itself.

The faults and figures are those of the reliability plan (F1 to F19): no 500, no hang over 5 s, back within 5 s.
"""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterable, Iterator

import pytest

from tests.deployment import SESSION, Answer, Database, Web, folder

pytestmark = pytest.mark.anyio

LONGEST = 7.5
"""Seconds: the 5 that the timeouts of a request add up to, and what a busy machine may add."""

QUICK = 1.5
POOL = 10


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with folder() as place:
        made = Database(place / "postgres")
        asyncio.run(made.prepare())
        yield made
        made.server.stop()


@pytest.fixture(scope="module")
def shared(database: Database) -> Iterator[Web]:
    web = Web(database.dsn)
    yield web
    web.stop()


@pytest.fixture
async def web(shared: Web) -> AsyncIterator[Web]:
    """A web server that works, and that works again within 5 s of whatever a test did to it."""
    await shared.until(200, seconds=30)
    yield shared
    await shared.until(200)


def _assert_friendly(answers: Iterable[Answer]) -> None:
    for answer in answers:
        assert answer.is_friendly, answer
        assert answer.seconds < LONGEST, answer


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
async def test_a_restart_of_the_database_is_a_few_friendly_refusals(
    how: signal.Signals, database: Database, web: Web
) -> None:
    async def restart() -> None:
        await asyncio.to_thread(database.stop, how)
        await web.until(503)
        await asyncio.to_thread(database.start)
        await web.until(200)

    _assert_friendly(await web.under_load(restart))


async def test_a_killed_database_session_is_gone_over_within_seconds(database: Database, web: Web) -> None:
    async def kill() -> None:
        await database.kill_a_session()
        await database.recovered()
        await web.until(200)

    _assert_friendly(await web.under_load(kill))


async def test_without_a_database_at_the_start_the_server_starts_and_waits_for_it(database: Database, web: Web) -> None:
    await asyncio.to_thread(database.stop, signal.SIGINT)
    late = Web(database.dsn)
    try:
        await late.until(200, "/health/live", seconds=30)
        assert (await late.ask("/health/ready")).status == 503
        _assert_friendly([home := await late.ask()])
        assert home.status == 503
        assert (await late.ask(signed_in=False)).status == 200, "pages that need no database are served"
    finally:
        await asyncio.to_thread(database.start)
    await late.until(200, "/health/ready")
    await late.until(200)
    late.stop()


async def test_a_database_that_stands_still_holds_nobody_for_five_seconds(database: Database, web: Web) -> None:
    with database.frozen():
        waiting = [asyncio.create_task(web.ask()) for _ in range(2 * POOL)]
        await asyncio.sleep(0.5)
        await _assert_quick_without_database(web)
        answers = await asyncio.gather(*waiting)
    _assert_friendly(answers)
    assert {answer.status for answer in answers} == {503}


async def test_a_locked_table_and_a_pool_in_full_use_refuse_what_needs_them_and_nothing_else(
    database: Database, web: Web
) -> None:
    async with database.locked("Users"):
        waiting = [asyncio.create_task(web.ask()) for _ in range(5 * POOL)]
        await database.until_busy(POOL)
        await _assert_quick_without_database(web)
        answers = await asyncio.gather(*waiting)
    _assert_friendly(answers)
    assert {answer.status for answer in answers} == {503}
    await web.until(200, quick=QUICK)


async def test_people_who_leave_in_the_middle_leave_nothing_behind(database: Database, web: Web) -> None:
    asked = f"GET / HTTP/1.1\r\nHost: localhost:{web.port}\r\nCookie: session={SESSION}\r\n\r\n".encode()
    async with database.locked("Users"):
        for _ in range(10 * POOL):
            with socket.create_connection(("localhost", web.port)) as connection:
                connection.sendall(asked)
        await database.until_busy(POOL)
    states = await database.until_busy(0)
    assert len(states) <= POOL
    assert set(states) == {"idle"}


async def test_a_server_told_to_stop_finishes_what_it_has_begun(database: Database, web: Web) -> None:
    leaving = Web(database.dsn)
    await leaving.until(200, seconds=30)
    async with contextlib.AsyncExitStack() as lock:
        await lock.enter_async_context(database.locked("Users"))
        begun = [asyncio.create_task(leaving.ask()) for _ in range(POOL)]
        await database.until_busy(POOL)
        began = time.monotonic()
        stopping = asyncio.create_task(asyncio.to_thread(leaving.stop))
        await asyncio.sleep(1.5)
        await lock.aclose()
        answers = await asyncio.gather(*begun)
    _assert_friendly(answers)
    assert await stopping == 0
    assert time.monotonic() - began < 10


async def _assert_quick_without_database(web: Web) -> None:
    """Health, the landing page and the sign-in form ask no database, so they know nothing of its trouble."""
    for path in ("/health/live", "/", "/login"):
        answer = await web.ask(path, signed_in=False)
        assert (answer.status, answer.seconds < QUICK) == (200, True), (path, answer)
