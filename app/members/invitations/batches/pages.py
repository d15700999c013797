"""/t/{slug}/invitations/many: a list of people at once, how far it is, and what became of each line."""

from uuid import UUID

from litestar import Controller
from litestar.params import FromPath

from app.errors import Rejected
from app.i18n import _
from app.members.invitations.batches import actions, tables
from app.members.invitations.batches.reading import MOST_BYTES, text_of
from app.members.invitations.batches.tables import FAILED, Batch
from app.members.invitations.desk import choices
from app.members.invitations.forms import DAYS, ManyForm, offering
from app.permissions import Permission
from app.users.session import actor_of
from app.web import paging
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import person

MANY = "invitations/many.html"
LARGEST_BODY = 8 * MOST_BYTES
"""Bytes: text may be three times as long on its way, and a file that is too long is told of at its field."""

SIZE = 100
KINDS = {"failed": [*FAILED], "skipped": ["member", "invited_already", "repeated"], "invited": ["invited"]}
INVITE = Permission.MEMBERS_INVITE


class ManyPages(Controller):
    path = "/invitations/many"

    @get("/", permission=INVITE)
    async def index(self, request: AnyRequest, slug: FromPath[str]) -> Page:  # noqa: ARG002 - the door has read it
        offered = await choices(person(request).id)
        ticked = [role.id for role in offered if role.is_default and not role.why_not]
        form = ManyForm.empty(request, roles=ticked, days=str(DAYS))
        return Page(MANY, form=form, choices=offered, latest=await Batch.latest())

    @post("/", permission=INVITE, request_max_body_size=LARGEST_BODY)
    async def start(self, request: AnyRequest, slug: FromPath[str]) -> Go:
        async with offering(request):
            form = (await ManyForm.of(request, MANY, choices=[], latest=[])).checked()
            batch_id = await actions.start(
                form.typed.data,
                await _uploaded(form),
                roles=form.roles.data,
                note=form.note.data,
                days=form.days.number,
                by=actor_of(request),
            )
        return Go(f"/t/{slug}/invitations/many/{batch_id}")

    @get("/{batch_id:uuid}", permission=INVITE)
    async def progress(self, request: AnyRequest, slug: FromPath[str], batch_id: FromPath[UUID]) -> Page:  # noqa: ARG002 - as above
        batch = await actions.of_team(batch_id)
        show = request.query_params.get("show", "")
        show = show if show in KINDS else "all"
        after = paging.after(request, int) or 0
        read = await tables.lines(batch.id, KINDS.get(show), after, SIZE + 1)
        window = paging.window(read, SIZE, lambda line: line.line)
        return Page(
            "invitations/progress.html",
            batch=batch,
            show=show,
            older=after > 0,
            lines=window.rows,
            onward=window.onward,
            counts=await tables.counts(batch.id),
        )


async def _uploaded(form: ManyForm) -> str:
    """The text of the file, if one was chosen. Raises Rejected for one that is too long."""
    if form.file.file is None:
        return ""
    data = await form.file.file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Rejected("file", _("The file is longer than 1 MB. Invite its people in several parts."))
    return text_of(data)
