"""/t/{slug}/ownership: offering the team to another member, and withdrawing that."""

from litestar import Controller

from app.i18n import _, _l
from app.members.ownership import actions
from app.members.ownership import links as links  # noqa: PLC0414 - its acts are registered by being imported
from app.members.ownership.forms import OfferForm
from app.members.ownership.tables import Offer
from app.permissions import Permission
from app.users.session import actor_of
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import membership

PAGE = "ownership/index.html"


class OwnershipPages(Controller):
    path = "/ownership"

    @get("/", permission=Permission.OWNERS_UPDATE)
    async def index(self, request: AnyRequest) -> Page:
        return Page(PAGE, form=OfferForm.empty(request), offer=await Offer.open())

    @post("/", permission=Permission.OWNERS_UPDATE, sudo=True, act=_l("Offer the ownership of a team"))
    async def make(self, request: AnyRequest) -> Go:
        form = (await OfferForm.of(request, PAGE, offer=await Offer.open())).checked()
        offer = await actions.offer(form.email.data, stepping_down=form.stepping_down.data, by=actor_of(request))
        return Go(_home(request), say=_("%(name)s has a mail with the offer. It holds for 7 days.", name=offer.taker))

    @post("/withdraw", permission=Permission.OWNERS_UPDATE, act=_l("Withdraw an offer of ownership"))
    async def withdraw(self, request: AnyRequest) -> Go:
        if not await actions.withdraw(by=actor_of(request)):
            return Go(_home(request), say=_("There is no open offer any more."), kind="info")
        return Go(_home(request), say=_("The offer is withdrawn. Its links no longer work."))


def _home(request: AnyRequest) -> str:
    return f"/t/{membership(request).slug}/ownership"
