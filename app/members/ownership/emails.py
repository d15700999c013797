"""What people hear of the ownership of a team, by mail and at the bell."""

from uuid import UUID

from app import crypto, tenancy
from app.config import settings
from app.i18n import _, use_language
from app.mail.outbox import send
from app.members.ownership.tables import DAYS, Offer, Owner
from app.notifications.tables import Notification
from app.tenants.standing.tables import Standing
from app.users.proofs.tables import MailedLink

ACCEPT = "ownership"
DECLINE = "decline_ownership"


async def tell_owners(message: str, *, but: UUID | None = None, **words: str) -> None:
    """One line at the bell of every owner, in their language; `message` is marked for translation where it stands."""
    for owner in await Owner.all():
        if owner.user_id != but:
            with use_language(owner.language):
                await Notification.add(owner.user_id, _(message, **words))


async def tell_one(user_id: UUID, language: str, message: str, **words: str) -> None:
    with use_language(language):
        await Notification.add(user_id, _(message, **words))


async def send_offer(offer: Offer, taker: Standing) -> None:
    """The mail with one link that accepts and one that declines."""
    await send(
        "ownership/offer",
        taker.email,
        user_id=taker.user_id,
        language=taker.language,
        secret={"link": await _link(offer, ACCEPT), "decline": await _link(offer, DECLINE)},
        expires_at=offer.expires_at,
        name=taker.name,
        team=offer.team,
        giver=offer.giver,
        stepping_down=offer.stepping_down,
        ready=offer.expires_at.isoformat(timespec="minutes"),
    )


async def send_taken(offer: Offer, taker: Standing) -> None:
    """To the new owner; the one who offered it gets a notice of its own."""
    await send(
        "ownership/taken",
        taker.email,
        user_id=taker.user_id,
        language=taker.language,
        name=taker.name,
        team=offer.team,
        slug=offer.slug,
        giver=offer.giver,
        stepping_down=offer.stepping_down,
    )


async def _link(offer: Offer, act: str) -> str:
    token = crypto.new_token()
    parameters = {"tenant": str(tenancy.current()), "offer": str(offer.id)}
    await MailedLink.make(offer.taker_id, act, token.digest, DAYS * 1440, parameters)
    return f"{settings().base_url}/links/{token.plain}"
