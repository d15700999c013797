"""/tenants: the person's teams, and a new one; /t/{slug}: the first page of a team."""

from litestar import Controller
from litestar.params import FromPath

from app.actor import Actor
from app.i18n import _
from app.members.invitations.landing.tables import Seen
from app.permissions import Permission
from app.tenants import actions
from app.tenants.forms import NewTeamForm
from app.tenants.listing.tables import Overview, Teams
from app.users.session import actor_of
from app.web.access import SIGNED_IN
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import person

NEW = "tenants/new.html"


class TeamsPages(Controller):
    path = "/tenants"

    @get("/", permission=SIGNED_IN)
    async def index(self, request: AnyRequest) -> Page:
        me = person(request).id
        return Page("tenants/index.html", teams=await Teams.of(me), waiting=await Seen.all_open(me))

    @get("/new", permission=SIGNED_IN)
    async def new(self, request: AnyRequest) -> Page:
        """With what was typed so far in the query, it also says whether the address is free."""
        await actions.refuse_unless_allowed(actor_of(request))
        typed = {name: request.query_params.get(name, "")[:200] for name in ("name", "slug")}
        slug, problem = await actions.verdict(name=typed["name"], typed_slug=typed["slug"], by=actor_of(request))
        return Page(NEW, form=NewTeamForm.empty(request, **typed), free=slug, problem=problem)

    @post("/new", permission=SIGNED_IN)
    async def make(self, request: AnyRequest) -> Go:
        actor: Actor = actor_of(request)
        await actions.refuse_unless_allowed(actor)
        form = (await NewTeamForm.of(request, NEW, free=None, problem=None)).checked()
        slug = await actions.make(form.name.data, form.slug.data, by=actor)
        return Go(f"/t/{slug}", say=_("The team is made, and you are its owner."))


class TeamPages(Controller):
    path = "/"

    @get("/", permission=Permission.TENANT_READ)
    async def index(self, request: AnyRequest, slug: FromPath[str]) -> Page:  # noqa: ARG002 - the door has read it
        return Page("tenants/home.html", overview=await Overview.read())
