"""Making a team: name and address checked, the maker its owner, all or nothing."""

import asyncio

import pytest
from litestar import Litestar

from app import db
from app.actor import Actor
from app.errors import PorticoError
from app.operator import seeding
from app.tenants import actions
from app.users.tables import User
from tests.cast import Cast
from tests.conftest import configured
from tests.database import TestDatabase
from tests.teams import roles_of, signed_in

pytestmark = pytest.mark.anyio

NEW = "/tenants/new"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("x", "Use 3 to 40 small letters"),
        ("two--dashes", "Use 3 to 40 small letters"),
        ("-edge", "Use 3 to 40 small letters"),
        ("a" * 41, "Use at most 40 characters"),
        ("аcme", "Use 3 to 40 small letters"),
        ("ac\u200bme", "This holds a character that cannot be used here"),
        ("acme.", "Use 3 to 40 small letters"),
        (".well-known", "Use 3 to 40 small letters"),
        ("xn--80ak6aa92e", "Use 3 to 40 small letters"),
        ("admin", "This name is kept for the site itself"),
        ("Admin", "This name is kept for the site itself"),
        ("adm1n", "This name is kept for the site itself"),
        ("platform", "This name is kept for the site itself"),
        ("acme", "This address is taken, or looks like one that is"),
        ("ACME", "This address is taken, or looks like one that is"),
        ("ac-me", "This address is taken, or looks like one that is"),
        ("acrne", "This address is taken, or looks like one that is"),
        ("p1atform", "This name is kept for the site itself"),
    ],
)
async def test_an_address_that_cannot_be_is_refused_at_its_field(
    app: Litestar, cast: Cast, typed: str, said: str
) -> None:
    nora = await signed_in(app, cast.nora)
    await nora.open(NEW)

    answer = await nora.submit(NEW, name="Team of Nora", slug=typed)

    assert answer.status_code == 422
    assert nora.document.invalid == ["slug"]
    assert said in nora.document.text
    assert "Team of Nora" in answer.text
    assert await db.value('SELECT count(*) FROM "Tenants"') == 3


async def test_the_maker_owns_the_team(app: Litestar, cast: Cast) -> None:
    nora = await signed_in(app, cast.nora)
    await nora.open(NEW)

    await nora.submit(NEW, name="Größe & Söhne", slug="")

    assert str(nora.page.url).endswith("/t/grosse-sohne")
    assert nora.document.headings == ["Größe & Söhne"]
    assert await roles_of(cast.nora, "grosse-sohne") == ["Owner"]
    row = await db.one('SELECT * FROM "SecurityAuditLogs" WHERE "event" = $1', "tenant.created")
    assert row is not None
    assert row["details"]["slug"] == "grosse-sohne"
    assert row["details"]["tenantId"]


async def test_each_new_team_has_three_roles_with_their_rights_and_one_default(app: Litestar, cast: Cast) -> None:
    nora = await signed_in(app, cast.nora)
    await nora.open(NEW)
    await nora.submit(NEW, name="Elm", slug="elm")

    rows = await db.rows(
        """SELECT r."name", r."isDefault",
            (SELECT count(*) FROM "RolePermissions" p WHERE p."roleId" = r."id") AS rights
        FROM "Roles" r JOIN "Tenants" t ON t."id" = r."tenantId" WHERE t."slug" = 'elm' ORDER BY 1"""
    )

    assert [tuple(row) for row in rows] == [("Admin", False, 9), ("Member", True, 3), ("Owner", False, 10)]


async def test_a_taken_name_gets_the_next_number(app: Litestar, cast: Cast) -> None:
    nora = await signed_in(app, cast.nora)
    await nora.open(f"{NEW}?name=Acme")
    assert "/t/acme-2 is free." in nora.document.text

    await nora.submit(NEW, name="Acme", slug="")

    assert str(nora.page.url).endswith("/t/acme-2")


async def test_a_freed_address_stays_taken_for_90_days(app: Litestar, cast: Cast, clock: object) -> None:
    await db.execute("""DELETE FROM "Tenants" WHERE "slug" = 'beta'""")
    nora = await signed_in(app, cast.nora)
    await nora.open(f"{NEW}?slug=beta")
    assert "This address is taken" in nora.document.text

    await clock.advance(days=90, minutes=1)  # type: ignore[attr-defined]

    assert await actions.make("Beta", "beta", by=await _actor(cast.nora)) == "beta"


async def test_where_sign_up_is_closed_only_operators_make_teams(app: Litestar, cast: Cast) -> None:
    configured(signup="closed")
    nora = await signed_in(app, cast.nora)

    assert (await nora.open(NEW)).status_code == 403
    assert "It takes being an operator." in nora.document.text
    with pytest.raises(PorticoError):
        await actions.make("Elm", "elm", by=await _actor(cast.nora))
    assert await actions.make("Elm", "elm", by=await _actor(cast.otto)) == "elm"


async def test_there_is_a_limit_to_teams_made_in_a_day(app: Litestar, cast: Cast) -> None:
    nora = await signed_in(app, cast.nora)
    for number in range(10):
        await actions.make(f"Elm {number}", "", by=await _actor(cast.nora))
    await nora.open(NEW)

    answer = await nora.submit(NEW, name="One more", slug="")

    assert answer.status_code == 429
    assert "You have made many teams today." in nora.document.text


async def test_of_many_who_want_one_address_one_gets_it(own_database: TestDatabase) -> None:
    await seeding.seed()
    actor = await _actor(Cast.nora)

    found = await asyncio.gather(
        *(actions.make("Elm", slug, by=actor) for slug in ("elm", "e-lm", "e1m") * 2), return_exceptions=True
    )

    assert len([one for one in found if isinstance(one, str)]) == 1
    assert all(isinstance(one, str | PorticoError) for one in found), found
    assert await db.value("""SELECT count(*) FROM "Slugs" WHERE "skeleton" = skeleton('elm')""") == 1


async def _actor(email: str) -> Actor:
    account = await User.by_email(email)
    assert account
    return Actor(kind="person", user_id=account.id, name=account.name)
