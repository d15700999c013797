"""/health: for the machines that watch. They ask by any host name and get no page."""

from datetime import timedelta
from typing import Any

from litestar import Controller
from litestar.response import Response

from app import db
from app.jobs.tables import WorkerHeartbeat
from app.web.access import PUBLIC
from app.web.routes import get

LATE = timedelta(seconds=60)


class HealthPages(Controller):
    path = "/health"

    @get("/live", permission=PUBLIC, anonymous=True)
    async def live(self) -> Response[dict[str, Any]]:
        """The process answers; a database that is away is no reason to restart it."""
        return Response({"status": "ok"})

    @get("/ready", permission=PUBLIC, anonymous=True)
    async def ready(self) -> Response[dict[str, Any]]:
        """200 while pages can be served; `worker` tells whether mail goes out, which keeps no page from working."""
        try:
            age = await WorkerHeartbeat.age()
        except db.Unavailable:
            return Response({"status": "unavailable", "database": "away"}, status_code=503)
        worker = "ok" if age is not None and age < LATE else "missing"
        return Response({"status": "ok", "database": "ok", "worker": worker})
