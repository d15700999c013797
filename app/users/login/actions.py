"""Signing in. A refusal counts and is remembered; a page learns only that it was one."""

from app import crypto, db, ratelimit
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.errors import Rejected
from app.i18n import _
from app.users import addresses, limits, mailbox, passwords
from app.users.login import emails
from app.users.login.steps import HalfWay, come_in, note_refusal
from app.users.mailbox import Purpose
from app.users.sessions.actions import Started
from app.users.sessions.tables import KnownDevice
from app.users.tables import Attempt, User


async def sign_in(typed_email: str, password: str, *, device: str | None, by: Actor) -> Started | HalfWay:
    """A session, or half of one, for the right password of a usable account; any other case is the same refusal.

    The try is counted before the password is looked at, so that parallel tries cannot outrun the limit. A known
    device has a count of its own: strangers who lock the account do not lock its owner out (decisions 30). A server
    too busy to look counts nothing. Raises Rejected, Limited, Busy.
    """
    with crypto.room():
        return await _sign_in(_canonical_or_as_typed(typed_email), password, device=device, by=by)


async def ask_for_code(typed_email: str, *, browser: bytes, by: Actor) -> None:
    """Mails a sign-in code if the address has a usable account. Raises Rejected("email") and Limited."""
    email = addresses.canonical(typed_email)
    if not await mailbox.may_mail(Purpose.SIGN_IN, email, browser=browser, ip=by.ip):
        return
    account = await User.by_email(email)
    usable = account if account and account.is_usable else None
    async with db.transaction():
        code = await mailbox.ask(Purpose.SIGN_IN, email, browser=browser, user_id=usable.id if usable else None)
        await emails.send_code(email, usable, code=code)
        await record(Event.MAILED_CODE_REQUESTED, by=by, about=account.id if account else None)


async def sign_in_by_code(code: str, *, browser: bytes, device: str | None, by: Actor) -> Started | HalfWay:
    """A session, or half of one, for the code mailed to this browser. Raises Rejected("code") and Limited."""
    proof = await mailbox.prove_by_code(Purpose.SIGN_IN, code, browser=browser, ip=by.ip)
    async with db.transaction():
        account = await User.by_id(proof.user_id) if proof.user_id and await mailbox.use(proof) else None
        if account is None or not account.is_usable:
            raise Rejected("code", _("This code no longer works. Ask for a new one below."))
        return await come_in(account, "mail", device=device, by=by)


async def count_attempt(email: str, device: str | None) -> Attempt | None:
    """Counts a try at the person's password before it is looked at: apart from strangers' on a known device."""
    if device:
        known = await KnownDevice.count_attempt(email, crypto.digest(device))
        if known is not None:
            return known
    return await User.count_attempt(email)


async def _sign_in(email: str, password: str, *, device: str | None, by: Actor) -> Started | HalfWay:
    network = ratelimit.network(by.ip)
    await ratelimit.take(limits.SIGN_IN_NETWORK, network)
    await ratelimit.take(limits.SIGN_IN_ADDRESS, f"{email} {network}")
    attempt = await count_attempt(email, device)
    stored = attempt.stored if attempt else None
    right = await crypto.verify_password(stored, passwords.normal(password))
    if attempt is None or not right or not attempt.is_usable:
        await _remember_refusal(email, attempt, by=by)
        raise Rejected(None, _("That email address and password do not go together. Check both, then try again."))
    await ratelimit.give_back(limits.SIGN_IN_NETWORK, network)
    await ratelimit.give_back(limits.SIGN_IN_ADDRESS, f"{email} {network}")
    rehashed = await crypto.hash_password(passwords.normal(password)) if crypto.needs_rehash(stored or "") else None
    async with db.transaction():
        if rehashed:
            await User.rehash(attempt.id, rehashed)
        return await come_in(attempt, "password", device=device, by=by, lifts_lock=not attempt.on_known_device)


def _canonical_or_as_typed(typed: str) -> str:
    """What cannot be an address is looked for like any other and not found, in the same time."""
    try:
        return addresses.canonical(typed)
    except Rejected:
        return typed.strip().lower()


async def _remember_refusal(email: str, attempt: Attempt | None, *, by: Actor) -> None:
    """Writes the refused try down; committed before the refusal is raised (decisions 6)."""
    async with db.transaction():
        reason = _reason(attempt)
        await note_refusal(attempt.id if attempt else None, reason, by=by)
        if attempt is None:
            await record(Event.USER_SIGN_IN_FAILED, by=by, reason=reason, address=_hashed(email))
            return
        await record(Event.USER_SIGN_IN_FAILED, by=by, about=attempt.id, reason=reason)
        if attempt.locked_now:
            await record(Event.USER_LOCKED, by=by, about=attempt.id, until=attempt.locked_until)
            await emails.send_locked(attempt, by=by)


def _reason(attempt: Attempt | None) -> str:
    if attempt is None:
        return "unknown_address"
    if not attempt.allowed:
        return "locked"
    return "wrong_password" if attempt.is_usable else "not_usable"


def _hashed(email: str) -> str:
    """Unknown addresses are mostly typing errors of real people: kept as a MAC only."""
    return crypto.mac("unknown address", email.encode()).hex()[:32]
