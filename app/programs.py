"""The programs of a deployment: each imports only what it needs, the console nothing of them."""

import sys
from importlib import import_module

from app.config import Settings, settings_or_exit

PROGRAMS = {"serve": "app.serve", "worker": "app.worker"}


def configured() -> Settings:
    """The settings, with a database named among them, or the end of this process."""
    chosen = settings_or_exit()
    if not chosen.database_url:
        print("portico: DATABASE_URL is missing; `portico dev` starts a database of its own", file=sys.stderr)
        sys.exit(2)
    return chosen


def run(name: str) -> None:
    """One of PROGRAMS, until it ends."""
    configured()
    import_module(PROGRAMS[name]).main()
