"""/t/{slug}/members/{user_id}: one member, and each act about them as a form of its own."""

from typing import Any
from uuid import UUID

from litestar import Controller
from litestar.params import FromPath

from app.errors import NotFound
from app.i18n import _, _l
from app.members.one import actions
from app.members.one.forms import ActForm, RolesForm, SuspendForm
from app.members.one.judging import Case
from app.members.one.tables import Deed, Profile
from app.members.one.words import deed_words, initials, status_words
from app.moments import moment
from app.permissions import Permission
from app.tenants.standing.tables import Standing
from app.users.session import actor_of
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import Membership, membership, person

INDEX = "members/show.html"
REMOVE = "members/remove.html"


class MemberPages(Controller):
    path = "/members/{user_id:uuid}"

    @get("/", permission=Permission.MEMBERS_READ)
    async def index(self, request: AnyRequest, user_id: FromPath[UUID]) -> Page:
        around = await _around(request, user_id)
        form = RolesForm.empty(request, roles=[box["id"] for box in around["boxes"] if box["held"]])
        return Page(INDEX, form=form, **around)

    @post("/roles", permission=Permission.MEMBERS_UPDATE, act=_l("Change roles"))
    async def roles(self, request: AnyRequest, user_id: FromPath[UUID]) -> Go:
        form = (await RolesForm.of(request, INDEX, **await _around(request, user_id))).checked()
        if not await actions.change_roles(user_id, form.roles.data, by=actor_of(request)):
            return Go(_home(request, user_id), say=_("These were their roles already."), kind="info")
        return Go(_home(request, user_id), say=_("The roles are changed, and hold from now on."))

    @post("/suspend", permission=Permission.MEMBERS_SUSPEND, act=_l("Suspend a member"))
    async def suspend(self, request: AnyRequest, user_id: FromPath[UUID]) -> Go:
        form = (await SuspendForm.of(request, INDEX, **await _around(request, user_id))).checked()
        await actions.suspend(user_id, form.reason.data, by=actor_of(request))
        return Go(_home(request, user_id), say=_("The member is suspended, from now on."))

    @post("/reinstate", permission=Permission.MEMBERS_SUSPEND, act=_l("Reinstate a member"))
    async def reinstate(self, request: AnyRequest, user_id: FromPath[UUID]) -> Go:
        await ActForm.of(request, INDEX, **await _around(request, user_id))
        await actions.reinstate(user_id, by=actor_of(request))
        return Go(_home(request, user_id), say=_("The member is back."))

    @get("/remove", permission=Permission.MEMBERS_REMOVE)
    async def ask(self, request: AnyRequest, user_id: FromPath[UUID]) -> Page:
        return Page(REMOVE, form=ActForm.empty(request), **await _around(request, user_id))

    @post("/remove", permission=Permission.MEMBERS_REMOVE, act=_l("Remove a member"))
    async def remove(self, request: AnyRequest, user_id: FromPath[UUID]) -> Go:
        around = await _around(request, user_id)
        await ActForm.of(request, REMOVE, **around)
        await actions.remove(user_id, by=actor_of(request))
        say = _("%(name)s is no longer in the team.", name=around["member"].known_as)
        return Go(f"/t/{membership(request).slug}/members", say=say)


def _home(request: AnyRequest, user_id: UUID) -> str:
    return f"/t/{membership(request).slug}/members/{user_id}"


async def _around(request: AnyRequest, user_id: UUID) -> dict[str, Any]:
    """What the page shows around whichever form was sent. Raises NotFound for somebody who is no member."""
    who, here = person(request), membership(request)
    actor, profile = await Standing.of(who.id), await Profile.of(user_id)
    if actor is None or profile is None:
        raise NotFound
    case = await Case.of(actor, user_id)

    def at(when: Any) -> Any:
        return moment(when, zone=who.timezone, now=profile.now) if when else None

    return {
        "base": f"/t/{here.slug}/members",
        "member": case.other,
        "face": {"avatar": profile.avatar, "initials": initials(case.other.known_as)},
        "oneself": case.oneself,
        "standing": status_words(case.other.status),
        "profile": profile,
        "times": {"joined": at(profile.joined), "active": at(profile.last_active), "paused": at(profile.suspended_at)},
        "held": case.names(case.held),
        "returning": case.names(case.returning),
        "boxes": [_box(case, role) for role in case.roles],
        "deeds": [(deed_words(deed.action), deed.by, at(deed.at)) for deed in await Deed.lately(user_id)],
        "acts": _acts(case, here),
        "suspending": SuspendForm.empty(request),
    }


def _box(case: Case, role: str) -> dict[str, Any]:
    one = case.roles[role]
    why_not = case.why_not_role(role)
    return {"id": role, "name": one.name, "held": role in case.held, "why_not": why_not}


def _acts(case: Case, here: Membership) -> dict[str, str]:
    """The acts that are worth showing: an empty text for one that works, else the sentence that says why not."""
    known = {
        "roles": (Permission.MEMBERS_UPDATE, case.why_not_touch),
        "suspend": (Permission.MEMBERS_SUSPEND, case.why_not_suspend),
        "reinstate": (Permission.MEMBERS_SUSPEND, case.why_not_reinstate),
        "remove": (Permission.MEMBERS_REMOVE, case.why_not_touch),
    }
    found = {}
    for act, (right, why_not) in known.items():
        if here.may(right.label) and not case.refused(act):
            missing = why_not()
            found[act] = _("It takes %(missing)s.", missing=missing) if missing else ""
    return found
