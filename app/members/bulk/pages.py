"""/t/{slug}/members/bulk: what would happen to whom, and then what did."""

from typing import Any

from litestar import Controller

from app.i18n import _, _l
from app.members.bulk import actions
from app.members.bulk.actions import Act, Order, Outcome
from app.members.bulk.forms import BulkForm
from app.members.people.tables import RoleName
from app.permissions import Permission
from app.users.session import actor_of
from app.web.page import AnyRequest, Page
from app.web.routes import post
from app.web.visitor import membership

SUMMARY = "members/bulk.html"
DONE = "members/bulk_done.html"


class BulkPages(Controller):
    path = "/members/bulk"

    @post("/", permission=Permission.MEMBERS_UPDATE, act=_l("Act on several members"))
    async def summary(self, request: AnyRequest) -> Page:
        """Changes nothing; a POST because 200 members do not fit into an address."""
        form, order = await _asked(request)
        found = await actions.foresee(order, by=actor_of(request))
        return Page(SUMMARY, form=form, **form.around | {"found": found, "title": _title(order.act, found)})

    @post("/apply", permission=Permission.MEMBERS_UPDATE, act=_l("Act on several members"))
    async def apply(self, request: AnyRequest) -> Page:
        form, order = await _asked(request)
        found = await actions.carry_out(order, by=actor_of(request))
        return Page(DONE, **form.around | {"found": found, "title": _title(order.act, found)})


async def _asked(request: AnyRequest) -> tuple[BulkForm, Order]:
    form = (await BulkForm.of(request, SUMMARY, **await _around(request))).checked()
    return form, Order.of(form.act.data, form.role.data, form.members.data)


async def _around(request: AnyRequest) -> dict[str, Any]:
    base = f"/t/{membership(request).slug}/members"
    return {"base": base, "roles": await RoleName.all(), "found": None, "title": _("Several members")}


def _title(act: Act, found: Outcome) -> str:
    role = found.role or ""
    return {
        Act.ADD: _("Add the role “%(role)s”", role=role),
        Act.TAKE: _("Take the role “%(role)s” away", role=role),
        Act.SET: _("Give “%(role)s” in place of all other roles", role=role),
        Act.SUSPEND: _("Suspend members"),
        Act.REMOVE: _("Remove members from the team"),
    }[act]
