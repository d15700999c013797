"""The embedded server: as root and as anybody, alone and shared, stopped, interrupted and killed."""

import asyncio
import os
import pwd
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app import postgres
from app.config import ROOT
from app.postgres import BINARIES, CannotStart, Embedded

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account to run the server as")

USER = """
import signal, sys, time
from pathlib import Path
from app.postgres import Embedded
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored below a shell's background job
server = Embedded(Path(sys.argv[1]))
address = server.start()
try:
    print(address, flush=True)
    while True:  # and not pause(): a signal that comes just before it would be slept over
        time.sleep(0.05)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.stdin.readline()
    server.stop()
"""


@pytest.fixture
def folder(open_folder: Path) -> Iterator[Path]:
    """The data folder, which is not there yet."""
    yield open_folder / "postgres"
    with suppress(OSError, ValueError):  # a server that a failed test has left
        os.kill(_pid(open_folder / "postgres"), signal.SIGQUIT)


@pytest.fixture
def users() -> Iterator[list[subprocess.Popen[str]]]:
    """Other processes that use the server; none outlives the test."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def _use(users: list[subprocess.Popen[str]], folder: Path) -> subprocess.Popen[str]:
    """Another process that starts the server, in a process group of its own as in a terminal."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", USER, str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, start_new_session=True)
    users.append(process)
    return process


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _pid(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def _runs(folder: Path) -> bool:
    """The server removes these on its way out; its process may stay as a zombie where nobody collects them."""
    return (folder / "data" / "postmaster.pid").exists() or (folder / "run" / ".s.PGSQL.5432").exists()


def _ask(dsn: str, sql: str) -> Any:
    async def ask() -> Any:
        connection = await asyncpg.connect(dsn, timeout=5)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(ask())


def _modes(*paths: Path) -> dict[Path, int]:
    return {folder: stat.S_IMODE(folder.stat().st_mode) for path in paths for folder in path.parents}


def test_data_are_there_after_a_stop(folder: Path) -> None:
    server = Embedded(folder)
    dsn = server.start()
    _ask(dsn, "CREATE TABLE kept ()")
    server.stop()
    assert not _runs(folder)
    assert server.start() == dsn
    assert _ask(dsn, "SELECT 'kept'::regclass::text") == "kept"
    server.stop()


def test_the_server_is_modest(folder: Path) -> None:
    """No superuser, no network, no changed folder, and nothing left of what tests did."""
    before = _modes(folder, BINARIES)
    server = Embedded(folder, lasting=False)
    dsn = server.start()
    assert _modes(folder, BINARIES) == before
    assert _ask(dsn, "SELECT rolsuper::text || rolcreatedb FROM pg_roles WHERE rolname = current_user") == "falsetrue"
    assert not _ask(dsn, "SHOW listen_addresses")
    assert _ask(dsn, "SHOW fsync") == "off"
    assert stat.S_IMODE((folder / "run").stat().st_mode) == 0o700
    server.stop()
    assert {path.name for path in folder.iterdir()} == {"start.lock", "users.lock"}


@pytest.mark.parametrize("closed", ["data", "binaries"])
@as_root
def test_what_the_account_cannot_reach_lives_elsewhere(
    closed: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "REACHABLE", folder.parent / "reachable")
    home = folder.parent / "home"
    home.mkdir(mode=0o700)
    (home / "installed").symlink_to(BINARIES)
    before = _modes(home / "x")
    if closed == "data":
        server = Embedded(home / "postgres", lasting=False)
    else:
        server = Embedded(folder, lasting=False, installed=home / "installed")
    assert _ask(server.start(), "SELECT 1") == 1
    server.stop()
    assert _modes(home / "x") == before


@as_root
def test_an_ordinary_user_runs_it_as_themselves(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(folder.parent, nobody.pw_uid, nobody.pw_gid)
    child = os.fork()  # and no exec: this Python may lie where nobody else can reach it
    if not child:
        with suppress(BaseException):
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            server = Embedded(folder)
            owner = server.start() and (folder / "data").stat().st_uid
            server.stop()
            os._exit(0 if owner == nobody.pw_uid else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_server_left_by_a_killed_process_is_used_again(folder: Path, users: list[subprocess.Popen[str]]) -> None:
    process = _use(users, folder)
    dsn = _line(process)
    pid = _pid(folder)
    process.kill()
    process.wait()
    assert _ask(dsn, "SELECT 1") == 1
    server = Embedded(folder)
    assert server.start() == dsn
    assert _pid(folder) == pid
    server.stop()
    assert not _runs(folder)


def test_an_interrupt_reaches_the_app_and_not_the_server(folder: Path, users: list[subprocess.Popen[str]]) -> None:
    process = _use(users, folder)
    dsn = _line(process)
    os.killpg(process.pid, signal.SIGINT)
    assert _line(process) == "interrupted"
    assert _ask(dsn, "SELECT 1") == 1
    process.communicate("stop\n")
    assert process.returncode == 0
    assert not _runs(folder)


def test_the_last_of_several_processes_stops_it(folder: Path, users: list[subprocess.Popen[str]]) -> None:
    both = [_use(users, folder) for _ in range(2)]
    dsns = {_line(process) for process in both}
    assert len(dsns) == 1, "two that start at once from nothing meet one server"
    mine = Embedded(folder)
    (dsn,) = {mine.start()} | dsns
    mine.stop()
    for process in both:
        assert _ask(dsn, "SELECT 1") == 1
        os.killpg(process.pid, signal.SIGINT)
        process.communicate("stop\n")
    assert not _runs(folder)


@pytest.mark.parametrize("name", ["long-" * 25, "a, b: c?"], ids=["long", "odd"])
def test_a_path_no_socket_can_have_is_no_obstacle(name: str, folder: Path) -> None:
    server = Embedded(folder / name, lasting=False)
    assert _ask(server.start(), "SELECT 1") == 1
    server.stop()


def test_a_killed_first_start_is_started_over(folder: Path) -> None:
    (folder / "data.new").mkdir(parents=True)
    (folder / "data.new" / "PG_VERSION").write_text("18")
    server = Embedded(folder, lasting=False)
    assert _ask(server.start(), "SELECT 1") == 1
    server.stop()


@pytest.mark.parametrize("lasting", [True, False])
def test_torn_data_are_said_or_if_they_are_of_tests_made_anew(lasting: bool, folder: Path) -> None:
    server = Embedded(folder)
    server.start()
    server.stop()
    (folder / "data" / "global" / "pg_control").write_bytes(b"torn")
    server = Embedded(folder, lasting=lasting)
    if lasting:
        with pytest.raises(CannotStart, match="pg_control"):
            server.start()
    else:
        assert _ask(server.start(), "SELECT 1") == 1
        server.stop()
