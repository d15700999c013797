"""Putting work into the queue: one INSERT in the caller's transaction.

All that web processes know of the queue. The jobs themselves and the library that runs them are imported by the
worker only (docs/jobs-and-mail.md).
"""

from datetime import timedelta

import msgspec

from app import db

# The queue has the server's clock, not app_now(): the library compares with it.
_ENQUEUE = """
INSERT INTO pgqueuer (priority, entrypoint, payload, execute_after, dedupe_key, status)
VALUES (0, ${0}, ${1}, clock_timestamp() + ${2}::interval, ${3}, 'queued')
ON CONFLICT DO NOTHING
"""


def statement(first: int = 1) -> str:
    """The INSERT of `enqueue`, its parameters numbered from `first`: the end of a statement that writes more."""
    return _ENQUEUE.format(*range(first, first + 4))


def parameters(
    name: str, /, *, after: timedelta = timedelta(0), key: str | None = None, **arguments: object
) -> tuple[object, ...]:
    """What `statement` is run with, from what `enqueue` takes."""
    return name, msgspec.json.encode(arguments), after, key


async def enqueue(
    name: str, /, *, after: timedelta = timedelta(0), key: str | None = None, **arguments: object
) -> None:
    """Has the job `name` done once this transaction commits, or never if it rolls back.

    `arguments` must survive JSON; ids travel as text. While a job with the same `key` waits or runs, another one
    is not made. A job may be done twice after a crash, so it must be harmless to repeat.
    """
    await db.execute(statement(), *parameters(name, after=after, key=key, **arguments))
