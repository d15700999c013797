"""Workers for tests: in this process, and a process of their own that a test can kill."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from app import db
from app.config import ROOT
from app.jobs.worker import run_worker
from tests.database import TestDatabase

PATIENCE = 15.0


@asynccontextmanager
async def working(workers: int = 1) -> AsyncIterator[None]:
    """Workers on the database of the settings, stopped as SIGTERM stops them."""
    stop = asyncio.Event()
    running = [asyncio.create_task(run_worker(stop)) for _ in range(workers)]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*running)


@asynccontextmanager
async def worker_process(database: TestDatabase, *jobs: str) -> AsyncIterator[subprocess.Popen[bytes]]:
    """A worker that takes another one for dead after two seconds; `jobs` are modules that register jobs."""
    program = (
        "from datetime import timedelta\n"
        "from app.jobs import worker\n"
        "worker.PRESUMED_DEAD = timedelta(seconds=2)\n"
        f"import {', '.join(['app.worker', *jobs])}\n"
        "app.worker.main()\n"
    )
    env = os.environ | {"DATABASE_URL": database.dsn, "SECRET_KEY": "tests-tests-tests-tests-tests-tests"}
    process = subprocess.Popen([sys.executable, "-c", program], env=env, cwd=ROOT, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - takes no time
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


async def until(happened: Callable[[], Awaitable[object]], seconds: float = PATIENCE) -> float:
    """Waits until the answer is true, and says how long that took."""
    began = time.monotonic()
    while not await happened():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def queued(name: str) -> int:
    """How many jobs of that name wait, run or have failed."""
    return int(await db.value("SELECT count(*) FROM pgqueuer WHERE entrypoint = $1", name))


async def state(name: str) -> str | None:
    status: str | None = await db.value("SELECT status::text FROM pgqueuer WHERE entrypoint = $1", name)
    return status
