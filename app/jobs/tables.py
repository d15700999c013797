"""Signs of life of the workers."""

from datetime import timedelta

from app import db
from app.columns import String, UtcTimestamp
from app.table import Base


class WorkerHeartbeat(Base, tablename="WorkerHeartbeats"):
    """One row for each worker process; the newest `seen_at` tells whether any is at work."""

    id = String(primary_key=True)
    seen_at = UtcTimestamp()

    @classmethod
    async def age(cls) -> timedelta | None:
        """How long ago any worker was last at work; None if none ever was. Raises one of db.Unavailable."""
        age: timedelta | None = await db.value('SELECT app_now() - max("seenAt") FROM "WorkerHeartbeats"')
        return age
