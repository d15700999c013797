"""/static: the files of `assets.py`, sent from memory in the smallest form that the browser takes."""

from litestar import Controller
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from app.errors import NotFound
from app.web.access import PUBLIC
from app.web.assets import Asset, assets, encodings
from app.web.page import AnyRequest
from app.web.routes import get

FOREVER = "public, max-age=31536000, immutable"


class StaticFiles(Controller):
    path = "/static"

    @get("/{digest:str}/{name:path}", permission=PUBLIC, anonymous=True)
    async def file(self, request: AnyRequest, digest: FromPath[str], name: FromPath[str]) -> ASGIResponse:
        """An address with an old hash is not found: it would be cached for a year under the wrong content."""
        asset = assets().get(name.lstrip("/"))
        if asset is None or asset.digest != digest:
            raise NotFound
        encoding, body = _smallest(asset, request.headers.get("accept-encoding", ""))
        headers = {"cache-control": FOREVER, "vary": "Accept-Encoding"}
        if encoding:
            headers["content-encoding"] = encoding
        head = request.method == "HEAD"
        return ASGIResponse(
            body=b"" if head else body, headers=headers, media_type=asset.media_type, is_head_response=head
        )


def _smallest(asset: Asset, accepted: str) -> tuple[str | None, bytes]:
    offered = encodings(accepted)
    for encoding in ("br", "gzip"):
        if asset.is_text and encoding in offered:
            return encoding, asset.packed(encoding)
    return None, asset.plain
