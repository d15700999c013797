"""Signing up. No credential exists before the mailbox is proven, so nobody can squat an address."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from app import crypto, db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.config import settings
from app.errors import DeadLink, Forbidden
from app.i18n import _
from app.users import addresses, mailbox, passwords
from app.users.mailbox import Purpose
from app.users.passkeys import actions as passkeys
from app.users.passkeys.ceremony import Made
from app.users.proofs.tables import Proof
from app.users.sessions import actions as sessions
from app.users.sessions.actions import Started
from app.users.signup import emails
from app.users.signup.tables import TermsAcceptance
from app.users.tables import User

LINK_MINUTES = 60
AGAIN = "/signup"

WELCOMES: list[Callable[[Proof, Actor], Awaitable[None]]] = []
"""What is due when an account is opened, in that transaction, given its proof and the new person. Parts that know more
than this one add themselves when they are imported: whoever was invited is a member from then on.
"""


RENEWALS: list[Callable[[Proof, Proof], Awaitable[None]]] = []
"""What is due when a newer code takes the place of an earlier one: whoever signs up for something goes on doing so."""


async def start(name: str, typed_email: str, *, browser: bytes, by: Actor) -> None:
    """Mails a code and a link, or to a known address a word that it is known. The caller cannot tell which.

    Raises Rejected("email"), Limited, and Forbidden where only invited people may sign up.
    """
    refuse_unless_open()
    email = addresses.canonical(typed_email)
    addresses.refuse_blocked(email)
    await begin_by_code(name, email, browser=browser, by=by)


async def send_again(proof: Proof, *, browser: bytes, by: Actor) -> None:
    """A new code for the sign-up that waits in this browser, also where it began with an invitation. Raises Limited."""
    await begin_by_code(proof.name or "", proof.email, browser=browser, by=by)
    newer = await mailbox.waiting(Purpose.SIGN_UP, browser=browser)
    if newer is not None and newer.id != proof.id:
        for renew in RENEWALS:
            await renew(proof, newer)


async def begin_by_code(name: str, email: str, *, browser: bytes, by: Actor) -> None:
    """As `start`, for a canonical address that may sign up whatever SIGNUP says: it was invited. Raises Limited."""
    if not await mailbox.may_mail(Purpose.SIGN_UP, email, browser=browser, ip=by.ip):
        return
    link = crypto.new_token()
    async with db.transaction():
        account = await User.begin(email, name, link.digest.hex(), LINK_MINUTES)
        unfinished = account.id if account.is_unfinished else None
        code = await mailbox.ask(Purpose.SIGN_UP, email, browser=browser, user_id=unfinished, name=name)
        if account.is_unfinished:
            await emails.send_code(email, name=name, code=code, token=link.plain, user_id=account.id)
        else:
            await emails.send_known(email, name=account.name, user_id=account.id, language=account.language)
        await record(Event.USER_SIGN_UP_STARTED, by=by, about=account.id, known=not account.is_unfinished)


async def begin_by_link(email: str, *, browser: bytes, by: Actor) -> Proof | None:
    """Goes on in this browser as one that came by a link mailed to the address: the mailbox is proven, no mail is sent.

    Nothing of an account that was begun before counts: what others may have typed for it ends. None if the address
    has an account.
    """
    async with db.transaction():
        account = await User.begin(email, "", crypto.new_token().digest.hex(), LINK_MINUTES)
        if not account.is_unfinished:
            return None
        await User.drop_links(account.id)
        await mailbox.prove_by_link(Purpose.SIGN_UP, email, browser=browser, user_id=account.id, name=None)
        await record(Event.USER_SIGN_UP_STARTED, by=by, about=account.id, known=False)
    return await mailbox.proven(Purpose.SIGN_UP, browser=browser)


async def confirm_by_code(code: str, *, browser: bytes, by: Actor) -> None:
    """Proves the mailbox in the browser that asked. Raises Rejected("code") and Limited."""
    proof = await mailbox.prove_by_code(Purpose.SIGN_UP, code, browser=browser, ip=by.ip)
    if proof.user_id:
        await User.drop_links(proof.user_id)


async def linked_email(token: str, *, by: Actor) -> str:
    """The address a link is for; looking consumes nothing, since mail scanners look too. Raises DeadLink, Limited."""
    async with mailbox.counting_dead_links(by.ip):
        account = await User.by_verification_token(crypto.digest(token).hex())
        if account is None:
            raise DeadLink(AGAIN)
    return account.email


async def confirm_by_link(token: str, *, browser: bytes, by: Actor) -> None:
    """Proves the mailbox in whatever browser the link was opened. Raises DeadLink, Limited."""
    async with mailbox.counting_dead_links(by.ip), db.transaction():
        account = await User.take_verification_token(crypto.digest(token).hex())
        if account is None:
            raise DeadLink(AGAIN)
        await mailbox.prove_by_link(
            Purpose.SIGN_UP, account.email, browser=browser, user_id=account.id, name=account.name
        )


async def finish(proof: Proof, *, name: str, password: str, device: str | None, by: Actor) -> Started:
    """Gives the account its first credential and signs the person in.

    Raises Rejected at `password`, and DeadLink if the account was finished elsewhere meanwhile.
    """
    chosen = passwords.check(password, field="password", about=(name, proof.email.partition("@")[0]))
    hashed = await crypto.hash_password(chosen)
    async with db.transaction():
        user_id, actor = await _open_account(proof, name, hashed, by=by)
        await record(Event.USER_SIGNED_UP, by=actor, with_="password")
        return await sessions.start(user_id, by=actor, methods=("password",), device=device, first=True)


async def finish_with_passkey(proof: Proof, made: Made, *, name: str, device: str | None, by: Actor) -> Started:
    """As `finish`, with a passkey that was verified for this proof: there is no password at all."""
    async with db.transaction():
        user_id, actor = await _open_account(proof, name, None, by=by)
        _key, called = await passkeys.keep(user_id, made, by=actor)
        await record(Event.USER_SIGNED_UP, by=actor, with_="passkey", passkey=called)
        return await sessions.start(user_id, by=actor, methods=("passkey",), device=device, first=True)


async def _open_account(proof: Proof, name: str, hashed: str | None, *, by: Actor) -> tuple[UUID, Actor]:
    """Uses the proof up and opens its account; gives the new person, as actor too."""
    finished = await mailbox.use(proof) and proof.user_id and await User.finish(proof.user_id, name, hashed)
    if not finished or proof.user_id is None:
        raise DeadLink(AGAIN)
    actor = by.as_person(proof.user_id, name)
    await accept_terms(proof.user_id, by=actor)
    for welcome in WELCOMES:
        await welcome(proof, actor)
    return proof.user_id, actor


async def accept_terms(user_id: UUID, *, by: Actor) -> None:
    """Writes down what the form of the last step asked for; where there are no terms, nothing."""
    version = settings().terms_version
    if version:
        await TermsAcceptance.note(user_id, version, by.ip)
        await record(Event.TERMS_ACCEPTED, by=by, version=version)


def refuse_unless_open() -> None:
    """Raises Forbidden where SIGNUP admits invited people only."""
    if settings().signup != "open":
        raise Forbidden(_("an invitation"))
