"""/signup: start, prove the mailbox, finish."""

from typing import Any

from litestar import Controller

from app.config import settings
from app.errors import DeadLink
from app.i18n import _
from app.users import mailbox
from app.users.google.actions import FINISH, sign_up_waits
from app.users.mailbox import Purpose
from app.users.proofs.tables import Proof
from app.users.session import actor_of, browser_of, device_of, rename_browser, sign_in_browser
from app.users.signup import actions
from app.users.signup.forms import AgainForm, CodeForm, FinishForm, FinishWithTermsForm, LinkForm, SignUpForm
from app.web.access import PUBLIC
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import visitor

WAITING = "signup/verify.html"


class SignUpPages(Controller):
    path = "/signup"

    @get("/", permission=PUBLIC)
    async def index(self, request: AnyRequest) -> Page:
        if settings().signup != "open":
            return Page("signup/closed.html")
        email = request.query_params.get("email")
        return Page("signup/index.html", form=SignUpForm.empty(request, email=email))

    @post("/", permission=PUBLIC)
    async def start(self, request: AnyRequest) -> Go:
        actions.refuse_unless_open()
        form = (await SignUpForm.of(request, "signup/index.html")).checked()
        await actions.start(form.name.data, form.email.data, browser=browser_of(request), by=actor_of(request))
        return Go(form.onward("/signup/verify"))

    @get("/verify", permission=PUBLIC)
    async def verify(self, request: AnyRequest) -> Page | Go:
        """The waiting page, or with a token the landing of the mailed link, which consumes nothing."""
        token = request.query_params.get("token")
        if token:
            email = await actions.linked_email(token, by=actor_of(request))
            form = LinkForm.empty(request, token=token)
            return Page("signup/confirm.html", form=form, email=email, other=_other(request, email))
        proof = await mailbox.waiting(Purpose.SIGN_UP, browser=browser_of(request))
        if proof is None:
            return Go("/signup")
        return Page(WAITING, form=CodeForm.empty(request), **await _waiting(proof))

    @post("/verify", permission=PUBLIC)
    async def confirm_code(self, request: AnyRequest) -> Go:
        proof = await mailbox.waiting(Purpose.SIGN_UP, browser=browser_of(request))
        if proof is None:
            return Go("/signup", say=_("That code is too old. Start again to get a new one."), kind="warning")
        form = (await CodeForm.of(request, WAITING, **await _waiting(proof))).checked()
        await actions.confirm_by_code(form.code.data, browser=browser_of(request), by=actor_of(request))
        await rename_browser(request, keep_proofs=True)
        return Go(form.onward("/signup/finish"))

    @post("/verify/resend", permission=PUBLIC)
    async def resend(self, request: AnyRequest) -> Go:
        form = await AgainForm.of(request)
        proof = await mailbox.waiting(Purpose.SIGN_UP, browser=browser_of(request))
        if proof is None:
            return Go("/signup")
        await actions.send_again(proof, browser=browser_of(request), by=actor_of(request))
        return Go(
            form.onward("/signup/verify"),
            say=_("The newest mail is on its way. Only the code in it is valid."),
            kind="info",
        )

    @post("/verify/link", permission=PUBLIC)
    async def confirm_link(self, request: AnyRequest) -> Go:
        form = (await LinkForm.of(request)).checked()
        await actions.confirm_by_link(form.token.data, browser=browser_of(request), by=actor_of(request))
        await rename_browser(request, keep_proofs=True)
        return Go("/signup/finish")

    @get("/finish", permission=PUBLIC)
    async def choose(self, request: AnyRequest) -> Page | Go:
        proof = await _proven(request)
        if "own" not in request.query_params and await sign_up_waits(browser_of(request), proof.email):
            return Go(FINISH)
        return Page("signup/finish.html", form=_finish_form().empty(request, name=proof.name), email=proof.email)

    @post("/finish", permission=PUBLIC)
    async def finish(self, request: AnyRequest) -> Go:
        proof = await _proven(request)
        form = (await _finish_form().of(request, "signup/finish.html", email=proof.email)).checked()
        started = await actions.finish(
            proof,
            name=form.name.data,
            password=form.password.data,
            device=device_of(request),
            by=actor_of(request),
        )
        await sign_in_browser(request, started)
        return Go(form.next, say=_("Your account is ready, and you are signed in."))


async def _proven(request: AnyRequest) -> Proof:
    proof = await mailbox.proven(Purpose.SIGN_UP, browser=browser_of(request))
    if proof is None:
        raise DeadLink(actions.AGAIN)
    return proof


async def _waiting(proof: Proof) -> dict[str, Any]:
    return {"email": proof.email, "resend_after": await mailbox.wait_for_next(Purpose.SIGN_UP, proof.email)}


def _finish_form() -> type[FinishForm]:
    return FinishWithTermsForm if settings().terms_version else FinishForm


def _other(request: AnyRequest, email: str) -> str | None:
    """The address of another account that is signed in here: the link's page says which is which."""
    person = visitor(request).person
    return person.email if person and person.email != email else None
