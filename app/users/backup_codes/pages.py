"""/account/security/backup-codes: how many are left, new ones, and those just made as a file."""

from typing import Any

from litestar import Controller
from litestar.enums import MediaType
from litestar.response import Response

from app.config import settings
from app.i18n import _, _l
from app.moments import moment
from app.tenants.tables import Tenant
from app.users.backup_codes import actions
from app.users.backup_codes.forms import RenewForm
from app.users.backup_codes.tables import Stock
from app.users.session import actor_of
from app.web import csrf
from app.web.access import SIGNED_IN
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import Person, person

PATH = "/account/security/backup-codes"
PAGE = "security/backup_codes.html"


class BackupCodesPages(Controller):
    path = PATH

    @get("/", permission=SIGNED_IN)
    async def index(self, request: AnyRequest) -> Page:
        return Page(PAGE, form=RenewForm.empty(request), **await _around(person(request)))

    @post("/", permission=SIGNED_IN, sudo=True, act=_l("Make ten new backup codes"))
    async def renew(self, request: AnyRequest) -> Page:
        """The codes stand in the answer itself, once: they are kept nowhere to show them again."""
        me = person(request)
        (await RenewForm.of(request, PAGE, **await _around(me))).checked()
        made = await actions.renew(me.id, by=actor_of(request))
        return Page("security/backup_codes_new.html", codes=made, first=False)

    @post("/file", permission=SIGNED_IN)
    async def file(self, request: AnyRequest) -> Response[bytes] | Go:
        """The codes of the page before as a text file. Only codes that work come back, so it repeats nothing else."""
        me = person(request)
        shown = [str(code) for code in (await csrf.submitted(request)).getall("code", [])][:20]
        good = await actions.still_good(me.id, shown)
        if not good:
            return Go(PATH, say=_("These codes no longer work, so there is nothing to save."), kind="warning")
        intro = _("Backup codes of %(email)s at %(site)s. Each works once.", email=me.email, site=settings().site_name)
        return Response(
            "\r\n".join([intro, "", *good, ""]).encode(),
            media_type=MediaType.TEXT,
            headers={"content-disposition": 'attachment; filename="backup-codes.txt"'},
        )


async def _around(me: Person) -> dict[str, Any]:
    stock = await Stock.of(me.id)
    refused_by = (await Tenant.second_step_rules(me.id)).no_backup_codes
    return {
        "left": stock.left,
        "made_at": moment(stock.made_at, zone=me.timezone, now=stock.now) if stock.made_at and stock.left else None,
        "two_step": stock.two_step,
        "low": stock.left <= actions.LOW,
        "refused_by": refused_by[0] if refused_by else None,
    }
