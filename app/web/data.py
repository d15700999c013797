"""What a script of ours sends and gets: JSON, for the few acts that no form can do.

A body remembers itself on the request as a form does, so that whoever says no later, a verb or a limit, is answered
with `{"problem": words}` instead of a page.
"""

from typing import Any, Self
from urllib.parse import urlencode

import msgspec
from litestar.enums import MediaType
from litestar.exceptions import ClientException
from litestar.response import Response
from litestar.response.base import ASGIResponse

from app.errors import Rejected
from app.web import flash
from app.web.page import AnyRequest, local
from app.web.visitor import visitor


class Data(Response[bytes]):
    """A JSON object for a script; `say` is what the next page tells the person."""

    def __init__(self, status: int = 200, *, say: str | None = None, **context: Any) -> None:
        super().__init__(b"", status_code=status, media_type=MediaType.JSON)
        self.context = context
        self.say = say

    def to_asgi_response(self, app: Any, request: AnyRequest, **_options: Any) -> ASGIResponse:  # noqa: ARG002 - Litestar's signature
        if self.say:
            flash.put(visitor(request), flash.Flash("success", self.say))
        return ASGIResponse(
            body=msgspec.json.encode(self.context),
            status_code=self.status_code or 200,
            headers=self.headers,
            media_type=MediaType.JSON,
        )


class Sent(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A JSON body; each kind is a subclass that says what may be in it."""

    next: str = "/"

    @classmethod
    async def of(cls, request: AnyRequest) -> Self:
        """What was sent, its `next` made a path of this site. Raises ClientException (400) for any other shape."""
        try:
            sent = msgspec.json.decode(await request.body(), type=cls)
        except (msgspec.DecodeError, RecursionError):
            raise ClientException from None
        sent.next = local(sent.next)
        request.scope["state"]["form"] = sent
        return sent

    def onward(self, path: str) -> str:
        """The path of the next step, which keeps where the person was going."""
        return path if self.next == "/" else f"{path}?{urlencode({'next': self.next})}"

    def refused(self, no: Rejected) -> Data:
        """The refusal in words, and what it is about."""
        return Data(422, problem=no.message, field=no.field)
