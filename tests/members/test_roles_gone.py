"""Roles that are deleted, and what takes their place; twenty acts at once (row 5.4; lesson L17)."""

from functools import partial
from uuid import UUID

import pytest
from litestar import Litestar

from app import db
from app.operator import seeding
from tests.cast import Cast
from tests.database import TestDatabase
from tests.members.team import (
    READ,
    ROLES,
    all_roles,
    custom_role,
    defaults,
    events,
    give,
    lead,
    olga,
    person,
    role,
    signed_in,
    standing,
    suspend,
    tenant_id,
)
from tests.users.races import AT_ONCE, ROUNDS, fresh, together, twins
from tests.visitor import Browser

__all__ = ["lead", "olga"]

pytestmark = pytest.mark.anyio


async def test_a_role_that_nobody_has_goes_without_a_question(olga: Browser) -> None:
    auditors = await custom_role("Auditors", "tenant:read")
    await olga.open(f"{ROLES}/{auditors}/delete")
    assert "Nobody has this role" in olga.document.text

    await olga.submit(f"{ROLES}/{auditors}/delete")

    assert olga.name == "roles.index"
    assert await role("Auditors") is None
    [event] = await events("role.deleted")
    assert event["before"]["name"] == "Auditors"
    assert (await olga.open(f"{ROLES}/{auditors}")).status_code == 404


async def test_a_role_in_use_asks_for_its_replacement(olga: Browser, cast: Cast) -> None:
    auditors, member, readers = await custom_role("Auditors", *READ), await role("Member"), await custom_role("Readers")
    await give(cast.mia, auditors)
    await give(cast.adam, member, auditors, readers)
    await give(cast.nora, auditors)
    await suspend(cast.nora)
    path, before = f"{ROLES}/{auditors}/delete", await all_roles()
    await olga.open(path)
    assert "2 members get the other role" in olga.document.text
    assert "1 suspended member comes back to the other role" in olga.document.text
    for wrong in ("", str(auditors)):
        await olga.submit(path, replacement=wrong)
        assert olga.page.status_code == 422
        assert "replacement" in olga.document.invalid
    for foreign in (str(await role("Member", "beta")), "nonsense"):
        await olga.open(path)
        await olga.submit(path, replacement=foreign)
        assert olga.page.status_code == 404
    assert await all_roles() == before

    await olga.open(path)
    await olga.submit(path, replacement=str(member))

    assert olga.name == "roles.index"
    assert "3 members have the other role now" in olga.document.text
    mia, adam = await standing(cast.mia), await standing(cast.adam)
    assert mia is not None
    assert adam is not None
    assert mia.roles == [str(member)]
    assert adam.roles == [str(member), str(readers)]
    assert await db.value('SELECT "formerRoles" FROM "MemberStandings"') == [str(member)]
    [event] = await events("role.deleted")
    assert (event["members"], event["former_members"], event["replacement"]) == (2, 1, str(member))


async def test_only_a_suspended_member_keeps_a_role_in_use_too(olga: Browser, cast: Cast) -> None:
    auditors = await custom_role("Auditors", "tenant:read")
    await give(cast.nora, auditors)
    await suspend(cast.nora)
    await olga.open(f"{ROLES}/{auditors}/delete")

    await olga.submit(f"{ROLES}/{auditors}/delete", replacement="")

    assert olga.page.status_code == 422
    assert await role("Auditors") == auditors


async def test_what_an_invitation_promises_moves_with_it(olga: Browser, cast: Cast) -> None:
    auditors, member = await custom_role("Auditors", "tenant:read"), await role("Member")
    invitation = await db.value(
        """INSERT INTO "Invitations" ("email", "token", "status", "expiresAt", "tenantId", "invitedById")
        VALUES ('zoe@zebra.test', 'x', 'pending', app_now() + interval '1 day', $1, $2) RETURNING "id" """,
        await tenant_id(),
        await person(cast.olga),
    )
    await db.execute('INSERT INTO "InvitationRoles" VALUES ($1, $2)', invitation, auditors)
    path = f"{ROLES}/{auditors}/delete"
    await olga.open(path)
    assert "1 invitation promises the other role" in olga.document.text
    await olga.submit(path, replacement="")
    assert olga.page.status_code == 422

    await olga.submit(path, replacement=str(member))

    rows = await db.rows('SELECT "roleId" FROM "InvitationRoles" WHERE "invitationId" = $1', invitation)
    assert [row["roleId"] for row in rows] == [member]


async def test_a_replacement_is_granted_by_somebody_who_holds_it(lead: Browser, cast: Cast) -> None:
    weak = await custom_role("Weak", "tenant:read")
    await give(cast.nora, weak)
    path = f"{ROLES}/{weak}/delete"
    for above in ("Owner", "Admin"):
        await lead.open(path)
        assert f">{above}</option>" not in lead.page.text
        await lead.submit(path, replacement=str(await role(above)))
        assert lead.page.status_code == 403
    assert await role("Weak") == weak

    await lead.open(path)
    await lead.submit(path, replacement=str(await role("Member")))
    assert await role("Weak") is None


async def test_an_admin_makes_nobody_an_owner_by_deleting_a_role(app: Litestar, cast: Cast) -> None:
    adam, weak = await signed_in(app, cast.adam, ROLES), await custom_role("Weak", "tenant:read")
    await give(cast.mia, weak)

    await adam.post(f"{ROLES}/{weak}/delete", replacement=str(await role("Owner")))

    assert adam.page.status_code == 403
    assert await role("Weak") == weak


async def test_the_default_role_is_not_deleted(olga: Browser) -> None:
    auditors = await custom_role("Auditors", "tenant:read")
    await olga.post(f"{ROLES}/{auditors}/default")

    await olga.post(f"{ROLES}/{auditors}/delete")

    assert olga.page.status_code == 422
    assert "Make another one the default first" in olga.document.text
    assert await defaults() == ["Auditors"]


# Others


@pytest.fixture
async def at_once(app: Litestar, own_database: TestDatabase) -> list[Browser]:
    await seeding.seed()
    return twins(app, await signed_in(app, Cast.olga, ROLES))


async def test_twenty_defaults_at_once_leave_one(at_once: list[Browser]) -> None:
    chosen = [await custom_role(f"Role {number}", "tenant:read") for number in range(AT_ONCE)]
    for _round in range(ROUNDS):
        await fresh()
        acts = [partial(tab.post, f"{ROLES}/{each}/default") for tab, each in zip(at_once, chosen, strict=True)]
        for tab in at_once[1:]:
            tab.page = at_once[0].page

        await together(acts)

        assert len(await defaults()) == 1
        await at_once[0].open(ROLES)


async def test_of_twenty_of_one_name_one_is_made(at_once: list[Browser]) -> None:
    page = at_once[0].page
    for round_ in range(ROUNDS):
        await fresh()
        for tab in at_once:
            tab.page = page

        found = await together([partial(tab.post, f"{ROLES}/new", name=f"Role {round_}") for tab in at_once])

        assert sorted(found) == [200] + [422] * (AT_ONCE - 1)
        assert await db.value('SELECT count(*) FROM "Roles" WHERE "name" = $1', f"Role {round_}") == 1


async def test_a_role_deleted_while_it_is_given_leaves_nobody_with_nothing(at_once: list[Browser]) -> None:
    """Either the member is moved, or the giving finds no such role."""
    member, page = await role("Member"), at_once[0].page
    for round_ in range(ROUNDS):
        await fresh()
        each: UUID = await custom_role(f"Role {round_}", "tenant:read")
        await give(Cast.mia, each)
        for tab in at_once:
            tab.page = page

        found = await together(
            [partial(tab.post, f"{ROLES}/{each}/delete", replacement=str(member)) for tab in at_once]
        )

        assert found.count(200) == 1
        mia = await standing(Cast.mia)
        assert mia is not None
        assert mia.roles == [str(member)]
