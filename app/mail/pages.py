"""/dev/mail: where the mails of a development or staging server end. `main.py` leaves it out in production."""

import asyncio

from litestar import Controller
from litestar.params import FromPath
from litestar.response import Response

from app.errors import NotFound
from app.mail.tables import DevMail, Kept
from app.web import paging
from app.web.access import PUBLIC
from app.web.developers import developers_only
from app.web.page import AnyRequest, Page
from app.web.routes import get

SHOWN = 50
LONGEST_WAIT = 20.0
ASK_AGAIN = 0.25
"""Seconds. Asking is cheaper here than a connection that listens, and this page has few readers."""

# In a frame of our own page; nothing in the mail runs, loads or leads away, and links open in a new tab.
BODY_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


class DevMailPages(Controller):
    path = "/dev"
    guards = [developers_only]  # noqa: RUF012 - Litestar reads it from the class

    @get("/mail", permission=PUBLIC)
    async def index(self, request: AnyRequest) -> Page:
        to = _recipient(request)
        found = await DevMail.newest(to=to, before=paging.after(request, int), limit=SHOWN + 1)
        return Page("dev/mail.html", mails=paging.window(found, SHOWN, lambda mail: mail.id), to=to)

    @get("/mail/{mail_id:int}", permission=PUBLIC)
    async def message(self, mail_id: FromPath[int]) -> Page:
        return Page("dev/message.html", mail=await _kept(mail_id))

    @get("/mail/{mail_id:int}/body", permission=PUBLIC, anonymous=True)
    async def body(self, mail_id: FromPath[int]) -> Response[str]:
        html = (await _kept(mail_id)).html.replace("<head>", '<head><base target="_blank">', 1)
        return Response(html, media_type="text/html", headers={"content-security-policy": BODY_POLICY})

    @get("/mail.json", permission=PUBLIC, anonymous=True)
    async def json(self, request: AnyRequest) -> Response[list[Kept]]:
        """Newest first. With `wait` the answer is held back, up to 20 s, until there is a mail to show."""
        to, after = _recipient(request), int(_number(request, "after"))
        loop = asyncio.get_running_loop()
        ends = loop.time() + min(_number(request, "wait"), LONGEST_WAIT)
        while not (mails := await DevMail.newest(to=to, after=after)) and loop.time() < ends:  # noqa: ASYNC110 - the event would be another process's
            await asyncio.sleep(ASK_AGAIN)
        return Response(mails, media_type="application/json")


async def _kept(mail_id: int) -> Kept:
    mail = await DevMail.kept(mail_id)
    if mail is None:
        raise NotFound
    return mail


def _recipient(request: AnyRequest) -> str | None:
    return request.query_params.get("to", "").strip() or None


def _number(request: AnyRequest, name: str) -> float:
    """A query parameter as a number; what is none counts as 0, since a script's slip should show in its answer."""
    text = request.query_params.get(name, "")
    return float(text) if text.isdecimal() and len(text) < 16 else 0.0
