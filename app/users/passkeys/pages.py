"""/account/security/passkeys: the list, and adding, renaming and removing; and what the script asks and sends.

The pages are plain; only the ceremonies themselves need script, and their acts answer JSON.
"""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller
from litestar.params import FromPath

from app.config import settings
from app.errors import DeadLink, NotFound, Rejected
from app.i18n import _, _l, ngettext
from app.moments import moment
from app.users import mailbox
from app.users.mailbox import Purpose
from app.users.passkeys import aaguid, actions, signing
from app.users.passkeys.ceremony import Credential, text_of
from app.users.passkeys.forms import (
    EverywhereForm,
    RenameForm,
    SentToAdd,
    SentToFinish,
    SentToProve,
    SentToSignIn,
)
from app.users.passkeys.tables import Keyring, Listed
from app.users.proofs.tables import Proof
from app.users.session import HALF, actor_of, admit, browser_of, device_of, half_of, renew_browser, sign_in_browser
from app.users.signup import actions as signup
from app.users.signup.forms import FinishForm, FinishWithTermsForm
from app.web.access import PUBLIC, SIGNED_IN
from app.web.data import Data
from app.web.forms import Fields
from app.web.page import AnyRequest, Go, Page
from app.web.routes import get, post
from app.web.visitor import Person, person, visitor

HERE = "/account/security/passkeys"


class PasskeyPages(Controller):
    path = HERE

    @get("/", permission=SIGNED_IN)
    async def index(self, request: AnyRequest) -> Page:
        who = person(request)
        ring = await Keyring.of(who.id, who.session_id)
        keys = [_shown(key, ring, who) for key in ring.keys]
        return Page("passkeys/index.html", keys=keys, signal=_signal(ring, who))

    @get("/add", permission=SIGNED_IN, sudo=True)
    async def ask(self, request: AnyRequest) -> Page:
        ring = await Keyring.of(person(request).id, person(request).session_id)
        return Page("passkeys/add.html", form=EverywhereForm.empty(request, everywhere=True), others=ring.others)

    @post("/options", permission=SIGNED_IN, sudo=True)
    async def options(self, request: AnyRequest) -> Data:
        await SentToAdd.of(request)
        return Data(**await actions.options_to_add(email=person(request).email, by=actor_of(request)))

    @post("/verify", permission=SIGNED_IN, sudo=True)
    async def add(self, request: AnyRequest) -> Data:
        sent = await SentToAdd.of(request)
        changed = await actions.add(_given(sent.credential), everywhere=sent.everywhere, by=actor_of(request))
        return Data(next=HERE, say=_told(_("You can sign in with “%(name)s” now.", name=changed.name), changed))

    @get("/{key_id:uuid}", permission=SIGNED_IN)
    async def edit(self, request: AnyRequest, key_id: FromPath[UUID]) -> Page:
        key = await _own(request, key_id)
        return Page("passkeys/edit.html", form=RenameForm.empty(request, name=key["name"]), key=key)

    @post("/{key_id:uuid}", permission=SIGNED_IN, act=_l("Rename a passkey"))
    async def rename(self, request: AnyRequest, key_id: FromPath[UUID]) -> Go:
        key = await _own(request, key_id)
        form = (await RenameForm.of(request, "passkeys/edit.html", key=key)).checked()
        await actions.rename(key_id, form.name.data, by=actor_of(request))
        return Go(HERE, say=_("It is called “%(name)s” now.", name=form.name.data))

    @get("/{key_id:uuid}/remove", permission=SIGNED_IN, sudo=True)
    async def confirm(self, request: AnyRequest, key_id: FromPath[UUID]) -> Page:
        key = await _own(request, key_id)
        return Page("passkeys/remove.html", form=EverywhereForm.empty(request, everywhere=True), key=key)

    @post("/{key_id:uuid}/remove", permission=SIGNED_IN, sudo=True, act=_l("Remove a passkey"))
    async def remove(self, request: AnyRequest, key_id: FromPath[UUID]) -> Go:
        key = await _own(request, key_id)
        form = (await EverywhereForm.of(request, "passkeys/remove.html", key=key)).checked()
        changed = await actions.remove(key_id, everywhere=bool(form.everywhere.data), by=actor_of(request))
        return Go(HERE, say=_told(_("“%(name)s” can no longer sign in to your account.", name=changed.name), changed))


class SignInByPasskey(Controller):
    path = "/login/passkey"

    @post("/options", permission=PUBLIC)
    async def options(self, request: AnyRequest) -> Data:
        await SentToSignIn.of(request)
        return Data(**await signing.options_to_sign_in(browser=browser_of(request), by=actor_of(request)))

    @post("/verify", permission=PUBLIC)
    async def sign_in(self, request: AnyRequest) -> Data:
        sent = await SentToSignIn.of(request)
        entered = await signing.sign_in(
            _given(sent.credential),
            browser=browser_of(request),
            half=half_of(request),
            second=sent.second,
            device=device_of(request),
            by=actor_of(request),
        )
        visitor(request).set_cookie(HALF, "", 0)
        return Data(next=(await admit(request, entered, sent)).path)


class ProveByPasskey(Controller):
    path = "/sudo/passkey"

    @post("/options", permission=SIGNED_IN)
    async def options(self, request: AnyRequest) -> Data:
        await SentToProve.of(request)
        return Data(**await signing.options_to_prove(by=actor_of(request)))

    @post("/verify", permission=SIGNED_IN)
    async def prove(self, request: AnyRequest) -> Data:
        sent = await SentToProve.of(request)
        session = visitor(request).session or b""
        fresh = await signing.prove(_given(sent.credential), session=session, by=actor_of(request))
        await renew_browser(request, fresh)
        return Data(next=sent.next)


class FinishByPasskey(Controller):
    path = "/signup/finish/passkey"

    @post("/options", permission=PUBLIC)
    async def options(self, request: AnyRequest) -> Data:
        sent = _finished_form(await SentToFinish.of(request))
        proof = await _proven(request)
        options = await actions.options_to_finish(
            proof, name=sent.name, browser=browser_of(request), by=actor_of(request)
        )
        return Data(**options)

    @post("/verify", permission=PUBLIC)
    async def finish(self, request: AnyRequest) -> Data:
        sent = _finished_form(await SentToFinish.of(request))
        proof = await _proven(request)
        by = actor_of(request)
        made = await actions.made_to_finish(proof, _given(sent.credential), browser=browser_of(request), by=by)
        started = await signup.finish_with_passkey(proof, made, name=sent.name, device=device_of(request), by=by)
        await sign_in_browser(request, started)
        return Data(next=sent.next, say=_("Your account is ready, and you are signed in."))


async def _proven(request: AnyRequest) -> Proof:
    proof = await mailbox.proven(Purpose.SIGN_UP, browser=browser_of(request))
    if proof is None:
        raise DeadLink(signup.AGAIN)
    return proof


def _finished_form(sent: SentToFinish) -> SentToFinish:
    """The name and the agreement, judged by the fields of the page's own form. Raises Rejected at the first."""
    given = Fields({"name": [sent.name], "password": ["-"]} | ({"terms": ["y"]} if sent.terms else {}))
    form = (FinishWithTermsForm if settings().terms_version else FinishForm)(given)
    form.validate()
    for field in form:
        if field.errors:
            raise Rejected(field.name, str(field.errors[0]))
    sent.name = form.name.data
    return sent


def _given(credential: Credential | None) -> Credential:
    if credential is None:
        raise Rejected(None, signing.unchecked())
    return credential


async def _own(request: AnyRequest, key_id: UUID) -> dict[str, Any]:
    """One of the person's own, with what its page says of it. Raises NotFound."""
    who = person(request)
    ring = await Keyring.of(who.id, who.session_id)
    key = next((key for key in ring.keys if key.id == key_id), None)
    if key is None:
        raise NotFound
    return _shown(key, ring, who) | {"others": ring.others, "last": len(ring.keys) == 1}


def _shown(key: Listed, ring: Keyring, who: Person) -> dict[str, Any]:
    portable = bool({"usb", "nfc", "ble"} & set(key.transports)) and "internal" not in key.transports
    return {
        "id": key.id,
        "name": key.name,
        "model": aaguid.model(key.aaguid),
        "synced": key.backed_up,
        "syncable": key.backup_eligible,
        "portable": portable,
        "used": moment(key.last_used_at, zone=who.timezone, now=ring.now) if key.last_used_at else None,
        "added": moment(key.created_at, zone=who.timezone, now=ring.now),
    }


def _signal(ring: Keyring, who: Person) -> str | None:
    """What browsers are told of the person's passkeys (Signal API): always the full list, or they would hide some."""
    if ring.handle is None:
        return None
    signal = {
        "rpId": settings().hostname,
        "userId": text_of(ring.handle),
        "allAcceptedCredentialIds": [text_of(key.credential_id) for key in ring.keys],
        "name": who.email,
        "displayName": who.known_as,
    }
    return msgspec.json.encode(signal).decode()


def _told(said: str, changed: actions.Changed) -> str:
    """The news, and how many other devices were signed out."""
    count = changed.ended
    ended = ngettext("%(n)s other device was signed out.", "%(n)s other devices were signed out.", count)
    return f"{said} {ended}" if count else said
