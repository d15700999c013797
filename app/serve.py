"""`python -m app.serve`: the web server, apart from the console whose imports each process would carry."""

from granian import Granian
from granian.constants import Interfaces, Loops

from app.config import settings_or_exit

DRAIN_SECONDS = 10


def main() -> None:
    """Serves on PORT with WEB_WORKERS processes until SIGTERM, then finishes what is in flight."""
    chosen = settings_or_exit()
    Granian(
        "app.main:create_app",
        factory=True,
        address="0.0.0.0",  # noqa: S104 - a container's or a proxy's business to narrow
        port=chosen.port,
        workers=chosen.web_workers,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,
        websockets=False,
        backlog=2048,
        workers_kill_timeout=DRAIN_SECONDS,
        respawn_failed_workers=True,
        log_access=False,
    ).serve()


if __name__ == "__main__":
    main()
