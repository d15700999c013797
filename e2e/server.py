"""A Portico of the run's own: PostgreSQL in a temporary folder, web and worker as processes on a free port."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Self

import httpx

from app.config import ROOT
from app.postgres import Embedded

STARTS_WITHIN = 60.0
STOPS_WITHIN = 15.0


class Portico:
    """Starts with `start()`, ends with `stop()`; `address` is where its pages are, `database` its DSN."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portico-journeys-"))
        # PostgreSQL's own account must pass through.
        self.folder.chmod(0o755)
        self.database = ""
        self.address = ""
        self._postgres = Embedded(self.folder / "postgres", lasting=False)
        self._parts: list[Part] = []

    def start(self) -> Self:
        """Comes back once pages are served and the worker lives; raises DidNotStart with what was said."""
        try:
            self.database = self._postgres.start()
            env = environment(self.database)
            for command in ("migrate", "seed"):
                Part(command, env, self.folder).finish()
            web = Part("serve", env, self.folder)
            self._parts = [web, Part("worker", env, self.folder)]
            self.address = env["BASE_URL"]
            web.await_ready(self.address, worker=True)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        for part in self._parts:
            part.stop()
        self._postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Variant:
    """The same product with other settings, on another port: closed for sign-up, with terms, without its database."""

    def __init__(self, database: str, **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portico-journeys-"))
        env = environment(database) | settings
        self.address = env["BASE_URL"]
        self._web = Part("serve", env, self.folder)
        try:
            self._web.await_ready(self.address)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._web.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class DidNotStart(Exception):
    """A part ended or kept silent; the message holds its last words."""


class Part:
    """One `portico` process; what it says goes into a file."""

    def __init__(self, command: str, env: dict[str, str], folder: Path) -> None:
        self.command = command
        self.log = folder / f"{command}.log"
        with self.log.open("wb") as output:
            self._process = self._launch(env, output)

    def finish(self) -> None:
        if self._process.wait(STARTS_WITHIN):
            raise DidNotStart(f"portico {self.command} failed:\n{self._said()}")

    def await_ready(self, address: str, *, worker: bool = False) -> None:
        """Until /health answers; where the database is meant to be missing, an answer is enough."""
        ends = time.monotonic() + STARTS_WITHIN
        while self._process.poll() is None and time.monotonic() < ends:
            if _healthy(address, worker=worker):
                return
            # The process is watched, not a page: it says nothing when it is ready.
            self._pause()
        raise DidNotStart(f"portico {self.command} does not answer:\n{self._said()}")

    def stop(self) -> None:
        """Ends it as an operator would, and only then by force."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _launch(self, env: dict[str, str], output: IO[bytes]) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C ends the run, which then stops the parts in order.
        return subprocess.Popen(
            [sys.executable, "-m", "app", self.command],
            env=env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _pause(self) -> None:
        try:
            self._process.wait(0.05)
        except subprocess.TimeoutExpired:
            return

    def _said(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


def environment(database: str) -> dict[str, str]:
    """What a process of the run sees; settings of the person who starts it must not leak in."""
    port = free_port()
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR") if name in os.environ
    }
    return kept | {
        "BASE_URL": f"http://localhost:{port}",
        "DATABASE_URL": database,
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "SECRET_KEY": SECRET,
        "WEB_WORKERS": "1",
    }


SECRET = secrets.token_urlsafe(32)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _healthy(address: str, *, worker: bool) -> bool:
    try:
        answer = httpx.get(f"{address}/health/ready", timeout=2)
    except httpx.TransportError:
        return False
    return not worker or answer.json().get("worker") == "ok"
