"""After sign-in at most one page stands between a person and where they were going (row 2.13)."""

from uuid import UUID

from app.config import settings
from app.users.stops.tables import OfferedStop, Stop

# In their order: what a tenant demands comes before all of them, an open invitation before the offers.
PATHS: dict[Stop, str] = {
    "terms": "/terms",
    "review": "/recover/review",
    "invitation": "/invitations/open",
    "passkey": "/offers/passkey",
    "backup_codes": "/offers/backup-codes",
}


async def next_stop(user_id: UUID) -> str | None:
    """The path of the first page that applies, or None. Whatever stands after it waits for the next sign-in."""
    stop = await OfferedStop.next(user_id, settings().terms_version)
    return PATHS[stop] if stop else None
