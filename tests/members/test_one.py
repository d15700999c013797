"""One member: shown, given roles, suspended, reinstated, removed; each refusal before the success."""

from uuid import UUID

import pytest
from litestar import Litestar

from app import db
from tests.cast import Cast
from tests.mailbox import Mailbox
from tests.teams import give_roles, make_role, role_id, roles_of, signed_in, suspend
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


async def id_of(email: str) -> UUID:
    return UUID(str(await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', email)))


async def page_of(email: str) -> str:
    return f"/t/acme/members/{await id_of(email)}"


async def act(browser: Browser, email: str, what: str, **fields: str | list[str]) -> int:
    """Sends the form of an act, whether the page shows it or not."""
    await browser.open(await page_of(email))
    return (await browser.post(f"{await page_of(email)}/{what}", **fields)).status_code


async def happened(event: str) -> int:
    return int(await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = $1', event))


async def test_the_page_tells_who_it_is_and_hides_acts_from_those_who_may_not(app: Litestar, cast: Cast) -> None:
    await db.execute(
        """INSERT INTO "MemberStandings" ("tenantId", "userId", "invitedBy") SELECT m."tenantId", m."userId", o."id"
        FROM "TenantUsers" m JOIN "Users" u ON u."id" = m."userId", "Users" o
        WHERE u."email" = 'mia@acme.test' AND o."email" = 'olga@acme.test'"""
    )
    olga, mia = await signed_in(app, cast.olga), await signed_in(app, cast.mia)

    await olga.open(await page_of(cast.mia))
    assert olga.name == "members.show"
    for words in ("Mia Müller", "mia@acme.test", "Invited by Olga Olsen", "Save roles", "Suspend", "Remove"):
        assert words in olga.document.text

    await mia.open(await page_of(cast.adam))
    assert mia.document.headings == ["Adam Ahmadi"]
    assert [form for form, _fields in mia.document.forms if "/members/" in str(form.get("action"))] == []


@pytest.mark.parametrize("what", ["", "/remove", "/roles", "/suspend", "/reinstate"])
async def test_people_of_other_teams_and_ids_of_nobody_are_not_found(app: Litestar, cast: Cast, what: str) -> None:
    olga, nora = await signed_in(app, cast.olga), await signed_in(app, cast.nora)
    member = str(await role_id("Member"))
    for email in (cast.eve, cast.nora):
        await olga.open("/t/acme/members")
        path = f"{await page_of(email)}{what}"
        if what in ("", "/remove"):
            assert (await olga.open(path)).status_code == 404
        if what:
            await olga.open("/t/acme/members")
            fields: dict[str, str | list[str]] = {"roles": [member]} if what == "/roles" else {}
            assert (await olga.post(path, **fields)).status_code == 404
    if what in ("", "/remove"):
        assert (await nora.open(f"{await page_of(cast.mia)}{what}")).status_code == 404
    assert await roles_of(cast.eve, "beta") == ["Owner"]
    assert await roles_of(cast.eve) is None


async def test_a_change_of_roles_is_told_written_down_and_bites_at_once(
    app: Litestar, cast: Cast, mailbox: Mailbox
) -> None:
    olga, mia = await signed_in(app, cast.olga), await signed_in(app, cast.mia)
    admin, member = str(await role_id("Admin")), str(await role_id("Member"))
    assert await act(mia, cast.adam, "suspend") == 403

    assert await act(olga, cast.mia, "roles") == 422
    assert "Choose at least one role" in olga.document.text
    assert await act(olga, cast.mia, "roles", roles=[admin, member]) == 200
    assert "The roles are changed" in olga.document.text
    assert await roles_of(cast.mia) == ["Admin", "Member"]
    mail = next(mail for mail in await mailbox.all(cast.mia) if mail.subject == "Your roles in a team were changed")
    assert "Team: Acme" in mail.text
    assert "Olga Olsen" in mail.text
    assert "Roles now: Admin, Member" in mail.text
    bell = [row["message"] for row in await db.rows('SELECT "message" FROM "Notifications"')]
    assert "Your roles in Acme were changed" in bell
    details = await db.value('SELECT "details" FROM "SecurityAuditLogs" WHERE "event" = \'member.roles_changed\'')
    assert (details["before"], details["after"]) == (["Member"], ["Admin", "Member"])
    await olga.open(await page_of(cast.mia))
    assert "Roles changed by Olga Olsen" in olga.document.text

    assert await act(mia, cast.adam, "suspend") == 200
    assert await act(olga, cast.mia, "roles", roles=[member, admin]) == 200
    assert "These were their roles already" in olga.document.text
    assert await act(olga, cast.mia, "roles", roles=[member]) == 200
    assert await act(mia, cast.adam, "reinstate") == 403
    assert await happened("member.roles_changed") == 2


async def test_nobody_grants_takes_or_touches_what_is_above_them(app: Litestar, cast: Cast) -> None:
    adam = await signed_in(app, cast.adam)
    owner, admin, member = [str(await role_id(name)) for name in ("Owner", "Admin", "Member")]
    strong = str(await make_role("Strong", "owners:update", "members:read"))
    before = [await roles_of(email) for email in (cast.olga, cast.adam, cast.mia)]

    assert await act(adam, cast.mia, "roles", roles=[owner]) == 403
    assert await act(adam, cast.mia, "roles", roles=[member, strong]) == 403
    assert await act(adam, cast.adam, "roles", roles=[admin, owner]) == 403
    assert await act(adam, cast.olga, "roles", roles=[member]) == 403
    assert await act(adam, cast.olga, "suspend") == 403
    assert await act(adam, cast.olga, "remove") == 403
    assert "being an owner, as Olga Olsen is" in adam.document.text
    await give_roles(cast.mia, "Member", "Strong")
    assert await act(adam, cast.mia, "roles", roles=[member]) == 403
    assert await act(adam, cast.mia, "remove") == 403
    await give_roles(cast.mia, "Member")
    assert [await roles_of(email) for email in (cast.olga, cast.adam, cast.mia)] == before

    await adam.open(await page_of(cast.mia))
    assert "It takes being an owner." in adam.document.text
    assert await act(adam, cast.mia, "roles", roles=[member, admin]) == 200
    assert await roles_of(cast.mia) == ["Admin", "Member"]


async def test_roles_of_another_team_and_smuggled_fields_change_nothing(app: Litestar, cast: Cast) -> None:
    olga = await signed_in(app, cast.olga)
    member, foreign = str(await role_id("Member")), str(await role_id("Admin", "beta"))

    assert await act(olga, cast.mia, "roles", roles=[member, foreign]) == 404
    assert await act(olga, cast.mia, "roles", roles=["x"]) == 404
    assert await act(olga, cast.mia, "suspend", roles=[member]) == 422
    assert await act(olga, cast.mia, "roles", roles=[member], tenant="beta") == 422
    assert await roles_of(cast.mia) == ["Member"]
    assert await happened("member.roles_changed") == 0


async def test_suspending_shuts_the_door_and_reinstating_gives_back_what_they_had(
    app: Litestar, cast: Cast, mailbox: Mailbox
) -> None:
    olga, adam, mia = [await signed_in(app, email) for email in (cast.olga, cast.adam, cast.mia)]
    extra = await make_role("Extra", "tenant:read", "members:read")
    await give_roles(cast.mia, "Member", "Extra")
    assert await act(adam, cast.adam, "suspend") == 422
    assert "You cannot suspend yourself" in adam.document.text
    assert await act(adam, cast.mia, "reinstate") == 422

    assert await act(adam, cast.mia, "suspend", reason="On leave") == 200
    assert (await mia.open("/t/acme")).status_code == 403
    assert await roles_of(cast.mia) == []
    assert (await mailbox.newest(cast.mia)).subject == "You are suspended in a team"
    assert "On leave" in adam.document.text
    assert await act(adam, cast.mia, "suspend") == 422
    assert await act(adam, cast.mia, "roles", roles=[str(extra)]) == 422

    assert "with these roles: Member, Extra." in adam.document.text
    assert await act(adam, cast.mia, "reinstate") == 200
    assert await roles_of(cast.mia) == ["Extra", "Member"]
    assert (await mia.open("/t/acme")).status_code == 200
    assert (await mailbox.newest(cast.mia)).subject == "You are back in a team"

    await db.execute('DELETE FROM "Notifications"')
    assert await act(olga, cast.mia, "suspend") == 200
    await db.execute('DELETE FROM "Roles" WHERE "id" = $1', extra)
    await db.execute('UPDATE "MemberStandings" SET "formerRoles" = ARRAY[$1::text]', str(extra))
    assert await act(olga, cast.mia, "reinstate") == 200
    assert await roles_of(cast.mia) == ["Member"]


async def test_who_is_suspended_stays_as_high_as_they_were(app: Litestar, cast: Cast) -> None:
    """A paused owner holds no right; an admin must neither bring them back nor remove them."""
    await give_roles(cast.mia, "Owner")
    olga, adam = await signed_in(app, cast.olga), await signed_in(app, cast.adam)
    assert await act(olga, cast.mia, "suspend") == 200

    assert await act(adam, cast.mia, "reinstate") == 403
    assert await act(adam, cast.mia, "remove") == 403
    assert await roles_of(cast.mia) == []

    assert await act(olga, cast.mia, "reinstate") == 200
    assert await roles_of(cast.mia) == ["Owner"]


async def test_removing_asks_first_says_so_and_works_at_once(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    olga, mia = await signed_in(app, cast.olga), await signed_in(app, cast.mia)
    assert await act(olga, cast.olga, "remove") == 422
    assert "leave the team instead" in olga.document.text
    await olga.open(f"{await page_of(cast.olga)}/remove")
    assert 'href="/tenants/acme/leave"' in olga.page.text

    await olga.open(f"{await page_of(cast.mia)}/remove")
    assert "They lose access to the team at once" in olga.document.text
    await olga.submit(f"{await page_of(cast.mia)}/remove")

    assert olga.name == "members.index"
    assert "Mia Müller is no longer in the team." in olga.document.text
    assert await roles_of(cast.mia) is None
    assert (await mia.open("/t/acme")).status_code == 404
    assert (await mailbox.newest(cast.mia)).subject == "You were removed from a team"
    assert await happened("member.removed") == 1
    assert (await olga.open(await page_of(cast.mia))).status_code == 404


async def test_the_last_owner_stays_by_every_path(app: Litestar, cast: Cast) -> None:
    olga = await signed_in(app, cast.olga)
    member = str(await role_id("Member"))
    assert await act(olga, cast.olga, "roles", roles=[member]) == 422
    assert "Make someone else an owner first" in olga.document.text
    assert f'value="{member}" checked' in olga.page.text, "what was ticked stays"
    assert await roles_of(cast.olga) == ["Owner"]

    await give_roles(cast.mia, "Owner")
    await suspend(cast.mia)
    assert await act(olga, cast.olga, "roles", roles=[member]) == 422

    await give_roles(cast.mia, "Owner")
    await db.execute('DELETE FROM "MemberStandings"')
    assert await act(olga, cast.olga, "roles", roles=[member]) == 200
    assert await roles_of(cast.olga) == ["Member"]


async def test_ones_own_page_leads_out_and_an_owner_to_handing_over(app: Litestar, cast: Cast) -> None:
    olga, mia = await signed_in(app, cast.olga), await signed_in(app, cast.mia)
    leave, hand_over = 'href="/tenants/acme/leave"', 'href="/t/acme/ownership"'

    await olga.open(await page_of(cast.olga))
    assert [each in olga.page.text for each in (leave, hand_over)] == [True, True]
    assert "What you may do here" in olga.document.text
    await mia.open(await page_of(cast.mia))
    assert [each in mia.page.text for each in (leave, hand_over)] == [True, False]
    await olga.open(await page_of(cast.mia))
    assert [each in olga.page.text for each in (leave, hand_over)] == [False, False]


async def test_what_a_member_could_do_a_moment_ago_is_asked_again(app: Litestar, cast: Cast) -> None:
    """The page was open; the role is gone."""
    adam = await signed_in(app, cast.adam)
    await adam.open(await page_of(cast.mia))
    await give_roles(cast.adam, "Member")

    assert (await adam.post(f"{await page_of(cast.mia)}/suspend")).status_code == 403
    assert await roles_of(cast.mia) == ["Member"]
