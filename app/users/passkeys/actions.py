"""A person's passkeys: added, renamed, removed."""

from typing import Any, NamedTuple
from uuid import UUID

from app import db, ratelimit
from app.actor import Actor, Sudo
from app.audit.events import Event
from app.audit.log import record
from app.errors import NeedsSignIn, NotFound, Rejected
from app.i18n import _
from app.users import limits
from app.users.factors.tables import drop_passkey
from app.users.passkeys import aaguid, ceremony
from app.users.passkeys.ceremony import Credential, Made, Refused
from app.users.passkeys.challenges.tables import LoginChallenge, OwnChallenge
from app.users.passkeys.signing import bound_here, bound_to, digest, words
from app.users.passkeys.tables import Keyring, Passkey, UserHandle, Ways
from app.users.proofs.tables import Proof
from app.users.revocation import Cause, revoke

MOST = 20
"""Passkeys of one person."""


class Changed(NamedTuple):
    """The passkey's name, and how many other sessions the change ended."""

    name: str
    ended: int


async def options_to_add(*, email: str, by: Actor) -> dict[str, Any]:
    """What an authenticator is asked for a further passkey. Raises NeedsSudo, and Rejected where there are enough."""
    by.require(Sudo.STRONGEST)
    user_id = _person(by)
    challenge = ceremony.new_challenge()
    known = await OwnChallenge.put(user_id, bound_here("add", challenge, by=by))
    if len(known) >= MOST:
        raise Rejected(None, _("You have %(most)s passkeys. Remove one you no longer use first.", most=MOST))
    handle = await UserHandle.of(user_id, ceremony.new_handle())
    return ceremony.to_make(challenge, handle=handle, email=email, name=by.name, known=known)


async def add(credential: Credential, *, everywhere: bool, by: Actor) -> Changed:
    """Keeps a new passkey; `everywhere` signs out all other sessions. Raises NeedsSudo and Rejected."""
    by.require(Sudo.STRONGEST)
    user_id = _person(by)
    try:
        sent = ceremony.opened(credential)
        bound = bound_here("add", sent.challenge, by=by)
        made = ceremony.verify_made(sent, fresh=await OwnChallenge.take(user_id, bound, ceremony.KNOWN_MINUTES))
    except Refused as no:
        await refuse(no, "add", about=user_id, by=by)
        raise Rejected(None, words(no.reason)) from None
    async with db.transaction():
        key_id, name = await keep(user_id, made, by=by)
        ended = await revoke(user_id, Cause.FACTOR_CHANGED, keep=by.session_id, sessions=everywhere)
        await record(Event.PASSKEY_ADDED, by=by, undo={"passkey": str(key_id)}, passkey=name, ended=ended)
    return Changed(name, ended)


async def options_to_finish(proof: Proof, *, name: str, browser: bytes, by: Actor) -> dict[str, Any]:
    """What an authenticator is asked for the first passkey of an account whose mailbox was just proven here."""
    await ratelimit.take(limits.PASSKEY_NETWORK, ratelimit.network(by.ip))
    user_id = _account(proof)
    challenge = ceremony.new_challenge()
    await LoginChallenge.put(digest(challenge), bound_to(f"sign_up {user_id}", browser), ceremony.SIGN_IN_MINUTES)
    handle = await UserHandle.of(user_id, ceremony.new_handle())
    return ceremony.to_make(challenge, handle=handle, email=proof.email, name=name, known=())


async def made_to_finish(proof: Proof, credential: Credential, *, browser: bytes, by: Actor) -> Made:
    """The verified first passkey of an account, for the verb that finishes it. Raises Rejected."""
    user_id = _account(proof)
    try:
        sent = ceremony.opened(credential)
        bound = bound_to(f"sign_up {user_id}", browser)
        return ceremony.verify_made(sent, fresh=await LoginChallenge.take(digest(sent.challenge), bound))
    except Refused as no:
        await refuse(no, "sign_up", about=user_id, by=by)
        raise Rejected(None, words(no.reason)) from None


async def keep(user_id: UUID, made: Made, *, by: Actor) -> tuple[UUID, str]:
    """Stores a verified passkey under a name of its own, in the caller's transaction. Raises Rejected."""
    await Ways.locked(user_id)
    ring = await Keyring.of(user_id)
    if len(ring.keys) >= MOST:
        raise Rejected(None, _("You have %(most)s passkeys. Remove one you no longer use first.", most=MOST))
    name = aaguid.first_name(made.aaguid, made.transports, by.agent, [key.name for key in ring.keys])
    key_id = await Passkey.add(
        user_id,
        made.credential_id,
        made.public_key,
        made.sign_count,
        made.transports,
        name,
        made.aaguid,
        backup_eligible=made.backup_eligible,
        backed_up=made.backed_up,
    )
    if key_id is None:
        raise Rejected(None, _("This passkey is in use already. Make a new one on another device."))
    return key_id, name


async def rename(key_id: UUID, name: str, *, by: Actor) -> None:
    """Raises NotFound for what is not the person's own, and Rejected("name")."""
    user_id = _person(by)
    async with db.transaction():
        await Ways.locked(user_id)
        ring = await Keyring.of(user_id)
        before = _own(ring, key_id)
        if any(key.name.casefold() == name.casefold() for key in ring.keys if key.id != key_id):
            raise Rejected("name", _("Another passkey of yours has this name."))
        if name != before:
            await Passkey.rename(user_id, key_id, name)
            await record(Event.PASSKEY_RENAMED, by=by, before=before, passkey=name)


async def remove(key_id: UUID, *, everywhere: bool, by: Actor) -> Changed:
    """Removes a passkey; `everywhere` signs out all other sessions.

    The last one stays while it is the only way in beside mailed codes, or the only second step of somebody who wants
    two. Raises NeedsSudo, NotFound, Rejected.
    """
    by.require(Sudo.STRONGEST)
    user_id = _person(by)
    async with db.transaction():
        ways = await Ways.locked(user_id)
        ring = await Keyring.of(user_id)
        name = _own(ring, key_id)
        if len(ring.keys) == 1 and ways:
            problem = why_last_stays(ways)
            if problem:
                raise Rejected(None, problem)
        await drop_passkey(user_id, key_id)
        ended = await revoke(user_id, Cause.FACTOR_CHANGED, keep=by.session_id, sessions=everywhere)
        await record(Event.PASSKEY_REMOVED, by=by, passkey=name, ended=ended)
    return Changed(name, ended)


def why_last_stays(ways: Ways) -> str | None:
    """Why the last passkey of a person with these other ways may not go; None if it may."""
    if ways.two_step and not ways.totp:
        return _("This is the only second step you have. Add another passkey or an authenticator app first.")
    if not ways.password and not ways.google:
        return _("This is your only way to sign in. Add another passkey or set a password first.")
    return None


async def refuse(no: Refused, purpose: str, *, about: UUID, by: Actor) -> None:
    """Writes down that a new passkey was not taken. Raises Limited."""
    await ratelimit.take(limits.PASSKEY_REFUSALS, ratelimit.network(by.ip))
    await record(Event.PASSKEY_REFUSED, by=by, about=about, reason=no.reason, purpose=purpose)


def _own(ring: Keyring, key_id: UUID) -> str:
    name = next((key.name for key in ring.keys if key.id == key_id), None)
    if name is None:
        raise NotFound
    return name


def _account(proof: Proof) -> UUID:
    """A proof of a known address leads to no account to finish; its page is not reached either."""
    if proof.user_id is None:
        raise NotFound
    return proof.user_id


def _person(by: Actor) -> UUID:
    if by.user_id is None:
        raise NeedsSignIn
    return by.user_id
