"""Owners who demote, suspend and remove each other at the same moment: one always stays."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from app import db, tenancy
from app.actor import Actor, Sudo
from app.errors import PorticoError
from app.members.one import actions
from app.operator import seeding
from tests.cast import Cast
from tests.database import TestDatabase
from tests.members.test_one import id_of
from tests.teams import give_roles, role_id, tenant_id
from tests.users.races import AT_ONCE, ROUNDS

pytestmark = pytest.mark.anyio

_OWNERS = """
SELECT count(*) FROM "MemberRoles" h JOIN "BuiltInRoles" b ON b."roleId" = h."roleId" AND b."kind" = 'owner'
WHERE h."tenantId" = $1
"""


async def test_one_owner_stays_whatever_two_do_to_each_other(own_database: TestDatabase) -> None:
    await seeding.seed()
    acme, member = await tenant_id(), str(await role_id("Member"))
    olga, mia = await id_of(Cast.olga), await id_of(Cast.mia)
    refused = done = 0

    def acts(by: UUID, other: UUID) -> list[Callable[[], Awaitable[object]]]:
        actor = Actor(kind="person", user_id=by, name="x", tenant_id=acme, sudo=Sudo.STRONGEST)
        return [
            lambda: actions.change_roles(other, [member], by=actor),
            lambda: actions.change_roles(by, [member], by=actor),
            lambda: actions.suspend(other, None, by=actor),
            lambda: actions.remove(other, by=actor),
        ]

    async def start(barrier: asyncio.Barrier, act: Callable[[], Awaitable[object]]) -> bool:
        await barrier.wait()
        try:
            await act()
        except PorticoError:
            return False
        return True

    for _round in range(ROUNDS):
        await db.execute('DELETE FROM "MemberStandings"')
        for email in (Cast.olga, Cast.mia):
            await give_roles(email, "Owner")
        barrier = asyncio.Barrier(AT_ONCE)
        chosen = (acts(olga, mia) + acts(mia, olga)) * AT_ONCE
        with tenancy.scope(acme):
            found = await asyncio.gather(*(start(barrier, act) for act in chosen[:AT_ONCE]))
        done, refused = done + sum(found), refused + found.count(False)
        assert await db.value(_OWNERS, acme) == 1
    assert done >= ROUNDS
    assert refused >= ROUNDS
