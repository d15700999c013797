"""/recover/second-factor: the second step is lost."""

from litestar import Controller

from app.errors import DeadLink
from app.users import mailbox
from app.users.mailbox import Purpose
from app.users.recovery.second_factor import actions
from app.users.recovery.second_factor.actions import AGAIN, Asker
from app.users.recovery.second_factor.forms import AddressForm, BeginForm, CodeForm
from app.users.recovery.second_factor.tables import TwoFactorRecovery
from app.users.session import actor_of, browser_of, half_of, rename_browser
from app.web.access import PUBLIC
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import visitor

ASK = "recover/lost_address.html"
ENTER = "recover/lost_code.html"
BEGIN = "recover/lost_begin.html"


class LostFactorPages(Controller):
    path = "/recover/second-factor"

    @get("/", permission=PUBLIC)
    async def index(self, request: AnyRequest) -> Page:
        """For whoever has proven something here what comes, or how far it is; for all others the address first."""
        who = await _asker(request)
        if who is None:
            person = visitor(request).person
            return Page(ASK, form=AddressForm.empty(request, email=person.email if person else None))
        running = await TwoFactorRecovery.running(who.account.id)
        if running:
            return Page("recover/lost_waiting.html", account=who.account, running=running)
        if not who.account.two_step:
            return Page("recover/lost_nothing.html", account=who.account)
        return Page(BEGIN, account=who.account, form=BeginForm.empty(request))

    @post("/", permission=PUBLIC)
    async def send_code(self, request: AnyRequest) -> Go:
        form = (await AddressForm.of(request, ASK)).checked()
        await actions.ask_for_code(form.email.data, browser=browser_of(request), by=actor_of(request))
        return Go(f"{AGAIN}/code")

    @get("/code", permission=PUBLIC)
    async def enter(self, request: AnyRequest) -> Page | Go:
        proof = await mailbox.waiting(Purpose.SECOND_FACTOR, browser=browser_of(request))
        if proof is None:
            return Go(AGAIN)
        return Page(ENTER, form=CodeForm.empty(request), email=proof.email)

    @post("/code", permission=PUBLIC)
    async def prove(self, request: AnyRequest) -> Go:
        browser = browser_of(request)
        proof = await mailbox.waiting(Purpose.SECOND_FACTOR, browser=browser)
        if proof is None:
            raise DeadLink(AGAIN)
        form = (await CodeForm.of(request, ENTER, email=proof.email)).checked()
        await mailbox.prove_by_code(Purpose.SECOND_FACTOR, form.code.data, browser=browser, ip=actor_of(request).ip)
        await rename_browser(request, keep_proofs=True)
        return Go(AGAIN)

    @post("/start", permission=PUBLIC)
    async def start(self, request: AnyRequest) -> Go:
        who = await _asker(request)
        if who is None:
            raise DeadLink(AGAIN)
        await BeginForm.of(request, BEGIN, account=who.account)
        await actions.begin(who, by=actor_of(request))
        return Go(AGAIN)


async def _asker(request: AnyRequest) -> Asker | None:
    return await actions.asker(half=half_of(request), browser=browser_of(request))
