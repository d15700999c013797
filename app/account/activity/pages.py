"""/account/activity: the sign-in history."""

from typing import Any

from litestar import Controller

from app import clientinfo, db
from app.account.activity.chart import by_day
from app.account.activity.tables import DAYS, History, Key, SignIn
from app.i18n import _
from app.moments import moment
from app.web import paging
from app.web.access import SIGNED_IN
from app.web.page import AnyRequest, Page
from app.web.routes import get
from app.web.visitor import Person, person

SIZE = 25
KINDS = {"successful": "success", "refused": "failed"}


class ActivityPages(Controller):
    path = "/account/activity"

    @get("/", permission=SIGNED_IN)
    async def index(self, request: AnyRequest) -> Page:
        who = person(request)
        show = request.query_params.get("show", "")
        show = show if show in KINDS else "all"
        after = paging.after(request, Key)
        history = await History.of(who.id, status=KINDS.get(show), after=after, most=SIZE, chart=after is None)
        now = history.now or await db.now()
        window = paging.window(history.lines, SIZE, lambda line: line.key)
        return Page(
            "account/activity.html",
            show=show,
            older=after is not None,
            onward=window.onward,
            sign_ins=[_shown(line, who, now) for line in window.rows],
            chart=None if after else by_day(history.quarters, days=DAYS, zone=who.timezone, now=now),
        )


def _shown(line: SignIn, who: Person, now: Any) -> dict[str, Any]:
    return {
        "at": moment(line.at, zone=who.timezone, now=now),
        "device": clientinfo.device(line.agent),
        "place": clientinfo.place_words(line.place),
        "ip": line.ip,
        "refused": line.status == "failed",
        "why": _reason(line.reason) if line.status == "failed" else None,
    }


def _reason(reason: str | None) -> str:
    """Why it was refused, in words; a word of a newer release reads as no more than that it was."""
    return {
        "wrong_password": _("Wrong password"),
        "locked": _("Locked after too many tries"),
        "not_usable": _("The account could not be used"),
        "wrong_code": _("Wrong code at the second step"),
        "wrong_second_step": _("Wrong code at the second step"),
        "paused": _("Too many wrong codes"),
        "passkey_refused": _("The passkey was refused"),
        "passkey": _("The passkey was refused"),
    }.get(reason or "", _("Refused"))
