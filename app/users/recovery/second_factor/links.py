"""The two mailed acts of a recovery: stopping it, and finishing it once its wait is over."""

from typing import Any
from uuid import UUID

from app import clientinfo
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.errors import DeadLink
from app.users import revocation
from app.users.factors import tables as factors
from app.users.links.acts import Act, register
from app.users.proofs.tables import OpenLink
from app.users.recovery.review.tables import RecoveryReview
from app.users.recovery.second_factor.emails import FINISH, VETO
from app.users.recovery.second_factor.tables import TwoFactorRecovery
from app.users.revocation import Cause
from app.users.tables import Account

AGAIN = "/recover/second-factor"


async def look(link: OpenLink, _account: Account) -> dict[str, Any]:
    """What the recovery is about. Raises DeadLink for one that has ended."""
    running = await TwoFactorRecovery.by_id(_recovery(link))
    if running is None:
        raise DeadLink(AGAIN)
    device, place = clientinfo.device(running.agent), clientinfo.place_words(running.place)
    return {"running": running, "device": device, "place": place}


async def veto(link: OpenLink, account: Account, browser: bytes, by: Actor) -> dict[str, Any]:  # noqa: ARG001 - as every act
    """Stops the recovery; nothing of the account changes. Raises DeadLink for one that has ended."""
    if not await TwoFactorRecovery.veto(_recovery(link)):
        raise DeadLink(AGAIN)
    await record(Event.FACTOR_RECOVERY_VETOED, by=by, about=account.id, reason="vetoed")
    return {}


async def finish(link: OpenLink, account: Account, browser: bytes, by: Actor) -> dict[str, Any]:  # noqa: ARG001 - as every act
    """Removes authenticator app, backup codes and two-step sign-in, and ends all that was open; gives no session.

    Passkeys stay. Raises DeadLink unless the wait is over and nobody stopped it.
    """
    if not await TwoFactorRecovery.complete(_recovery(link)):
        raise DeadLink(AGAIN)
    removed = await factors.drop_second_steps(account.id)
    ended = await revocation.revoke(account.id, Cause.FACTOR_RECOVERED)
    await RecoveryReview.open(account.id, "factor_recovered")
    await record(
        Event.FACTOR_RECOVERY_COMPLETED,
        by=by,
        about=account.id,
        totp=removed.totp,
        backup_codes=removed.backup_codes,
        sessions_ended=ended,
    )
    return {"ended": ended}


def _recovery(link: OpenLink) -> UUID:
    return UUID(link.parameters["recovery"])


register(VETO, Act("links/veto.html", "links/vetoed.html", look, veto))
register(FINISH, Act("links/second_step.html", "links/second_step_removed.html", look, finish))
