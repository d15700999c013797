"""/login and /logout."""

from litestar import Controller

from app.errors import DeadLink
from app.i18n import _
from app.users import mailbox
from app.users.login import actions
from app.users.login.forms import AskCodeForm, CodeForm, SignInForm
from app.users.mailbox import Purpose
from app.users.session import actor_of, admit, browser_of, device_of, last_method_of, sign_out_browser
from app.web.access import PUBLIC
from app.web.page import AnyRequest, Go, Page, local
from app.web.routes import get, post
from app.web.visitor import visitor

ENTER = "login/code_enter.html"


class SignInPages(Controller):
    path = "/login"

    @get("/", permission=PUBLIC)
    async def index(self, request: AnyRequest) -> Page | Go:
        if visitor(request).person is not None:
            return Go(local(request.query_params.get("next")))
        return Page("login/index.html", form=SignInForm.empty(request), last_method=last_method_of(request))

    @post("/", permission=PUBLIC)
    async def sign_in(self, request: AnyRequest) -> Go:
        form = (await SignInForm.of(request, "login/index.html", last_method=last_method_of(request))).checked()
        result = await actions.sign_in(
            form.email.data, form.password.data, device=device_of(request), by=actor_of(request)
        )
        return await admit(request, result, form)

    @get("/code", permission=PUBLIC)
    async def ask(self, request: AnyRequest) -> Page:
        return Page("login/code.html", form=AskCodeForm.empty(request))

    @post("/code", permission=PUBLIC)
    async def send_code(self, request: AnyRequest) -> Go:
        form = (await AskCodeForm.of(request, "login/code.html")).checked()
        await actions.ask_for_code(form.email.data, browser=browser_of(request), by=actor_of(request))
        return Go(form.onward("/login/code/enter"))

    @get("/code/enter", permission=PUBLIC)
    async def enter(self, request: AnyRequest) -> Page | Go:
        proof = await mailbox.waiting(Purpose.SIGN_IN, browser=browser_of(request))
        if proof is None:
            return Go("/login/code")
        return Page(ENTER, form=CodeForm.empty(request), email=proof.email)

    @post("/code/enter", permission=PUBLIC)
    async def sign_in_by_code(self, request: AnyRequest) -> Go:
        proof = await mailbox.waiting(Purpose.SIGN_IN, browser=browser_of(request))
        if proof is None:
            raise DeadLink("/login/code")
        form = (await CodeForm.of(request, ENTER, email=proof.email)).checked()
        result = await actions.sign_in_by_code(
            form.code.data, browser=browser_of(request), device=device_of(request), by=actor_of(request)
        )
        return await admit(request, result, form)


class SignOutPages(Controller):
    path = "/logout"

    @get("/", permission=PUBLIC)
    async def ask(self, request: AnyRequest) -> Page | Go:
        """A link to here asks first: signing out is an act, and acts are never done by GET."""
        return Page("login/logout.html") if visitor(request).person else Go("/login")

    @post("/", permission=PUBLIC)
    async def sign_out(self, request: AnyRequest) -> Go:
        await sign_out_browser(request)
        gone = Go("/login", say=_("You are signed out."))
        gone.headers["clear-site-data"] = '"cache", "storage"'
        return gone
