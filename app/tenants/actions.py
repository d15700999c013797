"""Making a team: the tenant, its roles, its first owner and its database, all or nothing."""

from app import db, ratelimit
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.config import settings
from app.errors import Forbidden, NeedsSignIn, Rejected
from app.i18n import _
from app.tenants.founding import found
from app.tenants.limits import NAMES_ASKED, TEAMS_MADE
from app.tenants.slugs import names
from app.tenants.tables import PLATFORM, BuiltInKind, Tenant, TenantUser


async def make(name: str, typed_slug: str, *, by: Actor) -> str:
    """Makes the team with the actor as its owner and gives its slug; without `typed_slug` one is made of the name.

    Raises Rejected at `slug`, Limited, and Forbidden where only operators make teams.
    """
    if by.user_id is None:
        raise NeedsSignIn
    await refuse_unless_allowed(by)
    slug = await (names.free(typed_slug) if typed_slug else names.proposed(name))
    await ratelimit.take(TEAMS_MADE, str(by.user_id), _("You have made many teams today."))
    async with db.transaction():
        tenant_id = await found(name, slug)
        if tenant_id is None or not await Tenant.join(slug, by.user_id, BuiltInKind.OWNER):
            raise names.taken()
        await record(Event.TENANT_CREATED, by=by, tenant_id=tenant_id, name=name, slug=slug)
    return slug


async def refuse_unless_allowed(by: Actor) -> None:
    """Raises Forbidden where SIGNUP leaves the making of teams to operators (row 9.6)."""
    if settings().signup == "closed" and not (by.user_id and await TenantUser.is_in(PLATFORM, by.user_id)):
        raise Forbidden(_("being an operator"))


async def verdict(name: str, typed_slug: str, *, by: Actor) -> tuple[str | None, str | None]:
    """The slug that these would give, or why they give none; nothing if nothing was typed, or asked too often."""
    if not name and not typed_slug:
        return None, None
    if await ratelimit.try_take(NAMES_ASKED, str(by.user_id)):
        return None, None
    try:
        return await (names.free(typed_slug) if typed_slug else names.proposed(name)), None
    except Rejected as no:
        return None, no.message
