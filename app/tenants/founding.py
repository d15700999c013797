"""A tenant begins: its row, its built-in roles, and a place for its database."""

import base64
from uuid import UUID, uuid4

from app import crypto
from app.tenants.catalogue.tables import grant_built_in
from app.tenants.tables import Tenant

_COLUMN = b"Tenants.databaseUrl"


async def found(name: str, slug: str) -> UUID | None:
    """Makes the tenant in the caller's transaction and gives its id, or None if the slug is taken or looks like
    one that is.

    Its database is made later; until then `databaseUrl` says so, encrypted like every value of that column
    (decisions 11).
    """
    tenant_id = uuid4()
    if not await Tenant.found(tenant_id, name, slug, sealed_url(f"pending:{tenant_id}")):
        return None
    await grant_built_in(tenant_id)
    return tenant_id


def sealed_url(url: str) -> str:
    """What `databaseUrl` holds: equal urls give equal text, so that UNIQUE keeps its meaning."""
    return base64.urlsafe_b64encode(crypto.encrypt_stable("database url", url.encode(), _COLUMN)).decode()
