"""The servers that are compared: how each starts, what it weighs, and that it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import NamedTuple

import psutil

WORKERS = 2
_STARTS_WITHIN = 60
_STOPS_WITHIN = 20


class Contestant(NamedTuple):
    """A server of WORKERS processes, running."""

    process: subprocess.Popen[bytes]
    port: int
    seconds_to_first_page: float

    @classmethod
    def start(cls, *module: str, env: Mapping[str, str], page: bytes) -> "Contestant":
        """Runs `python -m`, with {port} filled in, and waits until `page` is answered with 200. Raises RuntimeError."""
        port = free_port()
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", *(word.format(port=port) for word in module)],
            env={**os.environ, **env, "PORT": str(port)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while process.poll() is None and time.perf_counter() - started < _STARTS_WITHIN:
            if _answers(port, page):
                return cls(process, port, time.perf_counter() - started)
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        raise RuntimeError(f"{module[0]} did not serve a page within {_STARTS_WITHIN} s")

    def cpu_seconds(self) -> float:
        """Processor time that its workers have used so far."""
        return sum(sum(worker.cpu_times()[:2]) for worker in self.workers())

    def workers(self) -> list[psutil.Process]:
        """The processes that serve pages: beside them the server has a small one that watches."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return sorted(children, key=_megabytes)[-WORKERS:]

    def megabytes(self) -> list[float]:
        """The resident memory of each worker, shared pages included."""
        return [_megabytes(worker) for worker in self.workers()]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int, page: bytes) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(page)
            return connection.recv(12).endswith(b" 200")
    except OSError:
        return False


def _megabytes(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 2**20
    except psutil.NoSuchProcess:
        return 0.0
