"""For a worker process that dies as by the kernel's hand: right after the database is made, before anybody is told."""

import os

from app.tenants.database import provisioning
from app.tenants.database.provisioning import STEPS, Building


async def die(building: Building) -> None:
    await Building.make_database(building)
    os._exit(9)


provisioning.STEPS = (*STEPS[: STEPS.index(Building.make_database)], die)
