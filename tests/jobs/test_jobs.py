"""Jobs: enqueued with what they belong to, done once, repeated when they fail, never lost."""

import ast
import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import asyncpg
import pytest

import app.worker
from app import db
from app.config import ROOT
from app.jobs import housekeeping, registry, worker
from app.jobs.queue import enqueue
from app.jobs.registry import JOBS, SCHEDULE, Later, job, scheduled
from app.jobs.tables import WorkerHeartbeat
from tests.conftest import configured
from tests.database import TestDatabase
from tests.jobs.workers import queued, state, until, worker_process, working

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _own_jobs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has the product's jobs and its own, and no schedule."""
    before, times = dict(JOBS), dict(SCHEDULE)
    SCHEDULE.clear()
    monkeypatch.setattr(registry, "FIRST_WAIT", timedelta(milliseconds=20))
    monkeypatch.setattr(worker, "POLL", timedelta(seconds=1))
    yield
    JOBS.clear()
    JOBS.update(before)
    SCHEDULE.clear()
    SCHEDULE.update(times)


@pytest.fixture
async def queue(own_database: TestDatabase) -> TestDatabase:
    configured(database_url=own_database.dsn)
    return own_database


@pytest.fixture
def done() -> list[object]:
    """What the job `test.note` was given, in the order in which it was done."""
    notes: list[object] = []

    @job("test.note")
    async def note(of: object) -> None:
        notes.append(of)

    return notes


async def test_a_job_is_done_when_its_transaction_commits(queue: TestDatabase, done: list[object]) -> None:
    async with working():
        async with db.transaction():
            await enqueue("test.note", of="the act")
            await asyncio.sleep(0.3)
            assert not done
        await until(lambda: _is(done, ["the act"]))
        await until(lambda: _gone("test.note"))


async def test_what_is_rolled_back_is_not_done(database: TestDatabase) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            await enqueue("test.note", of="nothing")
            raise ZeroDivisionError

    assert await queued("test.note") == 0


async def test_a_job_put_off_is_not_done_before(queue: TestDatabase, done: list[object]) -> None:
    await enqueue("test.note", of="later", after=timedelta(seconds=0.6))
    async with working():
        assert await until(lambda: _is(done, ["later"])) > 0.5


async def test_a_second_job_of_the_same_key_is_not_made(database: TestDatabase) -> None:
    for _time in range(3):
        await enqueue("test.note", key="one of these", of=1)
    await enqueue("test.note", of=2)

    assert await queued("test.note") == 2


async def test_a_failing_job_is_repeated_and_then_kept_with_its_reason(queue: TestDatabase) -> None:
    tries = []

    @job("test.fails", retries=2)
    async def fails() -> None:
        tries.append(1)
        raise LookupError("the reason")

    await enqueue("test.fails")
    async with working():
        await until(lambda: _state_is("test.fails", "failed"))
    assert len(tries) == 3
    log = await db.rows("SELECT traceback FROM pgqueuer_log WHERE entrypoint = 'test.fails' ORDER BY id")
    assert "the reason" in str(log[-1]["traceback"])


def test_the_waits_grow_to_an_hour() -> None:
    known = JOBS["mail.deliver"]

    assert [known.wait(times) / registry.FIRST_WAIT for times in range(4)] == [1, 2, 4, 8]
    assert known.wait(10_000) == registry.LONGEST_WAIT


async def test_a_job_that_says_when_is_called_then_and_is_no_failure(queue: TestDatabase) -> None:
    tries = []

    @job("test.later", retries=0)
    async def later() -> None:
        tries.append(1)
        if len(tries) < 4:
            raise Later(timedelta(milliseconds=50), "not yet")

    await enqueue("test.later")
    async with working():
        await until(lambda: _gone("test.later"))
    assert len(tries) == 4


async def test_a_failed_job_with_retries_left_goes_on(database: TestDatabase) -> None:
    """The library fails a job for good when the connection breaks while the job is put back."""
    job("test.fell", retries=3)(_nothing)
    job("test.ended", retries=3)(_nothing)
    await enqueue("test.fell")
    await enqueue("test.ended")
    await db.execute(
        "UPDATE pgqueuer SET status = 'failed', attempts = CASE entrypoint WHEN 'test.fell' THEN 1 ELSE 3 END"
    )

    await housekeeping.revive()

    assert (await state("test.fell"), await state("test.ended")) == ("queued", "failed")


async def test_two_workers_do_each_job_once(queue: TestDatabase, done: list[object]) -> None:
    async with db.transaction():
        for number in range(300):
            await enqueue("test.note", of=number)
    async with working(workers=2):
        await until(lambda: _gone("test.note"))
    assert sorted(done, key=str) == sorted(range(300), key=str)


async def test_one_slow_job_holds_up_no_other(queue: TestDatabase, done: list[object]) -> None:
    @job("test.waits")
    async def waits() -> None:
        await asyncio.sleep(1.5)

    async with working():
        await enqueue("test.waits")
        await asyncio.sleep(0.2)
        await enqueue("test.note", of="quick")
        assert await until(lambda: _is(done, ["quick"])) < 1


@contextmanager
def connections_may_break() -> Iterator[None]:
    """What the queue's library leaves running when its connection is cut reports to the loop: nobody waits for it."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if isinstance(context.get("exception"), asyncpg.PostgresConnectionError | asyncpg.OperatorInterventionError):
            return
        if before:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
    yield
    loop.set_exception_handler(before)


async def test_killed_connections_lose_nothing(queue: TestDatabase, done: list[object]) -> None:
    with connections_may_break():
        async with working():
            for count in (1, 2, 3):
                await until(partial(_connected, queue))
                assert await _kill_backends(queue) >= 1
                await asyncio.sleep(0.05)  # for this process's own pool to notice
                await enqueue("test.note", of=count)
                assert await until(partial(_is, done, list(range(1, count + 1)))) < 5


async def test_a_job_interrupted_by_the_stop_goes_back(queue: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "DRAIN_SECONDS", 0.2)
    began = asyncio.Event()

    @job("test.endless")
    async def endless() -> None:
        began.set()
        await asyncio.sleep(60)

    await enqueue("test.endless")
    async with working():
        await asyncio.wait_for(began.wait(), 5)

    assert await state("test.endless") == "queued"


async def test_a_job_that_ends_in_time_is_not_interrupted(queue: TestDatabase) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    @job("test.short")
    async def short() -> None:
        began.set()
        await asyncio.sleep(0.4)
        ended.set()

    await enqueue("test.short")
    async with working():
        await asyncio.wait_for(began.wait(), 5)

    assert ended.is_set()
    assert await queued("test.short") == 0


async def test_a_killed_worker_has_its_job_done_by_another(queue: TestDatabase) -> None:
    await db.execute(
        "CREATE TABLE began (at timestamp DEFAULT app_now()); CREATE TABLE ended (at timestamp DEFAULT app_now())"
    )
    await enqueue("test.slow", seconds=1)
    async with worker_process(queue, "tests.jobs.slow") as first:
        await until(lambda: db.value("SELECT count(*) = 1 FROM began"))
        first.kill()
    async with worker_process(queue, "tests.jobs.slow") as second:
        await until(lambda: db.value("SELECT count(*) = 1 FROM ended"))
        await until(lambda: _gone("test.slow"))
        second.send_signal(signal.SIGTERM)
        assert second.wait(10) == 0
    assert await db.value("SELECT count(*) FROM began") == 2


async def test_the_schedule_is_kept_once_for_all_workers(queue: TestDatabase) -> None:
    times: list[datetime] = []

    @scheduled("* * * * * *")  # every second
    @job("test.tick")
    async def tick() -> None:
        times.append(await db.now())

    async with working(workers=2):
        await until(lambda: _many(times, 3))

    seconds = [time.replace(microsecond=0) for time in times]
    assert len(set(seconds)) == len(seconds)


async def test_a_worker_shows_that_it_is_alive(queue: TestDatabase) -> None:
    assert await WorkerHeartbeat.age() is None
    async with working():
        await until(lambda: db.value('SELECT count(*) = 1 FROM "WorkerHeartbeats"'))
        age = await WorkerHeartbeat.age()
        assert age is not None
        assert age < timedelta(seconds=5)
    assert await WorkerHeartbeat.age() is None


async def test_our_statement_leaves_what_the_librarys_own_would(queue: TestDatabase) -> None:
    async with asyncpg.create_pool(queue.dsn, min_size=1, max_size=2) as pool:
        await worker.queries(pool).enqueue("test.theirs", b'{"of":1}', dedupe_key="theirs")
    await enqueue("test.ours", key="ours", of=1)

    ignored = {"id", "created", "updated", "heartbeat", "execute_after", "entrypoint", "dedupe_key"}
    theirs, ours = (dict(row) for row in await db.rows("SELECT * FROM pgqueuer ORDER BY id"))
    assert {name for name in ours if ours[name] != theirs[name]} <= ignored


async def test_the_library_would_change_nothing_in_its_tables(queue: TestDatabase) -> None:
    """After an upgrade of the library its plan is what the next migration has to hold."""
    async with asyncpg.create_pool(queue.dsn, min_size=1, max_size=2) as pool:
        plan = await worker.queries(pool).plan_upgrade()

    assert (plan.statements, plan.notes) == ((), ())


def test_every_job_that_is_enqueued_exists() -> None:
    named = set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "enqueue":
                named |= {given.value for given in node.args[:1] if isinstance(given, ast.Constant)}
    assert named <= set(JOBS)
    assert {"mail.deliver", "mail.sweep", "jobs.revive"} <= set(JOBS)
    assert app.worker.WORK


def test_two_jobs_of_one_name_are_refused() -> None:
    job("test.once")(_nothing)
    with pytest.raises(ValueError, match=r"test\.once"):
        job("test.once")(_nothing)


def test_no_web_process_imports_the_worker() -> None:
    program = "import app.main, sys; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    imported = {name for name in found.stdout.split() if name.startswith(("pgqueuer", "aiosmtplib", "app.jobs."))}
    assert imported <= {"app.jobs.queue", "app.jobs.tables"}


async def _nothing() -> None: ...


async def _is(done: list[object], expected: list[object]) -> bool:
    return done == expected


async def _many(times: list[datetime], count: int) -> bool:
    return len(times) >= count


async def _gone(name: str) -> bool:
    return await queued(name) == 0


async def _state_is(name: str, expected: str) -> bool:
    return await state(name) == expected


async def _connected(database: TestDatabase) -> bool:
    return await _ask(database, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'portico queue'") > 0


async def _kill_backends(database: TestDatabase) -> int:
    return await _ask(database, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE true")


async def _ask(database: TestDatabase, sql: str) -> int:
    """Asked of the other connections to this database, from one outside the pool."""
    other = await database.connect(application_name="outsider")
    try:
        return int(await other.fetchval(f"{sql} AND datname = current_database() AND pid <> pg_backend_pid()"))
    finally:
        await other.close()
