"""“It was not me”, says the person: whoever it was is thrown out, and the way back in goes through the mailbox."""

from typing import Any

from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.audit.notices import NOTICES, Notice
from app.audit.telling import NOT_ME
from app.i18n import _
from app.users import revocation
from app.users.factors import actions as factors
from app.users.links.acts import Act, Context, register
from app.users.links.undo import undo
from app.users.proofs.tables import OpenLink
from app.users.recovery import actions as recovery
from app.users.recovery.review.tables import RecoveryReview
from app.users.recovery.second_factor.tables import TwoFactorRecovery
from app.users.revocation import Cause
from app.users.tables import Account

_BY_LABEL = {event.label: event for event in Event}
_NOTHING_KNOWN = Notice("", "")


async def look(link: OpenLink, _account: Account) -> Context:
    """What happened, when, from where, as the mail told it."""
    told: dict[str, Any] = link.parameters.get("told", {})
    event = _BY_LABEL.get(link.parameters.get("event", ""))
    notice = NOTICES.get(event, _NOTHING_KNOWN) if event else _NOTHING_KNOWN
    return {
        "title": _(notice.title),
        "text": _filled(notice.text, told),
        "when": link.made_at,
        "device": told.get("device"),
        "place": told.get("place"),
    }


async def report(link: OpenLink, account: Account, browser: bytes, by: Actor) -> Context:
    """Ends every session and what could become one, takes back what can be, and begins a recovery in this browser.

    The password stops working in any case: whoever did something in the account was signed in to it, and may know it.
    """
    ended = await revocation.revoke(account.id, Cause.NOT_ME)
    undone = await undo(link, by=by)
    password = await factors.remove_password(account.id, by=by)
    stopped = await TwoFactorRecovery.end(account.id, "not_me")
    await RecoveryReview.open(account.id, "not_me")
    await record(
        Event.NOT_ME_REPORTED,
        by=by,
        about=account.id,
        reported=link.parameters.get("event"),
        undone=[name for name, _its_name in undone],
        password_removed=password,
        sessions_ended=ended,
    )
    await recovery.begin(account, browser=browser)
    return {"ended": ended, "undone": undone, "password": password, "stopped": stopped}


def _filled(message: str, told: dict[str, Any]) -> str:
    """The sentence of the notice; a link made by another release may lack a word that it wants."""
    try:
        return _(message) % told
    except KeyError:
        return ""


register(NOT_ME, Act("links/not_me.html", "links/not_me_done.html", look, report))
