"""Showing a passkey: to sign in, at the second step, and to prove again who one is.

Which step of WebAuthn is checked where: `ceremony.py` says; the challenge (7.2 step 12), the owner (steps 5 and 6)
and the counter (step 22) are taken and compared here, by the statements of `tables.py`.
"""

import hmac
from typing import Any, NoReturn
from uuid import UUID

from app import crypto, db, ratelimit
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.errors import NeedsSignIn, Rejected
from app.i18n import _
from app.users import limits
from app.users.login.steps import HalfWay, come_in, note_refusal
from app.users.login.tables import HalfSignIn
from app.users.passkeys import ceremony
from app.users.passkeys.ceremony import Credential, Opened, Proven, Refused
from app.users.passkeys.challenges.tables import Known, LoginChallenge, OwnChallenge, Shown
from app.users.passkeys.tables import Passkey
from app.users.sessions import actions as sessions
from app.users.sessions.actions import Started

UNKNOWN = "unknown_passkey"
"""What a refusal is about when no account has the passkey: the browser may then forget it."""


async def options_to_sign_in(*, browser: bytes, by: Actor) -> dict[str, Any]:
    """What a browser asks its authenticators, whoever its person is; each call makes a challenge. Raises Limited."""
    await ratelimit.take(limits.PASSKEY_NETWORK, ratelimit.network(by.ip))
    challenge = ceremony.new_challenge()
    await LoginChallenge.put(digest(challenge), bound_to("sign_in", browser), ceremony.SIGN_IN_MINUTES)
    return ceremony.to_sign_in(challenge)


async def sign_in(
    credential: Credential, *, browser: bytes, half: bytes, second: bool, device: str | None, by: Actor
) -> Started | HalfWay:
    """A session for a passkey that is known here, its owner verified by it.

    `half` is the half-made sign-in of this browser, `second` whether the person completes that one: then the passkey
    must be theirs. A locked account opens (row 2.6), and the lock stays: the proof says nothing about who guesses.
    Raises Rejected and Limited.
    """
    key: Known | None = None
    try:
        sent = ceremony.opened(credential)
        shown = await LoginChallenge.take_and_look(digest(sent.challenge), bound_to("sign_in", browser), sent.id, half)
        key = shown.key
        known, proven = _checked(sent, shown)
        _check_owner(known, shown, second=second)
        async with db.transaction():
            await _use(known, proven)
            if shown.half_of:
                await _end_half(half, second=second)
            return await come_in(known.owner, "passkey", device=device, by=by, lifts_lock=False)
    except Refused as no:
        await _refuse(no, key, "sign_in", by=by)


async def options_to_prove(*, by: Actor) -> dict[str, Any]:
    """What the browser of a signed-in person asks: one of their own passkeys. Raises Rejected if they have none."""
    challenge = ceremony.new_challenge()
    own = await OwnChallenge.put(_person(by), bound_here("prove", challenge, by=by))
    if not own:
        raise Rejected(None, _("You have no passkey yet. Use another way to prove that it is you."))
    return ceremony.to_sign_in(challenge, own)


async def prove(credential: Credential, *, session: bytes, by: Actor) -> str:
    """The session's new secret, for one of the person's own passkeys. Raises Rejected, Limited, NeedsSignIn."""
    user_id = _person(by)
    key: Known | None = None
    try:
        sent = ceremony.opened(credential)
        bound = bound_here("prove", sent.challenge, by=by)
        shown = await OwnChallenge.take_and_look(user_id, bound, ceremony.KNOWN_MINUTES, sent.id)
        key = shown.key
        known, proven = _checked(sent, shown, by_name=user_id)
        async with db.transaction():
            await _use(known, proven)
            fresh = await sessions.prove(_session(by), session, "passkey", by=by)
    except Refused as no:
        await _refuse(no, key, "prove", by=by)
    if fresh is None:
        raise NeedsSignIn
    return fresh


def bound_to(purpose: str, browser: bytes) -> bytes:
    """What a challenge of a browser without a person hangs on."""
    return crypto.digest(f"passkey {purpose} {browser.hex()}")


def bound_here(purpose: str, challenge: bytes, *, by: Actor) -> str:
    """What `Users.currentChallenge` holds: act, session and digest of the challenge."""
    return f"{purpose} {by.session_id} {digest(challenge).hex()}"


def digest(challenge: bytes) -> bytes:
    """Under which a challenge is stored: whoever reads the database can answer none."""
    return crypto.digest(ceremony.text_of(challenge))


def words(reason: str) -> str:
    """What people are told of a refusal: what to do, and nothing that helps a forger."""
    if reason in {"challenge", "half_gone"}:
        return _("That took too long, or was sent twice. Start again.")
    if reason == "unknown":
        return _("This passkey is not known here; it may have been removed. Use another one, or another way.")
    if reason == "not_verified":
        return _("Your device did not check that it is you. Set up its PIN, fingerprint or face, then try again.")
    if reason == "counter":
        return _("This passkey was refused because it may have been copied. Use another one, or another way.")
    if reason == "other_person":
        return _("This passkey belongs to another account. Use one of the account you are signing in to.")
    return unchecked()


def unchecked() -> str:
    return _("This passkey could not be checked. Try again, or use another way.")


def _checked(sent: Opened, shown: Shown, *, by_name: UUID | None = None) -> tuple[Known, Proven]:
    """7.2 steps 5 to 22 but for the statements; `by_name` is the person who is known already. Raises Refused."""
    if not shown.fresh:
        raise Refused("challenge")
    key = shown.key
    if key is None:
        raise Refused("unknown")
    if by_name is not None and key.owner.id != by_name:
        raise Refused("other_person")
    if by_name is None and sent.user_handle is None:
        raise Refused("user_handle")
    if sent.user_handle is not None and not hmac.compare_digest(key.handle or b"", sent.user_handle):
        raise Refused("user_handle")
    return key, ceremony.verify_assertion(
        sent, public_key=key.public_key, sign_count=key.sign_count, backup_eligible=key.backup_eligible
    )


def _check_owner(key: Known, shown: Shown, *, second: bool) -> None:
    """Suspended and unverified people get nothing; at the second step the key is that person's."""
    if not key.owner.is_usable:
        raise Refused("not_usable")
    if second and shown.half_of is None:
        raise Refused("half_gone")
    if second and shown.half_of != key.owner.id:
        raise Refused("other_person")


async def _use(key: Known, proven: Proven) -> None:
    """Of two answers with the same counter one wins; the other is what a copy would have sent.

    A passkey that its owner has removed in this moment is like any that nobody has.
    """
    if not await Passkey.use(key.id, proven.sign_count, backed_up=proven.backed_up):
        raise Refused("counter" if await Passkey.is_kept(key.id) else "unknown")


async def _end_half(half: bytes, *, second: bool) -> None:
    """The half-made sign-in is over; completing one that ended meanwhile is refused."""
    if not await HalfSignIn.end(half) and second:
        raise Refused("half_gone")


async def _refuse(no: Refused, key: Known | None, purpose: str, *, by: Actor) -> NoReturn:
    """Writes the refusal down, then says it; the owner of a key that may have been copied is told by mail."""
    await ratelimit.take(limits.PASSKEY_REFUSALS, ratelimit.network(by.ip))
    owner = key.owner.id if key else by.user_id
    async with db.transaction():
        if no.reason == "counter" and key:
            undo = {"passkey": str(key.id)}
            await record(Event.PASSKEY_SUSPECTED, by=by, about=owner, undo=undo, passkey=key.name, purpose=purpose)
        else:
            await record(Event.PASSKEY_REFUSED, by=by, about=owner, reason=no.reason, purpose=purpose)
        if key and purpose == "sign_in":
            await note_refusal(key.owner.id, f"passkey_{no.reason}", by=by)
    raise Rejected(UNKNOWN if no.reason == "unknown" else None, words(no.reason))


def _person(by: Actor) -> UUID:
    if by.user_id is None:
        raise NeedsSignIn
    return by.user_id


def _session(by: Actor) -> UUID:
    if by.session_id is None:
        raise NeedsSignIn
    return by.session_id
