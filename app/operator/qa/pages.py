"""/dev/qa: what `portico qa` does, for scripts that only reach the server. `main.py` leaves it out in production."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from litestar import Controller

from app.operator.grants import Refused, Unknown
from app.operator.qa import aging, making
from app.operator.qa.states import STATES
from app.web import csrf
from app.web.access import PUBLIC
from app.web.data import Data
from app.web.developers import developers_only
from app.web.page import AnyRequest
from app.web.routes import post

Sent = TypeVar("Sent", bound="Order")


class Order(msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """What a script asks for."""


class MakeOrder(Order):
    person: str
    email: str | None = None
    name: str | None = None
    signed_in: bool = False


class AgeOrder(Order):
    person: str
    by: str


class QaPages(Controller):
    """No page of ours leads here, so there is no form's token: see `_answer` for what keeps other sites out."""

    path = "/dev/qa"
    guards = [developers_only]  # noqa: RUF012 - Litestar reads it from the class

    @post("/make", permission=PUBLIC, csrf_exempt=True, anonymous=True)
    async def make(self, request: AnyRequest) -> Data:
        return await _answer(
            request,
            MakeOrder,
            lambda order: making.make(order.person, email=order.email, name=order.name, signed_in=order.signed_in),
            f'send {{"person": STATE}}, where STATE is one of {", ".join(STATES)}',
        )

    @post("/age", permission=PUBLIC, csrf_exempt=True, anonymous=True)
    async def age(self, request: AnyRequest) -> Data:
        return await _answer(
            request,
            AgeOrder,
            lambda order: aging.age(order.person, order.by),
            'send {"person": ADDRESS or SLUG, "by": "8d"}',
        )


async def _answer(
    request: AnyRequest, kind: type[Sent], act: Callable[[Sent], Awaitable[msgspec.Struct]], usage: str
) -> Data:
    """Does it for JSON that no other site's page sent.

    A browser sends JSON across sites only after it has asked (Fetch, CORS preflight), and is never told that it may.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json" or not csrf.from_here(request):
        return Data(403, problem="send JSON, with `Content-Type: application/json`, and not from another site")
    try:
        order = msgspec.json.decode(await request.body(), type=kind)
        return Data(**msgspec.to_builtins(await act(order)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Data(400, problem=f"{error}: {usage}")
    except Refused as no:
        return Data(404 if isinstance(no, Unknown) else 422, problem=str(no))
