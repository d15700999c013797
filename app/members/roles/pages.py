"""/t/{slug}/roles: roles, compared; one role; making, changing and deleting one."""

from typing import Any
from uuid import UUID

from litestar import Controller
from litestar.params import FromPath

from app.i18n import _, _l, ngettext
from app.members.rights import mine, refuse, why_not, why_not_edit, why_not_grant
from app.members.roles import actions
from app.members.roles.forms import DeleteRoleForm, RoleForm
from app.members.roles.tables import RoleCard, RoleUse
from app.members.roles.words import rights_by_resource, scopes_in_words
from app.permissions import Permission
from app.tenants.standing.tables import Standing
from app.users.session import actor_of
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import membership

NEW, ONE, DELETE = "roles/new.html", "roles/edit.html", "roles/delete.html"


class RolesPages(Controller):
    path = "/roles"

    @get("/", permission=Permission.ROLES_READ)
    async def index(self) -> Page:
        return Page("roles/index.html", roles=await RoleCard.listed(), groups=rights_by_resource())

    @get("/new", permission=Permission.ROLES_UPDATE)
    async def new(self, request: AnyRequest) -> Page:
        return Page(NEW, form=RoleForm.empty(request), **await _choices(request))

    @post("/new", permission=Permission.ROLES_UPDATE, act=_l("Make a role"))
    async def make(self, request: AnyRequest) -> Go:
        form = (await RoleForm.of(request, NEW, **await _choices(request))).checked()
        await actions.make(form.terms(), by=actor_of(request))
        return Go(_home(request), say=_("The role “%(role)s” is made. Nobody has it yet.", role=form.name.data))

    @get("/{role_id:uuid}", permission=Permission.ROLES_READ)
    async def show(self, request: AnyRequest, role_id: FromPath[UUID]) -> Page:
        role = await actions.named(role_id)
        return Page(ONE, form=RoleForm.empty(request, **actions.terms_of(role)._asdict()), **await _one(request, role))

    @post("/{role_id:uuid}", permission=Permission.ROLES_UPDATE, act=_l("Change a role"))
    async def change(self, request: AnyRequest, role_id: FromPath[UUID]) -> Go:
        role = await actions.named(role_id)
        form = (await RoleForm.of(request, ONE, **await _one(request, role))).checked()
        if not await actions.change(role_id, form.terms(), by=actor_of(request)):
            return Go(_home(request, role), say=_("Nothing was different, so nothing was changed."), kind="info")
        return Go(_home(request, role), say=_("Saved. It holds from the next click of everyone who has the role."))

    @post("/{role_id:uuid}/default", permission=Permission.ROLES_UPDATE, act=_l("Choose the default role"))
    async def make_default(self, request: AnyRequest, role_id: FromPath[UUID]) -> Go:
        role = await actions.named(role_id)
        await actions.make_default(role_id, by=actor_of(request))
        return Go(_home(request, role), say=_("“%(role)s” is the default role now.", role=role.name))

    @get("/{role_id:uuid}/delete", permission=Permission.ROLES_UPDATE)
    async def ask(self, request: AnyRequest, role_id: FromPath[UUID]) -> Page:
        role = await actions.named(role_id)
        around = await _leaving(request, role)
        refuse(why_not_edit(await _me(request), role))
        return Page(DELETE, form=DeleteRoleForm.empty(request), **around)

    @post("/{role_id:uuid}/delete", permission=Permission.ROLES_UPDATE, act=_l("Delete a role"))
    async def delete(self, request: AnyRequest, role_id: FromPath[UUID]) -> Go:
        role = await actions.named(role_id)
        form = (await DeleteRoleForm.of(request, DELETE, **await _leaving(request, role))).checked()
        moved = await actions.delete(role_id, _uuid(form.replacement.data), by=actor_of(request))
        people = moved.members + moved.former
        moved_words = ngettext(
            "The role “%(role)s” is deleted; %(n)s member has the other role now.",
            "The role “%(role)s” is deleted; %(n)s members have the other role now.",
            people,
            role=role.name,
        )
        say = moved_words if people else _("The role “%(role)s” is deleted.", role=role.name)
        return Go(_home(request), say=say)


def _home(request: AnyRequest, role: RoleCard | None = None) -> str:
    home = f"/t/{membership(request).slug}/roles"
    return f"{home}/{role.id}" if role else home


async def _me(request: AnyRequest) -> Standing:
    return await mine(actor_of(request))


async def _choices(request: AnyRequest) -> dict[str, Any]:
    """What may be ticked: every right is shown, those that the person does not hold cannot be given."""
    me = await _me(request)
    return {"groups": rights_by_resource(), "scopes": scopes_in_words(), "holds": me.permissions, "role": None}


async def _one(request: AnyRequest, role: RoleCard) -> dict[str, Any]:
    me = await _me(request)
    update = why_not(me, Permission.ROLES_UPDATE)
    return await _choices(request) | {
        "role": role,
        "why_not_edit": update or why_not_edit(me, role),
        "may_default": not (role.is_default or role.kind == "owner" or update or why_not_grant(me, role)),
    }


async def _leaving(request: AnyRequest, role: RoleCard) -> dict[str, Any]:
    me = await _me(request)
    heirs = [each for each in await RoleCard.listed() if each.id != role.id and why_not_grant(me, each) is None]
    heirs.sort(key=lambda each: not each.is_default)
    return {"role": role, "use": await RoleUse.of(role.id), "heirs": heirs}


def _uuid(text: str) -> UUID | None:
    """Something else is no role of this team either."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0) if text else None
