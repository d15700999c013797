"""Who touches which role: nobody gives what they do not hold (row 5.4; lesson L16)."""

import pytest
from litestar import Litestar

from app.errors import PorticoError
from app.members.roles import actions
from app.tenancy import scope
from tests.cast import Cast
from tests.members.team import (
    LEAD,
    ROLES,
    actor,
    all_roles,
    custom_role,
    defaults,
    give,
    lead,
    olga,
    role,
    signed_in,
    tenant_id,
)
from tests.visitor import Browser

__all__ = ["lead", "olga"]

pytestmark = pytest.mark.anyio


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


async def test_the_default_never_holds_more_than_who_chooses_it(lead: Browser) -> None:
    above = await custom_role("Removers", "members:remove")
    await lead.post(f"{ROLES}/{above}/default")
    assert lead.page.status_code == 403
    assert await defaults() == ["Member"]

    await lead.open(f"{ROLES}/{await role('Lead')}")
    await lead.submit(f"{ROLES}/{await role('Lead')}/default")
    assert await defaults() == ["Lead"]


# Deleting


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
