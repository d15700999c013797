"""/tenants/{slug}/leave: outside of the team's door, since it must open for whoever is suspended too."""

from litestar import Controller
from litestar.params import FromPath

from app.i18n import _, _l
from app.members.leave import actions
from app.users.session import actor_of
from app.web.access import SIGNED_IN
from app.web.forms import Form
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import person

PAGE = "leave/index.html"


class LeavePages(Controller):
    path = "/tenants/{slug:str}/leave"

    @get("/", permission=SIGNED_IN)
    async def index(self, request: AnyRequest, slug: FromPath[str]) -> Page:
        leaving = await actions.look(slug, person(request).id)
        return Page(PAGE, form=Form.empty(request), **leaving._asdict())

    @post("/", permission=SIGNED_IN, act=_l("Leave a team"))
    async def leave(self, request: AnyRequest, slug: FromPath[str]) -> Go:
        leaving = await actions.look(slug, person(request).id)
        (await Form.of(request, PAGE, **leaving._asdict())).checked()
        name = await actions.leave(slug, by=actor_of(request))
        return Go("/tenants", say=_("You are no longer in %(team)s.", team=name))
