"""Signing in with Google, signing up with it, linking and unlinking.

A Google account is known by its subject. An address alone never opens an account that is there already: whoever comes
with a known one signs in here first, and then says yes to the link.
"""

from enum import Enum
from typing import Literal, NamedTuple
from uuid import UUID

from app import crypto, db, ratelimit
from app.actor import Actor, Sudo
from app.audit.events import Event
from app.audit.log import record
from app.config import settings
from app.errors import DeadLink, NotFound, Rejected
from app.i18n import _
from app.users import addresses, limits, mailbox
from app.users.google import provider
from app.users.google.provider import Answer, Unreachable
from app.users.google.tables import Begun, GoogleLink, GoogleOffer, GoogleSignIn, Offer
from app.users.google.tokens import Claims, Expected, Untrusted
from app.users.login.steps import HalfWay, come_in, note_refusal
from app.users.mailbox import Purpose
from app.users.proofs.tables import Proof
from app.users.revocation import Cause, revoke
from app.users.sessions import actions as sessions
from app.users.sessions.actions import Started
from app.users.signup import actions as signup
from app.users.tables import User

LINKING = "/account/security/google"
AGAIN = "/login/google"
FINISH = f"{AGAIN}/finish"
ADDRESS = f"{AGAIN}/address"


class Step(Enum):
    """Where coming back from Google leads, when it is not simply in."""

    STALE = "stale"
    CANCELLED = "cancelled"
    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    NOT_USABLE = "not usable"
    NO_ADDRESS = "no address"
    BLOCKED = "blocked"
    CLOSED = "closed"
    KNOWN = "known"
    NEW = "new"
    PROVE = "prove"
    OFFERED = "offered"
    LINKED_ALREADY = "linked already"
    SOMEBODY_ELSES = "somebody else's"


class Back(NamedTuple):
    """What came of it. `next` is where the person wanted to go, `linking` whether they began on their own page."""

    result: Started | HalfWay | Step
    next: str = "/"
    linking: bool = False


class Departure(NamedTuple):
    """Where to send the browser; it leads to `origin`, which is not ours."""

    address: str
    origin: str


async def depart(purpose: Literal["sign_in", "link"], *, next_: str, browser: bytes, by: Actor) -> Departure:
    """Begins the way to Google. Raises Limited, Unreachable, and NeedsSudo for a link that is not just proven."""
    if purpose == "link":
        by.require(Sudo.STRONGEST)
    await ratelimit.take(limits.GOOGLE_NETWORK, ratelimit.network(by.ip))
    state, nonce, verifier = crypto.new_token(), crypto.new_token(), crypto.new_token()
    google = provider.current()
    challenge = crypto.url_safe(verifier.digest)  # S256, RFC 7636 section 4.2
    address = await google.address(state=state.plain, nonce=nonce.plain, challenge=challenge)
    user_id = by.user_id if purpose == "link" else None
    await GoogleSignIn.begin(state.digest, browser, Begun(purpose, user_id, nonce.digest, verifier.plain, next_))
    return Departure(address, google.origin)


async def come_back(answer: Answer, *, browser: bytes, device: str | None, by: Actor) -> Back:
    """Takes what the browser brought from Google, once, and only what this browser was sent for."""
    begun = await GoogleSignIn.take(crypto.digest(answer.state), browser) if answer.state else None
    if begun is None or (begun.purpose == "link" and begun.user_id != by.user_id):
        return Back(Step.CANCELLED if answer.error == "access_denied" else Step.STALE)
    linking = begun.purpose == "link"
    if answer.error or not answer.code:
        return Back(Step.CANCELLED if answer.error == "access_denied" else Step.UNREACHABLE, begun.next, linking)
    google = provider.current()
    expected = Expected(google.issuer, google.client_id, begun.nonce_hash, await db.now())
    try:
        claims = await google.claims(answer, verifier=begun.verifier, expected=expected)
    except Unreachable:
        return Back(Step.UNREACHABLE, begun.next, linking)
    except Untrusted as no:
        await record(Event.GOOGLE_REFUSED, by=by, reason=str(no))
        return Back(Step.UNTRUSTED, begun.next, linking)
    if linking:
        return Back(await _offer_to_oneself(claims, begun, browser=browser, by=by), begun.next, linking)
    return Back(await _enter(claims, begun.next, browser=browser, device=device, by=by), begun.next)


async def sign_up(offer_id: UUID, *, name: str, browser: bytes, device: str | None, by: Actor) -> Started:
    """Makes the account of the offer and signs the person in. Raises Forbidden, and DeadLink if it is too late."""
    signup.refuse_unless_open()
    async with db.transaction():
        taken = await GoogleOffer.take(offer_id, browser, "sign_up")
        if taken is None or not await _use_proof(taken, browser):
            raise DeadLink(AGAIN)
        account = await GoogleLink.found(taken.email, name, taken.subject)
        if account is None:
            raise DeadLink(AGAIN)
        # An account that others had begun with this address: nothing of it outlives the first proof.
        await revoke(account.id, Cause.PASSWORD_RESET)
        actor = by.as_person(account.id, name)
        await signup.accept_terms(account.id, by=actor)
        await record(Event.USER_SIGNED_UP, by=actor, with_="google")
        return await sessions.start(account.id, by=actor, methods=("google",), device=device, first=True)


async def link(offer_id: UUID, *, browser: bytes, elsewhere_too: bool, by: Actor) -> Offer:
    """Links the Google account that was shown to the person who said yes; `elsewhere_too` ends their other sessions.

    Raises NeedsSudo, DeadLink, and Rejected for a Google account that opens somebody else's.
    """
    by.require(Sudo.STRONGEST)
    async with db.transaction():
        offer = await GoogleOffer.take(offer_id, browser, "link", by.user_id)
        if offer is None or by.user_id is None:
            raise DeadLink(LINKING)
        if not await GoogleLink.make(by.user_id, offer.subject, offer.email):
            raise Rejected(None, somebody_elses())
        await revoke(by.user_id, Cause.FACTOR_CHANGED, keep=by.session_id, sessions=elsewhere_too)
        await record(Event.GOOGLE_LINKED, by=by, undo={"google": offer.subject}, google=offer.email)
        return offer


async def unlink(*, elsewhere_too: bool, by: Actor) -> None:
    """Unlinks the person's Google account. Raises NeedsSudo, and Rejected where it is the last way in."""
    by.require(Sudo.STRONGEST)
    if by.user_id is None:
        raise NotFound
    async with db.transaction():
        gone = await GoogleLink.undo(by.user_id)
        if gone is None:
            raise Rejected(None, _("Google is your only way in. Set a password or add a passkey first."))
        await revoke(by.user_id, Cause.FACTOR_CHANGED, keep=by.session_id, sessions=elsewhere_too)
        undo = {"google": gone.subject} | ({"address": gone.email} if gone.email else {})
        await record(Event.GOOGLE_UNLINKED, by=by, undo=undo, google=gone.email)


async def sign_up_waits(browser: bytes, email: str) -> bool:
    """Whether this browser came from Google with this address, so that Google can be its way in."""
    if not settings().google_client_id:
        return False
    offer = await GoogleOffer.waiting(browser, "sign_up")
    return offer is not None and offer.email == email


async def may_finish(offer: Offer, browser: bytes) -> bool:
    """Whether the mailbox of the offer needs no proof, or has it."""
    return offer.vouched or await _proof(offer, browser) is not None


def somebody_elses() -> str:
    """Says nothing of who that is."""
    return _("This Google account is linked to another account here. Choose another one, or unlink it there first.")


async def _enter(
    claims: Claims, next_: str, *, browser: bytes, device: str | None, by: Actor
) -> Started | HalfWay | Step:
    owner = await GoogleLink.owner(claims.subject)
    if owner is None:
        return await _offer_to_stranger(claims, next_, browser=browser, by=by)
    if not owner.is_usable:
        async with db.transaction():
            await note_refusal(owner.id, "not_usable", by=by)
            await record(Event.GOOGLE_REFUSED, by=by, about=owner.id, reason="not_usable")
        return Step.NOT_USABLE
    async with db.transaction():
        await GoogleLink.note_use(owner.id, claims.email)
        # Being known to Google says nothing about who is guessing the password: a lock of that stays.
        return await come_in(owner, "google", device=device, by=by, lifts_lock=False)


async def _offer_to_stranger(claims: Claims, next_: str, *, browser: bytes, by: Actor) -> Step:
    """The account is found by its address only where Google vouches for that; else nothing is told of it."""
    try:
        email = addresses.canonical(claims.email)
    except Rejected:
        return Step.NO_ADDRESS
    known = await User.by_email(email) if claims.vouched else None
    if known is not None and not known.is_unfinished:
        await _offer("link", known.id, claims, email, next_, browser)
        return Step.KNOWN
    if settings().signup != "open":
        return Step.CLOSED
    try:
        addresses.refuse_blocked(email)
    except Rejected:
        return Step.BLOCKED
    if known is not None and known.status != "active":
        await record(Event.GOOGLE_REFUSED, by=by, about=known.id, reason="not_usable")
        return Step.NOT_USABLE
    await _offer("sign_up", None, claims, email, next_, browser)
    return Step.NEW if claims.vouched else Step.PROVE


async def _offer_to_oneself(claims: Claims, begun: Begun, *, browser: bytes, by: Actor) -> Step:
    owner = await GoogleLink.owner(claims.subject)
    if owner is not None and owner.id == by.user_id:
        return Step.LINKED_ALREADY
    if owner is not None:
        await record(Event.GOOGLE_REFUSED, by=by, reason="linked to another account")
        return Step.SOMEBODY_ELSES
    if not claims.email:
        return Step.NO_ADDRESS
    await _offer("link", by.user_id, claims, claims.email, begun.next, browser)
    return Step.OFFERED


async def _offer(
    purpose: Literal["link", "sign_up"],
    user_id: UUID | None,
    claims: Claims,
    email: str,
    next_: str,
    browser: bytes,
) -> None:
    await GoogleOffer.make(
        browser,
        purpose,
        user_id,
        subject=claims.subject,
        email=email,
        name=claims.name,
        vouched=claims.vouched,
        next_=next_,
    )


async def _proof(offer: Offer, browser: bytes) -> Proof | None:
    proof = await mailbox.proven(Purpose.SIGN_UP, browser=browser)
    return proof if proof and proof.email == offer.email else None


async def _use_proof(offer: Offer, browser: bytes) -> bool:
    """Google vouches for the mailbox, or it was proven here: that proof is used up."""
    if offer.vouched:
        return True
    proof = await _proof(offer, browser)
    return proof is not None and await mailbox.use(proof)
