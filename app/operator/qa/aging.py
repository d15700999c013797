"""`portico qa age`: time passes for one person or one tenant, and for nobody else."""

import re
from datetime import timedelta
from uuid import UUID

import msgspec

from app import db, ratelimit
from app.jobs.queue import enqueue
from app.operator.grants import Refused, Unknown, known
from app.operator.qa import tables
from app.operator.tenants.tables import id_of
from app.ratelimit import Bucket
from app.users import limits
from app.users.mailbox import Purpose

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LONGEST = timedelta(days=3650)
WATCHES = ("recovery.watch",)
TENANT_WATCHES = ("tenants.databases",)
"""Jobs that do what falls due as time passes; they run by themselves every few minutes."""


class Aged(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Whose time passed, a person's or a tenant's, and how many rows of each table were moved."""

    email: str | None = None
    tenant: str | None = None
    by: str
    rows: dict[str, int]


async def age(whose: str, duration: str) -> Aged:
    """Moves all times of the person with this address, or of the tenant with this slug, back: what expires, waits or
    cools down does so earlier by the duration. A tenant's members keep their own time.

    Histories stay (tables.UNMOVED), and so do the limits of whole networks. The worker then looks at what is due.
    Raises Refused, for an address or a slug that nobody has Unknown.
    """
    time = parsed(duration)
    if "@" not in whose:
        return await _age_tenant(whose.strip().lower(), duration, time)
    async with db.transaction():
        account = await known(whose)
        rows = await pass_time(account.id, account.email, time)
        for job in WATCHES:
            await enqueue(job)
    return Aged(email=account.email, by=duration, rows=rows)


async def pass_time(user_id: UUID, email: str, time: timedelta) -> dict[str, int]:
    """As `age`, in the caller's transaction."""
    rows = await tables.move_back(user_id, email, time)
    await ratelimit.age(await buckets(user_id, email), time)
    return rows


async def _age_tenant(slug: str, duration: str, time: timedelta) -> Aged:
    async with db.transaction():
        tenant_id = await id_of(slug)
        if tenant_id is None:
            raise Unknown(f"there is no tenant {slug}")
        rows = await tables.move_tenant_back(tenant_id, time)
        for job in TENANT_WATCHES:
            await enqueue(job)
    return Aged(tenant=slug, by=duration, rows=rows)


async def buckets(user_id: UUID, email: str) -> list[tuple[Bucket, str]]:
    """Every bucket that counts this person alone, as far as it can be known: from which networks they were asked for
    is known where a sign-in was tried.
    """
    from_networks = {ratelimit.network(ip) for ip in await tables.networks(user_id)}
    return [
        *((limits.MAIL_COOL_DOWN, f"{purpose.value} {email}") for purpose in Purpose),
        *((limits.MAIL_ADDRESS, f"{purpose.value} {email}") for purpose in Purpose),
        *((limits.SIGN_IN_ADDRESS, f"{email} {network}") for network in sorted(from_networks)),
        (limits.LOST_FACTOR, str(user_id)),
    ]


def parsed(duration: str) -> timedelta:
    """`8d`, `36h`, `11m` or `30s`. Raises Refused."""
    match = re.fullmatch(r"(\d{1,9})([smhd])", duration, re.ASCII)
    time = timedelta(**{UNITS[match[2]]: int(match[1])}) if match else timedelta()
    if not timedelta() < time <= LONGEST:
        raise Refused(f"{duration!r} is no duration: write 30s, 11m, 36h or 8d, at most {LONGEST.days}d")
    return time
