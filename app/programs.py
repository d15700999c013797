"""The programs of a deployment: each a process of its own that imports only what it needs."""

import os
import sys

from app.config import Settings, settings_or_exit

PROGRAMS = {"serve": "app.serve", "worker": "app.worker"}


def configured() -> Settings:
    """The settings, with a database named among them, or the end of this process."""
    chosen = settings_or_exit()
    if not chosen.database_url:
        print("portico: DATABASE_URL is missing; `portico dev` starts a database of its own", file=sys.stderr)
        sys.exit(2)
    return chosen


def become(name: str) -> None:
    """Goes on as another program: a web process must not carry what only the console needs."""
    configured()
    os.execv(sys.executable, [sys.executable, "-m", PROGRAMS[name]])  # noqa: S606 - our own module, no shell
