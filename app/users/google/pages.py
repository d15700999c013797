"""/login/google and /account/security/google."""

from typing import Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller

from app.config import settings
from app.errors import DeadLink, NotFound
from app.i18n import _, _l
from app.moments import moment
from app.users.google import actions
from app.users.google.actions import ADDRESS, AGAIN, FINISH, LINKING, Back, Step
from app.users.google.forms import AddressForm, FinishForm, FinishWithTermsForm, LinkForm, StartForm, UnlinkForm
from app.users.google.provider import Answer, Unreachable
from app.users.google.tables import GoogleLink, GoogleOffer, Offer
from app.users.session import actor_of, admit, browser_of, device_of, sign_in_browser
from app.users.signup import actions as signup
from app.web.access import PUBLIC, SIGNED_IN
from app.web.flash import Kind
from app.web.page import AnyRequest, Go, Page, local
from app.web.routes import get, post
from app.web.visitor import person, visitor


class GoogleSignInPages(Controller):
    path = AGAIN

    @get("/", permission=PUBLIC)
    async def index(self, request: AnyRequest) -> Page | Go:
        _refuse_unless_configured()
        if visitor(request).person is not None:
            return Go(local(request.query_params.get("next")))
        return Page("google/start.html", form=StartForm.empty(request))

    @post("/", permission=PUBLIC)
    async def depart(self, request: AnyRequest) -> Go:
        _refuse_unless_configured()
        form = (await StartForm.of(request, "google/start.html")).checked()
        return await _depart(request, "sign_in", form.next)

    @get("/callback", permission=PUBLIC)
    async def come_back(self, request: AnyRequest) -> Go:
        _refuse_unless_configured()
        back = await actions.come_back(
            _answer(request), browser=browser_of(request), device=device_of(request), by=actor_of(request)
        )
        if isinstance(back.result, Step):
            return _onward(request, back.result, back)
        return await admit(request, back.result, StartForm.empty(request, onward_to=back.next))

    @get("/known", permission=PUBLIC)
    async def known(self, request: AnyRequest) -> Page:
        """The address has an account here already: its owner signs in to it, and then says yes to the link."""
        offer = await _waiting(request, "link")
        return Page("google/known.html", email=offer.email, sign_in=_with_next("/login", LINKING))

    @get("/address", permission=PUBLIC)
    async def address(self, request: AnyRequest) -> Page:
        offer = await _waiting(request, "sign_up")
        form = AddressForm.empty(request, onward_to=offer.next, name=offer.name)
        return Page("google/address.html", form=form, email=offer.email)

    @post("/address", permission=PUBLIC)
    async def prove_address(self, request: AnyRequest) -> Go:
        """From here on as every sign-up goes (row 2.2); the last step of that finds the offer again."""
        offer = await _waiting(request, "sign_up")
        form = (await AddressForm.of(request, "google/address.html", email=offer.email)).checked()
        await signup.start(form.name.data, offer.email, browser=browser_of(request), by=actor_of(request))
        return Go(form.onward("/signup/verify"))

    @get("/finish", permission=PUBLIC)
    async def choose(self, request: AnyRequest) -> Page | Go:
        offer = await _waiting(request, "sign_up")
        if not await actions.may_finish(offer, browser_of(request)):
            return Go(ADDRESS)
        form = _finish_form().empty(request, onward_to=offer.next, name=offer.name)
        return Page("google/finish.html", form=form, offer=offer)

    @post("/finish", permission=PUBLIC)
    async def finish(self, request: AnyRequest) -> Go:
        offer = await _waiting(request, "sign_up")
        form = (await _finish_form().of(request, "google/finish.html", offer=offer)).checked()
        started = await actions.sign_up(
            offer.id, name=form.name.data, browser=browser_of(request), device=device_of(request), by=actor_of(request)
        )
        await sign_in_browser(request, started)
        return Go(form.next, say=_("Your account is ready, and you are signed in."))


class GoogleLinkPages(Controller):
    path = LINKING

    @get("/", permission=SIGNED_IN)
    async def index(self, request: AnyRequest) -> Page:
        around = await _linking(request)
        if around["linked"] is None:
            _refuse_unless_configured()
        return Page(LINK_PAGE, form=StartForm.empty(request), **around)

    @post("/", permission=SIGNED_IN, sudo=True, act=_l("Go to Google to link an account"))
    async def depart(self, request: AnyRequest) -> Go:
        _refuse_unless_configured()
        (await StartForm.of(request, LINK_PAGE, **await _linking(request))).checked()
        return await _depart(request, "link", LINKING)

    @post("/link", permission=SIGNED_IN, sudo=True, act=_l("Link your Google account"))
    async def link(self, request: AnyRequest) -> Go:
        form = (await LinkForm.of(request, LINK_PAGE, **await _linking(request))).checked()
        offer = await actions.link(
            _id(form.offer.data),
            browser=browser_of(request),
            elsewhere_too=form.elsewhere.data,
            by=actor_of(request),
        )
        said = _("%(google)s is linked. It can sign in to your account now.", google=offer.email)
        return Go(local(offer.next), say=said)

    @post("/later", permission=SIGNED_IN)
    async def leave(self, request: AnyRequest) -> Go:
        """Not now: the offer is forgotten, and the person goes on to where they wanted to be."""
        await LinkForm.of(request, LINK_PAGE, **await _linking(request))
        offer = await GoogleOffer.drop(browser_of(request), person(request).id)
        return Go(local(offer.next) if offer else LINKING)

    @post("/unlink", permission=SIGNED_IN, sudo=True, act=_l("Unlink your Google account"))
    async def unlink(self, request: AnyRequest) -> Go:
        form = (await UnlinkForm.of(request, LINK_PAGE, **await _linking(request))).checked()
        await actions.unlink(elsewhere_too=form.elsewhere.data, by=actor_of(request))
        return Go(LINKING, say=_("Google is unlinked. It can no longer sign in to your account."))


async def _depart(request: AnyRequest, purpose: Literal["sign_in", "link"], onward: str) -> Go:
    try:
        departure = await actions.depart(purpose, next_=onward, browser=browser_of(request), by=actor_of(request))
    except Unreachable:
        return _onward(request, Step.UNREACHABLE, Back(Step.UNREACHABLE, onward, purpose == "link"))
    return Go(departure.address, origin=departure.origin)


def _onward(request: AnyRequest, step: Step, back: Back) -> Go:
    """The page that each outcome leads to, and what is said there."""
    if step in LEADS_TO:
        return Go(LEADS_TO[step])
    place = _with_next("/login", back.next)
    if back.linking or (step is Step.STALE and visitor(request).person):
        place = LINKING
    elif step in TO_SIGN_UP:
        place = _with_next("/signup", back.next)
    if step is Step.CLOSED:
        return Go(place)  # which says so itself
    kind: Kind = "info" if step in (Step.CANCELLED, Step.LINKED_ALREADY) else "warning"
    return Go(place, say=_words(step), kind=kind)


def _words(step: Step) -> str:
    return {
        Step.STALE: _("That took too long, or was begun in another browser. Start again here."),
        Step.CANCELLED: _("You came back from Google without choosing an account. Nothing was changed."),
        Step.UNREACHABLE: _("Google does not answer at the moment. Try again in a minute, or use another way."),
        Step.UNTRUSTED: _("What came back from Google could not be checked, so nothing was opened. Start again."),
        Step.NOT_USABLE: _("Signing in with this Google account does not work. Use another way."),
        Step.NO_ADDRESS: _("Google gave no address that can be used here. Enter one you can read mail at."),
        Step.BLOCKED: _("Addresses of this mail provider cannot be used here. Use another one."),
        Step.LINKED_ALREADY: _("This Google account is linked to yours already."),
        Step.SOMEBODY_ELSES: actions.somebody_elses(),
    }[step]


LINK_PAGE = "google/link.html"
LEADS_TO = {
    Step.KNOWN: f"{AGAIN}/known",
    Step.NEW: FINISH,
    Step.PROVE: ADDRESS,
    Step.OFFERED: LINKING,
}
TO_SIGN_UP = {Step.NO_ADDRESS, Step.BLOCKED, Step.CLOSED}


async def _linking(request: AnyRequest) -> dict[str, Any]:
    """What the person's own page about Google shows."""
    who = person(request)
    linked = await GoogleLink.of(who.id)
    offer = await GoogleOffer.waiting(browser_of(request), "link")
    if offer is not None and offer.user_id != who.id:
        offer = None
    times = (
        {
            name: moment(at, zone=who.timezone, now=linked.now)
            for name, at in (("since", linked.since), ("used", linked.used))
            if at
        }
        if linked
        else {}
    )
    return {
        "linked": linked,
        "times": times,
        "offer": offer,
        "others": bool(who.factors & {"password", "passkey"}),
        "linking": LinkForm.empty(request, offer=str(offer.id)) if offer else None,
        "unlinking": UnlinkForm.empty(request),
    }


async def _waiting(request: AnyRequest, purpose: Literal["link", "sign_up"]) -> Offer:
    """What this browser came back with from Google. Raises DeadLink."""
    offer = await GoogleOffer.waiting(browser_of(request), purpose)
    if offer is None:
        raise DeadLink(AGAIN if settings().google_client_id else "/login")
    return offer


def _answer(request: AnyRequest) -> Answer:
    """Values of any length come with the address; ours and Google's are short."""
    given = {name: value[:2000] for name, value in request.query_params.items()}
    return Answer(given.get("state", ""), given.get("code", ""), given.get("error", ""), given.get("iss"))


def _finish_form() -> type[FinishForm]:
    return FinishWithTermsForm if settings().terms_version else FinishForm


def _with_next(path: str, onward: str) -> str:
    return path if onward == "/" else f"{path}?{urlencode({'next': onward})}"


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise DeadLink(LINKING) from None


def _refuse_unless_configured() -> None:
    if not settings().google_client_id:
        raise NotFound
