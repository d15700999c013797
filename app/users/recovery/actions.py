"""A forgotten password, a locked account: the mailbox is the way back in, and it opens nothing by itself."""

from uuid import UUID

from app import crypto, db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.errors import DeadLink
from app.users import addresses, mailbox, passwords, revocation
from app.users.mailbox import Purpose
from app.users.proofs.tables import MailedLink, Proof
from app.users.recovery import emails
from app.users.recovery.review.tables import RecoveryReview
from app.users.revocation import Cause
from app.users.tables import Account, User

LINK_MINUTES = 60
AGAIN = "/recover"
UNLOCK = "unlock"


async def start(typed_email: str, *, browser: bytes, by: Actor) -> None:
    """Mails a link and a code if the address has a usable account. Raises Rejected("email") and Limited."""
    email = addresses.canonical(typed_email)
    if not await mailbox.may_mail(Purpose.RECOVERY, email, browser=browser, ip=by.ip):
        return
    account = await User.by_email(email)
    async with db.transaction():
        await _mail_secrets(email, account if account and account.is_usable else None, browser=browser)
        await record(Event.RECOVERY_REQUESTED, by=by, about=account.id if account else None)


async def begin(account: Account, *, browser: bytes) -> None:
    """Mails link and code to whoever has just closed their account to everybody, in the transaction of that.

    Asks no limit: each link "This was not me" leads here once.
    """
    await _mail_secrets(account.email, account, browser=browser)


async def confirm_by_code(code: str, *, browser: bytes, by: Actor) -> None:
    """Proves the mailbox in the browser that asked. Raises Rejected("code") and Limited."""
    proof = await mailbox.prove_by_code(Purpose.RECOVERY, code, browser=browser, ip=by.ip)
    if proof.user_id:
        await User.drop_links(proof.user_id)


async def linked_email(token: str, *, by: Actor) -> str:
    """The address a reset link is for; looking consumes nothing. Raises DeadLink, Limited."""
    async with mailbox.counting_dead_links(by.ip):
        account = await User.by_reset_token(crypto.digest(token).hex())
        if account is None:
            raise DeadLink(AGAIN)
    return account.email


async def confirm_by_link(token: str, *, browser: bytes, by: Actor) -> None:
    """Proves the mailbox in whatever browser the link was opened. Raises DeadLink, Limited."""
    async with mailbox.counting_dead_links(by.ip), db.transaction():
        account = await User.take_reset_token(crypto.digest(token).hex())
        if account is None:
            raise DeadLink(AGAIN)
        await mailbox.prove_by_link(
            Purpose.RECOVERY, account.email, browser=browser, user_id=account.id, name=account.name
        )


async def reset(proof: Proof, new_password: str, *, by: Actor) -> None:
    """Sets the password and ends all that was open under the old one; gives no session (ASVS 6.4.3).

    The second factor stays, the lockout is lifted, and the mailbox is told.
    Raises Rejected at `new_password`, and DeadLink if the proof was used meanwhile or the account cannot be used.
    """
    account = await User.by_id(proof.user_id) if proof.user_id else None
    if account is None or not account.is_usable:
        raise DeadLink(AGAIN)
    about = (account.name or "", account.email.partition("@")[0])
    chosen = passwords.check(new_password, field="new_password", about=about)
    hashed = await crypto.hash_password(chosen)
    async with db.transaction():
        if not await mailbox.use(proof):
            raise DeadLink(AGAIN)
        await User.reset_password(account.id, hashed)
        ended = await revocation.revoke(account.id, Cause.PASSWORD_RESET)
        await RecoveryReview.open(account.id, "password_reset")
        actor = by.as_person(account.id, account.name)
        await record(Event.PASSWORD_RESET, by=actor, sessions_ended=ended)
        await emails.send_done(account, by=by)


async def locked_account(token: str, *, by: Actor) -> Account:
    """The account an unlock link is for; looking consumes nothing. Raises DeadLink, Limited."""
    async with mailbox.counting_dead_links(by.ip):
        return await _usable(await MailedLink.look(crypto.digest(token), UNLOCK))


async def unlock(token: str, *, by: Actor) -> None:
    """Lifts the lockout, once. Raises DeadLink, Limited."""
    async with mailbox.counting_dead_links(by.ip), db.transaction():
        account = await _usable(await MailedLink.take(crypto.digest(token), UNLOCK))
        await User.lift_lock(account.id)
        await RecoveryReview.open(account.id, "unlocked")
        await record(Event.USER_UNLOCKED, by=by.as_person(account.id, account.name))
        await emails.send_unlocked(account, by=by)


async def _mail_secrets(email: str, account: Account | None, *, browser: bytes) -> None:
    """A code for this browser and a link for any; without an account the same work, and nothing is sent."""
    user_id = account.id if account else None
    link = crypto.new_token()
    code = await mailbox.ask(Purpose.RECOVERY, email, browser=browser, user_id=user_id)
    await User.set_reset_token(user_id, link.digest.hex(), LINK_MINUTES)
    await emails.send_link(email, account, token=link.plain, code=code)


async def _usable(user_id: UUID | None) -> Account:
    account = await User.by_id(user_id) if user_id else None
    if account is None or not account.is_usable:
        raise DeadLink(AGAIN)
    return account
