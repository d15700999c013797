"""From a first proof to a session: at once, or by way of the second step. Every way in goes through here."""

from typing import Literal, NamedTuple

from app import crypto
from app.actor import Actor
from app.users.login.tables import HalfSignIn
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
    if device and await KnownDevice.is_remembered(account.id, crypto.digest(device)):
        methods = (method, "remembered")
        return await sessions.start(account.id, by=actor, methods=methods, device=device, lifts_lock=lifts_lock)
    half = crypto.new_token()
    await HalfSignIn.begin(account.id, method, half.digest, HALF_MINUTES, lifts_lock=lifts_lock)
    return HalfWay(half.plain)
