"""`portico tenant …`: the list of tenants, and their databases made by hand."""

from app import db
from app.operator.grants import Refused
from app.operator.tenants import tables
from app.tenants.database import provisioning
from app.tenants.database.provisioning import Failed, InProgress
from app.tenants.database.tables import DatabaseState


async def listed() -> str:
    """The tenants, one a line."""
    rows = [("SLUG", "STATUS", "MEMBERS", "DATABASE", "NAME")]
    rows += [(one.slug, one.status, str(one.members), one.database, _shown(one.name)) for one in await tables.lines()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


async def provision(slug: str) -> str:
    """Does now what the worker would do about the tenant's database. Raises Refused when there is none afterwards."""
    tenant_id = await tables.id_of(slug)
    if tenant_id is None:
        raise Refused(f"there is no tenant {slug}")
    async with db.transaction():
        await provisioning.plan(tenant_id)
    try:
        state = await provisioning.provision(tenant_id)
    except (Failed, InProgress) as error:
        raise Refused(f"the database of {slug} is not ready: {error}") from None
    if state is not DatabaseState.READY:
        raise Refused(f"{slug} has no database: not provisioned, since no server lets us create databases and roles")
    return f"the database of {slug} is ready"


def _shown(name: str) -> str:
    """People chose it; a terminal is not to obey it."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)
