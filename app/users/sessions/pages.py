"""/account/sessions: where somebody is signed in, and signing out there."""

from typing import Any
from uuid import UUID

from litestar import Controller
from litestar.params import FromPath

from app import clientinfo
from app.i18n import _, _l, ngettext
from app.moments import moment
from app.users.session import actor_of
from app.users.sessions import actions
from app.users.sessions.ends import proven
from app.users.sessions.live.tables import OpenSession
from app.web.access import SIGNED_IN
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import Person, person

HOME = "/account/sessions"


class SessionPages(Controller):
    path = HOME

    @get("/", permission=SIGNED_IN)
    async def index(self, request: AnyRequest) -> Page:
        who = person(request)
        shown = [_shown(each, who) for each in await OpenSession.all(who.id)]
        here = [each for each in shown if each["here"]]
        return Page("sessions/index.html", here=here, others=[each for each in shown if not each["here"]])

    @post("/{session_id:uuid}/end", permission=SIGNED_IN, act=_l("Sign out a device"))
    async def end(self, request: AnyRequest, session_id: FromPath[UUID]) -> Go:
        if session_id == person(request).session_id:
            return Go("/logout")
        device = await actions.end_one(session_id, by=actor_of(request))
        if device is None:
            return Go(HOME, say=_("That device was signed out already."), kind="info")
        return Go(HOME, say=_("%(device)s is signed out.", device=device))

    @post("/end-others", permission=SIGNED_IN, act=_l("Sign out all other devices"))
    async def end_others(self, request: AnyRequest) -> Go:
        ended = await actions.end_others(by=actor_of(request))
        if not ended:
            return Go(HOME, say=_("You are signed in nowhere else."), kind="info")
        return Go(HOME, say=ngettext("%(n)s other device is signed out.", "%(n)s other devices are signed out.", ended))

    @post("/stay", permission=SIGNED_IN)
    async def stay(self, request: AnyRequest) -> Go:  # noqa: ARG002 - being asked is what keeps a session awake
        """The answer to the notice before an idle end. Reading the session has noted that somebody is there."""
        return Go(HOME)


def _shown(one: OpenSession, who: Person) -> dict[str, Any]:
    agent = one.agent or ""
    return {
        "id": one.id,
        "here": one.id == who.session_id,
        "device": clientinfo.device(one.agent) or _("Unknown device"),
        "icon": "smartphone" if any(word in agent for word in ("Mobile", "Android", "iPhone", "iPad")) else "monitor",
        "place": clientinfo.place_words(one.place),
        "proven": proven(one.methods),
        "began": moment(one.began, zone=who.timezone, now=one.now),
        "seen": moment(one.seen, zone=who.timezone, now=one.now),
    }
