"""`python -m app.worker`: the worker process. It alone imports the jobs, so that no web process carries them."""

import asyncio
import signal

from app import db, log
from app.config import settings_or_exit
from app.jobs import housekeeping
from app.jobs.worker import run_worker
from app.mail import jobs as mail
from app.members.invitations import jobs as invitations
from app.tenants.database import jobs as tenant_databases
from app.users import jobs as users
from app.users.recovery import jobs as recovery

WORK = (housekeeping, mail, users, recovery, tenant_databases, invitations)
"""The modules whose jobs this process does; importing them has registered these."""


def main() -> None:
    settings_or_exit()
    listener = log.start()
    try:
        asyncio.run(_work())
    finally:
        listener.stop()


async def _work() -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    try:
        await run_worker(stop)
    finally:
        await db.close_pool()


if __name__ == "__main__":
    main()
