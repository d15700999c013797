"""Roles: made, changed, compared and deleted, by whoever holds what they put in (rows 5.4, 5.5; lessons L16, L17)."""

import re
from functools import partial
from uuid import UUID

import pytest
from litestar import Litestar

from app import db
from app.errors import PorticoError
from app.members.roles import actions
from app.operator import seeding
from app.permissions import Permission
from app.tenancy import scope
from tests.cast import Cast
from tests.database import TestDatabase
from tests.members.team import (
    ROLES,
    actor,
    all_roles,
    custom_role,
    events,
    give,
    person,
    role,
    signed_in,
    standing,
    suspend,
    tenant_id,
)
from tests.users.races import AT_ONCE, ROUNDS, fresh, together, twins
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

READ = ["tenant:read", "members:read"]
LEAD = ("tenant:read", "roles:read", "roles:update", "members:read")


@pytest.fixture
async def olga(app: Litestar, cast: Cast) -> Browser:
    return await signed_in(app, cast.olga, ROLES)


@pytest.fixture
async def lead(app: Litestar, cast: Cast) -> Browser:
    """Mia, who may change roles, and holds little else."""
    await give(cast.mia, await custom_role("Lead", *LEAD))
    return await signed_in(app, cast.mia, ROLES)


async def test_the_list_begins_with_the_built_in_ones_and_marks_the_default(olga: Browser) -> None:
    await custom_role("Auditors", "tenant:read")
    await custom_role("accounting", "tenant:read")

    await olga.open(ROLES)

    text = olga.document.text
    places = [text.index(f"{name} ") for name in ("Owner", "Admin", "Member", "accounting", "Auditors")]
    assert places == sorted(places)
    assert text.count("Default") == 1
    assert text.count("1 member ") == 3
    assert text.count("Built in") == 3
    assert "No members" in text


async def test_the_matrix_says_every_right_of_every_role_in_words(olga: Browser) -> None:
    await custom_role("Auditors", "members:export")

    await olga.open(ROLES)

    text = olga.document.text
    for right in Permission:
        assert str(right.words) in text
    row = olga.page.text.split(f"{Permission.MEMBERS_EXPORT.words}</th>")[1].split("</tr>")[0]
    assert re.findall(r'aria-label="(Yes)"|class="sr">(No)<', row) == [("Yes", "")] * 2 + [("", "No"), ("Yes", "")]
    assert olga.page.text.count('scope="row"') == len(Permission)
    assert 'tabindex="0"' in olga.page.text
    assert olga.page.text.count('aria-labelledby="compare"') == 1, "two landmarks of one name cannot be told apart"


async def test_a_role_is_made_of_rights_in_words(olga: Browser) -> None:
    await olga.open(f"{ROLES}/new")
    await olga.submit(f"{ROLES}/new", name="", permissions=READ)
    assert olga.page.status_code == 422
    assert "Enter a name" in olga.document.text
    assert 'value="members:read" checked' in olga.page.text, "what was ticked stays"

    await olga.submit(
        f"{ROLES}/new",
        name="  Front   desk ",
        description="Lets people in",
        permissions=READ,
        scopes=["openid", "email"],
    )

    assert olga.name == "roles.index"
    assert "Front desk" in olga.document.text
    made = await db.one('SELECT * FROM "Roles" WHERE "name" = \'Front desk\'')
    assert made is not None
    assert (made["description"], made["scopes"], made["isDefault"]) == ("Lets people in", ["openid", "email"], False)
    [event] = await events("role.created")
    assert event["before"] is None
    assert event["after"]["permissions"] == READ
    assert event["tenantId"] == str(await tenant_id())


@pytest.mark.parametrize("name", ["Owner", "aDMin", "MEMBER", "auditors", " AUDITORS ", "Áuditors"])
async def test_a_name_is_the_only_one_of_its_team_whatever_its_case(olga: Browser, name: str) -> None:
    await custom_role("Auditors", "tenant:read")
    before = await all_roles()
    await olga.open(f"{ROLES}/new")

    await olga.submit(f"{ROLES}/new", name=name, permissions=READ)

    assert olga.page.status_code == 422
    assert "name" in olga.document.invalid
    assert await all_roles() == before


async def test_another_team_may_have_a_role_of_the_same_name(olga: Browser) -> None:
    await custom_role("Auditors", "tenant:read", slug="beta")
    await olga.open(f"{ROLES}/new")

    await olga.submit(f"{ROLES}/new", name="Auditors", permissions=READ)

    assert olga.name == "roles.index"


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "x" * 61},
        {"name": "Fine", "description": "x" * 201},
        {"name": "Fine", "permissions": ["tenant:read", "owners:*"]},
        {"name": "Fine", "permissions": ["tenant:read,owners:update"]},
        {"name": "Fine", "scopes": ["openid", "admin"]},
        {"name": "Fine", "isDefault": "true"},
        {"name": "Fine\u202e"},
    ],
)
async def test_what_is_no_name_right_or_scope_changes_nothing(olga: Browser, sent: dict[str, str | list[str]]) -> None:
    role_id = await custom_role("Auditors", "tenant:read")
    before = await all_roles()
    for path in (f"{ROLES}/new", f"{ROLES}/{role_id}"):
        await olga.open(path)
        await olga.submit(path, **sent)
        assert olga.page.status_code == 422, path
    assert await all_roles() == before


async def test_a_team_has_at_most_fifty_roles(olga: Browser) -> None:
    for number in range(actions.MOST_ROLES - 3):
        await custom_role(f"Role {number}", "tenant:read")
    await olga.open(f"{ROLES}/new")

    await olga.submit(f"{ROLES}/new", name="One more")

    assert olga.page.status_code == 422
    assert "at most 50 roles" in olga.document.text


async def test_a_change_is_written_down_with_before_and_after(olga: Browser) -> None:
    role_id = await custom_role("Auditors", *READ)
    await olga.open(f"{ROLES}/{role_id}")
    assert olga.name == "roles.edit"
    await olga.submit(f"{ROLES}/{role_id}", permissions=READ)
    assert "nothing was changed" in olga.document.text

    await olga.submit(f"{ROLES}/{role_id}", name="Readers", permissions=["members:read", "members:export"])

    [event] = await events("role.changed")
    assert (event["before"]["name"], event["after"]["name"]) == ("Auditors", "Readers")
    assert event["before"]["permissions"] == READ
    assert event["after"]["permissions"] == ["members:read", "members:export"]


async def test_a_change_bites_on_the_next_request(app: Litestar, olga: Browser, cast: Cast) -> None:
    role_id = await custom_role("Auditors", "tenant:read")
    await give(cast.mia, role_id)
    mia = await signed_in(app, cast.mia, ROLES)
    assert mia.page.status_code == 403
    await olga.open(f"{ROLES}/{role_id}")

    await olga.submit(f"{ROLES}/{role_id}", permissions=["tenant:read", "roles:read"])

    assert (await mia.open(ROLES)).status_code == 200


# Nobody grants what they do not hold (L16, L17)


async def test_nobody_puts_in_a_right_they_do_not_hold(lead: Browser) -> None:
    before = await all_roles()
    await lead.open(f"{ROLES}/new")
    assert "You do not have this right yourself" in lead.document.text

    await lead.post(f"{ROLES}/new", name="Mine", permissions=["tenant:read", "owners:update"])
    assert lead.page.status_code == 403
    assert await all_roles() == before

    await lead.open(f"{ROLES}/new")
    await lead.submit(f"{ROLES}/new", name="Mine", permissions=["tenant:read"])
    assert lead.name == "roles.index"


async def test_nobody_raises_a_role_they_hold_themselves(lead: Browser) -> None:
    mine, before = await role("Lead"), await all_roles()

    await lead.post(f"{ROLES}/{mine}", name="Lead", permissions=[*LEAD, "members:remove"])

    assert lead.page.status_code == 403
    assert "Remove members" in lead.document.text
    assert await all_roles() == before


async def test_a_role_above_is_shown_and_not_changed_or_deleted(lead: Browser) -> None:
    above, before = await custom_role("Removers", "members:remove"), await all_roles()
    await lead.open(f"{ROLES}/{above}")
    assert "You can look at this role, not change it" in lead.document.text

    for path in (f"{ROLES}/{above}", f"{ROLES}/{above}/delete", f"{ROLES}/{above}/default"):
        await lead.post(path, **({"name": "Empty"} if path.endswith(str(above)) else {}))
        assert lead.page.status_code == 403, path
        await lead.open(ROLES)
    await lead.open(f"{ROLES}/{above}/delete")
    assert lead.page.status_code == 403
    assert await all_roles() == before


async def test_admin_does_not_touch_what_only_owners_hold(app: Litestar, cast: Cast) -> None:
    adam, above = await signed_in(app, cast.adam, ROLES), await custom_role("Deputies", "owners:update")
    before = await all_roles()

    await adam.post(f"{ROLES}/{above}", name="Deputies", permissions=["tenant:read"])
    assert adam.page.status_code == 403
    await adam.open(ROLES)
    await adam.post(f"{ROLES}/new", name="Deputies 2", permissions=["owners:update"])
    assert adam.page.status_code == 403
    assert await all_roles() == before


@pytest.mark.parametrize("name", ["Owner", "Admin", "Member"])
async def test_built_in_roles_are_shown_and_stay(olga: Browser, name: str) -> None:
    built_in, before = await role(name), await all_roles()
    await olga.open(f"{ROLES}/{built_in}")
    assert olga.page.status_code == 200
    assert "Built-in roles are the same in every team" in olga.document.text

    await olga.post(f"{ROLES}/{built_in}", name="Mine", permissions=["tenant:read"])
    assert olga.page.status_code == 403
    await olga.open(f"{ROLES}/{built_in}/delete")
    assert olga.page.status_code == 403
    await olga.open(ROLES)
    await olga.post(f"{ROLES}/{built_in}/delete", replacement=str(await role("Member")))
    assert olga.page.status_code == 403
    assert await all_roles() == before


# The default


async def defaults(slug: str = "acme") -> list[str]:
    rows = await db.rows('SELECT "name" FROM "Roles" WHERE "isDefault" AND "tenantId" = $1', await tenant_id(slug))
    return [row["name"] for row in rows]


async def test_another_role_becomes_the_default_and_the_only_one(olga: Browser) -> None:
    auditors = await custom_role("Auditors", "tenant:read")
    await olga.open(f"{ROLES}/{await role('Owner')}")
    await olga.post(f"{ROLES}/{await role('Owner')}/default")
    assert olga.page.status_code == 422
    assert await defaults() == ["Member"]

    await olga.open(f"{ROLES}/{auditors}")
    await olga.submit(f"{ROLES}/{auditors}/default")

    assert await defaults() == ["Auditors"]
    assert await defaults("beta") == ["Member"]
    [event] = await events("role.default_changed")
    assert (event["before"], event["after"]) == ([str(await role("Member"))], [str(auditors)])


async def test_the_default_never_holds_more_than_who_chooses_it(lead: Browser) -> None:
    above = await custom_role("Removers", "members:remove")
    await lead.post(f"{ROLES}/{above}/default")
    assert lead.page.status_code == 403
    assert await defaults() == ["Member"]

    await lead.open(f"{ROLES}/{await role('Lead')}")
    await lead.submit(f"{ROLES}/{await role('Lead')}/default")
    assert await defaults() == ["Lead"]


# Deleting


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


async def test_a_member_looks_and_does_not_touch(app: Litestar, cast: Cast) -> None:
    auditors, mia = await custom_role("Auditors", "tenant:read"), await signed_in(app, cast.mia, ROLES)
    assert "New role" not in mia.document.text
    before = await all_roles()
    for path in (f"{ROLES}/new", f"{ROLES}/{auditors}/delete"):
        assert (await mia.open(path)).status_code == 403
    await mia.open(f"{ROLES}/{auditors}")
    assert "You can look at this role" in mia.document.text
    for path in ("new", str(auditors), f"{auditors}/default", f"{auditors}/delete"):
        await mia.post(f"{ROLES}/{path}", name="Mine")
        assert mia.page.status_code == 403
        await mia.open(ROLES)
    assert await all_roles() == before


async def test_a_role_of_another_team_does_not_exist(olga: Browser) -> None:
    foreign = await custom_role("Foreign", "tenant:read", slug="beta")
    before = await all_roles()
    for path in (f"{foreign}", f"{foreign}/delete"):
        assert (await olga.open(f"{ROLES}/{path}")).status_code == 404
    for path in (f"{foreign}", f"{foreign}/default", f"{foreign}/delete"):
        await olga.open(ROLES)
        await olga.post(f"{ROLES}/{path}", **({"name": "Mine"} if path == str(foreign) else {}))
        assert olga.page.status_code == 404
    assert await all_roles() == before


async def test_a_stranger_finds_no_roles(app: Litestar, cast: Cast) -> None:
    eve = await signed_in(app, cast.eve, ROLES)
    assert eve.page.status_code == 404
    assert "Acme" not in eve.page.text


async def test_the_verb_looks_again_whatever_the_door_said(cast: Cast) -> None:
    """Somebody who lost the right between the door and the lock."""
    adam = await actor(cast.adam)
    await give(cast.adam, await role("Member"))
    with scope(await tenant_id()), pytest.raises(PorticoError):
        await actions.make(actions.Terms("Late", "", [], []), by=adam)
    assert await role("Late") is None


# Races


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
