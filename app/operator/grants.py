"""What operators' consoles do about people: grant, revoke, unlock. Operators are the members of one tenant."""

from app import crypto, db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.config import settings
from app.errors import Rejected
from app.tenants.founding import found
from app.tenants.tables import PLATFORM, BuiltInKind, Tenant
from app.users import addresses
from app.users.recovery.emails import send_unlocked
from app.users.sessions import actions as sessions
from app.users.tables import Account, User

SETUP_MINUTES = 60


class Refused(Exception):
    """The command cannot do that; the message says why."""


class Unknown(Refused):
    """There is nobody with that address."""


async def grant(typed_email: str) -> str:
    """Makes the person an operator, and the person and the platform's tenant too where they are missing.

    Needs neither SIGNUP nor mail: for an account without a way in, the answer holds a one-use link for an hour.
    """
    email = canonical(typed_email)
    link = crypto.new_token()
    by = Actor.system("portico operator grant")
    async with db.transaction():
        await found("Platform", PLATFORM)
        account = await User.begin(email, email.partition("@")[0], link.digest.hex(), SETUP_MINUTES)
        new = await Tenant.join(PLATFORM, account.id, BuiltInKind.OWNER)
        if new:
            await sessions.tighten(account.id)
            await record(Event.OPERATOR_GRANTED, by=by, about=account.id)
    said = f"{email} is an operator now" if new else f"{email} was an operator already"
    if not account.is_unfinished:
        return said
    return (
        f"{said}; to set up the account, open within the hour:\n{settings().base_url}/signup/verify?token={link.plain}"
    )


async def revoke(typed_email: str) -> str:
    """Takes the person off the operators. Raises Refused for the last one."""
    by = Actor.system("portico operator revoke")
    async with db.transaction():
        account = await known(typed_email)
        if await Tenant.member_count(PLATFORM) == 1:
            raise Refused("the last operator stays; grant another one first")
        if not await Tenant.leave(PLATFORM, account.id):
            raise Refused(f"{account.email} is not an operator")
        await record(Event.OPERATOR_REVOKED, by=by, about=account.id)
    return f"{account.email} is no operator any more"


async def unlock(typed_email: str) -> str:
    """Lifts the lockout of a person."""
    async with db.transaction():
        account = await known(typed_email)
        await User.lift_lock(account.id)
        by = Actor.system("portico user unlock")
        await record(Event.USER_UNLOCKED, by=by, about=account.id)
        await send_unlocked(account, by=by)
    return f"{account.email} can sign in again"


async def known(typed_email: str) -> Account:
    """The account of an address. Raises Refused, for one that nobody has Unknown."""
    account = await User.by_email(canonical(typed_email))
    if account is None:
        raise Unknown(f"there is no account for {typed_email}")
    return account


def canonical(typed: str) -> str:
    """The address as it is stored. Raises Refused."""
    try:
        return addresses.canonical(typed)
    except Rejected:
        raise Refused(f"{typed} is not an e-mail address") from None
