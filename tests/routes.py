"""The routes of the app for tests that walk all of them, and what may stand in the place of a path's parameter.

A route with a parameter that is not in PARAMETERS fails those tests: whoever adds one says here whose it is.
"""

import re
from collections.abc import Awaitable, Callable

import msgspec
from litestar import Litestar
from litestar.routes import HTTPRoute

from app import db
from app.web.assets import assets


class Route(msgspec.Struct, frozen=True):
    """One method of one path; `access` is the route's own word on who may use it."""

    method: str
    path: str
    access: object

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+):\w+}", self.path)

    async def at(self, tenant: str) -> str:
        """The path with the parameters of something that is there; what belongs to tenants is of this one."""
        path = self.path
        for name in self.parameters:
            path = re.sub(rf"{{{name}:\w+}}", await PARAMETERS[name].value(tenant), path)
        return path


class Parameter(msgspec.Struct, frozen=True):
    """`value` gives one that exists, for a tenant's slug. What is `owned` is nothing to other tenants."""

    value: Callable[[str], Awaitable[str]]
    owned: bool = True


def routes(app: Litestar) -> list[Route]:
    """Every route; those of one path together, as they were declared."""
    return [
        Route(str(method), route.path, handler.opt.get("permission"))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods)
        if method != "OPTIONS"
    ]


async def _slug(tenant: str) -> str:
    return tenant


async def _role(tenant: str) -> str:
    found = await db.value(
        'SELECT r."id" FROM "Roles" r JOIN "Tenants" t ON t."id" = r."tenantId" WHERE t."slug" = $1 LIMIT 1', tenant
    )
    return str(found)


async def _kept_mail(_tenant: str) -> str:
    return str(await db.value('SELECT max("id") FROM "DevMails"'))


async def _file(_tenant: str) -> str:
    return "css/portal.css"


async def _digest(tenant: str) -> str:
    return assets()[await _file(tenant)].digest


PARAMETERS = {
    "slug": Parameter(_slug),
    "role_id": Parameter(_role),
    "mail_id": Parameter(_kept_mail, owned=False),  # of developers, never of a deployment
    "digest": Parameter(_digest, owned=False),
    "name": Parameter(_file, owned=False),
}
