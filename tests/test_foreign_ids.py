"""What belongs to one tenant does not exist for another's people, however they name it (security 9.2, 7.53).

Every route with a parameter is found; one whose parameter tests/routes.py does not declare fails. Beta's owner, who
may do everything there, names what is Acme's: in the path, which is not found then and changes nothing; and beside her
own path in a query, a form and headers, which reach nothing of Acme.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.params import FromPath

from app import db, main
from app.errors import NotFound
from app.web.access import SIGNED_IN
from app.web.page import AnyRequest, Page
from app.web.paging import Window
from app.web.routes import get, post
from app.web.visitor import person
from tests.cast import PASSWORD, Cast
from tests.database import undone
from tests.routes import PARAMETERS, Route, routes
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

MINE, FOREIGN = "beta", "acme"
NOTED = {"RateLimits", "Sessions"}
"""Tables in which it is noted that somebody was here, refused or not."""

# How a row is known to be Acme's, by the first of these columns that it has, or by the table itself.
ACME = '(SELECT "id" FROM "Tenants" WHERE "slug" = \'acme\')'
MEMBERS = f'(SELECT "userId" FROM "TenantUsers" WHERE "tenantId" = {ACME})'  # noqa: S608 - constants
ROLES = f'(SELECT "id" FROM "Roles" WHERE "tenantId" = {ACME})'  # noqa: S608 - constants
BELONGS = {"tenantId": ACME, "roleId": ROLES, "userId": MEMBERS}
THEMSELVES = {"Tenants": ACME, "Users": MEMBERS}

_TABLES = """
SELECT relname AS table, array_agg(attname::text) AS columns FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
GROUP BY relname ORDER BY relname
"""


@pytest.fixture
async def eve(app: Litestar, cast: Cast) -> Browser:
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=cast.eve, password=PASSWORD)
    return browser


def owned(app: Litestar) -> Iterator[Route]:
    """The routes that name something of a tenant."""
    for route in routes(app):
        undeclared = set(route.parameters) - PARAMETERS.keys()
        assert not undeclared, f"{route.path}: tests/routes.py does not say whose {undeclared} is"
        if any(PARAMETERS[name].owned for name in route.parameters):
            yield route


async def everything() -> str:
    """A digest of all that is stored."""
    return await _digest({row["table"]: "true" for row in await db.rows(_TABLES) if row["table"] not in NOTED})


async def of_acme() -> str:
    """A digest of what belongs to Acme and its members."""
    conditions = {}
    for row in await db.rows(_TABLES):
        column = next((column for column in BELONGS if column in row["columns"]), None)
        if row["table"] in THEMSELVES:
            conditions[row["table"]] = f'x."id" IN {THEMSELVES[row["table"]]}'
        elif column and row["table"] not in NOTED:
            conditions[row["table"]] = f'x."{column}" IN {BELONGS[column]}'
    return await _digest(conditions)


async def _digest(conditions: dict[str, str]) -> str:
    found = hashlib.sha256()
    for table, condition in conditions.items():
        sql = f"SELECT string_agg(x::text, ' ' ORDER BY x::text) FROM \"{table}\" x WHERE {condition}"  # noqa: S608 - all from above
        found.update(f"{table} {await db.value(sql)}".encode())
    return found.hexdigest()


async def named(route: Route) -> dict[str, str]:
    """What is Acme's under every name that a handler may look for it."""
    ids = {name: await PARAMETERS[name].value(FOREIGN) for name in route.parameters}
    camel = {"".join([name.split("_")[0], *(part.title() for part in name.split("_")[1:])]): ids[name] for name in ids}
    acme = str(await db.value('SELECT "id" FROM "Tenants" WHERE "slug" = $1', FOREIGN))
    return ids | camel | {"tenant": FOREIGN, "slug": FOREIGN, "tenant_id": acme, "tenantId": acme}


async def trespasses(app: Litestar, eve: Browser) -> list[str]:
    """The routes, and by which place of the request they can be made to show or change what is Acme's."""
    browser, found = Browser(app), []
    browser.http.cookies.update(eve.http.cookies)
    await browser.open("/recover")
    token = str(browser.document.form("/recover")[1]["csrf_token"])
    for route in owned(app):
        own, foreign, names = await route.at(MINE), await route.at(FOREIGN), await named(route)
        headers = {f"x-{name.replace('_', '-')}": value for name, value in names.items()}
        tries: dict[str, dict[str, Any]] = {
            "path": {},
            "query": {"params": names},
            "form": {},
            "header": {"headers": headers},
        }
        for place, more in tries.items():
            data = {"csrf_token": token} | (names if place == "form" else {}) if route.method == "POST" else None
            path, state = (foreign, everything) if place == "path" else (own, of_acme)
            async with undone():
                before = await state()
                answer = await browser.http.request(route.method, path, data=data, **more)
                changed = await state() != before
            if changed or "Acme" in answer.text or (place == "path" and answer.status_code != 404):
                found.append(f"{route.method} by {place}")
    return found


async def test_nobody_reaches_what_is_another_tenants(app: Litestar, eve: Browser) -> None:
    assert not await trespasses(app, eve)


# What must be found out: routes as they were written somewhere, each with its own carelessness.
MY_ROLE = """
SELECT r."id" FROM "Roles" r JOIN "TenantUsers" m ON m."tenantId" = r."tenantId" WHERE m."userId" = $1 AND r."id" = $2
"""
CHANGE = 'UPDATE "Roles" SET "description" = \'changed\' WHERE "id" = $1::text::uuid'


async def _checked(request: AnyRequest, role_id: str) -> None:
    if await db.value(MY_ROLE, person(request).id, role_id) is None:
        raise NotFound


async def honest(request: AnyRequest, role_id: FromPath[str]) -> Page:
    await _checked(request, role_id)
    await db.execute(CHANGE, role_id)
    return Page("login/logout.html")


async def by_path(role_id: FromPath[str]) -> Page:
    await db.execute(CHANGE, role_id)
    return Page("login/logout.html")


async def by_form(request: AnyRequest, role_id: FromPath[str]) -> Page:
    """Checks the one and acts on the other."""
    await _checked(request, role_id)
    await db.execute(CHANGE, (await request.form()).get("role_id") or role_id)
    return Page("login/logout.html")


async def by_query(request: AnyRequest, role_id: FromPath[str]) -> Page:
    await _checked(request, role_id)
    await db.execute(CHANGE, request.query_params.get("roleId") or role_id)
    return Page("login/logout.html")


async def by_header(request: AnyRequest, role_id: FromPath[str]) -> Page:
    await _checked(request, role_id)
    tenant = request.headers.get("x-tenant")
    name = await db.value('SELECT "name" FROM "Tenants" WHERE "slug" = $1', tenant)
    return Page("dev/mail.html", mails=Window([], None), to=name)


@pytest.mark.parametrize(
    ("decorator", "handler", "found"),
    [
        (post, honest, []),
        (post, by_path, ["POST by path"]),
        (post, by_form, ["POST by form"]),
        (post, by_query, ["POST by query"]),
        (get, by_header, ["GET by header"]),
    ],
)
async def test_a_route_that_trusts_the_request_is_found(
    eve: Browser, monkeypatch: pytest.MonkeyPatch, decorator: Any, handler: Any, found: list[str]
) -> None:
    route = decorator("/roles/{role_id:str}", permission=SIGNED_IN)(handler)
    monkeypatch.setattr(main, "PAGES", [*main.PAGES, route])

    assert await trespasses(main.create_app(), eve) == found


def test_a_parameter_that_nobody_declared_is_found() -> None:
    with pytest.raises(AssertionError, match="does not say whose"):
        list(owned(Litestar([get("/x/{nobody_knows:str}", permission=SIGNED_IN)(honest)], openapi_config=None)))
