"""The demo world: the cast and a crowd, the same everywhere, made once; and a tenant of any size."""

import time

import pytest

from app import db
from app.operator import seeding, world
from tests.database import TestDatabase
from tests.test_cli import Run, portico

pytestmark = pytest.mark.anyio

__all__ = ["portico"]

MEMBERS = """
SELECT count(*) FROM "TenantUsers" m JOIN "Tenants" t ON t."id" = m."tenantId" WHERE t."slug" = $1
"""


async def people() -> list[tuple[str, str]]:
    rows = await db.rows('SELECT "email", "name" FROM "Users" ORDER BY "email"')
    return [(row["email"], row["name"]) for row in rows]


async def test_acme_has_forty_members_and_beta_a_handful(own_database: TestDatabase) -> None:
    began = time.monotonic()
    said = await world.make()
    assert time.monotonic() - began < 3

    assert said == "made 6 demo people\nmade 42 more in their teams"
    assert [await db.value(MEMBERS, slug) for slug in ("acme", "beta", "platform")] == [40, 6, 1]
    made = await people()
    assert len(made) == len({name for _email, name in made}) == 48
    assert {email for email, _name, _home, _kind in seeding.PEOPLE} <= {email for email, _name in made}
    assert all(email.isascii() and email == email.lower() for email, _name in made)
    assert sum(not name.isascii() for _email, name in made) >= 10


async def test_the_crowd_belongs_and_has_no_password(own_database: TestDatabase) -> None:
    await world.make()

    strangers = """
        SELECT count(*) FROM "TenantUsers" m CROSS JOIN unnest(m."roles") AS held (id)
        LEFT JOIN "Roles" r ON r."id"::text = held.id AND r."tenantId" = m."tenantId" WHERE r."id" IS NULL"""
    assert await db.value(strangers) == 0
    assert await db.value('SELECT count(*) FROM "TenantUsers" WHERE cardinality("roles") = 1') == 47
    assert await db.value('SELECT count(*) FROM "Users" WHERE "password" IS NOT NULL') == 6
    assert await db.value('SELECT count(*) FROM "Users" WHERE "emailVerified" AND "status" = \'active\'') == 48
    assert await db.value('SELECT count(*) FROM "Users" WHERE "createdAt" > app_now()') == 0


async def test_a_second_seed_adds_what_is_missing_and_nothing_else(own_database: TestDatabase) -> None:
    await world.make()
    before = await people()
    assert await world.make() == "the demo people are there already"
    await db.execute(
        """DELETE FROM "TenantUsers" WHERE "userId" = (SELECT "id" FROM "Users" WHERE "password" IS NULL LIMIT 1);
        DELETE FROM "Users" WHERE "password" IS NULL AND "email" LIKE '%@beta.test'"""
    )

    said = await world.make()

    assert "more in their teams" in said
    assert await people() == before
    assert [await db.value(MEMBERS, slug) for slug in ("acme", "beta")] == [40, 6]


async def test_a_big_tenant_has_as_many_members_as_were_asked_for(portico: Run) -> None:
    first = await portico("seed", "--members", "300")
    assert first.exit_code == 0, first.output
    assert "299 members looked at" in first.output
    assert await db.value(MEMBERS, "big") == 300
    assert await db.value('SELECT count(*) FROM "Users" WHERE "status" = \'suspended\'') == 3
    assert await db.value("""SELECT "password" IS NOT NULL FROM "Users" WHERE "email" = 'big@big.test'""")

    more = await portico("seed", "--members", "320")

    assert "Big has its 320 members: 20 of them new" in more.output
    assert await db.value(MEMBERS, "big") == 320
    for wrong in ("0", "-1", "1000001", "many"):
        assert (await portico("seed", "--members", wrong)).exit_code == 2


async def test_ten_thousand_members_take_seconds(own_database: TestDatabase) -> None:
    began = time.monotonic()
    said: list[str] = []

    await world.make(10_000, said.append)

    assert time.monotonic() - began < 12, "a hundred thousand are to take well under two minutes"
    assert await db.value(MEMBERS, "big") == 10_000
    assert len(said) == 2
