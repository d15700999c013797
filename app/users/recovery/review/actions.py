"""Going through everything that opens the account: what is not the person's own goes, and the review is over."""

from collections.abc import Collection
from uuid import UUID

from app import clientinfo, db
from app.actor import Actor, Sudo
from app.audit.events import Event
from app.audit.log import record
from app.errors import Rejected
from app.i18n import _
from app.users import revocation
from app.users.factors import actions as factors
from app.users.recovery.review.tables import Door, RecoveryReview, doors_of
from app.users.revocation import Cause
from app.users.sessions.tables import KnownDevice, Session

FACTORS = frozenset({"passkey", "totp", "google"})


async def finish(user_id: UUID, remove: Collection[str], *, by: Actor) -> int:
    """Removes the doors with these keys, keeps the others, and gives how many went.

    A sign-in of the last ten minutes is proof enough, by whatever means but a mailed code: the strongest thing the
    account has may be just what a stranger put there (row 2.7). What is gone already is passed over. Raises NeedsSudo,
    and Rejected if the review was finished meanwhile.
    """
    by.require(Sudo.FRESH)
    async with db.transaction():
        if not await RecoveryReview.finish(user_id):
            raise Rejected(None, _("This was finished in another window. Nothing was changed."))
        ticked = [door for door in await doors_of(user_id, by.session_id) if door.key in remove]
        for door in ticked:
            await _shut(user_id, door, by=by)
        if any(door.kind in FACTORS for door in ticked):
            await revocation.revoke(user_id, Cause.FACTOR_CHANGED, keep=by.session_id)
        await record(Event.REVIEW_FINISHED, by=by, removed=[door.kind for door in ticked])
        return len(ticked)


async def _shut(user_id: UUID, door: Door, *, by: Actor) -> None:
    if door.kind == "passkey":
        await factors.remove_passkey(user_id, UUID(door.id), by=by)
    elif door.kind == "totp":
        await factors.remove_totp(user_id, by=by)
    elif door.kind == "google":
        await factors.unlink_google(user_id, door.id, by=by)
    elif door.kind == "device":
        await KnownDevice.forget_second_step(user_id, UUID(door.id))
        await record(Event.DEVICE_FORGOTTEN, by=by, device=clientinfo.device(door.agent))
    elif await Session.end_one(user_id, UUID(door.id), Cause.SIGNED_OUT_ELSEWHERE.value):
        await record(Event.SESSION_ENDED, by=by, ended=clientinfo.device(door.agent) or _("unknown device"))
