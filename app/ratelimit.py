"""Limits that people understand: token buckets in PostgreSQL, shared by all processes and machines.

A bucket holds `size` tokens and fills up again over `seconds`. Spending is one statement that tests and takes
at once, and takes nothing when it refuses. Limits are spent outside the verb's transaction (decisions 6): a
refusal must not undo its own count.
"""

import ipaddress
import math
from collections.abc import Iterable
from datetime import timedelta

import msgspec

from app import crypto, db
from app.config import settings
from app.errors import Limited
from app.i18n import _

_TAKE = """
INSERT INTO "RateLimits" AS bucket ("key", "tokens", "updatedAt") VALUES ($1, $2::float8 - 1, app_now())
ON CONFLICT ("key") DO UPDATE SET "updatedAt" = app_now(), "tokens" = -1 + least($2::float8,
    bucket."tokens" + greatest(0, extract(epoch FROM app_now() - bucket."updatedAt")) * $2::float8 / $3::float8)
WHERE least($2::float8,
    bucket."tokens" + greatest(0, extract(epoch FROM app_now() - bucket."updatedAt")) * $2::float8 / $3::float8) >= 1
RETURNING "tokens"
"""

_WAIT = """
SELECT ceil((1 - "tokens") * $3::float8 / $2::float8 - extract(epoch FROM app_now() - "updatedAt"))
FROM "RateLimits" WHERE "key" = $1
"""


class Bucket(msgspec.Struct, frozen=True):
    """`size` acts at once, `size` more every `seconds`. `shared` buckets count a whole network's people together."""

    name: str
    size: int
    seconds: int
    shared: bool = False

    @property
    def room(self) -> int:
        """In development all browsers share one address, so what counts networks is twenty times as wide."""
        return self.size * 20 if self.shared and settings().development else self.size


async def take(bucket: Bucket, subject: str | None, why: str | None = None) -> None:
    """Spends one token of the subject (an address, an account, a network). Raises Limited, which says `why`."""
    wait = await try_take(bucket, subject)
    if wait:
        raise Limited(wait, why or _("That was tried too often."))


async def try_take(bucket: Bucket, subject: str | None) -> int:
    """Spends one token and gives 0, or spends nothing and gives the seconds to wait."""
    key = _key(bucket, subject)
    if await db.value(_TAKE, key, float(bucket.room), float(bucket.seconds)) is not None:
        return 0
    wait = await db.value(_WAIT, key, float(bucket.room), float(bucket.seconds))
    return max(1, math.ceil(wait or 1))


async def remaining(bucket: Bucket, subject: str | None) -> int:
    """The seconds until there is a token again, 0 if there is one now; spends nothing."""
    wait = await db.value(_WAIT, _key(bucket, subject), float(bucket.room), float(bucket.seconds))
    return max(0, math.ceil(wait or 0))


async def give_back(bucket: Bucket, subject: str | None) -> None:
    """Returns the token: an act that succeeded does not count against people behind the same address."""
    await db.execute(
        'UPDATE "RateLimits" SET "tokens" = least($2::float8, "tokens" + 1) WHERE "key" = $1',
        _key(bucket, subject),
        float(bucket.room),
    )


async def prune() -> None:
    """Removes buckets that nobody touched for two days: they are full again, as if they had never been."""
    await db.execute('DELETE FROM "RateLimits" WHERE "updatedAt" < app_now() - interval \'2 days\'')


async def age(buckets: Iterable[tuple[Bucket, str]], time: timedelta) -> None:
    """As if so much more time had passed for these buckets of these subjects: for the QA kit."""
    await db.execute(
        'UPDATE "RateLimits" SET "updatedAt" = "updatedAt" - $2::interval WHERE "key" = ANY ($1::varchar[])',
        [_key(bucket, subject) for bucket, subject in buckets],
        time,
    )


def network(ip: str | None) -> str:
    """What counts as one network: an IPv4 address, or the /64 that one IPv6 customer holds."""
    try:
        address = ipaddress.ip_address(ip or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _key(bucket: Bucket, subject: str | None) -> str:
    """Subjects are kept as a MAC: the table must not become a list of addresses."""
    return f"{bucket.name}:{crypto.mac('rate limit', (subject or '').encode()).hex()[:32]}"
