"""Roles: made, compared, changed, one of them the default (rows 5.4, 5.5; lesson L17)."""

import re

import pytest
from litestar import Litestar

from app import db
from app.members.roles import actions
from app.permissions import Permission
from tests.cast import Cast
from tests.members.team import (
    READ,
    ROLES,
    all_roles,
    custom_role,
    defaults,
    events,
    give,
    olga,
    role,
    signed_in,
    tenant_id,
)
from tests.visitor import Browser

__all__ = ["olga"]

pytestmark = pytest.mark.anyio


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
