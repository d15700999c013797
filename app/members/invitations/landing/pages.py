"""/invitations/{token}: where an invitation is answered. Opening it changes nothing; each case has words of its own."""

from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from litestar import Controller
from litestar.params import FromPath

from app import db
from app.config import settings
from app.i18n import _, _l
from app.members.invitations.forms import PressForm, WordForm
from app.members.invitations.landing import actions
from app.members.invitations.landing.actions import Way
from app.members.invitations.landing.cases import Case
from app.members.invitations.landing.tables import Seen
from app.moments import moment
from app.users.session import actor_of, browser_of, rename_browser, sign_out_browser
from app.web.access import PUBLIC, SIGNED_IN
from app.web.page import AnyRequest, Go, Page, local
from app.web.routes import get, post
from app.web.visitor import person, visitor

LANDING = "invitations/landing.html"
REFUSED = {Case.OTHER_ACCOUNT: 403, Case.SECOND_FACTOR: 403, Case.INVITER_GONE: 403, Case.TEAM_SHUT: 403}
"""What an act that was not done answers; everything else that can be in the way is over (410)."""


class LandingPages(Controller):
    path = "/invitations"

    @get("/{token:str}", permission=PUBLIC)
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Page:
        """Consumes nothing: programs that scan mail look at every link, and some people look twice."""
        return await _landing(request, token, await actions.look(token, by=actor_of(request)))

    @post("/{token:str}/accept", permission=PUBLIC)
    async def accept(self, request: AnyRequest, token: FromPath[str]) -> Page | Go:
        await PressForm.of(request)
        if visitor(request).person is not None:
            return await _accepted(request, token)
        seen, case = await actions.begin(token, browser=browser_of(request), by=actor_of(request))
        onward = f"?{urlencode({'next': f'/invitations/open/{seen.id}'})}"
        if case is Case.NEW:
            await rename_browser(request, keep_proofs=True)
            return Go(f"/signup/finish{onward}")
        if case is Case.CHAT:
            return Go(f"/signup/verify{onward}")
        if case is Case.SIGN_IN:
            return Go(f"/login?{urlencode({'next': f'/invitations/{token}'})}")
        return await _landing(request, token, (seen, case), status=REFUSED.get(case, 410))

    @post("/{token:str}/decline", permission=PUBLIC)
    async def decline(self, request: AnyRequest, token: FromPath[str]) -> Page | Go:
        return await _declined(request, token)

    @post("/{token:str}/ask", permission=PUBLIC)
    async def ask(self, request: AnyRequest, token: FromPath[str]) -> Page | Go:
        await PressForm.of(request)
        seen, case = await actions.ask_again(token, by=actor_of(request))
        if case is not Case.EXPIRED:
            return await _landing(request, token, (seen, case), status=REFUSED.get(case, 410))
        say = _("%(team)s is told that you ask for a new invitation.", team=seen.team)
        return Go(f"/invitations/{quote(token)}", say=say)

    @post("/{token:str}/switch", permission=PUBLIC)
    async def switch(self, request: AnyRequest, token: FromPath[str]) -> Go:
        """Signs the other account out here, and comes back."""
        await PressForm.of(request)
        await actions.look(token, by=actor_of(request))
        await sign_out_browser(request)
        return Go(f"/invitations/{quote(token)}")


class OpenInvitationPages(Controller):
    path = "/invitations/open"

    @get("/", permission=SIGNED_IN)
    async def index(self, request: AnyRequest) -> Page | Go:
        """What is open for the person; where they were going is kept, and nobody is held here."""
        onward = local(request.query_params.get("next"))
        waiting = await Seen.all_open(person(request).id)
        if not waiting or onward.startswith("/invitations/"):
            return Go(onward)
        return Page("invitations/open.html", form=PressForm.empty(request), waiting=waiting, onward=onward)

    @get("/{invitation_id:uuid}", permission=SIGNED_IN)
    async def one(self, request: AnyRequest, invitation_id: FromPath[UUID]) -> Page | Go:
        """Leads on into the team for whoever has just become a member by it."""
        seen, case = await actions.look(invitation_id, by=actor_of(request))
        if case is Case.MEMBER:
            return Go(f"/t/{seen.slug}")
        return await _landing(request, invitation_id, (seen, case))

    @post("/{invitation_id:uuid}/accept", permission=SIGNED_IN, act=_l("Accept the invitation"))
    async def accept(self, request: AnyRequest, invitation_id: FromPath[UUID]) -> Page | Go:
        await PressForm.of(request)
        return await _accepted(request, invitation_id)

    @post("/{invitation_id:uuid}/decline", permission=SIGNED_IN, act=_l("Decline the invitation"))
    async def decline(self, request: AnyRequest, invitation_id: FromPath[UUID]) -> Page | Go:
        return await _declined(request, invitation_id)


async def _accepted(request: AnyRequest, way: Way) -> Page | Go:
    seen, case = await actions.accept(way, by=actor_of(request))
    if case is Case.JOINED:
        return Go(f"/t/{seen.slug}", say=_("You are in %(team)s now.", team=seen.team))
    if case is Case.MEMBER:
        return Go(f"/t/{seen.slug}", say=_("You are in %(team)s already.", team=seen.team), kind="info")
    return await _landing(request, way, (seen, case), status=REFUSED.get(case, 410))


async def _declined(request: AnyRequest, way: Way) -> Page | Go:
    found = await actions.look(way, by=actor_of(request))
    form = (await WordForm.of(request, LANDING, **await _context(request, way, found))).checked()
    seen, case = await actions.decline(way, form.word.data, by=actor_of(request))
    if case is not Case.DECLINED:
        return await _landing(request, way, (seen, case), status=REFUSED.get(case, 410))
    say = _("You declined. %(team)s is told.", team=seen.team)
    return Go(f"/invitations/{quote(way)}" if isinstance(way, str) else form.next, say=say)


async def _landing(request: AnyRequest, way: Way, found: tuple[Seen, Case], *, status: int = 200) -> Page:
    context = await _context(request, way, found)
    return Page(LANDING, status=status, form=WordForm.empty(request), **context)


async def _context(request: AnyRequest, way: Way, found: tuple[Seen, Case]) -> dict[str, Any]:
    """The words are for the case; `me` is the address that is signed in here, if another one matters."""
    seen, case = found
    caller = visitor(request)
    zone, now = caller.person.timezone if caller.person else "UTC", await db.now()
    return {
        "seen": seen,
        "case": case.value,
        "me": caller.person.email if caller.person else None,
        "here": f"/invitations/{quote(way)}" if isinstance(way, str) else f"/invitations/open/{way}",
        "own": not isinstance(way, str),
        "until": moment(seen.expires_at, zone=zone, now=now),
        "sent": moment(seen.sent_at, zone=zone, now=now) if seen.sent_at else None,
        "may_decline": case in (Case.NEW, Case.SIGN_IN, Case.JOIN, Case.SECOND_FACTOR),
        "by_invitation_only": settings().signup != "open",
    }
