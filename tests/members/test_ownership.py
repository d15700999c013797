"""Handing a team over: offered, accepted, declined, off again; and a fresh proof for whoever makes or ends owners."""

import asyncio
import re

import pytest
from litestar import Litestar

from app import db, tenancy
from app.actor import Actor
from app.errors import Forbidden, NeedsSignIn
from app.members.invitations import actions as invitations
from app.members.one import actions as one
from tests.cast import Cast
from tests.database import Clock, TestDatabase
from tests.mailbox import Mailbox
from tests.members.inviting import LIST, NEW, id_of
from tests.teams import give_roles, role_id, roles_of, signed_in, suspend, tenant_id
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

PAGE = "/t/acme/ownership"
LEAVE = "/tenants/acme/leave"
OFFERED = "You are offered the ownership of a team"


@pytest.fixture
async def olga(app: Litestar, cast: Cast) -> Browser:
    return await signed_in(app, cast.olga)


async def offer(olga: Browser, email: str, **more: str) -> None:
    await olga.open(PAGE)
    await olga.submit(PAGE, email=email, **more)


async def links(mailbox: Mailbox, email: str) -> list[str]:
    """The one that accepts, then the one that declines."""
    mail = next(mail for mail in reversed(await mailbox.all(email)) if mail.subject == OFFERED)
    return re.findall(r"/links/\S+", mail.text)


async def press(app: Litestar, link: str) -> Browser:
    browser = Browser(app)
    await browser.open(link)
    if browser.page.status_code == 200:
        await browser.submit(link)
    return browser


async def bell(email: str) -> list[str]:
    rows = await db.rows('SELECT "message" FROM "Notifications" WHERE "userId" = $1', await id_of(email))
    return [row["message"] for row in rows]


async def open_offers() -> int:
    return int(await db.value('SELECT count(*) FROM "OwnershipTransfers" WHERE "endedAt" IS NULL'))


async def test_a_team_is_handed_over_once_the_other_accepts(
    app: Litestar, olga: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await offer(olga, cast.mia, stepping_down="on")
    accept, _decline = await links(mailbox, cast.mia)
    assert await roles_of(cast.mia) == ["Member"]

    await Browser(app).open(accept)
    assert await roles_of(cast.mia) == ["Member"], "looking changes nothing"
    await press(app, accept)

    assert await roles_of(cast.mia) == ["Member", "Owner"]
    assert await roles_of(cast.olga) == ["Admin"]
    details = """SELECT "details"->>'tenantId' FROM "SecurityAuditLogs" WHERE "event" = 'ownership.accepted'"""
    assert await db.value(details) == str(await tenant_id())
    again = Browser(app)
    await again.open(accept)
    assert not again.document.forms, "what was pressed once is only told again"


async def test_declining_changes_nobody(app: Litestar, olga: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await offer(olga, cast.mia)
    accept, decline = await links(mailbox, cast.mia)

    await press(app, decline)

    assert (await press(app, accept)).page.status_code == 410
    assert (await roles_of(cast.mia), await roles_of(cast.olga)) == (["Member"], ["Owner"])
    assert any("declined" in line for line in await bell(cast.olga))


@pytest.mark.parametrize("off", ["withdrawn", "expired", "taker removed", "taker suspended", "giver demoted", "left"])
async def test_an_offer_that_is_off_cannot_be_accepted(
    app: Litestar, olga: Browser, cast: Cast, mailbox: Mailbox, clock: Clock, off: str
) -> None:
    await give_roles(cast.adam, "Owner")
    adam = await signed_in(app, cast.adam)
    await offer(olga, cast.mia)
    accept, _decline = await links(mailbox, cast.mia)
    olgas, mias = f"/t/acme/members/{await id_of(cast.olga)}", f"/t/acme/members/{await id_of(cast.mia)}"
    match off:
        case "withdrawn":
            await olga.open(PAGE)
            await olga.submit(f"{PAGE}/withdraw")
        case "expired":
            await clock.advance(days=7, minutes=1)
        case "taker removed":
            await adam.open(f"{mias}/remove")
            await adam.submit(f"{mias}/remove")
            await give_roles(cast.mia, "Member")
        case "taker suspended":
            await adam.open(mias)
            await adam.submit(f"{mias}/suspend", reason="")
            await adam.open(mias)
            await adam.submit(f"{mias}/reinstate")
        case "giver demoted":
            await adam.open(olgas)
            await adam.submit(f"{olgas}/roles", roles=str(await role_id("Admin")))
            await give_roles(cast.olga, "Owner")
        case "left":
            mia = await signed_in(app, cast.mia)
            await mia.open(LEAVE)
            await mia.submit(LEAVE)
            await give_roles(cast.mia, "Member")

    assert (await press(app, accept)).page.status_code == 410
    assert await roles_of(cast.mia) == ["Member"]


async def test_a_suspended_team_is_not_handed_over(app: Litestar, olga: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await offer(olga, cast.mia)
    accept, _decline = await links(mailbox, cast.mia)
    await db.execute("""UPDATE "Tenants" SET "status" = 'suspended' WHERE "slug" = 'acme'""")

    assert (await press(app, accept)).page.status_code == 410
    assert await roles_of(cast.mia) == ["Member"]


@pytest.mark.parametrize("chosen", ["nora", "olga", "nobody@x.test"])
async def test_only_another_member_is_offered_a_team(olga: Browser, cast: Cast, chosen: str) -> None:
    await offer(olga, getattr(cast, chosen, chosen))

    assert (olga.page.status_code, olga.document.invalid) == (422, ["email"])
    assert await open_offers() == 0


async def test_twenty_presses_hand_over_once(
    own_database: TestDatabase, app: Litestar, cast: Cast, mailbox: Mailbox
) -> None:
    await offer(await signed_in(app, cast.olga), cast.mia, stepping_down="on")
    accept, _decline = await links(mailbox, cast.mia)
    browsers = [Browser(app, ip=f"203.0.113.{n}") for n in range(20)]
    await asyncio.gather(*(browser.open(accept) for browser in browsers))

    await asyncio.gather(*(browser.submit(accept) for browser in browsers))

    assert await roles_of(cast.mia) == ["Member", "Owner"]
    accepted = 'SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'ownership.accepted\''
    assert await db.value(accepted) == 1


async def test_whoever_makes_or_ends_an_owner_proves_who_they_are(
    app: Litestar, olga: Browser, cast: Cast, clock: Clock
) -> None:
    owner, mia = str(await role_id("Owner")), await id_of(cast.mia)
    await give_roles(cast.adam, "Owner")
    adam = await id_of(cast.adam)
    await clock.advance(minutes=11)

    home = f"/t/acme/members/{mia}"
    await olga.open(home)
    await olga.submit(f"{home}/roles", roles=owner)
    assert olga.path == "/sudo"
    await olga.open("/t/acme/members")
    await olga.post("/t/acme/members/bulk/apply", members=[str(mia)], act="add", role=owner)
    assert olga.path == "/sudo"
    await olga.open(NEW)
    await olga.submit(NEW, email="new@x.test", roles=owner)
    assert olga.path == "/sudo"
    await olga.open(f"{LIST}/many")
    await olga.submit(f"{LIST}/many", typed="new@x.test", file=None, roles=owner)
    assert olga.path == "/sudo"
    for act, values in (("suspend", {"reason": ""}), ("remove", {})):
        await olga.open(f"/t/acme/members/{adam}" + ("/remove" if act == "remove" else ""))
        await olga.submit(f"/t/acme/members/{adam}/{act}", **values)
        assert olga.path == "/sudo", act

    assert await roles_of(cast.mia) == ["Member"]
    assert await roles_of(cast.adam) == ["Owner"]
    assert await db.value('SELECT count(*) FROM "Invitations"') == 0
    assert await db.value('SELECT count(*) FROM "InvitationBatches"') == 0
    await olga.open(home)
    await olga.submit(f"{home}/roles", roles=str(await role_id("Admin")))
    assert await roles_of(cast.mia) == ["Admin"], "what makes no owner needs no proof"


async def test_the_form_goes_on_after_the_proof(olga: Browser, cast: Cast, clock: Clock) -> None:
    home = f"/t/acme/members/{await id_of(cast.mia)}"
    await clock.advance(minutes=11)
    await olga.open(home)
    await olga.submit(f"{home}/roles", roles=str(await role_id("Owner")))

    await olga.submit("/sudo/password", password="quiet-harbour-lantern")
    assert olga.name == "sudo.kept", olga.name
    await olga.submit(f"{home}/roles")

    assert await roles_of(cast.mia) == ["Owner"]


async def test_the_other_owners_hear_of_a_new_owner_and_of_one_who_is_none_any_more(olga: Browser, cast: Cast) -> None:
    await give_roles(cast.adam, "Owner")
    home = f"/t/acme/members/{await id_of(cast.mia)}"
    for wanted in ("Owner", "Member"):
        await olga.open(home)
        await olga.submit(f"{home}/roles", roles=str(await role_id(wanted)))

    heard = [line for line in await bell(cast.adam) if "Mia" in line]
    assert len(heard) == 2
    assert any("made Mia" in line for line in heard)
    assert any("ended the ownership" in line for line in heard)


async def test_nobody_in_particular_holds_no_right(cast: Cast) -> None:
    with tenancy.scope(await tenant_id()), pytest.raises(NeedsSignIn):
        await one.change_roles(await id_of(cast.mia), [str(await role_id("Owner"))], by=Actor(kind="anonymous"))
    assert await roles_of(cast.mia) == ["Member"]


async def test_operators_are_not_made_in_the_pages_of_their_team(cast: Cast) -> None:
    otto = Actor.system("test").as_person(await id_of(cast.otto), "Otto")
    with tenancy.scope(await tenant_id("platform")), pytest.raises(Forbidden):
        await invitations.invite(
            cast.nora, roles=[str(await role_id("Member", "platform"))], note="", label="", days=7, by=otto
        )
    assert await db.value('SELECT count(*) FROM "Invitations"') == 0


async def test_who_is_suspended_and_closed_becomes_no_owner(olga: Browser, cast: Cast) -> None:
    await suspend(cast.mia)
    await db.execute("""UPDATE "Users" SET "status" = 'inactive' WHERE "email" = $1""", cast.mia)
    home = f"/t/acme/members/{await id_of(cast.mia)}"

    await olga.open(home)
    await olga.post(f"{home}/roles", roles=str(await role_id("Owner")))

    assert olga.page.status_code == 422
    assert await roles_of(cast.mia) == []
