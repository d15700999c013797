"""The way back for people who lost their second step: asked for, waited for, stopped or finished. It gives no session.

Whoever asks has done the first step, or reads the mailbox; the link at the end goes to the mailbox in any case. In
between everybody who could object hears of it each day: by mail with a link that stops it, and at the bell.
"""

from typing import Literal, NamedTuple
from uuid import UUID

from app import clientinfo, db, ratelimit
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.errors import DeadLink
from app.users import addresses, limits, mailbox
from app.users.login.tables import HalfSignIn
from app.users.mailbox import Purpose
from app.users.proofs.tables import Proof
from app.users.recovery.second_factor import emails
from app.users.recovery.second_factor.tables import Running, TwoFactorRecovery
from app.users.tables import Account, User

AGAIN = "/recover/second-factor"
WAIT_HOURS = 72
VALID_DAYS = 7
REMIND_HOURS = 24


class Asker(NamedTuple):
    """Who is known to ask, and by what: the first step of a sign-in, or the mailbox."""

    account: Account
    by: Literal["first_step", "mailbox"]
    proof: Proof | None


async def asker(*, half: bytes, browser: bytes) -> Asker | None:
    """Whose second step is asked about in this browser, if it has proven anything; consumes nothing."""
    user_id = await HalfSignIn.whose(half)
    proof = None if user_id else await mailbox.proven(Purpose.SECOND_FACTOR, browser=browser)
    found = user_id or (proof.user_id if proof else None)
    account = await User.by_id(found) if found else None
    if account is None or not account.is_usable:
        return None
    return Asker(account, "first_step" if user_id else "mailbox", proof)


async def ask_for_code(typed_email: str, *, browser: bytes, by: Actor) -> None:
    """Mails a code that proves the mailbox, if the address has a usable account. Raises Rejected("email"), Limited."""
    email = addresses.canonical(typed_email)
    if not await mailbox.may_mail(Purpose.SECOND_FACTOR, email, browser=browser, ip=by.ip):
        return
    account = await User.by_email(email)
    usable = account if account and account.is_usable else None
    async with db.transaction():
        code = await mailbox.ask(Purpose.SECOND_FACTOR, email, browser=browser, user_id=usable.id if usable else None)
        await emails.send_code(email, usable, code=code)
        await record(Event.MAILED_CODE_REQUESTED, by=by, about=account.id if account else None, for_="second_factor")


async def begin(who: Asker, *, by: Actor) -> Running:
    """Starts the wait, or gives the one that runs. Raises Limited, and DeadLink for whoever has no second step."""
    account = who.account
    if not account.two_step:
        raise DeadLink(AGAIN)
    running = await TwoFactorRecovery.running(account.id)
    if running:
        return running
    async with db.transaction():
        begun = await TwoFactorRecovery.begin(
            account.id,
            who.by,
            wait_hours=WAIT_HOURS,
            valid_days=VALID_DAYS,
            ip=by.ip,
            agent=by.agent,
            place=clientinfo.place_to_keep(by.ip),
        )
        if begun:
            # In here, so that of many presses at once one is counted; a refusal spends nothing that could be lost.
            await ratelimit.take(limits.LOST_FACTOR, str(account.id))
            actor = by.as_person(account.id, account.name)
            await record(Event.FACTOR_RECOVERY_REQUESTED, by=actor, asked_by=who.by, ready=begun.ready_at)
            await emails.tell_asked(account, begun)
    running = begun or await TwoFactorRecovery.running(account.id)
    if running is None:
        raise DeadLink(AGAIN)
    return running


async def remind_one() -> bool:
    """Tells one person whose turn it is that the wait goes on; False when nobody's is."""
    async with db.transaction():
        running = await TwoFactorRecovery.claim_reminder(REMIND_HOURS)
        account = await _account_of(running)
        if running and account:
            await emails.tell_waiting(account, running)
    return running is not None


async def mail_one_link() -> bool:
    """Mails one person whose wait is over the link that finishes it; False when nobody's is."""
    async with db.transaction():
        running = await TwoFactorRecovery.claim_link(VALID_DAYS)
        account = await _account_of(running)
        if running and account:
            await emails.tell_ready(account, running)
    return running is not None


async def _account_of(running: Running | None) -> Account | None:
    """A person who was suspended meanwhile is told nothing, and the link would not work for them."""
    account = await User.by_id(running.user_id) if running else None
    return account if account and account.is_usable else None


async def overtaken(user_id: UUID, *, by: Actor) -> None:
    """Somebody has just shown the second step that is said to be lost: the recovery is not theirs, or not needed."""
    if await TwoFactorRecovery.end(user_id, "signed_in"):
        await record(Event.FACTOR_RECOVERY_VETOED, by=by, about=user_id, reason="signed_in")
