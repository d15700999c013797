"""What a handler answers: a Page, or a Go to another one. The only place that decides fragment or whole page.

htmx 4 sends `HX-Request-Type: partial` and `HX-Target: tag#id` for swaps of a region: then the block whose name is
the id (with underscores) is rendered alone. Everything else is the whole page.
"""

import string
from typing import Any
from urllib.parse import quote, urlsplit

import brotli
from litestar import Request
from litestar.datastructures import State
from litestar.enums import MediaType
from litestar.response import Response
from litestar.response.base import ASGIResponse

from app.config import settings
from app.web import csrf, flash, templating
from app.web.assets import encodings
from app.web.headers import cookie_name
from app.web.visitor import visitor

AnyRequest = Request[Any, Any, State]

VARY = "Accept-Encoding, Accept-Language, HX-Request-Type, HX-Target"
LEAVING = "leaving.html"
WORTH_PACKING = 1000
"""Bytes. The masked token (`csrf.py`) keeps what a page echoes from telling anything by its packed length."""


class Page(Response[bytes]):
    """A rendered template. `context` is what the page shows; who looks and the frame around it are added."""

    def __init__(
        self, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **context: Any
    ) -> None:
        super().__init__(b"", status_code=status, media_type=MediaType.HTML, headers=headers)
        self.template = template
        self.context = context

    def to_asgi_response(self, app: Any, request: AnyRequest, **_options: Any) -> ASGIResponse:  # noqa: ARG002 - Litestar's signature
        """Litestar asks for the bytes once the handler is done."""
        self.headers.setdefault("vary", VARY)
        head = request.method == "HEAD"
        body = b"" if head else self.body_for(request)
        if len(body) > WORTH_PACKING and "br" in encodings(request.headers.get("accept-encoding", "")):
            self.headers["content-encoding"] = "br"
            body = brotli.compress(body, mode=brotli.MODE_TEXT, quality=4)
        return ASGIResponse(
            body=body,
            status_code=self.status_code or 200,
            headers=self.headers,
            media_type=MediaType.HTML,
            is_head_response=head,
        )

    def body_for(self, request: AnyRequest) -> bytes:
        """The page, or the one region of it that htmx asked for."""
        templates = templating.environment()
        region = _region(request)
        context = frame(request, self.template, whole=region is None) | self.context
        part = templates.region(self.template, region) if region else None
        return (part or templates.get_template(self.template)).render(context).encode()


class Go(Response[bytes]):
    """After an act: on to another page of ours, with a message if there is something to say (303, RFC 9110 15.4.4).

    To another site only where the code names its `origin`, never a visitor: by a page that leads on at once, since
    browsers block a form whose answer redirects to where `form-action` does not allow (decisions 18).
    """

    def __init__(
        self, path: str, *, say: str | None = None, kind: flash.Kind = "success", origin: str | None = None
    ) -> None:
        if not path.startswith(f"{origin or ''}/") or path.startswith("//"):
            raise ValueError("this does not lead to where it should")
        super().__init__(b"", status_code=303, media_type=MediaType.HTML)
        self.path = path
        self.origin = origin
        self.flash = flash.Flash(kind, say) if say else None

    def to_asgi_response(self, app: Any, request: AnyRequest, **_options: Any) -> ASGIResponse:
        if self.flash:
            flash.put(visitor(request), self.flash)
        if self.origin and request.headers.get("hx-request") != "true":
            leaving = Page(LEAVING, address=self.path, place=urlsplit(self.origin).hostname)
            leaving.headers["referrer-policy"] = "no-referrer"
            return leaving.to_asgi_response(app, request)
        if request.headers.get("hx-request") == "true":
            return ASGIResponse(
                status_code=200, headers={**self.headers, "HX-Redirect": self.path}, media_type=MediaType.HTML
            )
        return ASGIResponse(status_code=303, headers={**self.headers, "location": self.path}, media_type=MediaType.HTML)


def frame(request: AnyRequest, template: str, *, whole: bool = True) -> dict[str, Any]:
    """What every template may use beside its own context."""
    caller = visitor(request)
    shown = [flash.Flash("info", words) for words in caller.farewell()] if whole else []
    shown += flash.take(caller, request.cookies.get(cookie_name(flash.COOKIE)))
    return {
        "person": caller.person,
        "team": caller.membership,
        "csrf": csrf.token(caller),
        "flash": [(entry.kind, entry.text) for entry in shown],
        "path": request.scope["path"],  # request.url reads the Host header, which may be anything
        "page_id": template.removesuffix(".html").replace("/", "."),
    }


def local(path: str | None) -> str:
    """`path` if it leads to a page of this site, else `/`: where a `next` may send people.

    Browsers read backslashes as slashes and drop tabs and line ends, so none of these may be in it. Letters beyond
    ASCII come back percent-encoded, since a header cannot carry them.
    """
    if not path or not path.startswith("/") or path.startswith("//") or len(path) > 2000:
        return "/"
    if any(character == "\\" or not character.isprintable() or character.isspace() for character in path):
        return "/"
    try:
        url = urlsplit(settings().base_url + path)
    except ValueError:
        return "/"
    clean = url.netloc == settings().host and "//" not in url.path and ".." not in url.path.split("/")
    return quote(path, safe=string.punctuation) if clean else "/"


def _region(request: AnyRequest) -> str | None:
    if request.headers.get("hx-request-type") != "partial":
        return None
    return request.headers.get("hx-target", "").partition("#")[2].replace("-", "_") or None
