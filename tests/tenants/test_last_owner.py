"""The last owner stays: the database itself refuses, whatever asks for it (decisions 5)."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from app import db
from app.operator import seeding
from tests.cast import Cast
from tests.database import TestDatabase
from tests.teams import give_roles, make_role, remove, role_id, roles_of

pytestmark = pytest.mark.anyio

Act = Callable[[], Awaitable[object]]
ROUNDS = 20


async def _demote(email: str) -> None:
    await give_roles(email, "Admin")


async def _close(email: str) -> None:
    await db.execute("""UPDATE "Users" SET "status" = 'suspended' WHERE "email" = $1""", email)


WAYS = [remove, _demote, _close]


@pytest.mark.parametrize("way", WAYS)
async def test_no_way_takes_the_last_owner_from_a_team(cast: Cast, way: Callable[[str], Awaitable[None]]) -> None:
    with pytest.raises(asyncpg.RestrictViolationError) as refused:
        await way(cast.olga)
    assert refused.value.constraint_name == "last_owner"
    assert await roles_of(cast.olga) == ["Owner"]

    await give_roles(cast.adam, "Owner")
    await way(cast.olga)
    with pytest.raises(asyncpg.RestrictViolationError):
        await way(cast.adam)


async def test_an_owner_whose_account_is_closed_does_not_count(cast: Cast) -> None:
    await give_roles(cast.adam, "Owner")
    await _close(cast.adam)

    with pytest.raises(asyncpg.RestrictViolationError):
        await _demote(cast.olga)


async def test_the_refusal_comes_at_once_also_within_a_savepoint(cast: Cast) -> None:
    async with db.transaction():
        with pytest.raises(asyncpg.RestrictViolationError):
            async with db.transaction():
                await remove(cast.olga)
        assert await roles_of(cast.olga) == ["Owner"]


async def test_a_teams_own_end_takes_everything(cast: Cast) -> None:
    await db.execute("""DELETE FROM "Tenants" WHERE "slug" = 'acme'""")

    assert await db.value('SELECT count(*) FROM "MemberIndex"') == 2
    assert await db.value('SELECT count(*) FROM "Roles"') == 6


async def test_built_in_roles_stay_as_they_are(cast: Cast) -> None:
    owner = await role_id("Owner")
    for sql in (
        'DELETE FROM "Roles" WHERE "id" = $1',
        """UPDATE "Roles" SET "name" = 'Boss' WHERE "id" = $1""",
        'DELETE FROM "BuiltInRoles" WHERE "roleId" = $1',
        """UPDATE "BuiltInRoles" SET "kind" = 'member' WHERE "roleId" = $1""",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.execute(sql, owner)


async def test_a_role_that_somebody_holds_is_not_deleted(cast: Cast) -> None:
    editor = await make_role("Editor")
    await give_roles(cast.mia, "Editor")
    with pytest.raises(asyncpg.RestrictViolationError) as refused:
        await db.execute('DELETE FROM "Roles" WHERE "id" = $1', editor)
    assert refused.value.constraint_name == "held_role"

    await give_roles(cast.mia, "Member")
    await db.execute('DELETE FROM "Roles" WHERE "id" = $1', editor)


@pytest.mark.parametrize("role", ["of another team", "of nobody", "no id at all"])
async def test_a_member_holds_roles_of_their_own_team_only(cast: Cast, role: str) -> None:
    other = await role_id("Owner", "beta")
    text = {"of another team": str(other), "of nobody": "00000000-0000-4000-8000-000000000000"}.get(role, "owner")

    with pytest.raises((asyncpg.ForeignKeyViolationError, asyncpg.InvalidTextRepresentationError)):
        await db.execute(
            'UPDATE "TenantUsers" m SET "roles" = ARRAY[$1::varchar] FROM "Users" u WHERE u."id" = m."userId"'
            ' AND u."email" = $2',
            text,
            cast.mia,
        )


async def test_a_membership_stays_with_its_person(cast: Cast) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await db.execute(
            'UPDATE "TenantUsers" SET "userId" = (SELECT "id" FROM "Users" WHERE "email" = $1)'
            ' WHERE "userId" = (SELECT "id" FROM "Users" WHERE "email" = $2)',
            cast.nora,
            cast.mia,
        )


@pytest.mark.parametrize("way", [remove, _demote])
async def test_two_owners_who_throw_each_other_out_leave_one(
    own_database: TestDatabase, way: Callable[[str], Awaitable[None]]
) -> None:
    await seeding.seed()
    for _round in range(ROUNDS):
        await give_roles(Cast.olga, "Owner")
        await give_roles(Cast.adam, "Owner")
        barrier = asyncio.Barrier(20)

        async def go(email: str, barrier: asyncio.Barrier = barrier) -> bool:
            await barrier.wait()
            try:
                await way(email)
            except (asyncpg.RestrictViolationError, db.Away):
                return False
            return True

        await asyncio.gather(*(go(email) for email in (Cast.olga, Cast.adam) * 10))

        owners = [email for email in (Cast.olga, Cast.adam) if "Owner" in (await roles_of(email) or [])]
        assert len(owners) == 1
