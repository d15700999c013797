"""The demo world around the cast: enough people for a list to have pages, and on demand a tenant too large to look at.

The same people on every machine: names and addresses follow from a number, ids from the address. They have proven
their address and have no password, so nobody signs in as one of them by a password that everyone knows.
"""

import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from app import crypto, db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.config import settings
from app.operator import seeding, tables
from app.operator.tables import Member, Person
from app.tenants.founding import found
from app.tenants.tables import BuiltInKind, Tenant
from app.users.tables import User

ACME_MEMBERS, BETA_MEMBERS = 40, 6
"""With the cast."""

BIG, BIG_OWNER = "big", "big@big.test"
MOST_MEMBERS = 1_000_000
AT_ONCE = 5_000
SUSPENDED_EACH = 97
"""Of Big's members every so many-th has a suspended account."""

GIVEN = (
    "Amara", "Björn", "Chiara", "Dmitri", "Eun-ji", "Fatima", "Goran", "Hiroshi", "Ingrid", "João", "Kwame", "Leila",
    "Mateusz", "Ngozi", "Océane", "Pedro", "Quynh", "Rosalía", "Şebnem", "Tariq", "Uma", "Václav", "Wei", "Ximena",
    "Yusuf", "Zoë", "Aoife", "Bruno", "Carmen", "Deepak", "Elif",
)  # fmt: skip
FAMILY = (
    "Adeyemi", "Bauer", "Castillo", "Dubois", "Eriksson", "Fernández", "García-López", "Haddad", "Iyer", "Jansen",
    "Kowalczyk", "Lindqvist", "Moreau", "Nguyễn", "O’Brien", "Papadopoulos", "Qureshi", "Rossi", "Schäfer", "Tanaka",
    "Uzun", "Vasić", "Wójcik", "Xu", "Yücel", "Zieliński", "Çelik", "Ødegård", "Mensah",
)  # fmt: skip

_PEOPLE = UUID("6f1d3c52-8f5b-4e6d-9a3e-0d2c7b1a4e90")
# NFKD takes accents off their letters; these letters are no letter with an accent.
_PLAIN = str.maketrans({"ø": "o", "Ø": "o", "ł": "l", "’": "", "ß": "ss"})

Say = Callable[[str], None]


async def make(members: int = 0, say: Say = print) -> str:
    """Makes the cast, the crowd and, for a number of `members`, Big; what is there stays. Tells how it goes on."""
    cast = await seeding.seed()
    async with db.transaction():
        crowd = await fill("acme", _crowd("acme", ACME_MEMBERS - 3, admins=2), say=None)
        crowd += await fill("beta", _crowd("beta", BETA_MEMBERS - 1, admins=0), say=None)
    lines = [cast, f"made {crowd} more in their teams"] if crowd else [cast]
    if members:
        made = await _make_big(members, say)
        lines.append(f"Big has its {members} members: {made} of them new; {BIG_OWNER} owns it")
    return "\n".join(lines)


async def fill(slug: str, people: Iterator[tuple[Person, BuiltInKind]], say: Say | None) -> int:
    """Makes people and memberships that are missing, thousands at a time; gives how many memberships those were."""
    tenant_id, roles = await tables.roles_of(slug)
    added = seen = 0
    while batch := [one for _place, one in zip(range(AT_ONCE), people, strict=False)]:
        async with db.transaction():
            ids = await tables.ids_of([person.email for person, _kind in batch])
            await tables.add_people([person for person, _kind in batch if person.email not in ids])
            known = [(ids.get(person.email, person.id), person, kind) for person, kind in batch]
            there = await tables.members_among(tenant_id, [user_id for user_id, _person, _kind in known])
            new = [
                Member(tenant_id, user_id, [roles[kind.value]], person.created_at)
                for user_id, person, kind in known
                if user_id not in there
            ]
            await tables.add_members(new)
        added, seen = added + len(new), seen + len(batch)
        if say is not None:
            say(f"{seen} members looked at, {added} of them new")
    return added


async def _make_big(members: int, say: Say) -> int:
    """On a connection of its own: a batch of thousands takes longer than a statement of a page may."""
    hashed = await crypto.hash_password(seeding.PASSWORD)
    connection = await db.connect(
        settings().database_url, command_timeout=None, statement_timeout="0", idle_in_transaction_session_timeout="0"
    )
    try:
        async with db.engine.hold(connection):
            async with db.transaction():
                await found("Big", BIG)
                owner = await User.begin(BIG_OWNER, "Bianca Big", crypto.new_token().digest.hex(), 0)
                if owner.is_unfinished and await User.finish(owner.id, "Bianca Big", hashed):
                    await record(Event.USER_SIGNED_UP, by=Actor.system("portico seed"), about=owner.id)
                await Tenant.join(BIG, owner.id, BuiltInKind.OWNER)
            return await fill(BIG, _many(members - 1, await db.now()), say)
    finally:
        await connection.close()


def _crowd(tenant: str, count: int, *, admins: int) -> Iterator[tuple[Person, BuiltInKind]]:
    shift = 0 if tenant == "acme" else 100
    for place in range(count):
        name = _name(place + shift)
        kind = BuiltInKind.ADMIN if place < admins else BuiltInKind.MEMBER
        yield _person(f"{_ascii(name)}@{tenant}.test", name, _BEGAN + timedelta(days=9 * place, hours=place % 11)), kind


def strangers(mark: str, count: int) -> Iterator[tuple[Person, BuiltInKind]]:
    """Plain members whom only one team has; its `mark` stands in their addresses."""
    for place in range(count):
        name = _name(place)
        yield _person(f"{_ascii(name)}.{mark}@qa.test", name, _BEGAN + timedelta(days=place)), BuiltInKind.MEMBER


def _many(count: int, now: datetime) -> Iterator[tuple[Person, BuiltInKind]]:
    """Members of Big, who came one a minute until now."""
    for place in range(1, count + 1):
        person = _person(f"member-{place:06}@big.test", _name(place), now - timedelta(minutes=count - place))
        if place % SUSPENDED_EACH == 0:
            person = person._replace(status="suspended", status_reason="made by the seed", status_changed_at=now)
        yield person, BuiltInKind.MEMBER


def _person(email: str, name: str, since: datetime) -> Person:
    return Person(
        id=uuid5(_PEOPLE, email),
        email=email,
        name=name,
        email_verified=True,
        status="active",
        status_reason=None,
        status_changed_at=None,
        created_at=since,
    )


def _name(place: int) -> str:
    """Another one for each of the first 899 places: 31 and 29 have no common divisor."""
    return f"{GIVEN[place % len(GIVEN)]} {FAMILY[place * 7 % len(FAMILY)]}"


def _ascii(name: str) -> str:
    """The name as a part of an address: `chiara.garcia-lopez`."""
    letters = unicodedata.normalize("NFKD", name.translate(_PLAIN)).encode("ascii", "ignore").decode()
    return letters.lower().replace(" ", ".")


_BEGAN = datetime(2025, 9, 1, 8, 30)  # noqa: DTZ001 - naive UTC, as the database holds it
