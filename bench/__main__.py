"""`make bench`: starts everything, measures, and prints one table. Twelve minutes or more; best alone on a machine."""

import argparse
import asyncio
import os
import platform
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import uvloop

from bench import measures
from bench.contestants import WORKERS, Contestant
from bench.measures import IDLE_MB, LOADED_MB, Bench
from bench.table import Row, at_most, printed, spread
from bench.world import HOST, Database, signed_in

STARTS = 5
PARTS = ("weights", "statements", "pages", "sign_ins", "passkeys", "crowd", "teams")


def main() -> None:
    chosen = argparse.ArgumentParser(prog="make bench", description=__doc__)
    chosen.add_argument("--rounds", type=int, default=5)
    chosen.add_argument("--seconds", type=float, default=4.0, help="of each measurement in a round")
    chosen.add_argument("--only", choices=PARTS, help="one part alone")
    options = chosen.parse_args()
    began = time.monotonic()
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}, Python {platform.python_version()}")
    with ExitStack() as after:
        rows = _measure(after, options.rounds, options.seconds, options.only)
    short = sum(row.ok is False for row in rows)
    print(printed(rows))
    print(f"\n{short or 'Nothing'} falls short. Load average {os.getloadavg()[0]:.1f}, ", end="")
    print(f"{(time.monotonic() - began) / 60:.1f} minutes.")


def _measure(after: ExitStack, rounds: int, seconds: float, only: str | None) -> list[Row]:
    folder = Path(after.enter_context(tempfile.TemporaryDirectory(prefix="portico-bench-")))
    folder.chmod(0o711)  # a root's PostgreSQL runs as another user, who has to pass
    database = Database.start(folder)
    after.callback(database.server.stop)
    env = _environment(database.dsn)
    _say("making people")
    for command, environment in (("migrate", "production"), ("seed", "staging")):
        subprocess.run(
            [sys.executable, "-m", "app", command],
            env={**os.environ, **env, "ENVIRONMENT": environment},
            check=True,
            stdout=subprocess.DEVNULL,
        )
    asyncio.run(database.fill())
    _say("starting and stopping")
    rows = [] if only else [_start_time(env)]
    bench = Bench(database, _portico(env), _reference(env), _on_uvicorn(env), env, rounds, seconds)
    after.callback(bench.on_uvicorn.stop)
    after.callback(bench.reference.stop)
    after.callback(bench.portico.stop)
    return rows + list(_part(bench, only) if only else _all(bench))


def _all(bench: Bench) -> Iterator[Row]:
    yield measures.memory(bench, "idle", IDLE_MB)
    uvloop.run(measures.rehearsal(bench))
    for name in PARTS[:-1]:
        yield from _part(bench, name)
    time.sleep(2)
    yield measures.memory(bench, "after load", LOADED_MB)
    yield from _part(bench, PARTS[-1])  # the last one: it makes a hundred thousand people


def _part(bench: Bench, name: str) -> list[Row]:
    _say(f"measuring {name.replace('_', '-')}")
    rows: list[Row] = uvloop.run(getattr(measures, name)(bench))
    return rows


def _start_time(env: dict[str, str]) -> Row:
    """From the command to the first signed-in page, in turn."""
    starts: list[tuple[float, float]] = []
    for _round in range(STARTS):
        pair = [_once(_portico, env), _once(_reference, env)]
        starts.append((pair[0], pair[1]))
    ours, theirs = (statistics.median(times) for times in zip(*starts, strict=True))
    ratios = [mine / other for mine, other in starts]
    said = f"{ours:.2f} s, {theirs:.2f} s; {spread(ratios)}"
    return at_most("start to first page / reference", 2, statistics.median(ratios), said)


def _once(contestant: Callable[[dict[str, str]], Contestant], env: dict[str, str]) -> float:
    running = contestant(env)
    running.stop()
    return running.seconds_to_first_page


def _portico(env: dict[str, str]) -> Contestant:
    return Contestant.start("app", "serve", env=env, page=signed_in(1))


def _reference(env: dict[str, str]) -> Contestant:
    """With the settings of app/serve.py."""
    chosen = "--factory --interface asgi --loop asyncio --no-ws --backlog 2048"
    module = f"granian {chosen} --workers {WORKERS} --port {{port}} bench.reference:create_app".split()
    return Contestant.start(*module, env=env, page=signed_in(1, "/6000"))


def _on_uvicorn(env: dict[str, str]) -> Contestant:
    """Portico on the other server, in its plain install: with httptools it is quicker (docs/performance.md)."""
    chosen = "--factory --loop asyncio --ws none --backlog 2048 --no-access-log"
    module = f"uvicorn {chosen} --workers {WORKERS} --port {{port}} app.main:create_app".split()
    return Contestant.start(*module, env=env, page=signed_in(1))


def _environment(dsn: str) -> dict[str, str]:
    """As in production, behind a proxy on this machine: only so do visitors come from addresses of their own."""
    return {
        "ENVIRONMENT": "production",
        "BASE_URL": f"https://{HOST}",
        "DATABASE_URL": dsn,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "SMTP_URL": "smtp://127.0.0.1:1",
        "MAIL_FROM": f"portico@{HOST}",
        "TRUSTED_PROXIES": "127.0.0.0/8",
        "WEB_WORKERS": str(WORKERS),
    }


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
