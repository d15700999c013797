"""The databases of tenants are made by the worker, and what hangs is taken up again."""

from datetime import timedelta
from uuid import UUID

from app import db
from app.jobs.registry import JOBS, Later, job, scheduled
from app.tenants.database import provisioning
from app.tenants.database.provisioning import MAKE, Failed, InProgress
from app.tenants.database.tables import TenantDatabase

HANGS_AFTER = timedelta(minutes=10)
"""Longer than an attempt takes, so that the sweep does not look at one under way."""

RIGHTS_AFTER = timedelta(hours=1)
"""How often it is asked whether a server lets us make databases by now."""


@job(MAKE)
async def make(tenant_id: str) -> None:
    """Until it is ready, or no server lets us; a server that is away is asked with growing waits."""
    try:
        await provisioning.provision(UUID(tenant_id))
    except InProgress as busy:
        raise Later(timedelta(seconds=5), str(busy)) from None
    except Failed as failed:
        raise Later(JOBS[MAKE].wait(failed.attempts), str(failed)) from None


@scheduled("*/5 * * * *")
@job("tenants.databases")
async def sweep() -> None:
    """Asks again for what no job is left for, such as after a restore, and for tenants without a row."""
    for tenant_id in await TenantDatabase.hanging(HANGS_AFTER, RIGHTS_AFTER):
        async with db.transaction():
            await provisioning.ask_for(tenant_id)
