"""A Portico of real processes on a PostgreSQL of its own, for tests that break one of them."""

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import asyncpg
import httpx
import psutil

from app import migrations
from app.config import ROOT
from app.postgres import Embedded

SESSION = "a session that never ends"
WELL_AGAIN = 5.0
"""Seconds within which everything works as before once a fault has ended (security.md section 8)."""

_TLS = ssl.create_default_context()  # made once, as each client would make its own for 20 ms

_PERSON = f"""
WITH person AS (
    INSERT INTO "Users" ("email", "name", "emailVerified") VALUES ('mia@acme.test', 'Mia', true) RETURNING "id"
)
INSERT INTO "Sessions" ("tokenHash", "userId", "methods", "authenticatedAt", "lastSeenAt", "idleSeconds", "expiresAt")
SELECT sha256('{SESSION}'), "id", ARRAY['password'], app_now(), app_now(), 43200, app_now() + interval '1 day'
FROM person
"""  # noqa: S608 - a constant of ours


class Answer(NamedTuple):
    """What a request came to: its status, or 0 if the connection broke; and how many seconds it took."""

    status: int
    seconds: float
    page: str = ""
    retry_after: str | None = None

    @property
    def is_friendly(self) -> bool:
        """A page, or a 503 that says when to come back."""
        return self.status == 200 or (self.status == 503 and self.retry_after is not None)


class Database:
    """The embedded server, which can be stopped in several ways and started again with its data."""

    def __init__(self, folder: Path) -> None:
        self.server = Embedded(folder)
        self.dsn = self.server.start()

    async def prepare(self) -> None:
        """The schema, and one person with a session."""
        await migrations.migrate(self.dsn, production=False)
        connection = await asyncpg.connect(self.dsn)
        await connection.execute(_PERSON)
        await connection.close()

    def stop(self, how: signal.Signals) -> None:
        """SIGINT ends sessions and stops, SIGQUIT drops everything (server shutdown, PostgreSQL manual 18.5)."""
        postmaster = self._postmaster()
        postmaster.send_signal(how)
        postmaster.wait(20)

    def start(self) -> None:
        self.server.start()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """All its processes stand still: connections stay open and nothing answers."""
        processes = [self._postmaster(), *self._postmaster().children()]
        for process in processes:
            process.suspend()
        try:
            yield
        finally:
            for process in processes:
                process.resume()

    @contextlib.asynccontextmanager
    async def locked(self, table: str) -> AsyncIterator[None]:
        """Whoever reads the table waits."""
        connection = await asyncpg.connect(self.dsn)
        try:
            async with connection.transaction():
                await connection.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
                yield
        finally:
            await connection.close()

    async def kill_a_session(self) -> None:
        """One server process of the web server dies as by the kernel's hand; all others end with it."""
        connection = await asyncpg.connect(self.server.dsn("portico", user="postgres"))
        pid = await connection.fetchval("SELECT pid FROM pg_stat_activity WHERE application_name = 'portico' LIMIT 1")
        os.kill(pid, signal.SIGKILL)
        connection.terminate()

    async def recovered(self) -> None:
        """Until it takes connections again."""
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(OSError, asyncpg.PostgresError):
                    connection = await asyncpg.connect(self.dsn)
                    await connection.close()
                    return
                await asyncio.sleep(0.05)

    async def until_busy(self, sessions: int, *, seconds: float = 10) -> list[str]:
        """Until just so many sessions of web servers are in a statement; gives the states of all."""
        async with asyncio.timeout(seconds):
            while (states := await self._states()).count("active") != sessions:  # noqa: ASYNC110 - it tells of no event
                await asyncio.sleep(0.05)
        return states

    async def _states(self) -> list[str]:
        connection = await asyncpg.connect(self.server.dsn("portico", user="postgres"))
        found = await connection.fetch("SELECT state FROM pg_stat_activity WHERE application_name = 'portico'")
        await connection.close()
        return [row["state"] for row in found]

    def _postmaster(self) -> psutil.Process:
        socket_folder = Path(self.dsn.partition("host=")[2])
        return psutil.Process(int((socket_folder / ".s.PGSQL.5432.lock").read_text().split()[0]))


class Web:
    """`portico serve` with one worker process."""

    def __init__(self, dsn: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://localhost:{self.port}"
        env = {"DATABASE_URL": dsn, "PORT": str(self.port), "BASE_URL": self.address, "ENVIRONMENT": "development"}
        env |= {"SECRET_KEY": "faults-faults-faults-faults-faults", "PASSWORD_COST": "m=19456,t=2,p=1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"]} | env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    async def ask(self, path: str = "/", *, signed_in: bool = True) -> Answer:
        """One request on a connection of its own."""
        cookies = {"session": SESSION} if signed_in else {}
        began = time.monotonic()
        async with httpx.AsyncClient(base_url=self.address, cookies=cookies, timeout=20, verify=_TLS) as client:
            try:
                got = await client.get(path)
            except httpx.TransportError:
                return Answer(0, time.monotonic() - began)
        return Answer(got.status_code, time.monotonic() - began, got.text, got.headers.get("retry-after"))

    async def until(self, wanted: int, path: str = "/", *, quick: float = 20, seconds: float = WELL_AGAIN) -> None:
        """Asks until the path answers like this, and as quick. Raises TimeoutError after so many seconds."""
        async with asyncio.timeout(seconds):
            while (answer := await self.ask(path)).status != wanted or answer.seconds > quick:  # noqa: ASYNC110 - a process tells of no event
                await asyncio.sleep(0.05)

    async def under_load(self, act: Callable[[], Awaitable[object]]) -> list[Answer]:
        """Everything that eight people get who look at pages while `act` runs, and a little longer."""
        answers: list[Answer] = []
        over = asyncio.Event()

        async def look(path: str) -> None:
            while not over.is_set():
                answers.append(await self.ask(path))
                await asyncio.sleep(0.02)

        async with asyncio.TaskGroup() as group:
            for n in range(8):
                group.create_task(look("/login/code" if n % 4 == 0 else "/"))
            await asyncio.sleep(0.2)
            await act()
            over.set()
        return answers

    def stop(self) -> int:
        """As an operator does; gives the exit code. After 15 s by force."""
        self.process.terminate()
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            return self.process.wait()


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own account may pass through, should the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="portico-faults-") as made:
        Path(made).chmod(0o711)
        yield Path(made)
