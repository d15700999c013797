"""What jobs there are and when the regular ones are due. Filled by the `jobs.py` of the slices on import."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import msgspec

Run = Callable[..., Awaitable[None]]
F = TypeVar("F", bound=Run)

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=1)


class Later(Exception):
    """Raised by a job that knows when it is worth trying again; not a fault of the job."""

    def __init__(self, delay: timedelta, reason: str) -> None:
        super().__init__(reason)
        self.delay = delay


class Job(msgspec.Struct, frozen=True):
    """An async function that the worker runs; after `retries` repetitions it is kept as failed."""

    name: str
    run: Run
    retries: int

    def wait(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts that failed: 2 s, 4 s, 8 s … an hour."""
        return min(FIRST_WAIT * (1 << min(attempts, 20)), LONGEST_WAIT)


JOBS: dict[str, Job] = {}
SCHEDULE: dict[str, str] = {}
"""Name of a job -> the cron expression (UTC) by which it is enqueued."""


def job(name: str, *, retries: int = 8) -> Callable[[F], F]:
    """Registers an async function under the name that `enqueue` uses; its parameters are the arguments given there."""

    def register(run: F) -> F:
        if name in JOBS:
            raise ValueError(f"there are two jobs named {name}")
        JOBS[name] = Job(name, run, retries)
        return run

    return register


def scheduled(cron: str) -> Callable[[F], F]:
    """Has a registered job done regularly, once for all workers; a run that is due during another is left out."""

    def register(run: F) -> F:
        SCHEDULE[next(known.name for known in JOBS.values() if known.run is run)] = cron
        return run

    return register
