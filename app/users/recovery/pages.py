"""/recover: a forgotten password, a locked account."""

from litestar import Controller

from app.errors import DeadLink
from app.i18n import _
from app.users import mailbox
from app.users.mailbox import Purpose
from app.users.proofs.tables import Proof
from app.users.recovery import actions
from app.users.recovery.forms import RecoverForm, ResetForm
from app.users.session import actor_of, browser_of, rename_browser, sign_out_browser
from app.users.signup.forms import CodeForm, LinkForm
from app.web.access import PUBLIC
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import visitor

SENT = "recover/sent.html"


class RecoveryPages(Controller):
    path = "/recover"

    @get("/", permission=PUBLIC)
    async def index(self, request: AnyRequest) -> Page:
        return Page("recover/index.html", form=RecoverForm.empty(request))

    @post("/", permission=PUBLIC)
    async def start(self, request: AnyRequest) -> Go:
        form = (await RecoverForm.of(request, "recover/index.html")).checked()
        await actions.start(form.email.data, browser=browser_of(request), by=actor_of(request))
        return Go("/recover/sent")

    @get("/sent", permission=PUBLIC)
    async def sent(self, request: AnyRequest) -> Page | Go:
        proof = await mailbox.waiting(Purpose.RECOVERY, browser=browser_of(request))
        if proof is None:
            return Go("/recover")
        return Page(SENT, form=CodeForm.empty(request), email=proof.email)

    @post("/sent", permission=PUBLIC)
    async def confirm_code(self, request: AnyRequest) -> Go:
        proof = await mailbox.waiting(Purpose.RECOVERY, browser=browser_of(request))
        if proof is None:
            raise DeadLink(actions.AGAIN)
        form = (await CodeForm.of(request, SENT, email=proof.email)).checked()
        await actions.confirm_by_code(form.code.data, browser=browser_of(request), by=actor_of(request))
        await rename_browser(request, keep_proofs=True)
        return Go("/recover/reset")

    @get("/reset", permission=PUBLIC)
    async def choose(self, request: AnyRequest) -> Page:
        """With a token the landing of the mailed link, which consumes nothing; with a proof the new password."""
        token = request.query_params.get("token")
        if token:
            email = await actions.linked_email(token, by=actor_of(request))
            form = LinkForm.empty(request, token=token)
            return Page("recover/confirm.html", form=form, email=email, other=_other(request, email))
        proof = await _proven(request)
        return Page("recover/reset.html", form=ResetForm.empty(request), email=proof.email)

    @post("/reset/link", permission=PUBLIC)
    async def confirm_link(self, request: AnyRequest) -> Go:
        form = (await LinkForm.of(request)).checked()
        await actions.confirm_by_link(form.token.data, browser=browser_of(request), by=actor_of(request))
        await rename_browser(request, keep_proofs=True)
        return Go("/recover/reset")

    @post("/reset", permission=PUBLIC)
    async def reset(self, request: AnyRequest) -> Go:
        proof = await _proven(request)
        form = (await ResetForm.of(request, "recover/reset.html", email=proof.email)).checked()
        await actions.reset(proof, form.new_password.data, by=actor_of(request))
        await sign_out_browser(request)
        return Go("/login", say=_("Your new password is set, and you are signed out everywhere. Sign in with it."))

    @get("/unlock", permission=PUBLIC)
    async def ask_unlock(self, request: AnyRequest) -> Page:
        token = request.query_params.get("token", "")
        account = await actions.locked_account(token, by=actor_of(request))
        return Page("recover/unlock.html", form=LinkForm.empty(request, token=token), email=account.email)

    @post("/unlock", permission=PUBLIC)
    async def unlock(self, request: AnyRequest) -> Go:
        form = (await LinkForm.of(request)).checked()
        await actions.unlock(form.token.data, by=actor_of(request))
        return Go("/login", say=_("Your account is open again. Sign in, or set a new password if you forgot it."))


async def _proven(request: AnyRequest) -> Proof:
    proof = await mailbox.proven(Purpose.RECOVERY, browser=browser_of(request))
    if proof is None:
        raise DeadLink(actions.AGAIN)
    return proof


def _other(request: AnyRequest, email: str) -> str | None:
    person = visitor(request).person
    return person.email if person and person.email != email else None
