"""`portico dev`: one command for a stranger. Database, migrations, demo people, web and worker, stopped together."""

import os
import signal
import socket
import subprocess
import sys
import time

from app.config import ROOT, settings_or_exit
from app.operator.seeding import OTTO_TOTP
from app.postgres import Embedded

DATA = ROOT / ".data"
STARTS_WITHIN = 30
STOPS_WITHIN = 12


def run() -> int:
    """Starts everything, waits for Ctrl-C or for one part to end, stops everything; gives the exit code."""
    chosen = settings_or_exit()
    if not chosen.development:
        print("portico: `dev` is for ENVIRONMENT=development; use serve and worker", file=sys.stderr)
        return 2
    if _taken(chosen.port):
        print(f"portico: port {chosen.port} is in use; set PORT to another one", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _as_interrupt)
    embedded = None if chosen.database_url else Embedded(DATA / "postgres")
    parts: list[subprocess.Popen[bytes]] = []
    try:
        url = embedded.start() if embedded else chosen.database_url
        return _serve(url, chosen.port, parts)
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(parts)
        if embedded:
            embedded.stop()


def _serve(url: str, port: int, parts: list[subprocess.Popen[bytes]]) -> int:
    env = os.environ | {"DATABASE_URL": url, "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    for command in ("migrate", "seed"):
        done = subprocess.run([sys.executable, "-m", "app", command], env=env, check=False)
        if done.returncode:
            return done.returncode
    # Own process groups: Ctrl-C must reach this process alone, which then stops the parts in order.
    parts += [
        subprocess.Popen([sys.executable, "-m", module], env=env, start_new_session=True)
        for module in ("app.serve", "app.worker")
    ]
    _wait_until_open(port, parts)
    print(_welcome(port), flush=True)
    while all(part.poll() is None for part in parts):
        time.sleep(0.3)
    return next(part.returncode for part in parts if part.returncode is not None) or 1


def _wait_until_open(port: int, parts: list[subprocess.Popen[bytes]]) -> None:
    ends = time.monotonic() + STARTS_WITHIN
    while not _taken(port) and time.monotonic() < ends and all(part.poll() is None for part in parts):
        time.sleep(0.1)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _stop(parts: list[subprocess.Popen[bytes]]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for part in parts:
        part.terminate()
    for part in parts:
        try:
            part.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            part.kill()


def _as_interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _welcome(port: int) -> str:
    return f"""
  Portico is at   http://localhost:{port}
  All its mail    http://localhost:{port}/dev/mail

  Demo people, password `quiet-harbour-lantern`:
    olga@acme.test   owner of Acme        eve@beta.test        owner of Beta
    adam@acme.test   admin of Acme        otto@platform.test   operator
    mia@acme.test    member of Acme       nora@nowhere.test    without a tenant

  Otto's second step, a key for any authenticator app: {OTTO_TOTP}

  Ctrl-C stops everything.
"""
