"""/account/security: the check-up list."""

from litestar import Controller

from app.account.security.checkup import Checkup
from app.account.security.tables import Standing
from app.audit.events import Event
from app.config import settings
from app.errors import NotFound
from app.web.access import SIGNED_IN
from app.web.page import AnyRequest, Page
from app.web.routes import get
from app.web.visitor import person

GIVES_A_PASSWORD = [
    event.label for event in (Event.PASSWORD_SET, Event.PASSWORD_CHANGED, Event.PASSWORD_RESET)
]  # signing up does too, unless it was with something else


class SecurityPages(Controller):
    path = "/account/security"

    @get("/", permission=SIGNED_IN)
    async def index(self, request: AnyRequest) -> Page:
        who = person(request)
        standing = await Standing.of(who.id, password_events=GIVES_A_PASSWORD, signed_up=Event.USER_SIGNED_UP.label)
        if standing is None:
            raise NotFound
        checkup = Checkup(standing, zone=who.timezone, google_offered=bool(settings().google_client_id))
        return Page("account/security.html", checkup=checkup)
