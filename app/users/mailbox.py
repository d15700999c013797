"""Proof that a person reads a mailbox: asked for in a browser, proven by code or link, used once.

A code is bound to the browser that asked and has five tries; a link is bound to nothing and works anywhere, once.
For addresses without an account the same rows are written, with a code that nobody was sent: the answers, the
counting and the work are the same.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from uuid import UUID, uuid4

from app import crypto, ratelimit
from app.errors import DeadLink, Limited, Rejected
from app.i18n import _
from app.users import limits
from app.users.proofs.tables import MailboxProof, Proof


class Purpose(Enum):
    """What the proof is good for; one purpose's proof is worth nothing for another's."""

    SIGN_UP = "signup"
    SIGN_IN = "sign_in"
    RECOVERY = "recovery"
    SUDO = "sudo"
    SECOND_FACTOR = "second_factor"


CODE_MINUTES = 10
PROVEN_MINUTES = 60
TRIES = 5


async def may_mail(purpose: Purpose, email: str, *, browser: bytes, ip: str | None) -> bool:
    """Whether a new secret may be mailed now. False: this browser's last one is still fresh, so keep it.

    Raises Limited if another browser asked a moment ago, or too much was asked today.
    """
    await ratelimit.take(
        limits.MAIL_NETWORK, ratelimit.network(ip), _("Too many mails were asked for from your network.")
    )
    wait = await ratelimit.try_take(limits.MAIL_COOL_DOWN, f"{purpose.value} {email}")
    if wait:
        waiting = await MailboxProof.waiting(purpose.value, browser)
        if waiting is not None and waiting.email == email:
            return False
        raise Limited(wait, _("A mail to this address was asked for a moment ago. Look for it first."))
    await ratelimit.take(
        limits.MAIL_ADDRESS,
        f"{purpose.value} {email}",
        _("Several of these mails went to this address today, and no more can be sent for now."),
    )
    return True


async def wait_for_next(purpose: Purpose, email: str) -> int:
    """The seconds until another secret may be mailed to the address."""
    return await ratelimit.remaining(limits.MAIL_COOL_DOWN, f"{purpose.value} {email}")


async def ask(purpose: Purpose, email: str, *, browser: bytes, user_id: UUID | None, name: str | None = None) -> str:
    """Starts a proof in this browser, in place of an earlier one, and gives the code to mail."""
    code, proof_id = crypto.new_code(), uuid4()
    await MailboxProof.ask(
        proof_id, purpose.value, email, user_id, name, browser, _code_hash(proof_id, code), CODE_MINUTES
    )
    return code


async def prove_by_code(purpose: Purpose, code: str, *, browser: bytes, ip: str | None) -> Proof:
    """The proof, if the code is the one that was mailed. Counts the try first, so that parallel tries all count.

    Raises Rejected("code") and Limited. Call it outside a transaction.
    """
    await ratelimit.take(limits.CODE_NETWORK, ratelimit.network(ip), _("Too many codes were tried from your network."))
    proof = await MailboxProof.count_try(purpose.value, browser, TRIES)
    if proof is None:
        raise Rejected("code", _("This code no longer works. Ask for a new one below."))
    right = crypto.mac_matches("mailbox code", proof.id.bytes + code.encode(), proof.code_hash)
    if not right or proof.user_id is None or not await MailboxProof.mark_proven(proof.id):
        left = TRIES - proof.attempts
        if left:
            raise Rejected("code", _("That is not the code in the newest mail. Look again and type it once more."))
        raise Rejected("code", _("That was wrong five times, so this code is no longer valid. Ask for a new one."))
    await ratelimit.give_back(limits.CODE_NETWORK, ratelimit.network(ip))
    return proof


async def prove_by_link(purpose: Purpose, email: str, *, browser: bytes, user_id: UUID, name: str | None) -> None:
    """Notes that this browser came by the mailed link; every code that is still out for it dies."""
    await MailboxProof.end_all(user_id, purpose.value)
    proof_id = uuid4()
    never = _code_hash(proof_id, crypto.new_token().plain)
    await MailboxProof.ask(proof_id, purpose.value, email, user_id, name, browser, never, PROVEN_MINUTES)
    await MailboxProof.mark_proven(proof_id)


@asynccontextmanager
async def counting_dead_links(ip: str | None) -> AsyncIterator[None]:
    """Around whatever uses a mailed link: a dead one counts against its network, a good one costs nothing.

    Stands outside the transaction, which its refusal rolls back. Above the limit it raises Limited for DeadLink; good
    links go on working then, since whoever shares the network did nothing wrong.
    """
    try:
        yield
    except DeadLink:
        why = _("Too many links that no longer work were opened from your network.")
        await ratelimit.take(limits.LINK_NETWORK, ratelimit.network(ip), why)
        raise


async def waiting(purpose: Purpose, *, browser: bytes) -> Proof | None:
    """The proof this browser was asked for and has not given yet."""
    return await MailboxProof.waiting(purpose.value, browser)


async def proven(purpose: Purpose, *, browser: bytes) -> Proof | None:
    """The proof this browser has given and not used yet, for an hour."""
    return await MailboxProof.proven(purpose.value, browser, PROVEN_MINUTES)


async def use(proof: Proof) -> bool:
    """Takes the proof, once; in the transaction of what it is used for."""
    return await MailboxProof.use(proof.id)


def _code_hash(proof_id: UUID, code: str) -> bytes:
    return crypto.mac("mailbox code", proof_id.bytes + code.encode())
