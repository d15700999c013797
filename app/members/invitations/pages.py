"""/t/{slug}/invitations: whom the team has invited, and inviting one person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Controller
from litestar.params import FromPath

from app import db
from app.config import settings
from app.i18n import _
from app.members.invitations import actions
from app.members.invitations.desk import choices
from app.members.invitations.forms import DAYS, CorrectForm, InviteForm, PressForm, offering
from app.members.invitations.listing.tables import Key, Line, any_ever
from app.moments import moment
from app.permissions import Permission
from app.users.session import actor_of
from app.web import paging
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import Person, person

SIZE = 25
NEW = "invitations/new.html"
CORRECT = "invitations/correct.html"
INVITE = Permission.MEMBERS_INVITE


class InvitationPages(Controller):
    path = "/invitations"

    @get("/", permission=INVITE)
    async def index(self, request: AnyRequest, slug: FromPath[str]) -> Page:  # noqa: ARG002 - the door has read it
        only_open = request.query_params.get("show") != "all"
        before = paging.after(request, Key)
        made_at, last = (before.made_at, before.id) if before else (None, None)
        window = paging.window(await Line.some(only_open, made_at, last, SIZE + 1), SIZE, lambda line: line.key)
        now, who = await db.now(), person(request)
        return Page(
            "invitations/index.html",
            show="open" if only_open else "all",
            lines=[_shown(line, who, now) for line in window.rows],
            onward=window.onward,
            older=before is not None,
            ever=bool(window.rows) or await any_ever(),
        )

    @get("/new", permission=INVITE)
    async def new(self, request: AnyRequest, slug: FromPath[str]) -> Page:  # noqa: ARG002 - as above
        offered = await choices(person(request).id)
        ticked = [role.id for role in offered if role.is_default and not role.why_not]
        form = InviteForm.empty(request, roles=ticked, days=str(DAYS))
        return Page(NEW, form=form, choices=offered)

    @post("/new", permission=INVITE)
    async def invite(self, request: AnyRequest, slug: FromPath[str]) -> Go:
        async with offering(request):
            form = (await InviteForm.of(request, NEW, choices=[])).checked()
            email = await actions.invite(
                form.email.data,
                roles=form.roles.data,
                note=form.note.data,
                label=form.label.data,
                days=form.days.number,
                by=actor_of(request),
            )
        return Go(_list(slug), say=_("%(email)s is invited. The mail is on its way.", email=email))

    @post("/{invitation_id:uuid}/resend", permission=INVITE)
    async def resend(self, request: AnyRequest, slug: FromPath[str], invitation_id: FromPath[UUID]) -> Go:
        await PressForm.of(request)
        email = await actions.resend(invitation_id, by=actor_of(request))
        return Go(
            _list(slug), say=_("A new mail to %(email)s is on its way. The old link no longer works.", email=email)
        )

    @post("/{invitation_id:uuid}/cancel", permission=INVITE)
    async def cancel(self, request: AnyRequest, slug: FromPath[str], invitation_id: FromPath[UUID]) -> Go:
        await PressForm.of(request)
        email = await actions.cancel(invitation_id, by=actor_of(request))
        return Go(_list(slug), say=_("The invitation of %(email)s is cancelled. Its links say so.", email=email))

    @get("/{invitation_id:uuid}/correct", permission=INVITE)
    async def mistyped(self, request: AnyRequest, slug: FromPath[str], invitation_id: FromPath[UUID]) -> Page:  # noqa: ARG002 - as above
        found = await actions.seen_by_team(invitation_id)
        return Page(CORRECT, form=CorrectForm.empty(request, email=found.email), found=found)

    @post("/{invitation_id:uuid}/correct", permission=INVITE)
    async def correct(self, request: AnyRequest, slug: FromPath[str], invitation_id: FromPath[UUID]) -> Go:
        found = await actions.seen_by_team(invitation_id)
        form = (await CorrectForm.of(request, CORRECT, found=found)).checked()
        email = await actions.correct(invitation_id, form.email.data, by=actor_of(request))
        return Go(_list(slug), say=_("%(email)s is invited instead. The old link no longer works.", email=email))

    @post("/{invitation_id:uuid}/chat-link", permission=INVITE)
    async def chat_link(self, request: AnyRequest, slug: FromPath[str], invitation_id: FromPath[UUID]) -> Page:  # noqa: ARG002 - as above
        await PressForm.of(request)
        secret, email = await actions.chat_link(invitation_id, by=actor_of(request))
        link = f"{settings().base_url}/invitations/{secret}"
        return Page("invitations/chat.html", link=link, email=email, headers={"cache-control": "no-store"})


def _list(slug: str) -> str:
    return f"/t/{slug}/invitations"


def _shown(line: Line, who: Person, now: datetime) -> dict[str, Any]:
    def at(when: datetime | None) -> Any:
        return moment(when, zone=who.timezone, now=now) if when else None

    return {
        "of": line,
        "id": line.id,
        "state": line.state,
        "sent": at(line.sent_at),
        "made": at(line.made_at),
        "until": at(line.expires_at),
        "stuck": line.state == "pending" and not line.inviter_in,
    }
