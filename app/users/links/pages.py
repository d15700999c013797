"""/links/{token}: what a mailed link does is shown first, and done by pressing."""

from litestar import Controller
from litestar.params import FromPath

from app.users.links import actions
from app.users.links import not_me as not_me  # noqa: PLC0414 - its act is registered by being imported
from app.users.recovery.second_factor import links as second_factor  # noqa: F401 - as above
from app.users.session import actor_of, browser_of
from app.web.access import PUBLIC
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import visitor


class LinkPages(Controller):
    path = "/links"

    @get("/{token:str}", permission=PUBLIC)
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Page:
        """Consumes nothing: programs that scan mail look at every link, and some people look twice."""
        found = await actions.look(token, by=actor_of(request))
        person = visitor(request).person
        other = person.email if person and person.id != found.account.id else None
        return Page(found.page, account=found.account, other=other, **found.context)

    @post("/{token:str}", permission=PUBLIC)
    async def press(self, request: AnyRequest, token: FromPath[str]) -> Go:
        """Leads back to the same address, which tells from now on what was done."""
        await actions.press(token, browser=browser_of(request), by=actor_of(request))
        return Go(f"/links/{token}")
