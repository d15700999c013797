"""From a first proof to a session: at once, or by way of the second step. Every way in goes through here."""

from typing import Literal, NamedTuple
from uuid import UUID

from app import clientinfo, crypto
from app.actor import Actor
from app.tenants.tables import Tenant
from app.users.login.tables import HalfSignIn, LoginHistory
from app.users.sessions import actions as sessions
from app.users.sessions.actions import Started
from app.users.sessions.tables import KnownDevice
from app.users.tables import Account

HALF_MINUTES = 10

First = Literal["password", "mail", "google", "passkey"]


class HalfWay(NamedTuple):
    """The first step is done: `secret` is what this browser shows at the second one."""

    secret: str

    def __repr__(self) -> str:
        return "HalfWay(…)"


async def come_in(
    account: Account, method: First, *, device: str | None, by: Actor, lifts_lock: bool = True
) -> Started | HalfWay:
    """A session, or half of one if the person wants two steps; in the transaction of the first proof.

    A passkey has checked its owner and is both steps in one (row 2.5); a remembered device has done the second
    before. `device` is the secret of an earlier sign-in from this browser.
    """
    actor = by.as_person(account.id, account.name)
    if not account.two_step or method == "passkey":
        return await sessions.start(account.id, by=actor, methods=(method,), device=device, lifts_lock=lifts_lock)
    if device and await _is_remembered(account.id, device):
        methods = (method, "remembered")
        return await sessions.start(account.id, by=actor, methods=methods, device=device, lifts_lock=lifts_lock)
    half = crypto.new_token()
    await HalfSignIn.begin(account.id, method, half.digest, HALF_MINUTES, lifts_lock=lifts_lock)
    return HalfWay(half.plain)


async def note_refusal(user_id: UUID | None, reason: str, *, by: Actor) -> None:
    """Writes a refused step into the sign-in history; for nobody (None) the work is done and nothing written."""
    await LoginHistory.note_failure(user_id, reason, by.ip, by.agent, clientinfo.place_to_keep(by.ip))


async def _is_remembered(user_id: UUID, device: str) -> bool:
    """A tenant that forbids remembering ends it at once, also on devices remembered before."""
    if not await KnownDevice.is_remembered(user_id, crypto.digest(device)):
        return False
    return not (await Tenant.second_step_rules(user_id)).no_remembering
