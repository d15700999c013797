"""“Why can, or can’t, Mia do this?” is answered by the code that decides it (row 5.7)."""

import re
from typing import Any

import pytest
from litestar import Litestar, Router

from app import db, main
from app.members.rights import why_not_act
from app.members.why.explaining import explain
from app.permissions import Permission
from app.tenancy import scope
from app.tenants.door import Door
from app.web.page import Go
from app.web.routes import get
from tests.cast import Cast
from tests.members.team import actor, custom_role, give, person, role, signed_in, standing, suspend, tenant_id
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


async def why(browser: Browser, email: str) -> str:
    """The page about a member, as text with Yes and No."""
    await browser.open(f"/t/acme/members/{await person(email)}/why")
    assert browser.name == "members.why", browser.page.status_code
    text = re.sub(r'aria-label="(Yes|No)"[^>]*>', r">\1 ", browser.page.text)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


async def test_a_right_that_is_there_names_the_roles_it_comes_from(app: Litestar, cast: Cast) -> None:
    await give(cast.mia, await role("Member"), await custom_role("Readers", "members:read"))

    text = await why(await signed_in(app, cast.adam), cast.mia)

    assert "Yes See who is in the team By: Member, Readers" in text
    assert "Yes See roles and what they allow By: Member" in text


async def test_a_right_that_is_missing_names_the_roles_and_the_people_who_could_give_it(
    app: Litestar, cast: Cast
) -> None:
    await custom_role("Inviters", "members:invite")

    text = await why(await signed_in(app, cast.mia), cast.mia)

    assert (
        "No Invite people These roles have it: Owner, Admin, Inviters. Who can give one: Olga Olsen, Adam Ahmadi."
        in text
    )
    ownership = "No Name owners and hand the team over These roles have it: Owner. Who can give one: Olga Olsen."
    assert ownership in text, "an admin cannot give what they do not hold"


async def test_what_nobody_could_give_is_said(app: Litestar, cast: Cast) -> None:
    """An owner who is suspended gives nothing; the one who asks is not told to ask herself."""
    text = await why(await signed_in(app, cast.olga), cast.adam)
    assert "Who can give one: Olga Olsen." in text
    text = await why(await signed_in(app, cast.adam), cast.adam)
    assert "Adam Ahmadi" not in text.split("Name owners")[1].split("What")[0]


async def test_nobody_is_named_beyond_five(app: Litestar, cast: Cast) -> None:
    for number in range(8):
        await db.execute(
            'INSERT INTO "Users" ("email", "name") VALUES ($1, $2)', f"n{number}@x.test", f"Person {number}"
        )
        await give(f"n{number}@x.test", await role("Admin"))

    text = await why(await signed_in(app, cast.mia), cast.mia)

    line = text.split("No Invite people")[1].split("No Change")[0]
    assert "Olga Olsen, Adam Ahmadi, Person 0, Person 1, Person 2." in line


@pytest.mark.parametrize("state", ["suspended", "closed"])
async def test_somebody_who_is_out_can_do_nothing_and_the_page_says_why(app: Litestar, cast: Cast, state: str) -> None:
    adam = await signed_in(app, cast.adam)
    if state == "suspended":
        await suspend(cast.mia)
    else:
        await db.execute("""UPDATE "Users" SET "status" = 'inactive' WHERE "email" = $1""", cast.mia)

    text = await why(adam, cast.mia)

    assert ("is suspended in this team" if state == "suspended" else "is closed, so they cannot sign in") in text
    assert "Yes" not in text.split("What you may do with")[0]


async def test_it_says_what_the_one_who_asks_may_do(app: Litestar, cast: Cast) -> None:
    text = await why(await signed_in(app, cast.adam), cast.olga)
    assert (
        "What you may do with Olga Olsen No Change the roles of members Missing: being an owner, as Olga Olsen is."
        in text
    )
    text = await why(await signed_in(app, cast.adam), cast.mia)
    assert "What you may do with Mia Müller Yes Change the roles of members Yes Suspend and reinstate members" in text


async def test_only_members_of_the_team_are_explained(app: Litestar, cast: Cast) -> None:
    olga = await signed_in(app, cast.olga)
    for path in (str(await person(cast.eve)), str(await tenant_id())):
        assert (await olga.open(f"/t/acme/members/{path}/why")).status_code == 404
        assert "Eve" not in olga.page.text
    eve = await signed_in(app, cast.eve)
    assert (await eve.open(f"/t/acme/members/{await person(cast.mia)}/why")).status_code == 404
    await give(cast.mia, await custom_role("Guests", "tenant:read"))
    mia = await signed_in(app, cast.mia)
    assert (await mia.open(f"/t/acme/members/{await person(cast.mia)}/why")).status_code == 403


# It agrees with what happens

CUSTOM = {right.label: (right.label,) for right in Permission} | {
    "two": ("members:read", "roles:update"),
    "nothing": (),
    "all but one": tuple(right.label for right in Permission if right is not Permission.MEMBERS_REMOVE),
}


def ways() -> list[str]:
    return [f"/{right.label.replace(':', '-')}" for right in Permission]


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> Litestar:
    """The app, with a real route behind the real door for each right there is."""

    def route(right: Permission) -> Any:
        async def opened() -> Go:
            return Go("/opened")

        return get(f"/{right.label.replace(':', '-')}", permission=right)(opened)

    team = Router("/t/{slug:str}/guarded", middleware=[Door()], route_handlers=[route(right) for right in Permission])
    monkeypatch.setattr(main, "PAGES", [*main.PAGES, team])
    return main.create_app()


@pytest.mark.parametrize("who", ["olga", "adam", "mia", "nora", "suspended mia", *CUSTOM])
async def test_the_answer_is_what_the_guard_does(guarded: Litestar, cast: Cast, who: str) -> None:
    email = {"olga": cast.olga, "adam": cast.adam, "nora": cast.nora}.get(who, cast.mia)
    browser = await signed_in(guarded, email)
    if who in CUSTOM:
        await give(cast.mia, await custom_role(who, *CUSTOM[who]))
    elif who == "suspended mia":
        await suspend(cast.mia)
    elif who == "nora":
        await give(cast.nora)

    with scope(await tenant_id()):
        found = await explain(await person(email), by=await actor(cast.olga))

    told = [answer.missing is None for answer in found.answers]
    done = [(await browser.http.get(f"/t/acme/guarded{way}")).status_code == 303 for way in ways()]
    assert told == done
    for answer in found.answers:
        assert bool(answer.by) == (answer.missing is None), answer.right


async def test_the_acts_are_those_that_verbs_ask_about(cast: Cast) -> None:
    for asking in (cast.olga, cast.adam, cast.mia):
        for other in (cast.olga, cast.adam, cast.mia):
            me, them = await standing(asking), await standing(other)
            assert me is not None
            assert them is not None
            with scope(await tenant_id()):
                found = await explain(them.user_id, by=await actor(asking))
            may = why_not_act(me, them) is None and "members:update" in me.permissions
            assert (found.acts[0][1] is None) == may
