"""A job for a worker process of its own: leaves a row when it begins and when it ends."""

import asyncio

from app import db
from app.jobs.registry import job


@job("test.slow")
async def slow(seconds: float) -> None:
    await db.execute("INSERT INTO began DEFAULT VALUES")
    await asyncio.sleep(seconds)
    await db.execute("INSERT INTO ended DEFAULT VALUES")
