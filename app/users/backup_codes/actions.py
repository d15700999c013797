"""Backup codes: made ten at a time, shown once, each taken once."""

from uuid import UUID

from app import db
from app.actor import Actor, Sudo
from app.audit.events import Event
from app.audit.log import record
from app.errors import Rejected
from app.i18n import _
from app.tenants.tables import Tenant
from app.users.backup_codes import codes
from app.users.backup_codes.tables import Stock
from app.users.second_factor import tries

LOW = 3
"""With so few left people are told, with each use."""


async def make_first(user_id: UUID, *, by: Actor) -> list[str]:
    """The first codes, in the transaction that switches two-step sign-in on.

    None where there are some already, or where a tenant of the person does not allow them.
    """
    if (await Stock.of(user_id)).left or (await Tenant.second_step_rules(user_id)).no_backup_codes:
        return []
    return await _make(user_id, by=by)


async def renew(user_id: UUID, *, by: Actor) -> list[str]:
    """Ten new codes; all earlier ones are dead. Raises Rejected where they could not be used."""
    by.require(Sudo.STRONGEST)
    refused_by = (await Tenant.second_step_rules(user_id)).no_backup_codes
    if refused_by:
        raise Rejected(None, not_allowed(refused_by[0]))
    async with db.transaction():
        return await _make(user_id, by=by)


async def still_good(user_id: UUID, shown: list[str]) -> list[str]:
    """Those of the codes that a page has just shown which still work."""
    normal = {code: codes.normal(code) for code in shown}
    macs = {code: codes.stored(plain, user_id) for code, plain in normal.items() if plain}
    known = await Stock.known(user_id, list(macs.values()))
    return [code for code in shown if macs.get(code) in known]


async def accept(user_id: UUID, code: str, *, by: Actor) -> bool:
    """Takes the code out of the set, in the caller's transaction; False if it is not in it. Count the try first."""
    plain = codes.normal(code)
    left = await Stock.use(user_id, codes.all_stored(plain or "", user_id))
    if plain is None or left is None:
        return False
    await record(Event.BACKUP_CODE_USED, by=by, about=user_id, left=left)
    if left <= LOW:
        await record(Event.BACKUP_CODES_RAN_LOW, by=by, about=user_id, left=left)
    return True


async def check_code(user_id: UUID, code: str, *, by: Actor) -> None:
    """Proves a signed-in person by one of their backup codes, which is used up; outside a transaction.

    The try counts person-wide, with those of the second step. Raises Rejected("code") and Limited.
    """
    refused_by = (await Tenant.second_step_rules(user_id)).no_backup_codes
    if refused_by:
        raise Rejected("code", not_allowed(refused_by[0]))
    counted = await tries.count_of_person(user_id, by=by)
    async with db.transaction():
        right = await accept(user_id, code, by=by)
    if not right:
        await tries.note_wrong_at_sudo(user_id, counted, "backup_code", by=by)
        raise Rejected("code", wrong())
    await tries.give_back_to_network(by)


def wrong() -> str:
    """One text for wrong and used codes."""
    return _("That is none of your unused backup codes. Check what you typed, or take the next one of your list.")


def not_allowed(tenant: str) -> str:
    return _("%(tenant)s does not allow its members to use backup codes.", tenant=tenant)


async def _make(user_id: UUID, *, by: Actor) -> list[str]:
    made = codes.new_set()
    macs = [codes.stored(codes.normal(code) or "", user_id) for code in made]
    if not await Stock.replace(user_id, macs):
        raise Rejected(None, _("Backup codes open the second step of signing in. Switch two-step sign-in on first."))
    await record(Event.BACKUP_CODES_MADE, by=by, about=user_id)
    return made
