"""/terms and /offers: what may come after signing in. None of them holds anybody: signing out is on each."""

from litestar import Controller

from app.config import settings
from app.i18n import _l
from app.users.session import actor_of
from app.users.signup.tables import TermsAcceptance
from app.users.stops import actions
from app.users.stops.forms import OfferForm, TermsForm
from app.web.access import SIGNED_IN
from app.web.page import AnyRequest, Go, Page, local
from app.web.routes import get, post
from app.web.visitor import person

TERMS = "stops/terms.html"


class StopPages(Controller):
    path = "/"

    @get("/terms", permission=SIGNED_IN)
    async def terms(self, request: AnyRequest) -> Page | Go:
        accepted = await TermsAcceptance.of(person(request).id)
        if settings().terms_version in (None, *accepted):
            return Go(local(request.query_params.get("next")))
        return Page(TERMS, form=TermsForm.empty(request), first=not accepted)

    @post("/terms", permission=SIGNED_IN, act=_l("Agree to the terms"))
    async def accept(self, request: AnyRequest) -> Go:
        who, version = person(request), settings().terms_version
        form = (await TermsForm.of(request, TERMS, first=not await TermsAcceptance.of(who.id))).checked()
        if version:
            await actions.accept_terms(who.id, version, by=actor_of(request))
        return Go(form.next)

    @get("/offers/passkey", permission=SIGNED_IN)
    async def passkey(self, request: AnyRequest) -> Page:
        return Page("stops/passkey.html", form=OfferForm.empty(request), onward=_onward(request))

    @get("/offers/backup-codes", permission=SIGNED_IN)
    async def backup_codes(self, request: AnyRequest) -> Page:
        return Page("stops/backup_codes.html", form=OfferForm.empty(request), onward=_onward(request))


def _onward(request: AnyRequest) -> str:
    return local(request.query_params.get("next"))
