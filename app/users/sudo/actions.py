"""Proving again who one is. Wrong tries count as they do at sign-in; the right one gives the session a new secret."""

from app import crypto, db, ratelimit
from app.actor import Actor, Sudo
from app.audit.events import Event
from app.audit.log import record
from app.errors import NeedsSignIn, Rejected
from app.i18n import _
from app.users import limits, mailbox, passwords
from app.users.login.actions import count_attempt
from app.users.login.emails import send_locked
from app.users.mailbox import Purpose
from app.users.proofs.tables import Proof
from app.users.second_factor import actions as second_factor
from app.users.sessions import actions as sessions
from app.users.sessions.tables import KnownDevice
from app.users.sudo import emails
from app.users.sudo.ways import Way, ways
from app.users.tables import Account, Attempt, User


async def prove_by_password(password: str, *, token_hash: bytes, device: str | None, by: Actor) -> str:
    """The session's new secret for the right password. Raises Rejected("password"), Limited, Busy and NeedsSignIn.

    Tries are counted as those to sign in, before the password is looked at; a locked account is refused the same way.
    """
    with crypto.room():
        account = await _account(by)
        attempt = await _count(account, device, by=by)
        right = await crypto.verify_password(attempt.stored if attempt else None, passwords.normal(password))
        if attempt is None or not right:
            await _refused(Way.PASSWORD, attempt, by=by)
            raise Rejected("password", _("That is not your password. Check it, then try again."))
    await _forgive(account, attempt, device, by=by)
    return await _proven(Way.PASSWORD, token_hash, by=by)


async def prove_by_code(code: str, *, token_hash: bytes, by: Actor) -> str:
    """The session's new secret for a code of the authenticator app, or a backup code. Raises Rejected("code")."""
    account = await _account(by)
    return await _proven(Way(await second_factor.check_code(account.id, code, by=by)), token_hash, by=by)


async def ask_for_code(factors: frozenset[str], *, by: Actor) -> None:
    """Mails a code to somebody who has nothing else. Raises Rejected for others, and Limited."""
    if Way.MAIL not in ways(factors, Sudo.STRONGEST):
        raise Rejected(None, _("A mailed code is for people with nothing else. Use a way that stands on this page."))
    account, here = await _account(by), _session(by)
    if not await mailbox.may_mail(Purpose.SUDO, account.email, browser=here, ip=by.ip):
        return
    async with db.transaction():
        code = await mailbox.ask(Purpose.SUDO, account.email, browser=here, user_id=account.id)
        await emails.send_code(account, code=code)
        await record(Event.MAILED_CODE_REQUESTED, by=by)


async def prove_by_mail(code: str, *, token_hash: bytes, by: Actor) -> str:
    """The session's new secret for the code that was mailed for it. Raises Rejected("code"), Limited, NeedsSignIn."""
    account = await _account(by)
    proof = await mailbox.prove_by_code(Purpose.SUDO, code, browser=_session(by), ip=by.ip)
    async with db.transaction():
        if proof.user_id != account.id or not await mailbox.use(proof):
            raise Rejected("code", _("This code no longer works. Ask for a new one below."))
        return await _proven(Way.MAIL, token_hash, by=by)


async def waiting(*, by: Actor) -> Proof | None:
    """The mailed code that this session waits for."""
    return await mailbox.waiting(Purpose.SUDO, browser=_session(by))


async def _account(by: Actor) -> Account:
    account = await User.by_id(by.user_id) if by.user_id else None
    if account is None or not account.is_usable:
        raise NeedsSignIn
    return account


def _session(by: Actor) -> bytes:
    """What a mailed code is bound to: this session, whatever its secret, and no other of the same browser."""
    return crypto.digest(f"session {by.session_id}")


async def _count(account: Account, device: str | None, *, by: Actor) -> Attempt | None:
    network = ratelimit.network(by.ip)
    await ratelimit.take(limits.SIGN_IN_NETWORK, network)
    await ratelimit.take(limits.SIGN_IN_ADDRESS, f"{account.email} {network}")
    return await count_attempt(account.email, device)


async def _forgive(account: Account, attempt: Attempt, device: str | None, *, by: Actor) -> None:
    """The right password starts the counts again that it was counted on."""
    network = ratelimit.network(by.ip)
    await ratelimit.give_back(limits.SIGN_IN_NETWORK, network)
    await ratelimit.give_back(limits.SIGN_IN_ADDRESS, f"{account.email} {network}")
    if attempt.on_known_device:
        await KnownDevice.forgive(account.id, crypto.digest(device or ""))
    else:
        await User.lift_lock(account.id)


async def _refused(way: Way, attempt: Attempt | None, *, by: Actor) -> None:
    """Writes the refused try down; committed before the refusal is raised (decisions 6)."""
    async with db.transaction():
        reason = "wrong" if attempt is None or attempt.allowed else "locked"
        await record(Event.SUDO_FAILED, by=by, method=way, reason=reason)
        if attempt is not None and attempt.locked_now:
            await record(Event.USER_LOCKED, by=by, until=attempt.locked_until)
            await send_locked(attempt, by=by)


async def _proven(way: Way, token_hash: bytes, *, by: Actor) -> str:
    if by.session_id is None:
        raise NeedsSignIn
    async with db.transaction():
        secret = await sessions.prove(by.session_id, token_hash, way, by=by)
    if secret is None:
        raise NeedsSignIn
    return secret
