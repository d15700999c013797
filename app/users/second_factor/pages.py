"""/login/second-factor, the second step of signing in, and /account/security/two-step, the switch that asks for it."""

from typing import Any

from litestar import Controller

from app.i18n import _, _l
from app.tenants.tables import Tenant
from app.users.second_factor import actions
from app.users.second_factor.actions import Over
from app.users.second_factor.forms import SecondStepForm, SwitchForm
from app.users.second_factor.tables import Half, TwoStep
from app.users.session import (
    DEVICE_SECONDS,
    HALF,
    SECOND,
    actor_of,
    admit,
    device_of,
    half_of,
    last_second_of,
)
from app.users.totp.codes import digits
from app.web.access import PUBLIC, SIGNED_IN
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import Person, person, visitor

PATH = "/login/second-factor"
PAGE = "login/second_factor.html"
SWITCH = "security/two_step.html"
SECURITY = "/account/security"
WAYS = ("passkey", "totp", "backup")


class SecondFactorPages(Controller):
    path = PATH

    @get("/", permission=PUBLIC)
    async def index(self, request: AnyRequest) -> Page | Go:
        half = await Half.waiting(half_of(request))
        form = SecondStepForm.empty(request)
        if half is None:
            return _back_to_start(request, form, Over(tried_out=False))
        around = await _around(request, half, form, request.query_params.get("way"))
        return Page(PAGE, form=form, **around)

    @post("/", permission=PUBLIC)
    async def give_code(self, request: AnyRequest) -> Go:
        half = await Half.waiting(half_of(request))
        form = await SecondStepForm.of(request, PAGE)
        if half is None:
            return _back_to_start(request, form, Over(tried_out=False))
        form.around = await _around(request, half, form, form.way.data)
        form.checked()
        result = await actions.give_code(
            half_of(request),
            form.code.data,
            remember=form.remember.data,
            device=device_of(request),
            by=actor_of(request),
        )
        if isinstance(result, Over):
            return _back_to_start(request, form, result)
        if digits(form.code.data):
            visitor(request).set_cookie(SECOND, "totp", DEVICE_SECONDS)
        return await admit(request, result, form)


class TwoStepPages(Controller):
    path = "/account/security/two-step"

    @get("/", permission=SIGNED_IN)
    async def index(self, request: AnyRequest) -> Page:
        return Page(SWITCH, form=SwitchForm.empty(request, sign_out=True), **await _state(person(request)))

    @post("/on", permission=SIGNED_IN, sudo=True, act=_l("Turn on two-step sign-in"))
    async def switch_on(self, request: AnyRequest) -> Page | Go:
        me = person(request)
        form = (await SwitchForm.of(request, SWITCH, **await _state(me))).checked()
        made = await actions.switch_on(me.id, sign_out=form.sign_out.data, by=actor_of(request))
        if made:
            return Page("security/backup_codes_new.html", codes=made, first=True)
        return Go(SECURITY, say=_("Two-step sign-in is on."))

    @post("/off", permission=SIGNED_IN, sudo=True, act=_l("Turn off two-step sign-in"))
    async def switch_off(self, request: AnyRequest) -> Go:
        me = person(request)
        form = (await SwitchForm.of(request, SWITCH, **await _state(me))).checked()
        await actions.switch_off(me.id, sign_out=form.sign_out.data, by=actor_of(request))
        return Go(SECURITY, say=_("Two-step sign-in is off, and your backup codes no longer work."))


async def _state(me: Person) -> dict[str, Any]:
    has = await TwoStep.of(me.id)
    demanded_by = (await Tenant.second_step_rules(me.id)).demanded_by
    return {
        "on": has.on,
        "passkey": has.passkey,
        "totp": has.totp,
        "demanded_by": demanded_by[0] if demanded_by else None,
    }


async def _around(request: AnyRequest, half: Half, form: SecondStepForm, asked: str | None) -> dict[str, Any]:
    """What the person has, the best or last used first; `asked` is the way they chose to see."""
    rules = await Tenant.second_step_rules(half.user_id)
    has = {"passkey": half.passkey, "totp": half.totp, "backup": half.codes and not rules.no_backup_codes}
    ways = [way for way in WAYS if has[way]]
    last = last_second_of(request)
    first = last if last in ways else next(iter(ways), None)
    way = asked if asked in ways else first
    form.way.data = way or ""
    if way == "backup":
        form.code.label.text = _("Backup code")
    return {
        "way": way,
        "others": [(other, form.onward(PATH, way=other)) for other in ways if other != way],
        "email": half.email,
        "may_remember": not rules.no_remembering,
        "minutes_paused": -(-half.paused_for // 60),
    }


def _back_to_start(request: AnyRequest, form: SecondStepForm, over: Over) -> Go:
    """The half-made sign-in is over: the word says why, and where the person was going is kept.

    Only the cookie goes: the last try may still be under way in another tab, and it may be right.
    """
    visitor(request).set_cookie(HALF, "", 0)
    said = (
        _("That was wrong five times, so this sign-in has ended. Start again.")
        if over.tried_out
        else _("That sign-in took too long or was ended. Start again.")
    )
    return Go(form.onward("/login"), say=said, kind="warning")
