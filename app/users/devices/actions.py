"""Forgetting devices. It only asks for more at the next sign-in, so nobody has to prove anything for it."""

from uuid import UUID

from app import db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.errors import NotFound
from app.users.devices.tables import DeviceList


async def forget(user_id: UUID, device_id: UUID, *, by: Actor) -> None:
    """The device is a stranger at its next sign-in; sessions on it stay. Raises NotFound for one not of the person."""
    async with db.transaction():
        if not await DeviceList.forget(user_id, device_id):
            raise NotFound
        await record(Event.DEVICE_FORGOTTEN, by=by, about=user_id, device=device_id)


async def forget_all(user_id: UUID, *, by: Actor) -> int:
    """All devices are strangers at their next sign-in; gives how many were known."""
    async with db.transaction():
        forgotten = await DeviceList.forget_all(user_id)
        if forgotten:
            await record(Event.DEVICE_FORGOTTEN, by=by, about=user_id, devices=forgotten)
    return forgotten
