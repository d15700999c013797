"""/: the landing page, or the signed-in person's home."""

from datetime import datetime
from typing import NamedTuple, Self

from litestar import Controller

from app import clientinfo
from app.account.tables import Home, SignIn
from app.moments import Moment, moment
from app.web.access import PUBLIC
from app.web.page import AnyRequest, Page
from app.web.routes import get
from app.web.visitor import visitor


class SignInLine(NamedTuple):
    """A sign-in as it is shown."""

    at: Moment
    device: str | None
    place: str | None
    status: str

    @classmethod
    def of(cls, entry: SignIn, *, zone: str, now: datetime) -> Self:
        at = moment(entry.at, zone=zone, now=now)
        return cls(at, clientinfo.device(entry.agent), clientinfo.place_words(entry.place), entry.status)


class HomePages(Controller):
    path = "/"

    @get("/", permission=PUBLIC, beside=Home.BESIDE)
    async def index(self, request: AnyRequest) -> Page:
        caller = visitor(request)
        if caller.person is None:
            return Page("home/landing.html")
        home, zone = Home.of(caller.beside), caller.person.timezone
        sign_ins = [SignInLine.of(entry, zone=zone, now=home.now) for entry in home.sign_ins]
        placed = any(line.place for line in sign_ins)
        return Page("account/home.html", tenants=home.tenants, waiting=home.waiting, sign_ins=sign_ins, placed=placed)
