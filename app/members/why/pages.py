"""/t/{slug}/members/{user_id}/why: “Why can, or can’t, Mia do this?”"""

from uuid import UUID

from litestar import Controller
from litestar.params import FromPath

from app.members.why.explaining import explain
from app.permissions import Permission
from app.users.session import actor_of
from app.web.page import AnyRequest, Page
from app.web.routes import get
from app.web.visitor import person


class WhyPages(Controller):
    path = "/members/{user_id:uuid}/why"

    @get("/", permission=Permission.MEMBERS_READ)
    async def index(self, request: AnyRequest, user_id: FromPath[UUID]) -> Page:
        found = await explain(user_id, by=actor_of(request))
        own = user_id == person(request).id
        return Page("members/why.html", member=found.person, answers=found.answers, acts=found.acts, own=own)
