"""/: the landing page, or the signed-in person's home."""

from litestar import Controller

from app import clientinfo
from app.account.tables import Home
from app.moments import moment
from app.web.access import PUBLIC
from app.web.page import AnyRequest, Page
from app.web.routes import get
from app.web.visitor import visitor


class HomePages(Controller):
    path = "/"

    @get("/", permission=PUBLIC)
    async def index(self, request: AnyRequest) -> Page:
        person = visitor(request).person
        if person is None:
            return Page("home/landing.html")
        home = await Home.of(person.id)
        sign_ins = [
            {
                "at": moment(entry.at, zone=person.timezone, now=home.now),
                "device": clientinfo.device(entry.agent),
                "place": clientinfo.place_words(entry.place),
                "status": entry.status,
            }
            for entry in home.sign_ins
        ]
        return Page("account/home.html", tenants=home.tenants, sign_ins=sign_ins)
