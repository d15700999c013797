"""The way on from a page that says no: trying again must lead to a page that opens, also after a form was sent."""

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.utils import normalize_path

from app.config import settings
from app.web.access import SAFE_METHODS
from app.web.page import AnyRequest, local


def form_was_sent(request: AnyRequest) -> bool:
    return request.method not in SAFE_METHODS


def again(request: AnyRequest) -> str:
    """The page that was asked for or, after a form was sent, the one it stood on: always a path of this site.

    Where the browser does not say which that was, it is the form's own address if that can be opened, else the
    nearest page above it: `/signup/verify` for `/signup/verify/resend`.
    """
    query = request.scope["query_string"].decode("latin-1")
    here = request.scope["path"]
    if not form_was_sent(request):
        return local(f"{here}?{query}" if query else here)
    above = [str(path) for path in PurePosixPath(here).parents]
    return next((page for page in (_came_from(request), here, *above) if _opens(request, page)), "/")


def _came_from(request: AnyRequest) -> str:
    """The path and query of a page of ours in the Referer, else nothing; pages of other sites are none of ours."""
    referer = request.headers.get("referer", "")
    base = settings().base_url
    path = referer.removeprefix(base).partition("#")[0] if referer.startswith(f"{base}/") else ""
    return path if local(path) == path else ""


def _opens(request: AnyRequest, page: str) -> bool:
    if not page:
        return False
    path = normalize_path(unquote(urlsplit(page).path))
    try:
        request.app.asgi_router.handle_routing(path=path, method="GET")
    except (NotFoundException, MethodNotAllowedException):
        return False
    return True
