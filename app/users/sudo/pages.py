"""/sudo: proving again who one is. /kept: the form that waited for it, or for a new sign-in."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller
from litestar.params import FromPath

from app.actor import SUDO_SECONDS, Sudo
from app.errors import NeedsSignIn, Rejected
from app.i18n import _
from app.users.limits import MAIL_COOL_DOWN
from app.users.session import actor_of, device_of, renew_browser
from app.users.sudo import actions
from app.users.sudo.forms import BackupCodeForm, CodeForm, ConfirmForm, PasswordForm
from app.users.sudo.tables import KeptForm
from app.users.sudo.ways import Way, ways
from app.web.access import SIGNED_IN
from app.web.page import AnyRequest, Go, Page, local
from app.web.routes import get, post
from app.web.visitor import person, visitor

PAGE = "sudo/index.html"
ANY = "any"
"""The level's name in addresses, where less than the highest is enough."""

FORMS: dict[Way, type[ConfirmForm]] = {
    Way.PASSWORD: PasswordForm,
    Way.TOTP: CodeForm,
    Way.BACKUP_CODE: BackupCodeForm,
    Way.MAIL: CodeForm,
}


class SudoPages(Controller):
    path = "/sudo"

    @get("/", permission=SIGNED_IN)
    async def index(self, request: AnyRequest) -> Page | Go:
        level = _level(request.query_params.get("level"))
        if person(request).sudo >= level:
            return Go(local(request.query_params.get("next")))
        around = await _around(request, request.query_params.get("way"), level)
        form = FORMS.get(around["way"], ConfirmForm).empty(request, level=around["level"])
        return Page(PAGE, form=form, **around)

    @post("/password", permission=SIGNED_IN)
    async def by_password(self, request: AnyRequest) -> Go:
        form = await _sent(request, Way.PASSWORD)
        secret = await actions.prove_by_password(
            form["password"].data, token_hash=_held(request), device=device_of(request), by=actor_of(request)
        )
        return await _confirmed(request, secret, form)

    @post("/totp", permission=SIGNED_IN)
    async def by_totp(self, request: AnyRequest) -> Go:
        form = await _sent(request, Way.TOTP)
        secret = await actions.prove_by_code(form["code"].data, token_hash=_held(request), by=actor_of(request))
        return await _confirmed(request, secret, form)

    @post("/backup_code", permission=SIGNED_IN)
    async def by_backup_code(self, request: AnyRequest) -> Go:
        form = await _sent(request, Way.BACKUP_CODE)
        secret = await actions.prove_by_code(form["code"].data, token_hash=_held(request), by=actor_of(request))
        return await _confirmed(request, secret, form)

    @post("/mail/send", permission=SIGNED_IN)
    async def send_code(self, request: AnyRequest) -> Go:
        around = await _around(request, Way.MAIL, _level(None))
        form = await FORMS.get(around["way"], ConfirmForm).of(request, PAGE, **around)
        await actions.ask_for_code(person(request).factors, by=actor_of(request))
        return Go(form.onward("/sudo"), say=_("A code is on its way to %(email)s.", email=person(request).email))

    @post("/mail", permission=SIGNED_IN)
    async def by_mail(self, request: AnyRequest) -> Go:
        form = await _sent(request, Way.MAIL)
        secret = await actions.prove_by_mail(form["code"].data, token_hash=_held(request), by=actor_of(request))
        return await _confirmed(request, secret, form)


class KeptPages(Controller):
    path = "/kept"

    @get("/{form_id:uuid}", permission=SIGNED_IN)
    async def show(self, request: AnyRequest, form_id: FromPath[UUID]) -> Page:
        """Looking uses nothing up. Somebody else's form is no form."""
        form = await KeptForm.look(form_id, person(request).id)
        if form is None:
            return Page("sudo/gone.html", status=404)
        return Page("sudo/kept.html", kept=form, kept_id=form_id, action=local(form.path))

    @post("/{form_id:uuid}/discard", permission=SIGNED_IN)
    async def discard(self, request: AnyRequest, form_id: FromPath[UUID]) -> Page | Go:
        if not await KeptForm.take(form_id, person(request).id):
            return Page("sudo/gone.html", status=404)
        return Go("/", say=_("The form was thrown away. Nothing was changed."), kind="info")


def _level(word: str | None) -> Sudo:
    return Sudo.FRESH if word == ANY else Sudo.STRONGEST


async def _sent(request: AnyRequest, way: Way) -> ConfirmForm:
    """The form of one way, its shape proven; the page it stands on is the one it came from."""
    raw = await request.form()
    around = await _around(request, way, _level(str(raw.get("level", ""))))
    form = await FORMS[around["way"] or way].of(request, PAGE, **around)
    if around["way"] is not way:
        raise Rejected(None, _("That way is not enough here, or not yours. Use one that stands on this page."))
    return form.checked()


async def _around(request: AnyRequest, wanted: str | None, level: Sudo) -> dict[str, Any]:
    """`way` is the one whose form is shown; a passkey has no form, and stands above it."""
    offered = ways(person(request).factors, level)
    forms = [way for way in offered if way is not Way.PASSKEY]
    way = next((each for each in forms if each == wanted), forms[0] if forms else None)
    proof = await actions.waiting(by=actor_of(request)) if way is Way.MAIL else None
    word = ANY if level is Sudo.FRESH else ""
    return {
        "passkey": Way.PASSKEY in offered,
        "way": way,
        "others": [
            (each.value, f"/sudo?{urlencode({'way': each.value, 'level': word})}") for each in forms if each != way
        ],
        "level": word,
        "sent": proof is not None,
        "resend_after": MAIL_COOL_DOWN.seconds,
        "minutes": SUDO_SECONDS // 60,
    }


def _held(request: AnyRequest) -> bytes:
    """The digest of the secret that this browser shows now; of two proofs at once one wins."""
    held = visitor(request).session
    if held is None:
        raise NeedsSignIn
    return held


async def _confirmed(request: AnyRequest, secret: str, form: ConfirmForm) -> Go:
    await renew_browser(request, secret)
    return Go(form.next)
