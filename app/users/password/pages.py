"""/account/password, and the address where password managers look for it."""

from typing import Any

from litestar import Controller

from app.errors import NeedsSignIn
from app.i18n import _, _l
from app.users.password import actions
from app.users.password.forms import ChooseForm, RemoveForm
from app.users.password.tables import PasswordState
from app.users.session import actor_of, renew_browser
from app.users.sessions.live.tables import OpenSession
from app.web.access import PUBLIC, SIGNED_IN
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import person, visitor

HOME = "/account/password"
PAGE = "password/index.html"
REMOVE = "password/remove.html"


class PasswordPages(Controller):
    path = HOME

    @get("/", permission=SIGNED_IN, sudo=True)
    async def index(self, request: AnyRequest) -> Page:
        return Page(PAGE, form=ChooseForm.empty(request, elsewhere=True), **await _around(request))

    @post("/", permission=SIGNED_IN, sudo=True, act=_l("Choose a new password"))
    async def choose(self, request: AnyRequest) -> Go:
        form = (await ChooseForm.of(request, PAGE, **await _around(request))).checked()
        had = "password" in person(request).factors
        secret = await actions.choose(
            form.new_password.data, elsewhere=form.elsewhere.data, token_hash=_held(request), by=actor_of(request)
        )
        await renew_browser(request, secret)
        return Go(HOME, say=_("Your password is changed.") if had else _("Your password is set."))

    @get("/remove", permission=SIGNED_IN, sudo=True)
    async def ask(self, request: AnyRequest) -> Page | Go:
        if "password" not in person(request).factors:
            return Go(HOME)
        return Page(REMOVE, form=RemoveForm.empty(request, elsewhere=True), **await _around(request))

    @post("/remove", permission=SIGNED_IN, sudo=True, act=_l("Remove your password"))
    async def remove(self, request: AnyRequest) -> Go:
        form = (await RemoveForm.of(request, REMOVE, **await _around(request))).checked()
        secret = await actions.remove(elsewhere=form.elsewhere.data, token_hash=_held(request), by=actor_of(request))
        await renew_browser(request, secret)
        return Go(HOME, say=_("Your password is removed."))


class ChangePasswordPages(Controller):
    """The well-known address of a change-password page (W3C, A Well-Known URL for Changing Passwords)."""

    path = "/.well-known/change-password"

    @get("/", permission=PUBLIC)
    async def lead_on(self) -> Go:
        return Go(HOME)


async def _around(request: AnyRequest) -> dict[str, Any]:
    who = person(request)
    state = await PasswordState.of(who.id)
    return {
        "has_password": state.password is not None,
        "removable": state.ways >= actions.OTHER_WAYS,
        "others": await OpenSession.others(who.id, who.session_id),
    }


def _held(request: AnyRequest) -> bytes:
    held = visitor(request).session
    if held is None:
        raise NeedsSignIn
    return held
