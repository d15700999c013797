"""The worker: does what is in the queue. The only importer of the queue library; web processes never import this.

Jobs end up here by the `jobs.py` modules that `app/worker.py` imports. What the library promises, and what is added
around it, is written in docs/jobs-and-mail.md.
"""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import asyncpg
import msgspec
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.applications import PgQueuer
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job as Queued
from pgqueuer.models import Schedule
from pgqueuer.queries import Queries
from pgqueuer.types import Channel

from app import db
from app.config import settings
from app.connections import Servers, connection_settings
from app.jobs.queue import enqueue
from app.jobs.registry import JOBS, SCHEDULE, Job, Later

log = logging.getLogger("portico.jobs")

AT_ONCE = 20
"""Jobs in progress in one worker: a slow mail server holds up that many, not all."""

POLL = timedelta(seconds=2)
"""How late a job may be noticed while the notifications are broken; otherwise it is milliseconds."""

PRESUMED_DEAD = timedelta(seconds=30)
"""A worker that gave no sign for so long has its jobs taken over."""

DRAIN_SECONDS = 8.0
BEAT_SECONDS = 10.0
RESTART_SECONDS = 1.0

_BEAT = """
INSERT INTO "WorkerHeartbeats" ("id", "seenAt") VALUES ($1, app_now())
ON CONFLICT ("id") DO UPDATE SET "seenAt" = EXCLUDED."seenAt"
"""

# Given in full, because the library would otherwise read names such as CHANNEL or TRIGGER from the environment.
_NAMES = DBSettings(
    prefix="",
    db_schema=None,
    channel=Channel("ch_pgqueuer"),
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
)


async def run_worker(stop: asyncio.Event) -> None:
    """Does jobs until `stop` is set; then those under way have DRAIN_SECONDS to end, and the rest goes back.

    Survives lost connections and a database that is away.
    """
    worker = _Worker(stop)
    helpers = [asyncio.create_task(worker.beat()), asyncio.create_task(worker.hand_back_late_jobs())]
    try:
        await worker.work()
    finally:
        for helper in helpers:
            helper.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)


def queries(pool: asyncpg.Pool) -> Queries:
    """The library's statements, on the names that our migration gave its tables."""
    return Queries(
        AsyncpgPoolDriver(pool),
        qbe=QueryBuilderEnvironment(_NAMES),
        qbq=QueryQueueBuilder(_NAMES),
        qbs=QuerySchedulerBuilder(_NAMES),
    )


class _Worker:
    def __init__(self, stop: asyncio.Event) -> None:
        self.stop = stop
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.running: set[asyncio.Task[None]] = set()

    async def work(self) -> None:
        """Runs the library's loops, and runs them anew whenever they break off."""
        while not self.stop.is_set():
            try:
                async with _pool() as pool:
                    await self._work_on(pool)
            except Exception as error:  # noqa: BLE001 - whatever it was, mail must go on
                log.warning("the queue broke off and is taken up again: %r", error)
                await _wait(self.stop, RESTART_SECONDS)

    async def beat(self) -> None:
        """Shows that this worker is alive, to /health/ready and to operators."""
        while not self.stop.is_set():
            try:
                await db.execute(_BEAT, self.name)
            except db.Unavailable as error:
                log.warning("no sign of life could be written: %r", error)
            await _wait(self.stop, BEAT_SECONDS)
        await db.execute('DELETE FROM "WorkerHeartbeats" WHERE "id" = $1', self.name)

    async def hand_back_late_jobs(self) -> None:
        """After the stop, interrupts what takes too long; it is done again by the next worker."""
        await self.stop.wait()
        await asyncio.sleep(DRAIN_SECONDS)
        for task in self.running:
            task.cancel()

    async def _work_on(self, pool: asyncpg.Pool) -> None:
        known = queries(pool)
        queue = PgQueuer(known.driver, channel=_NAMES.channel, queries=known)
        for job in JOBS.values():
            queue.entrypoint(job.name, accepts_context=False, on_failure="hold")(partial(self._do, job))
        for name, cron in SCHEDULE.items():
            queue.schedule(name, cron, accepts_context=False)(partial(_enqueue_due, name))
        stopping = asyncio.create_task(_pass_on(self.stop, queue.shutdown))
        try:
            await queue.run(
                dequeue_timeout=POLL,
                batch_size=AT_ONCE // 2,
                max_concurrent_tasks=AT_ONCE,
                heartbeat_timeout=PRESUMED_DEAD,
                shutdown_on_listener_failure=True,
            )
        finally:
            stopping.cancel()

    async def _do(self, job: Job, queued: Queued) -> None:
        """One attempt. What it raises decides: RetryRequested puts the job back, anything else makes it failed."""
        task = asyncio.ensure_future(job.run(**msgspec.json.decode(queued.payload or b"{}")))
        self.running.add(task)
        try:
            await task
        except asyncio.CancelledError:
            # Both for hand_back_late_jobs and for the library, which would otherwise forget a cancelled job.
            raise RetryRequested(timedelta(0), "interrupted") from None
        except Later as later:
            raise RetryRequested(later.delay, str(later)) from None
        except db.Unavailable as error:
            await self._database_is_back()
            raise RetryRequested(job.wait(0), repr(error)) from None
        except Exception as error:
            if queued.attempts >= job.retries:
                raise
            log.warning("job %s %s failed and is repeated", job.name, queued.id, exc_info=error)
            raise RetryRequested(job.wait(queued.attempts), repr(error)) from None
        finally:
            self.running.discard(task)

    async def _database_is_back(self) -> None:
        """The library can put a job back only while it reaches the database, and takes a failure there for the end."""
        while not self.stop.is_set():
            try:
                await db.value("SELECT 1")
            except db.Unavailable:
                await _wait(self.stop, RESTART_SECONDS)
            else:
                return


async def _enqueue_due(name: str, _schedule: Schedule) -> None:
    """Only that: as a job it has retries, and its failure shows."""
    await enqueue(name, key=name)


@asynccontextmanager
async def _pool() -> AsyncIterator[asyncpg.Pool]:
    """Connections of the queue's own, since one of them listens; opened as all others are."""
    dsn = settings().database_url
    options = connection_settings(application_name="portico queue") | {"connect": Servers(dsn).connect}
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=4, **options)
    try:
        yield pool
    finally:
        pool.terminate()


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    """Sleeps, but not on after the stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def _pass_on(stop: asyncio.Event, target: asyncio.Event) -> None:
    await stop.wait()
    target.set()
