"""Teams of people whom the QA kit makes. Whoever else is in one has the same password, so that a test may be them."""

import secrets

from app import crypto
from app.audit.events import Event
from app.audit.log import record
from app.operator import world
from app.operator.qa import tables
from app.operator.qa.steps import Making, new_password
from app.tenants.founding import found
from app.tenants.tables import BuiltInKind, Tenant
from app.users.tables import User

CROWD = 120
"""Members of a crowded team, its owner among them."""


async def own_team(making: Making) -> None:
    """A team of this person's own, made a moment ago."""
    await _found(making)
    await _join(making, making.made.email, BuiltInKind.OWNER)


async def own_crowded_team(making: Making) -> None:
    """A team of this person's own with more members than one page shows."""
    await own_team(making)
    slug = making.made.tenant or ""
    await world.fill(slug, world.strangers(slug.removeprefix("team-"), CROWD - 1), say=None)


async def join_team(making: Making) -> None:
    """A team with an owner and an admin, of which this person is a plain member."""
    await found_with_colleagues(making)
    await _join(making, making.made.email, BuiltInKind.MEMBER)


async def found_with_colleagues(making: Making) -> None:
    """A team with an owner and an admin, and without this person."""
    made = making.made
    await _found(making)
    if made.password is None:
        made.owner_password = new_password()
    hashed = await crypto.hash_password(made.password or made.owner_password or "")
    made.owner = await _colleague(making, "owner", BuiltInKind.OWNER, hashed)
    made.admin = await _colleague(making, "admin", BuiltInKind.ADMIN, hashed)


async def _found(making: Making) -> None:
    slug = f"team-{secrets.token_hex(5)}"
    if await found(f"Team of {making.made.name}", slug) is None:
        raise RuntimeError(f"{slug} is taken")
    making.made.tenant = slug


async def _join(making: Making, email: str, kind: BuiltInKind) -> None:
    account = await User.by_email(email)
    if account is None or not await Tenant.join(making.made.tenant or "", account.id, kind):
        raise RuntimeError(f"{email} did not become a member")


async def _colleague(making: Making, word: str, kind: BuiltInKind, hashed: str) -> str:
    """Somebody else of the team; gives their address."""
    email = f"{word}.{secrets.token_hex(5)}@qa.test"
    await tables.hold_address(email)
    account = await User.begin(email, word.title(), crypto.new_token().digest.hex(), 0)
    await User.finish(account.id, word.title(), hashed)
    await record(Event.USER_SIGNED_UP, by=making.by, about=account.id, state=making.made.state)
    await _join(making, email, kind)
    return email
