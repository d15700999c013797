"""The two mailed acts of an offer: accepting it and declining it."""

from typing import Any
from uuid import UUID

from app import tenancy
from app.actor import Actor
from app.errors import DeadLink
from app.members.ownership import actions
from app.members.ownership.emails import ACCEPT, DECLINE
from app.members.ownership.tables import Offer
from app.users.links.acts import Act, register
from app.users.proofs.tables import OpenLink
from app.users.tables import Account


async def look(link: OpenLink, account: Account) -> dict[str, Any]:
    """What is offered. Raises DeadLink for an offer that has ended."""
    with tenancy.scope(UUID(link.parameters["tenant"])):
        offer = await Offer.to(UUID(link.parameters["offer"]), account.id)
    if offer is None:
        raise DeadLink(actions.AGAIN)
    return {"offer": offer}


async def accept(link: OpenLink, account: Account, _browser: bytes, by: Actor) -> dict[str, Any]:
    with tenancy.scope(UUID(link.parameters["tenant"])):
        offer = await actions.accept(UUID(link.parameters["offer"]), account.id, by=by)
    return {"team": offer.team, "slug": offer.slug, "giver": offer.giver, "stepping_down": offer.stepping_down}


async def decline(link: OpenLink, account: Account, _browser: bytes, by: Actor) -> dict[str, Any]:
    with tenancy.scope(UUID(link.parameters["tenant"])):
        offer = await actions.decline(UUID(link.parameters["offer"]), account.id, by=by)
    return {"team": offer.team, "giver": offer.giver}


register(ACCEPT, Act("links/ownership.html", "links/ownership_accepted.html", look, accept))
register(DECLINE, Act("links/ownership_decline.html", "links/ownership_declined.html", look, decline))
