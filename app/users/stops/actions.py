"""What people agree to after signing in."""

from uuid import UUID

from app import db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.users.signup.tables import TermsAcceptance


async def accept_terms(user_id: UUID, version: str, *, by: Actor) -> None:
    """Writes down that the person agreed to this version, once."""
    async with db.transaction():
        if await TermsAcceptance.note(user_id, version, by.ip):
            await record(Event.TERMS_ACCEPTED, by=by, version=version)
