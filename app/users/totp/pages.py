"""/account/security/totp: the authenticator app."""

from typing import Any

from litestar import Controller

from app.i18n import _, _l
from app.moments import moment
from app.tenants.tables import Tenant
from app.users.second_factor.tables import TwoStep
from app.users.session import actor_of, renew_browser
from app.users.totp import actions, codes, qr
from app.users.totp.forms import ConfirmForm, RemoveForm
from app.users.totp.tables import App
from app.web.access import SIGNED_IN
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import Person, person, visitor

PATH = "/account/security/totp"
PAGE = "security/totp.html"
SECURITY = "/account/security"


class TotpPages(Controller):
    path = PATH

    @get("/", permission=SIGNED_IN, sudo=True)
    async def index(self, request: AnyRequest) -> Page:
        me = person(request)
        secret = await actions.waiting_secret(me.id)
        form = (
            ConfirmForm.empty(request, sign_out=True)
            if secret
            else RemoveForm.empty(request, sign_out=True, keep_two_step=True)
        )
        return Page(PAGE, form=form, **await _around(me, secret))

    @post("/start", permission=SIGNED_IN, sudo=True, act=_l("Set up an authenticator app"))
    async def start(self, request: AnyRequest) -> Go:
        await actions.start(person(request).id, by=actor_of(request))
        return Go(PATH)

    @post("/cancel", permission=SIGNED_IN, sudo=True, act=_l("Stop setting up an authenticator app"))
    async def cancel(self, request: AnyRequest) -> Go:
        await actions.cancel(person(request).id, by=actor_of(request))
        return Go(PATH)

    @post("/confirm", permission=SIGNED_IN, sudo=True, act=_l("Confirm your authenticator app"))
    async def confirm(self, request: AnyRequest) -> Page | Go:
        """Backup codes, if this made any, stand in the answer itself: they are kept nowhere to show them again."""
        me = person(request)
        secret = await actions.waiting_secret(me.id)
        if secret is None:
            late = _("The set-up took longer than ten minutes. Start again with a new QR code.")
            return Go(PATH, say=late, kind="warning")
        form = (await ConfirmForm.of(request, PAGE, **await _around(me, secret))).checked()
        done = await actions.confirm(
            me.id,
            form.code.data,
            session=visitor(request).session,
            sign_out=form.sign_out.data,
            by=actor_of(request),
        )
        if done.session:
            await renew_browser(request, done.session)
        if done.codes:
            return Page("security/backup_codes_new.html", codes=done.codes, first=True)
        return Go(SECURITY, say=_("Your authenticator app is set up. Sign-ins ask for its code from now on."))

    @post("/remove", permission=SIGNED_IN, sudo=True, act=_l("Remove your authenticator app"))
    async def remove(self, request: AnyRequest) -> Go:
        me = person(request)
        form = (await RemoveForm.of(request, PAGE, **await _around(me, None))).checked()
        await actions.remove(
            me.id, keep_two_step=form.keep_two_step.data, sign_out=form.sign_out.data, by=actor_of(request)
        )
        return Go(SECURITY, say=_("Your authenticator app is removed. Its codes no longer work."))


async def _around(me: Person, secret: str | None) -> dict[str, Any]:
    app = await App.of(me.id)
    address = codes.address(secret, me.email) if secret else None
    has = await TwoStep.of(me.id)
    demanded_by = (await Tenant.second_step_rules(me.id)).demanded_by
    return {
        "active": bool(app.active),
        "set_up_at": moment(app.set_up_at, zone=me.timezone, now=app.now) if app.set_up_at else None,
        "qr": qr.svg(address) if address else None,
        "address": address,
        "key": codes.grouped(secret) if secret else None,
        "passkey": has.passkey,
        "demanded_by": demanded_by[0] if demanded_by else None,
    }
