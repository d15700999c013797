"""A tenant begins: its row, its built-in roles, and a place for its database."""

from uuid import UUID, uuid4

from app.tenants.catalogue.tables import grant_built_in
from app.tenants.database import provisioning
from app.tenants.database.addresses import pending
from app.tenants.tables import Tenant


async def found(name: str, slug: str) -> UUID | None:
    """Makes the tenant in the caller's transaction and gives its id, or None if the slug is taken or looks like
    one that is.

    Its database is made by the worker afterwards; until then `databaseUrl` says so, encrypted like every value of
    that column (decisions 11).
    """
    tenant_id = uuid4()
    if not await Tenant.found(tenant_id, name, slug, pending(tenant_id)):
        return None
    await grant_built_in(tenant_id)
    await provisioning.plan(tenant_id)
    return tenant_id
