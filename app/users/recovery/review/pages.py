"""/recover/review: what opens the account, after a recovery."""

from itertools import groupby
from operator import itemgetter
from typing import Any

from litestar import Controller

from app import clientinfo, db
from app.actor import Sudo
from app.errors import Rejected
from app.i18n import _, _l, ngettext
from app.moments import moment
from app.users.recovery.review import actions
from app.users.recovery.review.forms import ReviewForm
from app.users.recovery.review.tables import Door, RecoveryReview, doors_of
from app.users.session import actor_of
from app.web.access import SIGNED_IN
from app.web.page import AnyRequest, Go, Page, local
from app.web.routes import get, post
from app.web.visitor import person

REVIEW = "recover/review.html"
MINE, REMOVE = "mine", "remove"


class ReviewPages(Controller):
    path = "/recover/review"

    @get("/", permission=SIGNED_IN)
    async def show(self, request: AnyRequest) -> Page | Go:
        around = await _around(request)
        if around is None:
            return Go(local(request.query_params.get("next")))
        return Page(REVIEW, form=ReviewForm.empty(request), ticked=(), **around)

    @post("/", permission=SIGNED_IN, sudo=Sudo.FRESH, act=_l("Finish looking over your account"))
    async def finish(self, request: AnyRequest) -> Go:
        form = await ReviewForm.of(request, REVIEW, ticked=(), **(await _around(request) or _NOTHING))
        remove = form.remove.data or []
        form.around["ticked"] = remove
        if form.answer.data == MINE and remove:
            raise Rejected(None, _("Something is ticked. Remove it, or take the tick away if it is yours."))
        if form.answer.data != MINE and not remove:
            raise Rejected(None, _("Tick what is not yours, or say that everything is."))
        removed = await actions.finish(person(request).id, remove, by=actor_of(request))
        said = ngettext(
            "%(n)s thing was removed. The rest stays.", "%(n)s things were removed. The rest stays.", removed
        )
        return Go(form.next, say=said if removed else _("Everything stays as it is."))


_NOTHING: dict[str, Any] = {"cause": "password_reset", "groups": [], "has_password": True}


async def _around(request: AnyRequest) -> dict[str, Any] | None:
    """What the page shows, or None where no review is due."""
    who = person(request)
    due = await RecoveryReview.due(who.id)
    if due is None:
        return None
    now = await db.now()
    doors = [_shown(door, zone=who.timezone, now=now) for door in await doors_of(who.id, who.session_id)]
    groups = [(kind, list(same)) for kind, same in groupby(doors, key=itemgetter("kind"))]
    return {"cause": due.cause, "groups": groups, "has_password": "password" in who.factors}


def _shown(door: Door, *, zone: str, now: Any) -> dict[str, Any]:
    return {
        "key": door.key,
        "kind": door.kind,
        "name": door.name or clientinfo.device(door.agent),
        "since": moment(door.since, zone=zone, now=now) if door.since else None,
        "used": moment(door.used, zone=zone, now=now) if door.used else None,
        "place": clientinfo.place_words(door.place),
        "young": door.young,
    }
